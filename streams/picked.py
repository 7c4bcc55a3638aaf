"""Rows of a batch in an order of their own, not yet copied.

Events that come out of order are sorted by their row numbers. To copy all columns into
that order costs more than to sort them, and who only reads them once, such as the fold
of state, can go by the numbers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.batch import EventBatch, concatenate, gathered
from streams.names import Names


@dataclass(frozen=True, slots=True, eq=False)
class Picked:
    """Rows of a batch.

    Attributes
    ----------
    batch : EventBatch
        Where they are; nobody may change it.
    rows : ndarray of shape (n,), int64
        Row numbers, >= 0.
    time_us : ndarray of shape (n,), int64
        Their times, microseconds UTC.

    Examples
    --------
    >>> from streams.batch import empty_columns
    >>> from streams.names import Names
    >>> batch = EventBatch(Names(), b"", **empty_columns(3))
    >>> batch.time_us[:] = [20, 30, 10]
    >>> picked = Picked.of(batch, np.array([2, 0, 1]))
    >>> picked.time_us.tolist(), whole(picked.take(slice(0, 2))).time_us.tolist()
    ([10, 20, 30], [10, 20])
    """

    batch: EventBatch
    rows: NDArray[np.int64]
    time_us: NDArray[np.int64]

    @classmethod
    def of(cls, batch: EventBatch, rows: NDArray[np.int64]) -> "Picked":
        """Pick rows that are known to be there."""
        return cls(batch, rows, batch.time_us[rows])

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, part: slice) -> "Picked":
        """Return some of the rows, as views."""
        return Picked(self.batch, self.rows[part], self.time_us[part])


Part = EventBatch | Picked
"""Events in an order: as they stand in memory, or by their rows."""


def whole(part: Part) -> EventBatch:
    """Return events as a batch: itself, or a copy of the rows picked."""
    return gathered(part.batch, part.rows) if isinstance(part, Picked) else part


def joined(parts: Iterable[Part], names: Names) -> EventBatch:
    """Return parts one behind the other as one batch; see `streams.batch.concatenate`.

    Parameters
    ----------
    parts : iterable of EventBatch or Picked
        All of them share `names`.
    names : Names
        The table of names of the result.
    """
    return concatenate([whole(part) for part in parts], names)


def column_of(part: Part, name: str) -> NDArray[Any]:
    """Return one column, in the order of the events.

    Parameters
    ----------
    part : EventBatch or Picked
        The events.
    name : str
        Of `streams.batch.DTYPES`.

    Returns
    -------
    ndarray of shape (len(part),)
        Not to be written to.
    """
    if isinstance(part, Picked):
        column: NDArray[Any] = getattr(part.batch, name)[part.rows]
    else:
        column = getattr(part, name)
    return column
