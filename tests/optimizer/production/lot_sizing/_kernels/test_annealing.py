"""Tests of `optimizer.production.lot_sizing._kernels.annealing`."""

import numpy as np
import pytest

from optimizer.production.lot_sizing._kernels.annealing import (
    Shop,
    anneal,
    price,
    work_of,
)


def _alone(**given):
    """Return a shop of items that stand alone."""
    n = len(given["holding_cost"])
    return Shop(
        stock=np.zeros(n),
        added_cost=given["holding_cost"],
        lead=np.zeros(n, dtype=np.int64),
        first_line=np.zeros(n + 1, dtype=np.int64),
        part=np.empty(0, dtype=np.int64),
        units=np.empty(0),
        order=np.arange(n),
        level=np.array([0, n]),
        **given,
    )


def _price(shop, *rest):
    return price(shop, work_of(shop), *rest)


def _anneal(shop, *rest):
    return anneal(shop, work_of(shop), work_of(shop), *rest)


@pytest.fixture
def single():
    """Return two items over three periods: 10 units of time in each."""
    return _alone(
        net=np.array([[2.0, 3.0, 4.0], [1.0, 0.0, 6.0]]),
        holding_cost=np.array([1.0, 2.0]),
        setup_cost=np.array([5.0, 7.0]),
        setup_time=np.array([1.0, 1.0]),
        unit_time=np.array([1.0, 1.0]),
        resource=np.array([0, 0]),
        capacity=np.full((1, 3), 10.0),
        overtime_limit=np.full((1, 3), 2.0),
        overtime_cost=np.array([3.0]),
    )


def test_price_by_hand(single):
    setups = np.array([[True, False, True], [True, False, True]])
    lots = np.zeros((2, 3))
    # The last period has 8 for both: all 6 of the dear item, 2 of the other. The first
    # makes 7 and 1 and is full; 2 of the 7 wait for two periods, 3 for one.
    money, beyond = _price(single, setups, 100.0, lots)
    assert lots.tolist() == [[7.0, 0.0, 2.0], [1.0, 0.0, 6.0]]
    assert (money, beyond) == (24.0 + 7.0, 0.0)


def test_price_charges_overtime_and_what_goes_beyond(single):
    setups = np.array([[True, False, False], [True, False, False]])
    money, beyond = _price(single, setups, 100.0, np.zeros((2, 3)))
    # All 16 units in the first period: 18 of time, 2 of 8 as overtime.
    held = 3.0 + 2 * 4.0 + 2 * 2 * 6.0
    assert money == 12.0 + held + 2 * 3.0 + 6 * 100.0
    assert beyond == 6.0


def test_anneal_finds_the_best_setups(single):
    costs = []
    for bits in range(1, 2**6):
        setups = np.array([bits >> k & 1 for k in range(6)], dtype=bool).reshape(2, 3)
        if setups[:, 0].all():
            money, beyond = _price(single, setups, 100.0, np.zeros((2, 3)))
            costs += [money] if beyond == 0.0 else []
    setups = single.net > 0.0
    best, state = setups.copy(), np.array([9], dtype=np.uint64)
    least = _anneal(single, setups, best, state, 2_000, 5.0, 0.1, 4.0)
    assert least == min(costs)
    assert _price(single, best, 4.0, np.zeros((2, 3))) == (least, 0.0)


def test_anneal_prices_changes_as_if_from_nothing(single):
    # What it keeps up to date step by step is what a count from nothing gives.
    rng = np.random.default_rng(5)
    net = np.floor(rng.uniform(0, 9, (5, 8)))
    many = _alone(
        net=net,
        holding_cost=rng.uniform(0.5, 2, 5),
        setup_cost=rng.uniform(3, 20, 5),
        setup_time=rng.uniform(0, 2, 5),
        unit_time=rng.uniform(0.5, 1.5, 5),
        resource=np.array([0, 0, 1, 1, 1]),
        capacity=np.full((2, 8), 21.0),
        overtime_limit=np.full((2, 8), 3.0),
        overtime_cost=np.array([1.0, 2.0]),
    )
    setups = net > 0.0
    best, state = setups.copy(), np.array([1], dtype=np.uint64)
    least = _anneal(many, setups, best, state, 4_000, 8.0, 0.2, 3.0)
    money, beyond = _price(many, best, 3.0, np.zeros((5, 8)))
    assert np.isfinite(least)
    assert money == pytest.approx(least)
    assert beyond == 0.0


def test_price_takes_components_a_lead_time_earlier(single):
    # A table takes two legs; legs take a period and two are in stock.
    shop = single._replace(
        net=np.array([[0.0, 2.0, 1.0], [0.0, 0.0, 0.0]]),
        first_line=np.array([0, 1, 1]),
        part=np.array([1]),
        units=np.array([2.0]),
        lead=np.array([0, 1]),
        level=np.array([0, 1, 2]),
        added_cost=np.array([0.5, 2.0]),
        setup_time=np.zeros(2),
    )
    setups = np.array([[False, True, True], [True, True, False]])
    lots = np.zeros((2, 3))
    money, beyond = _price(shop, setups, 100.0, lots)
    assert lots.tolist() == [[0.0, 2.0, 1.0], [4.0, 2.0, 0.0]]
    assert (money, beyond) == (24.0, 0.0)
    early = np.array([[True, False, False], [True, True, False]])
    money, beyond = _price(shop, early, 100.0, lots)
    # Tables of the first period take six legs that nobody can make in time.
    assert beyond == 6.0
    late = shop._replace(stock=np.array([0.0, 6.0]))
    assert _price(late, early, 100.0, lots)[1] == 0.0
