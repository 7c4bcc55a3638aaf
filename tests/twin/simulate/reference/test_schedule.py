from itertools import permutations

import pytest

from twin.simulate.reference.schedule import (
    COMPLETION,
    DEMAND,
    FAILURE,
    Schedule,
    tie_key,
)

KEYS = [
    tie_key(FAILURE, 9, 9),
    tie_key(COMPLETION, 0, 5),
    tie_key(COMPLETION, 1, 0),
    tie_key(DEMAND, 0, 0),
]


@pytest.mark.parametrize("order", list(permutations(range(len(KEYS)))))
def test_ties_are_broken_by_content_whatever_came_first(order):
    schedule, happened = Schedule(0), []
    for k in order:
        schedule.call(7, KEYS[k], lambda key, _: happened.append(key), KEYS[k])
    schedule.advance(7)
    assert happened == KEYS


def test_advance_ends_with_the_instant_it_is_given():
    schedule, happened = Schedule(100), []
    for at_us in (150, 200, 201):
        schedule.call(at_us, 0, lambda _, now_us: happened.append(now_us), None)
    schedule.advance(200)
    assert happened == [150, 200]
    # What is decided at 200 can follow in the same instant.
    schedule.call(200, 0, lambda _, now_us: happened.append(now_us), None)
    schedule.advance(201)
    assert happened == [150, 200, 200, 201]


def test_a_process_goes_on_when_its_time_comes():
    schedule, happened = Schedule(0), []

    def process():
        for at_us in (5, 9):
            yield schedule.wait(at_us, tie_key(DEMAND, 0, 0))
            happened.append(at_us)

    schedule.process(process())
    schedule.advance(8)
    assert happened == [5]
    schedule.advance(9)
    assert happened == [5, 9]


def test_what_is_cancelled_does_not_happen():
    schedule, happened = Schedule(0), []
    calls = [
        schedule.call(7, key, lambda key, _: happened.append(key), key) for key in KEYS
    ]
    calls[1].cancel()
    schedule.advance(7)
    assert happened == [KEYS[0], *KEYS[2:]]
