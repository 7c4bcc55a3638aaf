"""Columns of whole numbers: copied, frozen, and judged one by one."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from optimizer.errors import ProblemError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LATEST", "NONE", "IntArray", "freeze", "no_rows", "require"]

IntArray = npt.NDArray[np.int64]

NONE = -1
"""An entry of an index or a date that says: there is none."""

LATEST = 2**53
"""Times and costs stay below it, so that they are exact as floats too."""


def no_rows() -> IntArray:
    """Return a column without rows."""
    return np.empty(0, dtype=np.int64)


def _integers(owner: object, name: str) -> IntArray:
    """Return a read-only copy of a column as whole numbers."""
    given = np.asarray(getattr(owner, name))
    # An empty list comes as an array of floats.
    if given.size and given.dtype.kind not in "iub":
        message = f"{name} must hold whole numbers, was of type {given.dtype}"
        raise ProblemError(message)
    column = given.astype(np.int64)
    column.flags.writeable = False
    return column


def freeze(
    owner: object, default: Sequence[tuple[str, int]] = (), rows: int = 0
) -> None:
    """Take read-only copies of all columns; fill those left empty that have a default.

    Parameters
    ----------
    owner
        A frozen record of columns.
    default
        Names of columns that may be left out, and what stands in them then.
    rows
        Entries of such a column, >= 0.

    Raises
    ------
    ProblemError
        If a column holds anything but whole numbers.
    """
    for column in fields(owner):  # type: ignore[arg-type]
        values = _integers(owner, column.name)
        object.__setattr__(owner, column.name, values)
    for name, value in default:
        if getattr(owner, name).size == 0:
            filled = np.full(rows, value, dtype=np.int64)
            filled.flags.writeable = False
            object.__setattr__(owner, name, filled)


def require(
    owner: object, name: str, *, rows: int, low: int, high: int = LATEST
) -> None:
    """Refuse a column of another length, or with a value out of range.

    Parameters
    ----------
    owner, name
        Whose column.
    rows
        Entries it must have.
    low, high
        Values in ``low..high - 1`` are allowed.

    Raises
    ------
    ProblemError
        If an entry is out of range, or there are more or fewer.
    """
    values = getattr(owner, name)
    if values.shape != (rows,):
        message = f"{name} must have {rows} entries, had the shape {values.shape}"
        raise ProblemError(message)
    wrong = np.flatnonzero((values < low) | (values >= high))
    if wrong.size:
        first = int(wrong[0])
        message = (
            f"{name} must be in {low}..{high - 1}, entry {first} was {values[first]}"
        )
        raise ProblemError(message)
