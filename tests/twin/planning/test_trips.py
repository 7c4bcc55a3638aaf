"""Trips from one depot."""

import time

import numpy as np
import pytest

from twin.errors import OptionError
from twin.planning.trips import Drop, delivery_trips, great_circle_km


def trips(drops, capacity=10.0, depot=(50.0, 10.0)):
    return delivery_trips(depot, drops, capacity=capacity, monotonic_s=time.monotonic)


def test_a_quarter_of_the_equator_is_ten_thousand_kilometres():
    km = great_circle_km(np.array([0.0, 0.0, 90.0]), np.array([0.0, 90.0, 0.0]))
    assert km[0, 1] == pytest.approx(10_007.6, abs=0.1)
    assert km[0, 2] == pytest.approx(km[0, 1])
    assert km[1, 1] == 0.0


def test_neighbours_share_a_vehicle_and_others_do_not():
    drops = [Drop(51.0, 10.0, 4.0), Drop(51.1, 10.0, 5.0), Drop(49.0, 10.0, 6.0)]
    made = trips(drops)
    assert sorted(sorted(row for row, _ in one.stops) for one in made) == [[0, 1], [2]]
    far = great_circle_km(np.array([50.0, 51.1]), np.array([10.0, 10.0]))[0, 1]
    both = next(one for one in made if len(one.stops) == 2)
    assert both.distance_km == pytest.approx(2.0 * far, rel=1e-6)
    assert both.load == 9.0


def test_who_gets_more_than_a_vehicle_carries_gets_full_ones():
    made = trips([Drop(51.0, 10.0, 23.5)])
    assert sorted(one.load for one in made) == pytest.approx([3.5, 10.0, 10.0])


def test_everybody_gets_everything():
    rng = np.random.Generator(np.random.Philox(2))
    drops = [
        Drop(*(50.0 + rng.random(2)).tolist(), float(rng.uniform(0.5, 14.0)))
        for _ in range(12)
    ]
    brought = np.zeros(12)
    for one in trips(drops):
        assert one.load <= 10.0 + 1e-9
        for row, quantity in one.stops:
            brought[row] += quantity
    assert brought == pytest.approx([drop.quantity for drop in drops])
    assert trips([]) == ()


def test_what_cannot_be_brought_is_refused():
    for capacity in (0.0, float("inf"), float("nan"), 1e-9):
        with pytest.raises(OptionError, match=r"must carry from 0.001 units on, was"):
            trips([], capacity=capacity)
    with pytest.raises(OptionError, match="more than 10000 vehicles of 1"):
        trips([Drop(51.0, 10.0, 20_000.0)], capacity=1.0)
    with pytest.raises(OptionError, match="drop 0 must have a position"):
        trips([Drop(float("nan"), 10.0, 1.0)])
