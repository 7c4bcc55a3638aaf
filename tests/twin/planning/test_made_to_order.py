"""Pieces made to order."""

import itertools
import time

import numpy as np
import pytest

from twin.errors import OptionError
from twin.planning.made_to_order import (
    Grouping,
    Pieces,
    grouped,
    in_best_sequence,
    in_turn,
)

SETUP = np.array([[0, 10], [20, 0]])


def pieces(*rows):
    arrived, due, family, work = np.array(rows, np.int64).T
    return Pieces(arrived=arrived, due=due, family=family, work=work)


FOUR = [(0, 50, 0, 5), (1, 30, 1, 5), (2, 90, 0, 5), (9, 40, 1, 5)]


def test_a_group_is_released_when_it_is_full():
    groups = grouped(pieces(*FOUR), Grouping(least=2, longest_wait=100))
    assert groups.of_piece.tolist() == [0, 1, 0, 1]
    assert groups.released.tolist() == [2, 9]


def test_a_piece_waits_no_longer_than_it_may():
    groups = grouped(pieces(*FOUR), Grouping(least=2, longest_wait=4))
    assert groups.of_piece.tolist() == [0, 1, 0, 2]
    assert groups.released.tolist() == [2, 5, 13]


def test_first_come_groups_are_mixed():
    groups = grouped(pieces(*FOUR), Grouping(least=3, longest_wait=100), mixed=True)
    assert groups.of_piece.tolist() == [0, 0, 0, 1]
    assert groups.released.tolist() == [2, 109]


def test_pieces_of_a_group_have_times_of_their_own():
    order = pieces(*FOUR)
    groups = grouped(order, Grouping(least=2, longest_wait=100))
    times = in_turn(order, groups, SETUP, n_machines=1)
    # The first family from 2 on, ten to set up, then the second by due date.
    assert times.start.tolist() == [2, 22, 7, 27]
    assert times.end.tolist() == [7, 27, 12, 32]
    assert times.n_setups == 2
    assert times.tardiness(order).tolist() == [0, 0, 0, 0]


def test_mixed_groups_are_set_up_for_every_family():
    order = pieces(*FOUR)
    groups = grouped(order, Grouping(least=4, longest_wait=100), mixed=True)
    times = in_turn(order, groups, SETUP, n_machines=1)
    assert times.n_setups == 2
    assert times.start.min() == 9


def test_best_sequence_is_as_good_as_every_other():
    rng = np.random.Generator(np.random.Philox(5))
    n = 12
    arrived = np.sort(rng.integers(0, 60, n))
    order = Pieces(
        arrived=arrived,
        due=arrived + rng.integers(20, 80, n),
        family=rng.integers(0, 2, n),
        work=rng.integers(3, 9, n),
    )
    groups = grouped(order, Grouping(least=3, longest_wait=30))
    best = in_best_sequence(
        order,
        groups,
        SETUP,
        n_machines=1,
        monotonic_s=time.monotonic,
        work_limit=20_000,
    )
    count = len(groups.released)
    assert count <= 6
    due = np.full(count, 10**9)
    np.minimum.at(due, groups.of_piece, order.due)
    size = np.bincount(groups.of_piece)

    def cost(times):
        end = np.zeros(count, np.int64)
        np.maximum.at(end, groups.of_piece, times.end)
        return int((size * np.maximum(end - due, 0)).sum())

    every = []
    family = np.zeros(count, np.int64)
    family[groups.of_piece] = order.family
    work = np.bincount(groups.of_piece, weights=order.work).astype(int)
    for turn in itertools.permutations(range(count)):
        now, before, total = 0, -1, 0
        for group in turn:
            if before >= 0:
                now += int(SETUP[before, family[group]])
            now = max(now, int(groups.released[group])) + work[group]
            total += int(size[group]) * max(now - int(due[group]), 0)
            before = int(family[group])
        every.append(total)
    assert cost(best) == min(every)
    first_come = in_turn(order, groups, SETUP, n_machines=1)
    assert cost(best) <= cost(first_come)


def test_mixed_groups_have_no_best_sequence():
    order = pieces(*FOUR)
    mixed = grouped(order, Grouping(least=4, longest_wait=100), mixed=True)
    with pytest.raises(OptionError, match="group 0 must be of one family"):
        in_best_sequence(order, mixed, SETUP, n_machines=1, monotonic_s=time.monotonic)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(5, 9, 0, 1), (4, 9, 0, 1)], "arrived must not fall, did in row 1"),
        ([(0, 9, 0, 0)], "work must be >= 1, was 0"),
        ([(0, 9, -1, 3)], "family must be >= 0, was -1"),
    ],
)
def test_pieces_that_are_none_are_refused(rows, message):
    with pytest.raises(OptionError, match=message):
        pieces(*rows)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"least": 0}, "least must be >= 1"), ({"longest_wait": -1}, "longest_wait")],
)
def test_grouping_out_of_range_is_refused(change, message):
    with pytest.raises(OptionError, match=message):
        Grouping(**({"least": 2, "longest_wait": 5} | change))
