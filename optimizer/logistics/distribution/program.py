"""Replenishment as the arrays of a linear program; no solver here.

Notation: orders x[a, t], stock after orders y[p, t] ("left"), stock at a period's end
z[p, t] ("end"), sales s[d, t], backlog u[d, t]; `in` is what orders deliver.

    y[p, t] = z[p, t-1] - out[p, t]
    z[p, t] = y[p, t] + in[p, t] + arrivals[t, p] - s of p

The order limit is y >= 0 and the rule of service z >= 0. Where nothing is sold, z >= 0
follows from y >= 0 and z is put out of the program; where nothing is taken, y equals
the z before it and is put out. So most points need one row a period instead of two, and
rows are what a solve costs.

An order that arrives after the horizon and costs no less than holding its inputs would
can be dropped from any plan without loss: it has no column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from optimizer.logistics.distribution.problem import (
        BoolArray,
        FloatArray,
        IntArray,
        ReplenishmentNetwork,
        ReplenishmentProblem,
    )

__all__ = ["Plan", "ReplenishmentProgram"]


class Plan(NamedTuple):
    """The values of a program in arrays of the problem, shape (things, n_periods)."""

    orders: FloatArray
    stock: FloatArray
    sales: FloatArray
    backlog: FloatArray


class ReplenishmentProgram:
    """Columns, rows and profit of one network and horizon.

    All columns are >= 0. Rows are equations first, then upper limits.

    Parameters
    ----------
    network
        What stays from one plan to the next.
    n_periods
        Horizon, >= 1.

    Attributes
    ----------
    profit
        ndarray of shape (n_columns,), float64: money per unit, to be maximised.
    upper
        ndarray of shape (n_columns,), float64: most a column may be; sales of lost
        demand (`lost_sales`) have theirs from the problem.
    entries
        Rows, columns and values of the coefficients, each position once.
    n_equations, n_rows
        Number of equations, and of all rows.
    lost_sales
        ndarray of shape (n_lost * n_periods,), int64: columns limited by demand.
    """

    def __init__(self, network: ReplenishmentNetwork, n_periods: int) -> None:
        self._network = network
        self._n_periods = n_periods
        self._has_left = np.zeros(network.n_points, dtype=np.bool_)
        self._has_left[network.input_point] = True
        sells = np.zeros(network.n_points, dtype=np.bool_)
        sells[network.demand_point] = True
        self._has_end = ~self._has_left | sells
        self._end_value = np.repeat(-network.holding_cost[:, None], n_periods, axis=1)
        self._end_value[:, -1] += network.terminal_value
        self._lay_out_columns()
        self.profit = self._profit_of_columns()
        self.upper = self._upper_of_columns()
        self._lay_out_rows()
        self.entries = _summed(
            [*self._stock_entries(), *self._order_entries(), *self._service_entries()],
            self.profit.size,
        )

    @property
    def order_columns(self) -> IntArray:
        """Column of each order, shape (n_activities, n_periods); -1: it has none."""
        return self._order

    def right_hand_sides(self, problem: ReplenishmentProblem) -> FloatArray:
        """Return what the equations equal.

        Parameters
        ----------
        problem
            Of this network and horizon.

        Returns
        -------
        ndarray of shape (n_equations,), float64
        """
        arrivals = problem.arrivals.T
        left = np.zeros_like(arrivals)
        left[:, 1:] = np.where(self._has_end[:, None], 0.0, arrivals[:, :-1])
        left[:, 0] = problem.stock
        end = arrivals.copy()
        end[:, 0] += np.where(self._has_left, 0.0, problem.stock)
        asked = problem.demand.copy()
        asked[:, 0] += problem.backlog
        return np.concatenate(
            (
                left[self._has_left].ravel(),
                end[self._has_end].ravel(),
                asked[self._network.backlogged].ravel(),
            )
        )

    def constant(self, problem: ReplenishmentProblem) -> float:
        """Return the part of the profit that no column decides.

        Parameters
        ----------
        problem
            Of this network and horizon.
        """
        network, lost = self._network, ~self._network.backlogged
        no_end = ~self._has_end
        held = (problem.arrivals.T[no_end] * self._end_value[no_end]).sum()
        unserved = network.shortage_cost[lost] @ problem.demand[lost].sum(axis=1)
        return float(held - unserved)

    def plan(self, values: FloatArray, problem: ReplenishmentProblem) -> Plan:
        """Return the plan that the values of the columns mean.

        Parameters
        ----------
        values
            ndarray of shape (n_columns,), float64; slightly negative values, as
            solvers leave them, become 0.
        problem
            Of this network and horizon.
        """
        # The last entry is what a column that is not there (-1) reads.
        read = np.append(np.maximum(values, 0.0), 0.0)
        no_end = ~self._has_end
        stock = read[self._end]
        stock[no_end] = read[self._left[no_end]] + problem.arrivals.T[no_end]
        output = self._network.output_point
        filled = no_end[output]
        np.add.at(stock, output[filled], read[self._arrived[filled]])
        return Plan(
            orders=read[self._order],
            stock=stock,
            sales=read[self._sale],
            backlog=read[self._backlog],
        )

    def _lay_out_columns(self) -> None:
        """Give columns their numbers, shape (things, n_periods), -1 for none."""
        network, n = self._network, self._n_periods
        self._order = _numbered(self._can_pay(), 0)
        first = int(self._order.max(initial=-1)) + 1
        self._left = _numbered(_every(self._has_left, n), first)
        first += int(self._has_left.sum()) * n
        self._end = _numbered(_every(self._has_end, n), first)
        first += int(self._has_end.sum()) * n
        self._sale = _numbered(np.ones((network.n_demands, n), dtype=np.bool_), first)
        first += self._sale.size
        self._backlog = _numbered(_every(network.backlogged, n), first)
        self._n_columns = first + int(network.backlogged.sum()) * n
        self._arrived = _delayed(self._order, network.lead_periods)
        self.lost_sales = self._sale[~network.backlogged].ravel()

    def _can_pay(self) -> BoolArray:
        """Return which orders a best plan may need."""
        network, n = self._network, self._n_periods
        periods_left = np.arange(n, 0, -1)
        of_point = network.holding_cost[:, None] * periods_left
        of_point -= network.terminal_value[:, None]
        saved = np.zeros((network.n_activities, n))
        usage = network.input_usage[:, None]
        np.add.at(saved, network.input_activity, usage * of_point[network.input_point])
        arrives = network.lead_periods[:, None] < periods_left
        pays: BoolArray = arrives | (self._order_costs() < saved)
        return pays

    def _order_costs(self) -> FloatArray:
        """Return order and pipeline cost, shape (n_activities, n_periods)."""
        network = self._network
        periods_left = np.arange(self._n_periods, 0, -1)
        waits = np.minimum(network.lead_periods[:, None], periods_left)
        return network.unit_cost[:, None] + network.pipeline_cost[:, None] * waits

    def _profit_of_columns(self) -> FloatArray:
        network, n = self._network, self._n_periods
        # A delivery to a point without an end column pays the end's holding itself.
        output = network.output_point[:, None]
        arrival = np.arange(n) + network.lead_periods[:, None]
        held = self._end_value[output, np.minimum(arrival, n - 1)]
        held = np.where(~self._has_end[output] & (arrival < n), held, 0.0)
        lost_cost = np.where(network.backlogged, 0.0, network.shortage_cost)
        profit = np.zeros(self._n_columns)
        for column, value in (
            (self._order, held - self._order_costs()),
            (self._left, np.where(self._has_end[:, None], 0.0, self._end_value)),
            (self._end, self._end_value),
            (self._sale, (network.price + lost_cost)[:, None]),
            (self._backlog, -network.shortage_cost[:, None]),
        ):
            there = column >= 0
            profit[column[there]] = np.broadcast_to(value, column.shape)[there]
        return profit

    def _upper_of_columns(self) -> FloatArray:
        upper = np.full(self._n_columns, np.inf)
        limit = np.broadcast_to(self._network.order_upper[:, None], self._order.shape)
        there = self._order >= 0
        upper[self._order[there]] = limit[there]
        return upper

    def _lay_out_rows(self) -> None:
        """Give rows their numbers: left, end and backlog equations, then capacity."""
        network, n = self._network, self._n_periods
        self._left_row = _numbered(_every(self._has_left, n), 0)
        first = int(self._has_left.sum()) * n
        self._end_row = _numbered(_every(self._has_end, n), first)
        first += int(self._has_end.sum()) * n
        self._backlog_row = _numbered(_every(network.backlogged, n), first)
        self.n_equations = first + int(network.backlogged.sum()) * n
        capacities = np.ones((network.n_capacities, n), dtype=np.bool_)
        self._capacity_row = _numbered(capacities, self.n_equations)
        self.n_rows = self.n_equations + self._capacity_row.size

    def _stock_entries(self) -> list[_Entries]:
        both = (self._has_left & self._has_end)[:, None]
        before = _one_later(np.where(both, self._end, self._left))
        carried = np.where(both, self._left, _one_later(self._end))
        return [
            _entries(self._left_row, self._left, 1.0),
            _entries(self._left_row, before, -1.0),
            _entries(self._end_row, self._end, 1.0),
            _entries(self._end_row, carried, -1.0),
        ]

    def _order_entries(self) -> list[_Entries]:
        network = self._network
        output = network.output_point
        taken = self._order[network.input_activity]
        usage = network.input_usage[:, None]
        # Deliveries meet the end of their period; where that is not in the program,
        # the stock left after the orders of the next.
        later = np.where(self._has_end[output][:, None], -1, _one_later(self._arrived))
        limited = np.flatnonzero(network.capacity_index >= 0)
        used = self._capacity_row[network.capacity_index[limited]]
        per_unit = network.capacity_usage[limited, None]
        return [
            _entries(self._left_row[network.input_point], taken, usage),
            _entries(self._end_row[output], self._arrived, -1.0),
            _entries(self._left_row[output], later, -1.0),
            _entries(used, self._order[limited], per_unit),
        ]

    def _service_entries(self) -> list[_Entries]:
        sold_from = self._end_row[self._network.demand_point]
        return [
            _entries(sold_from, self._sale, 1.0),
            _entries(self._backlog_row, self._sale, 1.0),
            _entries(self._backlog_row, self._backlog, 1.0),
            _entries(self._backlog_row, _one_later(self._backlog), -1.0),
        ]


class _Entries(NamedTuple):
    row: IntArray
    column: IntArray
    value: FloatArray


def _entries(row: IntArray, column: IntArray, value: float | FloatArray) -> _Entries:
    """Return coefficients, leaving out those without a row or a column."""
    values = np.broadcast_to(np.asarray(value, dtype=np.float64), row.shape)
    there = (row >= 0) & (column >= 0)
    return _Entries(row[there], column[there], values[there])


def _summed(parts: list[_Entries], n_columns: int) -> _Entries:
    """Join coefficients, adding those that share a position."""
    position = np.concatenate([part.row * n_columns + part.column for part in parts])
    value = np.concatenate([part.value for part in parts])
    position, inverse = np.unique(position, return_inverse=True)
    total = np.zeros(position.size)
    np.add.at(total, inverse, value)
    return _Entries(position // n_columns, position % n_columns, total)


def _every(there: BoolArray, n_periods: int) -> BoolArray:
    return np.repeat(there[:, None], n_periods, axis=1)


def _numbered(there: BoolArray, first: int) -> IntArray:
    """Count from `first` where something is there, -1 elsewhere."""
    number = np.full(there.shape, -1, dtype=np.int64)
    number[there] = np.arange(first, first + int(there.sum()))
    return number


def _one_later(column: IntArray) -> IntArray:
    """Return in each period the column of the period before it."""
    return _delayed(column, np.ones(len(column), dtype=np.int64))


def _delayed(column: IntArray, periods: IntArray) -> IntArray:
    """Return in each period the column of `periods` periods before it, else -1."""
    before = np.arange(column.shape[1]) - periods[:, None]
    moved = np.take_along_axis(column, np.maximum(before, 0), axis=1)
    return np.where(before >= 0, moved, -1)
