"""Buffers: places where jobs wait between machines."""

from __future__ import annotations

from dataclasses import dataclass, field

from optimizer.production.scheduling.problem.columns import (
    IntArray,
    freeze,
    no_rows,
    require,
)

__all__ = ["Buffers"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Buffers:
    """Places that jobs wait in, behind the machines that name the buffer.

    Parameters
    ----------
    capacity
        ndarray of shape (n_buffers,), int64: places, >= 0. A buffer of none is no room
        at all: its machines are blocking.

    Examples
    --------
    >>> import numpy as np
    >>> len(Buffers(capacity=np.array([2, 0])))
    2
    """

    capacity: IntArray = field(default_factory=no_rows)

    def __post_init__(self) -> None:
        freeze(self)
        require(self, "capacity", rows=self.capacity.size, low=0)

    def __len__(self) -> int:
        """Return the number of buffers."""
        return self.capacity.size
