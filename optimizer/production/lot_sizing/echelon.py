"""Echelon demand: what must have been made of an item, by when, for all that needs it.

An item's echelon demand is its own and that of everything it goes into, moved to when
the item must be there. Stock at the start, also inside of other items, is used first.

    D[i, u] = d[i, u] + sum over parents p of q[p, i] D[p, u + lead of p]
    E[i]    = initial stock of i + what stock of its parents is still good for
    N[i, u] = growth at u of max(0, largest of D[i, 0] + ... + D[i, v] - E[i], v <= u)

In every plan the production of `i` that has arrived by the end of `u` is at least
N[i, 0] + ... + N[i, u], less what is turned down or waits.

References
----------
Clark, Scarf (1960), "Optimal policies for a multi-echelon inventory problem",
Management Science 6(4): echelon stock. Pochet, Wolsey (2006), "Production planning by
mixed integer programming", chapter 13: its use in multi-level lot sizing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from optimizer.production.lot_sizing.problem import (
        BoolArray,
        FloatArray,
        LotSizingProblem,
    )

__all__ = ["Echelon", "Need", "echelon_of"]


class Need(NamedTuple):
    """Units of an item in a unit of demand for `item`, `periods` before it is due."""

    item: int
    periods: int
    units: float


class Echelon(NamedTuple):
    """What is known of items before anything is decided.

    Parameters
    ----------
    net
        ndarray of shape (n_items, n_periods), float64: N above.
    most
        ndarray of shape (n_items,), float64: more than this is made in no plan that is
        not worse than another.
    single
        ndarray of shape (n_items,), bool: not in any line of the bill, with demand that
        must be served in time, stock that keeps, and lots of any size: production
        covers net demand exactly, and stock is nothing but the difference.
    exact
        ndarray of shape (n_items,), bool: no plan that is not worse than another makes
        more than the net demand.
    may_wait, may_lose
        ndarray of shape (n_items,), bool: whether something that needs the item may be
        served late, or turned down.
    needs
        For each item, who needs it: itself and what it goes into, at any depth.
    """

    net: FloatArray
    most: FloatArray
    single: BoolArray
    exact: BoolArray
    may_wait: BoolArray
    may_lose: BoolArray
    needs: tuple[tuple[Need, ...], ...]


def echelon_of(problem: LotSizingProblem) -> Echelon:
    """Return the echelon demand of a problem.

    Parameters
    ----------
    problem
        Any.

    Examples
    --------
    A table takes four legs, a period before it is there; two legs are in stock:

    >>> from optimizer.production.lot_sizing import Bill, Items, Resources
    >>> from optimizer.production.lot_sizing import LotSizingProblem
    >>> problem = LotSizingProblem(
    ...     items=Items(
    ...         holding_cost=np.ones(2),
    ...         lead_periods=np.array([1, 0]),
    ...         initial_stock=np.array([0.0, 2.0]),
    ...     ),
    ...     resources=Resources(capacity=np.full((1, 3), 50.0)),
    ...     demand=np.array([[0.0, 1.0, 2.0], [0.0, 0.0, 5.0]]),
    ...     bill=Bill(
    ...         parent=np.array([0]),
    ...         component=np.array([1]),
    ...         quantity=np.array([4.0]),
    ...     ),
    ... )
    >>> echelon_of(problem).net.tolist()
    [[0.0, 1.0, 2.0], [2.0, 8.0, 5.0]]
    """
    items, bill = problem.items, problem.bill
    n, n_periods = problem.n_items, problem.n_periods
    gross, stock = problem.demand.copy(), items.initial_stock.copy()
    own_wait, own_lose = np.isfinite(items.backlog_cost), np.isfinite(items.lost_cost)
    may_wait, may_lose = own_wait.copy(), own_lose.copy()
    needs: list[dict[tuple[int, int], float]] = [{(at, 0): 1.0} for at in range(n)]
    keeps = (items.shelf_life < 0) & (items.minimum_lot == 0.0)
    exact = keeps.copy()
    most = problem.demand.sum(axis=1)
    lines = _lines_by_parent(problem)
    for parent in problem.order.tolist():
        lead = int(items.lead_periods[parent])
        # What parents have in stock covers their demand before a lot can arrive.
        left = stock[parent] - gross[parent, :lead].sum()
        most[parent] += items.minimum_lot[parent] * n_periods
        for line in lines[parent]:
            part, units = int(bill.component[line]), float(bill.quantity[line])
            gross[part, : max(n_periods - lead, 0)] += units * gross[parent, lead:]
            stock[part] += units * max(left, 0.0)
            most[part] += units * most[parent]
            exact[part] &= exact[parent] and items.initial_stock[parent] == 0.0
            may_wait[part] |= may_wait[parent]
            may_lose[part] |= may_lose[parent]
            for (item, periods), inside in needs[parent].items():
                key = (item, periods + lead)
                needs[part][key] = needs[part].get(key, 0.0) + units * inside
    asked = np.cumsum(gross, axis=1) - stock[:, None]
    required = np.maximum.accumulate(np.maximum(asked, 0.0), axis=1)
    listed = np.zeros(n, dtype=np.bool_)
    listed[bill.parent] = listed[bill.component] = True
    return Echelon(
        net=np.diff(required, axis=1, prepend=0.0),
        most=most,
        single=~listed & keeps & ~own_wait & ~own_lose,
        exact=exact & ~may_wait,
        may_wait=may_wait,
        may_lose=may_lose,
        needs=tuple(
            tuple(Need(item, periods, units) for (item, periods), units in row.items())
            for row in needs
        ),
    )


def _lines_by_parent(problem: LotSizingProblem) -> list[list[int]]:
    lines: list[list[int]] = [[] for _ in range(problem.n_items)]
    for line, parent in enumerate(problem.bill.parent.tolist()):
        lines[parent].append(line)
    return lines
