"""What was seen of a parameter: durations, or good pieces of all."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from forecasting.lifetimes import Lifetimes

SECOND_US = 1_000_000
Floats = NDArray[np.float64]
Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Window:
    """The time looked at: what began in it, as far as it was seen at its end.

    Attributes
    ----------
    start_us, end_us : int
        Microseconds UTC; the start is in it, the end is when watching ended.
    """

    start_us: int
    end_us: int


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What was seen of one parameter.

    Attributes
    ----------
    table : str
        Table of the network.
    key : mapping of str to str or int
        Names the row, or the rows whose parameter this is.
    column : str
        Column of the mean or of the share, such as ``duration_s``.
    lifetimes : Lifetimes or None
        Durations in seconds in the order they began; None for a share.
    good, total : ndarray of shape (n,), float64
        Of a share: good pieces and all pieces of each order, in order of time.
    began_us : ndarray of shape (n,), int64
        When each began (a share: ended), microseconds UTC.
    pooled_over : str
        What was put together because there was too little of the row itself; "" if
        nothing was.
    fixed_s : float
        Of process times: set-up taken off each, NaN if it does not apply.
    quantity : ndarray of shape (n,), float64
        Of process times: pieces over speed of each; else empty.
    scale : float
        What the estimated share is divided by: the share that others have in it.
    """

    table: str
    key: Mapping[str, str | int]
    column: str
    began_us: Times
    lifetimes: Lifetimes | None = None
    good: Floats = field(default_factory=lambda: np.zeros(0))
    total: Floats = field(default_factory=lambda: np.zeros(0))
    pooled_over: str = ""
    fixed_s: float = float("nan")
    quantity: Floats = field(default_factory=lambda: np.zeros(0))
    scale: float = 1.0

    @property
    def name(self) -> str:
        """The row and the column in words, such as ``machines M1 mttf_s``."""
        key = " ".join(str(part) for part in self.key.values())
        return f"{self.table} {key} {self.column}"

    @property
    def n_observed(self) -> int:
        """How many were seen to their end."""
        if self.lifetimes is None:
            return len(self.total)
        return self.lifetimes.n_observed
