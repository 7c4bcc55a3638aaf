"""Columns and rows of a program, gathered in bulk."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from optimizer.production.lot_sizing.problem import (
        BoolArray,
        FloatArray,
        IntArray,
    )

__all__ = ["Arrays", "Sheet", "limited", "reduced"]


class Arrays(NamedTuple):
    """Minimise cost of columns between bounds, rows between bounds.

    Parameters
    ----------
    cost, lower, upper
        ndarray of shape (n_columns,), float64.
    integer
        ndarray of shape (n_columns,), bool.
    row, column, value
        ndarray of shape (n_entries,): coefficients in order of row, then column.
    row_lower, row_upper
        ndarray of shape (n_rows,), float64.
    """

    cost: FloatArray
    lower: FloatArray
    upper: FloatArray
    integer: BoolArray
    row: IntArray
    column: IntArray
    value: FloatArray
    row_lower: FloatArray
    row_upper: FloatArray


class Sheet:
    """Gathers columns, rows and coefficients, many at a time."""

    def __init__(self) -> None:
        self._n_columns = self._n_rows = 0
        self._columns: list[tuple[FloatArray, FloatArray, BoolArray]] = []
        self._rows: list[tuple[FloatArray, FloatArray]] = []
        self._entries: list[tuple[IntArray, IntArray, FloatArray]] = []

    def columns(
        self,
        cost: FloatArray,
        *,
        upper: FloatArray | BoolArray | float,
        there: BoolArray | None = None,
        integer: bool = False,
    ) -> IntArray:
        """Add columns from 0; return their numbers in the shape of `cost`.

        Parameters
        ----------
        cost
            ndarray of any shape, float64.
        upper
            Bound, for all or each.
        there
            Which of them exist; the others get the number -1. Default all.
        integer
            Whether they are.
        """
        number = np.full(cost.shape, -1, dtype=np.int64)
        exists = np.ones(cost.shape, dtype=np.bool_) if there is None else there
        count = int(exists.sum())
        number[exists] = np.arange(self._n_columns, self._n_columns + count)
        self._n_columns += count
        most = np.broadcast_to(np.asarray(upper, dtype=np.float64), cost.shape)
        self._columns.append((cost[exists], most[exists], np.full(count, integer)))
        return number

    def rows(
        self,
        count: int,
        *,
        lower: FloatArray | float = -np.inf,
        upper: FloatArray | float = np.inf,
    ) -> IntArray:
        """Add rows; return their numbers, ndarray of shape (count,).

        Parameters
        ----------
        count
            How many, >= 0.
        lower, upper
            Bounds, for all or each.
        """
        number = np.arange(self._n_rows, self._n_rows + count)
        self._n_rows += count
        low, high = (np.full(count, bound, dtype=float) for bound in (lower, upper))
        self._rows.append((low, high))
        return number

    def enter(
        self,
        row: IntArray,
        column: IntArray,
        value: FloatArray | float,
    ) -> None:
        """Add coefficients; those without a row or a column are left out.

        Parameters
        ----------
        row, column, value
            Of one shape, or for all.
        """
        rows, columns, values = np.broadcast_arrays(row, column, value)
        there = (rows >= 0) & (columns >= 0)
        self._entries.append((rows[there], columns[there], values[there]))

    def arrays(self) -> Arrays:
        """Return everything gathered; coefficients of one place are added up."""
        cost, upper, integer = (
            np.concatenate([np.asarray(part[at]) for part in self._columns])
            for at in range(3)
        )
        low, high = (np.concatenate([part[at] for part in self._rows]) for at in (0, 1))
        row, column, value = (
            np.concatenate([part[at] for part in self._entries]) for at in range(3)
        )
        place, inverse = np.unique(row * self._n_columns + column, return_inverse=True)
        total = np.bincount(inverse, weights=value, minlength=place.size).astype(float)
        return Arrays(
            cost=cost,
            lower=np.zeros(self._n_columns),
            upper=upper,
            integer=integer.astype(np.bool_),
            row=place // max(self._n_columns, 1),
            column=place % max(self._n_columns, 1),
            value=total,
            row_lower=low,
            row_upper=high,
        )


def reduced(arrays: Arrays, free: BoolArray, values: FloatArray) -> Arrays:
    """Return what is left of a program when columns are fixed.

    Parameters
    ----------
    arrays
        The whole program.
    free
        ndarray of shape (n_columns,), bool: the columns that stay, in their order.
    values
        ndarray of shape (n_columns,), float64: what the others are fixed to.

    Returns
    -------
    Arrays
        Rows without a coefficient are gone.
    """
    fixed = ~free[arrays.column]
    moved = np.bincount(
        arrays.row[fixed],
        weights=arrays.value[fixed] * values[arrays.column[fixed]],
        minlength=arrays.row_lower.size,
    )
    stays = ~fixed
    used = np.zeros(arrays.row_lower.size, dtype=np.bool_)
    used[arrays.row[stays]] = True
    column_number, row_number = np.cumsum(free) - 1, np.cumsum(used) - 1
    return Arrays(
        cost=arrays.cost[free],
        lower=arrays.lower[free],
        upper=arrays.upper[free],
        integer=arrays.integer[free],
        row=row_number[arrays.row[stays]],
        column=column_number[arrays.column[stays]],
        value=arrays.value[stays],
        row_lower=(arrays.row_lower - moved)[used],
        row_upper=(arrays.row_upper - moved)[used],
    )


def limited(arrays: Arrays, weight: FloatArray, most: float) -> Arrays:
    """Return a program with one more row.

    Parameters
    ----------
    arrays
        The program.
    weight
        ndarray of shape (n_columns,), float64: what a unit of a column counts.
    most
        Of all together.
    """
    counted = np.flatnonzero(weight)
    row = np.full(counted.size, arrays.row_lower.size)
    return arrays._replace(
        row=np.concatenate([arrays.row, row]),
        column=np.concatenate([arrays.column, counted]),
        value=np.concatenate([arrays.value, weight[counted]]),
        row_lower=np.append(arrays.row_lower, -np.inf),
        row_upper=np.append(arrays.row_upper, most),
    )
