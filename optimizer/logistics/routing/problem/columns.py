"""Columns of tables: copied, made read-only, and held against what is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from optimizer.errors import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "LATEST",
    "MOST",
    "BoolArray",
    "FloatArray",
    "IntArray",
    "freeze",
    "no_flags",
    "no_numbers",
    "no_table",
    "require",
]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

LATEST = 2**40
"""A time, distance or amount without a limit. Sums of thousands of them still fit into
64 bits, and 2^40 milliseconds are 34 years."""

MOST = LATEST
"""Largest entry that is allowed in any table."""


def no_numbers() -> IntArray:
    """Return an empty column, which stands for its default."""
    return np.empty(0, dtype=np.int64)


def no_flags() -> BoolArray:
    """Return an empty column of truth values, which stands for its default."""
    return np.empty(0, dtype=np.bool_)


def no_table() -> IntArray:
    """Return an empty matrix, which stands for its default."""
    return np.empty((0, 0), dtype=np.int64)


def freeze(table: object, defaults: Mapping[str, Any], rows: int) -> None:
    """Copy the columns of a table, give empty ones their default, make them read-only.

    Parameters
    ----------
    table
        A frozen dataclass; its columns are named by `defaults`.
    defaults
        Value of a column that is empty: a number, a truth value, or an array of one
        row. A truth value makes the column one of truth values, None asks for the
        column.
    rows
        Rows of the table.

    Raises
    ------
    ProblemError
        If a column has another number of rows, or is not of whole numbers.
    """
    for name, default in defaults.items():
        given = np.asarray(getattr(table, name))
        wanted = np.bool_ if np.asarray(default).dtype == np.bool_ else np.int64
        if given.size == 0 and given.shape[1:] in {(), (0,)} and default is not None:
            shape = (rows, *np.shape(default))
            given = np.broadcast_to(np.asarray(default, dtype=wanted), shape)
        if given.ndim == 0 or given.shape[0] != rows:
            message = (
                f"{_title(table)}.{name} must have {rows} rows, had shape {given.shape}"
            )
            raise ProblemError(message)
        if wanted is np.int64 and given.size and given.dtype.kind not in "iu":
            message = f"{_title(table)}.{name} must be whole, had dtype {given.dtype}"
            raise ProblemError(message)
        column: npt.NDArray[Any] = np.array(given, dtype=wanted)
        column.setflags(write=False)
        object.__setattr__(table, name, column)


def require(table: object, name: str, *, low: int, high: int = MOST) -> None:
    """Hold a column against the least and the largest entry allowed.

    Parameters
    ----------
    table
        Any dataclass.
    name
        Its column.
    low, high
        Least and largest entry allowed.

    Raises
    ------
    ProblemError
        Names the first entry outside.
    """
    column = getattr(table, name)
    wrong = np.argwhere((column < low) | (column > high))
    if wrong.size:
        at = tuple(wrong[0].tolist())
        message = (
            f"{_title(table)}.{name}[{', '.join(map(str, at))}] must be in "
            f"{low}..{high}, was {column[at]}"
        )
        raise ProblemError(message)


def _title(table: object) -> str:
    return type(table).__name__.lower()
