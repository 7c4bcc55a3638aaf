"""A sample of durations: how long, whether to the end, and since when watched."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecasting.errors import OptionError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Lifetimes:
    """Durations of one kind, in the order in which they began.

    Attributes
    ----------
    duration : ndarray of shape (n,), float64
        How long each was watched to last, >= 0, in any unit.
    is_observed : ndarray of shape (n,), bool
        Whether its end was seen; else it lasts longer (right-censored).
    entry : ndarray of shape (n,), float64
        Age at which watching began, >= 0 and < `duration` (or 0): one that had ended
        before would not be in the sample (left-truncated).
    """

    duration: Floats
    is_observed: Flags
    entry: Floats

    @classmethod
    def of(
        cls,
        duration: ArrayLike,
        is_observed: ArrayLike | None = None,
        entry: ArrayLike | None = None,
    ) -> "Lifetimes":
        """Check and hold a sample.

        Parameters
        ----------
        duration : array-like of shape (n,)
            See the class.
        is_observed, entry : array-like of shape (n,), optional
            Without them all ends were seen, and all were watched from age 0.

        Returns
        -------
        Lifetimes

        Raises
        ------
        OptionError
            If shapes differ, a number is negative or not finite, or an entry is not
            before its end.

        Examples
        --------
        >>> Lifetimes.of([3.0, 5.0], [True, False]).n_censored
        1
        """
        times = np.ascontiguousarray(duration, np.float64)
        seen = np.ones(times.shape, np.bool_)
        if is_observed is not None:
            seen = np.ascontiguousarray(is_observed, np.bool_)
        ages = np.zeros(times.shape)
        if entry is not None:
            ages = np.ascontiguousarray(entry, np.float64)
        if times.ndim != 1 or seen.shape != times.shape or ages.shape != times.shape:
            msg = (
                f"duration, is_observed and entry must be of one shape (n,), were of "
                f"{times.shape}, {seen.shape} and {ages.shape}"
            )
            raise OptionError(msg)
        wrong = ~(np.isfinite(times) & (times >= 0.0) & (ages >= 0.0))
        wrong |= (ages > 0.0) & ~(ages < times)
        if wrong.any():
            k = int(np.argmax(wrong))
            msg = (
                f"duration {k}: must be finite, >= 0 and above its entry (>= 0), "
                f"was {times[k]} with entry {ages[k]}"
            )
            raise OptionError(msg)
        return cls(times, seen, ages)

    @property
    def n(self) -> int:
        """How many there are."""
        return len(self.duration)

    @property
    def n_observed(self) -> int:
        """How many were seen to their end."""
        return int(self.is_observed.sum())

    @property
    def n_censored(self) -> int:
        """How many were not."""
        return self.n - self.n_observed

    def ascending(self) -> tuple[Floats, Flags, Floats]:
        """Return durations, flags and entries by ascending duration.

        Of equal durations those observed come first.
        """
        order = np.lexsort((~self.is_observed, self.duration))
        return self.duration[order], self.is_observed[order], self.entry[order]
