"""A quantity that takes the values of a lattice: multiples of a step."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from optimizer.errors import ProblemError

__all__ = ["FloatArray", "Lattice"]

FloatArray = npt.NDArray[np.float64]

# Mass at either end that is dropped: far below what a price of a shortage can feel.
TAIL = 1e-13
# Sums of shares further from 1 are a mistake, not rounding.
SUM_TOLERANCE = 1e-6
# Values of a lattice between quantiles.
POINTS = 2048.0


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """A distribution over ``step * (first + 0, 1, ...)``.

    Parameters
    ----------
    first
        Number of the first value, in steps.
    probability
        ndarray of shape (n,), float64: shares >= 0 that sum to 1; normalised.
    step
        Distance of neighbouring values, units, > 0.

    Raises
    ------
    ProblemError
        If a share or the step is not allowed.

    Examples
    --------
    >>> coin = Lattice(0, np.array([0.5, 0.5]))
    >>> coin.plus(coin).probability.tolist(), coin.mean
    ([0.25, 0.5, 0.25], 0.5)
    """

    first: int
    probability: FloatArray
    step: float = 1.0
    cumulative: FloatArray = field(init=False, repr=False)
    """P(value <= step * (first + i)), ndarray of shape (n,), float64."""

    def __post_init__(self) -> None:
        share = np.array(self.probability, dtype=np.float64)
        if share.ndim != 1 or share.size == 0:
            message = f"probability must have shape (n,), n >= 1, had {share.shape}"
            raise ProblemError(message)
        total = float(share.sum())
        if not (share >= 0.0).all() or abs(total - 1.0) > SUM_TOLERANCE:
            message = f"probability must be >= 0 and sum to 1, summed to {total}"
            raise ProblemError(message)
        if not 0.0 < self.step < math.inf:
            message = f"step must be > 0 and finite, was {self.step}"
            raise ProblemError(message)
        share /= total
        cumulative = np.cumsum(share)
        for name, array in (("probability", share), ("cumulative", cumulative)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @property
    def values(self) -> FloatArray:
        """The values, ndarray of shape (n,), float64, units."""
        return self.step * np.arange(self.first, self.last + 1, dtype=np.float64)

    @property
    def last(self) -> int:
        """Number of the last value, in steps."""
        return self.first + self.probability.size - 1

    @property
    def mean(self) -> float:
        """Mean, units."""
        return float(self.probability @ self.values)

    @property
    def sd(self) -> float:
        """Standard deviation, units, >= 0."""
        centred = self.values - self.mean
        return math.sqrt(float(self.probability @ centred**2))

    def quantile(self, level: float) -> int:
        """Return the number of the least value with ``P(<= value) >= level``.

        Parameters
        ----------
        level
            In [0, 1].
        """
        # Rounding in a sum of shares must not cost a whole step.
        at = int(np.searchsorted(self.cumulative, level - 1e-12, side="left"))
        return self.first + min(at, self.probability.size - 1)

    def cdf(self, numbers: npt.NDArray[np.int64]) -> FloatArray:
        """Return P(value <= step * number), of the shape of `numbers`."""
        at = np.asarray(numbers) - self.first
        inside = np.clip(at, 0, self.probability.size - 1)
        below = np.where(at < 0, 0.0, self.cumulative[inside])
        return np.where(at >= self.probability.size - 1, 1.0, below)

    def loss(self, numbers: npt.NDArray[np.int64]) -> FloatArray:
        """Return E[(value - step * number)+], units, of the shape of `numbers`."""
        # Sum of P(value > step * j) over j = number, number + 1, ... times the step.
        above = np.append(1.0 - self.cumulative, 0.0)
        tail = np.cumsum(above[::-1])[::-1]
        at = np.asarray(numbers) - self.first
        inside = np.clip(at, 0, self.probability.size)
        return self.step * (tail[inside] + np.where(at < 0, -at + 0.0, 0.0))

    def plus(self, other: Lattice) -> Lattice:
        """Return the distribution of the sum of two independent quantities.

        Parameters
        ----------
        other
            Of the same step.

        Raises
        ------
        ProblemError
            If the steps differ.
        """
        if other.step != self.step:
            message = f"step must be {self.step} as well, was {other.step}"
            raise ProblemError(message)
        share = np.convolve(self.probability, other.probability)
        return Lattice(self.first + other.first, share, self.step).trimmed()

    def trimmed(self) -> Lattice:
        """Return the same without the values at the ends that hardly ever come."""
        keep = np.flatnonzero((self.cumulative > TAIL) & (self._reverse() > TAIL))
        if keep.size == self.probability.size or not keep.size:
            return self
        share = self.probability[keep[0] : keep[-1] + 1]
        return Lattice(self.first + int(keep[0]), share / share.sum(), self.step)

    def _reverse(self) -> FloatArray:
        return np.cumsum(self.probability[::-1])[::-1]

    @classmethod
    def of_quantiles(
        cls, levels: FloatArray, values: FloatArray, step: float | None = None
    ) -> Lattice:
        """Return the distribution that quantiles describe, straight between them.

        Parameters
        ----------
        levels
            ndarray of shape (n,), float64, n >= 2: in (0, 1), rising.
        values
            The same shape: units, >= 0, not falling. Beyond the ends the last slope
            goes on, down to 0.
        step
            Units, > 0; None takes 1, or what fits a range in 2048 values.

        Raises
        ------
        ProblemError
            If they are not allowed.

        Examples
        --------
        >>> Lattice.of_quantiles(np.array([0.25, 0.75]), np.array([10.0, 20.0])).mean
        15.0
        """
        share, at = np.asarray(levels, np.float64), np.asarray(values, np.float64)
        if share.shape != at.shape or share.size <= 1:
            message = (
                f"levels and values must be of one length >= 2, were {share.tolist()}, "
                f"{at.tolist()}"
            )
            raise ProblemError(message)
        if not ((np.diff(share) > 0).all() and share[0] > 0 and share[-1] < 1):
            message = f"levels must rise inside (0, 1), were {share.tolist()}"
            raise ProblemError(message)
        if not ((np.diff(at) >= 0).all() and at[0] >= 0 and np.isfinite(at).all()):
            message = f"values must be >= 0 and not fall, were {at.tolist()}"
            raise ProblemError(message)
        slope_low = (at[1] - at[0]) / (share[1] - share[0])
        slope_high = (at[-1] - at[-2]) / (share[-1] - share[-2])
        low = max(0.0, at[0] - slope_low * share[0])
        high = at[-1] + slope_high * (1.0 - share[-1])
        share = np.concatenate([[0.0], share, [1.0]])
        at = np.concatenate([[low], at, [high]])
        width = step or max(1.0, float(np.ceil((high - low) / POINTS)))
        first, last = int(np.floor(low / width)), int(np.ceil(high / width)) + 1
        edges = width * (np.arange(first, last + 2) - 0.5)
        # Where values repeat, the later level counts: a jump of the distribution.
        unique, index = np.unique(at[::-1], return_index=True)
        sums = np.interp(edges, unique, share[::-1][index], left=0.0, right=1.0)
        sums[0], sums[-1] = 0.0, 1.0
        return cls(first, np.diff(sums), width).trimmed()

    @classmethod
    def mixture(cls, parts: list[tuple[float, Lattice]]) -> Lattice:
        """Return what is one of several quantities, each with a share.

        Parameters
        ----------
        parts
            Shares that sum to 1 and distributions of one step.
        """
        first = min(part.first for _, part in parts)
        last = max(part.last for _, part in parts)
        share = np.zeros(last - first + 1)
        for weight, part in parts:
            at = part.first - first
            share[at : at + part.probability.size] += weight * part.probability
        return cls(first, share, parts[0][1].step).trimmed()
