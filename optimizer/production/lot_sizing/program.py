"""Lot sizing as the arrays of a mixed-integer program; no solver here.

Two forms. *Plain*: lots x[i, t], stock, and x[i, t] <= M y[i, t]. *Location*: besides,
z[i, t, u] is the share of the net echelon demand of period u that is made in t, and
z[i, t, u] <= y[i, t]; for items that stand alone nothing but z and y is left. A setup
kept from the period before, c[i, t], does what y[i, t] does.

Elastic columns, where asked for, let capacity be exceeded and any demand be turned down
at a price: then there always is a plan, and what it pays for is the repair.

References
----------
Krarup, Bilde (1977), "Plant location, set covering and economic lot size", in:
Numerische Methoden bei Optimierungsaufgaben 3: the location form. Suerie, Stadtler
(2003), "The capacitated lot-sizing problem with linked lot sizes", Management Science
49(8): setups that are kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from optimizer.production.lot_sizing.echelon import echelon_of
from optimizer.production.lot_sizing.problem import NONE
from optimizer.production.lot_sizing.rows import Arrays, Sheet

if TYPE_CHECKING:
    from optimizer.production.lot_sizing.echelon import Echelon
    from optimizer.production.lot_sizing.problem import (
        FloatArray,
        IntArray,
        LotSizingProblem,
    )

__all__ = ["Elastic", "Form", "Program", "lay_out"]

Form = Literal["plain", "location"]


class Elastic(NamedTuple):
    """Prices of what a plan may not do.

    Parameters
    ----------
    capacity
        Money per unit of time beyond capacity and overtime, infinite for never.
    demand
        ndarray of shape (n_items,), float64: money per unit turned down where the
        problem forbids it; infinite for never.
    """

    capacity: float
    demand: FloatArray


class Program(NamedTuple):
    """Arrays of a program, and where to find the plan in them.

    Parameters
    ----------
    arrays
        Costs, bounds and rows.
    constant
        Money that every plan costs.
    setup, carried, lot, backlog, lost, discarded
        ndarray of shape (n_items, n_periods), int64: columns, -1 for none.
    overtime, beyond
        ndarray of shape (n_resources, n_periods), int64: columns, -1 for none; `beyond`
        is elastic.
    share
        ndarray of shape (n_shares, 4), int64: item, period made, period due, column.
    net
        ndarray of shape (n_items, n_periods), float64: net echelon demand.
    """

    arrays: Arrays
    constant: float
    setup: IntArray
    carried: IntArray
    lot: IntArray
    backlog: IntArray
    lost: IntArray
    discarded: IntArray
    overtime: IntArray
    beyond: IntArray
    share: IntArray
    net: FloatArray


def lay_out(
    problem: LotSizingProblem, form: Form, *, elastic: Elastic | None = None
) -> Program:
    """Return the program of a problem.

    Parameters
    ----------
    problem
        Any.
    form
        `plain` or `location`.
    elastic
        None for the problem as it is.
    """
    return _Layout(problem, form, elastic).program()


class _Layout:
    """Lays out columns and rows, one kind after the other."""

    def __init__(
        self, problem: LotSizingProblem, form: Form, elastic: Elastic | None
    ) -> None:
        self.problem, self.form = problem, form
        n, n_periods = problem.n_items, problem.n_periods
        never = np.full(n, np.inf)
        self.elastic = Elastic(np.inf, never) if elastic is None else elastic
        self.echelon: Echelon = echelon_of(problem)
        self.sheet = Sheet()
        self.periods = np.arange(n_periods)
        # A lot that arrives after the horizon is of no use.
        arrives = self.periods + problem.items.lead_periods[:, None]
        self.useful = arrives < n_periods
        may_lose = np.isfinite(problem.items.lost_cost)
        self.loses = may_lose | np.isfinite(self.elastic.demand)
        self.alone = self.echelon.single & (form == "location") & ~self.loses
        self.constant = 0.0

    def program(self) -> Program:
        self._lay_setups()
        self._lay_lots()
        self._lay_service()
        self._lay_capacity()
        self.share = np.empty((0, 4), dtype=np.int64)
        if self.form == "location":
            self._lay_shares()
        self._balance()
        self._link_lots()
        self._limit_capacity()
        self._keep_setups()
        self._use_in_time()
        return Program(
            arrays=self.sheet.arrays(),
            constant=self.constant,
            setup=self.setup,
            carried=self.carried,
            lot=self.lot,
            backlog=self.backlog,
            lost=self.lost,
            discarded=self.discarded,
            overtime=self.overtime,
            beyond=self.beyond,
            share=self.share,
            net=self.echelon.net,
        )

    def _lay_setups(self) -> None:
        problem, items = self.problem, self.problem.items
        cost = np.repeat(items.setup_cost[:, None], problem.n_periods, axis=1)
        self.setup = self.sheet.columns(cost, upper=self.useful, integer=True)
        resources = problem.resources
        keeps = np.append(resources.carry_over, False)[items.resource]
        first = np.append(resources.initial_setup, NONE)[items.resource]
        possible = np.repeat(keeps[:, None], problem.n_periods, axis=1)
        possible[:, 0] &= first == np.arange(problem.n_items)
        self.carried = self.sheet.columns(
            np.zeros_like(cost), there=possible, upper=1.0, integer=True
        )
        self.keeps = keeps

    def _lay_lots(self) -> None:
        problem, items = self.problem, self.problem.items
        shape = (problem.n_items, problem.n_periods)
        explicit = np.broadcast_to(~self.alone[:, None], shape)
        cost = np.broadcast_to(items.unit_cost[:, None], shape)
        upper = np.where(self.useful, self._most(), 0.0)
        self.upper_lot = upper
        self.lot = self.sheet.columns(cost, there=explicit, upper=upper)
        held = np.broadcast_to(items.holding_cost[:, None], shape)
        self.stock = self.sheet.columns(held, there=explicit, upper=np.inf)
        perishes = np.broadcast_to(items.shelf_life[:, None] != NONE, shape)
        self.discarded = self.sheet.columns(
            np.zeros(shape), there=perishes, upper=np.inf
        )

    def _most(self) -> FloatArray:
        """Return the largest lot that is of use, ndarray (n_items, n_periods)."""
        echelon, items = self.echelon, self.problem.items
        later = np.cumsum(echelon.net[:, ::-1], axis=1)[:, ::-1]
        at = np.minimum(
            self.periods + items.lead_periods[:, None], self.problem.n_periods - 1
        )
        remaining = np.take_along_axis(later, at, axis=1)
        most = np.where(echelon.exact[:, None], remaining, echelon.most[:, None])
        if np.isinf(self.elastic.capacity):
            resources = self.problem.resources
            room = np.vstack(
                [
                    resources.capacity + resources.overtime_limit,
                    np.full(at.shape[1], np.inf),
                ]
            )[items.resource]
            takes = np.where(self.keeps, 0.0, items.setup_time)[:, None]
            pace = np.maximum(items.unit_time, 1e-300)[:, None]
            free = np.where(
                items.unit_time[:, None] > 0.0, (room - takes) / pace, np.inf
            )
            most = np.minimum(most, np.maximum(free, 0.0))
        return np.asarray(most)

    def _lay_service(self) -> None:
        problem, items = self.problem, self.problem.items
        shape = (problem.n_items, problem.n_periods)
        waits = np.isfinite(items.backlog_cost)
        waits = np.repeat(waits[:, None], problem.n_periods, axis=1)
        waits[:, -1] = False
        price = np.where(np.isfinite(items.backlog_cost), items.backlog_cost, 0.0)
        self.backlog = self.sheet.columns(
            np.broadcast_to(price[:, None], shape), there=waits, upper=np.inf
        )
        price = np.minimum(items.lost_cost, self.elastic.demand)
        price = np.where(self.loses, price, 0.0)
        self.lost = self.sheet.columns(
            np.broadcast_to(price[:, None], shape),
            there=self.loses[:, None] & (problem.demand > 0.0),
            upper=problem.demand,
        )

    def _lay_capacity(self) -> None:
        resources = self.problem.resources
        shape = resources.capacity.shape
        finite = np.isfinite(resources.capacity)
        self.overtime = self.sheet.columns(
            np.broadcast_to(resources.overtime_cost[:, None], shape),
            there=finite & (resources.overtime_limit > 0.0),
            upper=resources.overtime_limit,
        )
        price = self.elastic.capacity
        self.beyond = self.sheet.columns(
            np.full(shape, 0.0 if np.isinf(price) else price),
            there=finite & np.isfinite(price),
            upper=np.inf,
        )

    def _lay_shares(self) -> None:
        """Lay out shares of net demand, a block of columns for each item."""
        found = [self._lay_share(item) for item in range(self.problem.n_items)]
        self.share = np.concatenate([self.share, *found])

    def _lay_share(self, item: int) -> IntArray:
        items, net = self.problem.items, self.echelon.net[item]
        lead = int(items.lead_periods[item])
        due, made = np.nonzero(
            (net > 0.0)[:, None]
            & self.useful[item][None, :]
            & (
                self.echelon.may_wait[item]
                | (self.periods + lead <= self.periods[:, None])
            )
        )
        cost = np.zeros(due.size)
        alone = bool(self.alone[item])
        if alone:
            waits = items.holding_cost[item] * (due - made - lead)
            cost = (waits + items.unit_cost[item]) * net[due]
            left = items.initial_stock[item] - np.cumsum(self.problem.demand[item])
            self.constant += float(
                items.holding_cost[item] * np.maximum(left, 0.0).sum()
            )
        column = self.sheet.columns(cost, upper=1.0)
        rows = self._cover(item)
        self.sheet.enter(rows[due], column, 1.0)
        links = self.sheet.rows(due.size, upper=0.0)
        self.sheet.enter(links, column, 1.0)
        self.sheet.enter(links, self.setup[item, made], -1.0)
        self.sheet.enter(links, self.carried[item, made], -1.0)
        if not alone:
            self._add_up(item, due, made, column)
        return np.column_stack([np.full(due.size, item), made, due, column])

    def _cover(self, item: int) -> IntArray:
        """Lay out rows by which net demand is made, or not where it may be lost."""
        net = self.echelon.net[item]
        needed = net > 0.0
        rows = np.full(net.size, -1)
        rows[needed] = self.sheet.rows(int(needed.sum()), lower=1.0, upper=1.0)
        losers = [need for need in self.echelon.needs[item] if self.loses[need.item]]
        if not losers:
            return rows
        missing = self.sheet.columns(np.zeros(net.size), there=needed, upper=1.0)
        self.sheet.enter(rows, missing, 1.0)
        # By each period no more is missing than was turned down until it was due.
        limits = self.sheet.rows(net.size, upper=0.0)
        for period in range(net.size):
            until = slice(0, period + 1)
            self.sheet.enter(limits[period], missing[until], net[until])
            for need in losers:
                lost = self.lost[need.item, : period + need.periods + 1]
                self.sheet.enter(limits[period], lost, -need.units)
        return rows

    def _add_up(
        self, item: int, due: IntArray, made: IntArray, column: IntArray
    ) -> None:
        """Make lots the sum of their shares, and of what is beyond net demand."""
        rows = self.sheet.rows(self.problem.n_periods, lower=0.0, upper=0.0)
        self.sheet.enter(rows, self.lot[item], 1.0)
        self.sheet.enter(rows[made], column, -self.echelon.net[item][due])
        if not self.echelon.exact[item]:
            beyond = self.sheet.columns(np.zeros(rows.size), upper=np.inf)
            self.sheet.enter(rows, beyond, -1.0)

    def _balance(self) -> None:
        """Make stock follow from lots, components, demand and waste."""
        problem, items, bill = self.problem, self.problem.items, self.problem.bill
        n_periods = problem.n_periods
        for item in np.flatnonzero(~self.alone).tolist():
            asked = problem.demand[item].copy()
            asked[0] -= items.initial_stock[item]
            rows = self.sheet.rows(n_periods, lower=asked, upper=asked)
            lead = min(int(items.lead_periods[item]), n_periods)
            self.sheet.enter(rows[lead:], self.lot[item, : n_periods - lead], 1.0)
            self.sheet.enter(rows, self.stock[item], -1.0)
            self.sheet.enter(rows[1:], self.stock[item, :-1], 1.0)
            self.sheet.enter(rows, self.backlog[item], 1.0)
            self.sheet.enter(rows[1:], self.backlog[item, :-1], -1.0)
            self.sheet.enter(rows, self.lost[item], 1.0)
            self.sheet.enter(rows, self.discarded[item], -1.0)
            for line in np.flatnonzero(bill.component == item).tolist():
                parent = self.lot[bill.parent[line]]
                self.sheet.enter(rows, parent, -bill.quantity[line])
            if np.isfinite(items.backlog_cost[item]):
                self._wait_for_demand(item)

    def _wait_for_demand(self, item: int) -> None:
        """Let nothing wait but demand: components are there or are not taken."""
        demand = self.problem.demand[item]
        rows = self.sheet.rows(demand.size, upper=demand)
        self.sheet.enter(rows, self.backlog[item], 1.0)
        self.sheet.enter(rows[1:], self.backlog[item, :-1], -1.0)
        self.sheet.enter(rows, self.lost[item], 1.0)

    def _link_lots(self) -> None:
        """Make lots need a setup, and setups a least lot."""
        least = self.problem.items.minimum_lot
        for item in np.flatnonzero(~self.alone).tolist():
            rows = self.sheet.rows(self.problem.n_periods, upper=0.0)
            most = np.maximum(self.upper_lot[item], least[item])
            self.sheet.enter(rows, self.lot[item], 1.0)
            self.sheet.enter(rows, self.setup[item], -most)
            self.sheet.enter(rows, self.carried[item], -most)
            if least[item] > 0.0:
                rows = self.sheet.rows(self.problem.n_periods, lower=0.0)
                self.sheet.enter(rows, self.lot[item], 1.0)
                self.sheet.enter(rows, self.setup[item], -least[item])

    def _limit_capacity(self) -> None:
        problem, items = self.problem, self.problem.items
        resources = problem.resources
        rows = np.full(resources.capacity.shape, -1)
        finite = np.isfinite(resources.capacity)
        rows[finite] = self.sheet.rows(
            int(finite.sum()), upper=resources.capacity[finite]
        )
        for one, row in enumerate(items.resource.tolist()):
            if row != NONE:
                self.sheet.enter(rows[row], self.setup[one], items.setup_time[one])
                self.sheet.enter(rows[row], self.lot[one], items.unit_time[one])
        item, made, due, column = self.share.T
        within = self.alone[item] & (items.resource[item] != NONE)
        item, made, due, column = (
            item[within],
            made[within],
            due[within],
            column[within],
        )
        time = items.unit_time[item] * self.echelon.net[item, due]
        self.sheet.enter(rows[items.resource[item], made], column, time)
        for columns in (self.overtime, self.beyond):
            self.sheet.enter(rows.ravel(), columns.ravel(), -1.0)

    def _keep_setups(self) -> None:
        """Tie what is set up at a period's start to the period before."""
        problem = self.problem
        for row in np.flatnonzero(problem.resources.carry_over).tolist():
            same = np.flatnonzero(problem.items.resource == row)
            n_periods = problem.n_periods
            single = self.sheet.columns(np.zeros(n_periods), upper=1.0, integer=True)
            one = self.sheet.rows(n_periods, upper=1.0)
            for item in same.tolist():
                setup, kept = self.setup[item], self.carried[item]
                self.sheet.enter(one, kept, 1.0)
                before = self.sheet.rows(n_periods - 1, upper=0.0)
                self.sheet.enter(before, kept[1:], 1.0)
                self.sheet.enter(before, kept[:-1], -1.0)
                self.sheet.enter(before, setup[:-1], -1.0)
                through = self.sheet.rows(n_periods - 1, upper=1.0)
                self.sheet.enter(through, kept[:-1], 1.0)
                self.sheet.enter(through, kept[1:], 1.0)
                self.sheet.enter(through, setup[:-1], -1.0)
                self.sheet.enter(through, single[:-1], -1.0)
                none = self.sheet.rows(n_periods, upper=1.0)
                self.sheet.enter(none, setup, 1.0)
                self.sheet.enter(none, single, 1.0)

    def _use_in_time(self) -> None:
        """Let stock be no more than what leaves within its shelf life."""
        problem, items, bill = self.problem, self.problem.items, self.problem.bill
        n_periods = problem.n_periods
        for item in np.flatnonzero(items.shelf_life != NONE).tolist():
            life = int(items.shelf_life[item])
            demand = np.concatenate([[0.0], np.cumsum(problem.demand[item])])
            for period in range(n_periods - life):
                last = period + life
                asked = demand[last + 1] - demand[period + 1]
                row = self.sheet.rows(1, upper=asked)
                later = slice(period + 1, last + 1)
                self.sheet.enter(row, self.stock[item, period : period + 1], 1.0)
                self.sheet.enter(row, self.discarded[item, later], -1.0)
                self.sheet.enter(row, self.lost[item, later], 1.0)
                # Served demand is what was asked for, less what more waits at the end.
                if life:
                    self.sheet.enter(row, self.backlog[item, last : last + 1], 1.0)
                    self.sheet.enter(row, self.backlog[item, period : period + 1], -1.0)
                for line in np.flatnonzero(bill.component == item).tolist():
                    taken = self.lot[bill.parent[line], later]
                    self.sheet.enter(row, taken, -bill.quantity[line])
