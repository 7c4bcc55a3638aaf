"""Demand by stock point."""

import numpy as np
import pytest

from streams.events import StockCounted
from twin.loop.triggers.expected import PERIODS_MAX, PointDemands

DAY_US = 86_400_000_000


@pytest.fixture
def line(told, two_echelon):
    def second(tables):
        tables["customers"].append({"customer": "N"})
        tables["demands"].append(tables["demands"][0] | {"customer": "N"})

    return told(two_echelon(second))


def read(line, asked):
    line.asked = np.array(asked, np.float64)
    count = StockCounted(item="tea", site="shop", quantity=1)
    return PointDemands().of(line.situation(7, count))


def test_customers_of_a_point_are_added_up(line):
    found = read(line, [[1.0, 2.0], [10.0, 20.0]])
    assert found.names == ("tea@shop",)
    assert found.asked.tolist() == [[11.0, 22.0]]
    assert found.given.tolist() == [[8.0, 8.0]]
    assert found.dispersion.tolist() == [1.0]


def test_only_the_last_periods_are_looked_at(line):
    found = read(line, np.ones((2, PERIODS_MAX + 11)))
    assert found.asked.shape == (1, PERIODS_MAX + 1)
    assert found.begin_us == line.fold.as_of_us + 10 * DAY_US
    times_us = found.begin_us + np.array([-1, 0, 1, 99 * DAY_US])
    first = found.first_after(times_us, DAY_US)
    assert first.tolist() == [0, 0, 1, PERIODS_MAX + 1]


def test_what_is_to_come_is_that_of_the_laws(line):
    demands = PointDemands()
    count = StockCounted(item="tea", site="shop", quantity=1)
    line.asked = np.zeros((2, 1))
    demands.of(line.situation(7, count))
    assert demands.coming(3, 2).tolist() == [[8.0, 8.0]]
