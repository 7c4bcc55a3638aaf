"""Lot-sizing problems small enough to solve in a blink, with every rule in turn."""

from collections.abc import Callable

import numpy as np
import pytest

from optimizer.production.lot_sizing import Bill, Items, LotSizingProblem, Resources

Make = Callable[[int], LotSizingProblem]


@pytest.fixture(scope="session")
def any_problem() -> Make:
    """Return a problem of a seed: two to four items, a bill, any of the rules."""

    def make(seed: int) -> LotSizingProblem:
        rng = np.random.default_rng(seed)
        n, n_periods = int(rng.integers(2, 5)), int(rng.integers(3, 6))
        n_resources = int(rng.integers(1, 3))
        pairs = [(i, j) for j in range(n) for i in range(j) if rng.random() < 0.5]

        def some(values, default):
            return np.where(rng.random(n) < 0.4, values, default)

        items = Items(
            holding_cost=rng.uniform(0.5, 2, n),
            setup_cost=rng.uniform(5, 60, n),
            setup_time=rng.uniform(0, 5, n),
            unit_time=rng.uniform(0.5, 1.5, n),
            unit_cost=rng.uniform(0, 1, n),
            resource=rng.integers(-1, n_resources, n),
            initial_stock=some(rng.uniform(0, 30, n), 0),
            minimum_lot=some(rng.uniform(5, 25, n), 0),
            lead_periods=some(1, 0).astype(np.int64),
            shelf_life=some(rng.integers(0, 3, n), -1).astype(np.int64),
            backlog_cost=some(rng.uniform(1, 5, n), np.inf),
            lost_cost=some(rng.uniform(10, 40, n), np.inf),
        )
        shape = (n_resources, n_periods)
        resources = Resources(
            capacity=rng.uniform(30, 90, shape),
            overtime_limit=rng.uniform(0, 40, shape),
            overtime_cost=rng.uniform(0.5, 3, n_resources),
            carry_over=rng.random(n_resources) < 0.5,
        )
        asked = rng.random((n, n_periods)) < 0.6
        return LotSizingProblem(
            items=items,
            resources=resources,
            demand=np.floor(rng.uniform(0, 30, (n, n_periods)) * asked),
            bill=Bill(
                parent=np.array([i for i, _ in pairs], dtype=np.int64),
                component=np.array([j for _, j in pairs], dtype=np.int64),
                quantity=rng.integers(1, 3, len(pairs)).astype(float),
            ),
        )

    return make


@pytest.fixture(scope="session")
def one_level() -> Make:
    """Return a problem of a seed: items that stand alone, on one tight resource."""

    def make(seed: int) -> LotSizingProblem:
        rng = np.random.default_rng(seed)
        n, n_periods = 4, 6
        demand = np.floor(rng.uniform(0, 40, (n, n_periods)))
        demand[:, 0] = np.minimum(demand[:, 0], 10)
        return LotSizingProblem(
            items=Items(
                holding_cost=rng.uniform(0.5, 2, n),
                setup_cost=rng.uniform(20, 90, n),
                setup_time=rng.uniform(2, 8, n),
            ),
            resources=Resources(capacity=np.full((1, n_periods), 115.0)),
            demand=demand,
        )

    return make


@pytest.fixture(scope="session")
def table() -> LotSizingProblem:
    """Return a table of four legs: legs and tops take a period, tables none."""
    return LotSizingProblem(
        items=Items(
            holding_cost=np.array([4.0, 1.0, 2.0]),
            setup_cost=np.array([30.0, 40.0, 20.0]),
            lead_periods=np.array([0, 1, 1]),
            initial_stock=np.array([0.0, 8.0, 3.0]),
        ),
        resources=Resources(capacity=np.full((1, 4), 60.0)),
        demand=np.array([[2.0, 3.0, 0.0, 5.0], [0.0] * 4, [0.0] * 4]),
        bill=Bill(
            parent=np.array([0, 0]),
            component=np.array([1, 2]),
            quantity=np.array([4.0, 1.0]),
        ),
        item_names=("table", "leg", "top"),
        resource_names=("shop",),
    )


@pytest.fixture(scope="session")
def two_shops():
    """Return four items in two shops, each too small; the third item is innocent."""
    return LotSizingProblem(
        items=Items(
            holding_cost=np.full(4, 0.5),
            setup_time=np.full(4, 1.0),
            resource=np.array([0, 0, 0, 1]),
        ),
        resources=Resources(capacity=np.full((2, 3), 10.0)),
        demand=np.array([[9.0, 9, 0], [0, 9, 0], [0, 0, 3.0], [2.0, 14, 12]]),
        item_names=("a", "b", "c", "d"),
        resource_names=("saw", "drill"),
        period_names=("mon", "tue", "wed"),
    )
