"""Multi-level lot sizing, generated: assembly with overtime, plants of campaigns.

The layout follows Tempelmeier and Derstroff: end items, parts and raw parts on shared
resources, setup costs from a time between orders, demand that varies, capacity from a
mean use.

References
----------
Tempelmeier, Derstroff (1996), "A Lagrangean-based heuristic for dynamic multilevel
multiitem constrained lotsizing with setup times", Management Science 42(5).
"""

import numpy as np

from optimizer.production.lot_sizing import Bill, Items, LotSizingProblem, Resources

__all__ = ["assembly", "campaigns"]


def assembly(seed: int) -> LotSizingProblem:
    """Return 20 items on three levels, 16 periods, three resources with overtime.

    Parts take a period to be there; demand begins when the first can be.
    """
    levels, n_periods = (5, 7, 8), 16
    rng = np.random.default_rng(seed)
    bill = _bill(rng, levels)
    level = np.repeat(np.arange(3), levels)
    demand = _demand(rng, levels, n_periods, first=2)
    resource = level.copy()
    return _problem(
        rng,
        bill,
        demand,
        resource,
        use=0.8,
        lead=(level > 0).astype(np.int64),
        overtime=(0.3, 2.0),
    )


def campaigns(seed: int) -> LotSizingProblem:
    """Return 12 items on two levels, 20 periods, two resources that stay set up.

    End items may be late at a price and have least lots; some parts perish.
    """
    levels, n_periods = (5, 7), 20
    rng = np.random.default_rng(seed)
    bill = _bill(rng, levels)
    level = np.repeat(np.arange(2), levels)
    demand = _demand(rng, levels, n_periods, first=1)
    return _problem(
        rng,
        bill,
        demand,
        level.copy(),
        use=0.85,
        lead=np.zeros(12, dtype=np.int64),
        overtime=(0.3, 2.0),
        late=True,
    )


def _bill(rng: np.random.Generator, levels: tuple[int, ...]) -> Bill:
    """Return a bill in which each part goes into one or two items a level above."""
    starts = np.concatenate([[0], np.cumsum(levels)])
    parents, components = [], []
    for at in range(1, len(levels)):
        above = np.arange(starts[at - 1], starts[at])
        for part in range(starts[at], starts[at + 1]):
            for parent in rng.choice(above, size=rng.integers(1, 3), replace=False):
                parents.append(int(parent))
                components.append(part)
    return Bill(
        parent=np.array(parents),
        component=np.array(components),
        quantity=rng.integers(1, 3, len(parents)).astype(float),
    )


def _demand(
    rng: np.random.Generator, levels: tuple[int, ...], n_periods: int, *, first: int
) -> np.ndarray:
    demand = np.zeros((sum(levels), n_periods))
    ends = levels[0]
    mean = rng.uniform(40, 120, (ends, 1))
    drawn = rng.normal(mean, 0.4 * mean, (ends, n_periods))
    demand[:ends] = np.round(np.maximum(drawn, 0.0))
    demand[:, :first] = 0.0
    return demand


def _problem(
    rng: np.random.Generator,
    bill: Bill,
    demand: np.ndarray,
    resource: np.ndarray,
    *,
    use: float,
    lead: np.ndarray,
    overtime: tuple[float, float],
    late: bool = False,
) -> LotSizingProblem:
    n, n_periods = demand.shape
    needed, value = demand.mean(axis=1), rng.uniform(0.2, 1.0, n)
    for line in range(len(bill)):
        part = bill.component[line]
        needed[part] += bill.quantity[line] * needed[bill.parent[line]]
    for line in reversed(range(len(bill))):
        parent = bill.parent[line]
        value[parent] += bill.quantity[line] * value[bill.component[line]]
    holding = 0.1 * value
    # A lot for two to four periods is what setups and stock would make alone.
    between = rng.uniform(2.0, 4.0, n)
    setup_cost = np.round(0.5 * holding * needed * between**2)
    unit_time = rng.uniform(0.8, 1.2, n)
    setup_time = np.round(0.15 * unit_time * needed * rng.uniform(0.5, 1.5, n))
    taken = unit_time * needed + setup_time / between
    capacity = np.bincount(resource, weights=taken) / use
    table = np.repeat(capacity[:, None], n_periods, axis=1)
    ends = demand.sum(axis=1) > 0.0
    return LotSizingProblem(
        items=Items(
            holding_cost=holding,
            setup_cost=setup_cost,
            setup_time=setup_time,
            unit_time=unit_time,
            resource=resource,
            lead_periods=lead,
            minimum_lot=np.where(ends & late, np.round(0.5 * needed), 0.0),
            shelf_life=np.where(~ends & late & (np.arange(n) % 2 == 0), 3, -1),
            backlog_cost=np.where(ends & late, 5.0 * holding, np.inf),
        ),
        resources=Resources(
            capacity=table,
            overtime_limit=overtime[0] * table,
            overtime_cost=np.full(len(capacity), overtime[1]),
            carry_over=np.full(len(capacity), late),
        ),
        demand=demand,
        bill=bill,
    )
