import numpy as np
import pytest

from twin.simulate.reference.ageing import HOUR_US, Age

AS_OF_US = 1_704_067_200_000_000
SECOND_US = 1_000_000


@pytest.fixture
def worn(simulation, workshop, make):
    """A run in which the first machine wears by 1 an hour, and makes two orders."""

    def run(*quantities, **columns):
        def change(tables):
            tables["machines"][0].update({"wear_per_h": 1.0} | columns)

        run = simulation(workshop(change))
        run.plant.release(make(run.network, *quantities))
        run.advance()
        run.assert_same()
        return [e for e in run.events("OperationCompleted")
                if run.names[e["place"]] == "F1"]  # fmt: skip

    return run


def test_wear_slows_down_what_begins(worn):
    _, second = worn(10, 5, wear_speed=0.5)
    # Ten minutes of work: worn by a sixth, slower by a twelfth.
    lasted_s = (second["time_us"] - second["time0"]) / SECOND_US
    assert lasted_s == pytest.approx(300 / (1 - 0.5 / 6), abs=1e-6)


def test_wear_costs_yield_when_work_ends(worn):
    first, second = worn(10.5, 5.5, wear_yield=0.5)
    assert first["value0"] == pytest.approx(10.5 * (1 - 0.5 * 630 / 3600))
    assert second["value0"] == pytest.approx(5.5 * (1 - 0.5 * 960 / 3600))
    assert first["value0"] + first["value1"] == pytest.approx(10.5)


def test_wear_hazard_brings_the_failure_nearer():
    # b + b^2 of b busy hours are used up: half an hour after (sqrt(3) - 1) / 2.
    age = Age(False, 1.0, 2.0, since_us=0)
    age.renew(0, 0.5 * HOUR_US)
    assert age.time_left_us() is None
    age.turn(10, is_busy=True)
    assert age.time_left_us() == round((np.sqrt(3) - 1) / 2 * HOUR_US)


def test_time_left_does_not_depend_on_when_it_is_counted():
    whole, parts = (Age(True, 0.3, 1.5, since_us=0) for _ in range(2))
    for age in (whole, parts):
        age.renew(0, 5.0 * HOUR_US)
        age.turn(0, is_busy=True)
    foreseen_us = whole.time_left_us()
    for now_us in range(0, foreseen_us, foreseen_us // 7):
        parts.turn(now_us, is_busy=True)
    assert parts.since_us + parts.time_left_us() == pytest.approx(foreseen_us, abs=2)
    parts.turn(foreseen_us, is_busy=False)
    assert parts.left_us == pytest.approx(0.0, abs=2.0)
    assert parts.wear(foreseen_us + 99) == pytest.approx(0.3 * foreseen_us / HOUR_US)


def test_without_wear_time_is_counted_exactly():
    age = Age(False, 0.0, 0.0, since_us=0)
    age.renew(0, 1e15 + 1)
    for now_us in range(0, 1000, 7):
        age.turn(now_us, is_busy=now_us % 2 == 0)
    assert age.left_us == 1e15 + 1 - age.busy_us
    assert age.busy_us == pytest.approx(500, abs=7)
