"""Demand of a period and lead times, as laws; their sums over several periods."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from scipy import special

from optimizer.errors import ProblemError
from optimizer.inventory.problem.lattice import FloatArray, Lattice

__all__ = ["DemandLaw", "LawKind", "LeadTime"]

LawKind = Literal["poisson", "negative_binomial", "normal", "empirical", "forecast"]
KINDS = ("poisson", "negative_binomial", "normal", "empirical", "forecast")

# Values of a lattice; twice as many cost four times the time of an (s, S) policy and
# halve an error that is below a thousandth of a standard deviation already.
POINTS_MAX = 2048
# Standard deviations either side of the mean that a lattice begins with.
REACH = 9.0
SURE = 1.0 - 1e-13
WHOLE = 1e-9
SUM_TOLERANCE = 1e-6


def _no_values() -> FloatArray:
    return np.empty(0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DemandLaw:
    """Demand of one period, independent from period to period.

    Parameters
    ----------
    kind
        The family. Sums of `poisson`, `negative_binomial` and `normal` demand over any
        length are of the same family; those of `empirical` demand are convolved.
    mean
        Units a period, >= 0; of `empirical` it follows from the values.
    variance
        Units squared; `negative_binomial`: more than the mean; `poisson`: the mean.
    values
        `empirical`: ndarray of shape (n,), float64, units a period, >= 0, each as
        likely as the others: a history of demand. `forecast`: ndarray of shape
        (n_periods, n_levels), quantiles of the demand of the first 1, 2, ... periods,
        units, >= 0, not falling along either axis.
    levels
        `forecast`: ndarray of shape (n_levels,), float64: their probabilities, in
        (0, 1), rising. Beyond the last sum, demand is as in the first periods again.

    Raises
    ------
    ProblemError
        If an entry is not allowed.

    Examples
    --------
    >>> law = DemandLaw.poisson(6.0)
    >>> law.over(1.0).quantile(0.8)
    8
    """

    kind: LawKind
    mean: float = 0.0
    variance: float = 0.0
    values: FloatArray = field(default_factory=_no_values)
    levels: FloatArray = field(default_factory=_no_values)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            message = f"kind must be one of {', '.join(KINDS)}, was {self.kind!r}"
            raise ProblemError(message)
        if self.kind == "empirical":
            self._take_values()
        elif self.kind == "forecast":
            self._take_sums()
        for name in ("mean", "variance"):
            value = getattr(self, name)
            if not 0.0 <= value < math.inf:
                message = f"{self.kind} demand: {name} must be >= 0, was {value}"
                raise ProblemError(message)
        if self.kind == "negative_binomial" and not self.variance > self.mean > 0.0:
            message = (
                "negative_binomial demand: variance must be > mean > 0, "
                f"was {self.variance} with mean {self.mean}"
            )
            raise ProblemError(message)

    def _take_values(self) -> None:
        values = np.array(self.values, dtype=np.float64).ravel()
        if not values.size or not (np.isfinite(values) & (values >= 0.0)).all():
            message = f"values must be >= 0 and at least one, was {values.tolist()}"
            raise ProblemError(message)
        values.setflags(write=False)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "mean", float(values.mean()))
        object.__setattr__(self, "variance", float(values.var()))

    def _take_sums(self) -> None:
        sums = np.array(self.values, dtype=np.float64, ndmin=2)
        levels = np.array(self.levels, dtype=np.float64)
        if not sums.size or (np.diff(sums, axis=0) < 0.0).any():
            message = f"forecast: sums must not fall with periods, were {sums.tolist()}"
            raise ProblemError(message)
        for array in (sums, levels):
            array.setflags(write=False)
        one = Lattice.of_quantiles(levels, sums[0])
        whole = [Lattice.of_quantiles(levels, row).mean for row in sums]
        object.__setattr__(self, "values", sums)
        object.__setattr__(self, "levels", levels)
        object.__setattr__(self, "mean", whole[-1] / len(sums))
        object.__setattr__(self, "variance", one.sd**2)

    @classmethod
    def forecast(cls, levels: FloatArray, sums: FloatArray) -> DemandLaw:
        """Return demand whose sums over 1, 2, ... periods have these quantiles.

        Parameters
        ----------
        levels
            ndarray of shape (n_levels,), float64: probabilities.
        sums
            ndarray of shape (n_periods, n_levels), float64: units.

        Examples
        --------
        >>> law = DemandLaw.forecast(
        ...     np.array([0.25, 0.75]), np.array([[4.0, 8.0], [9.0, 15.0]])
        ... )
        >>> round(law.mean, 6), round(law.over(2.0).mean, 6)
        (6.0, 12.0)
        """
        return cls(kind="forecast", values=sums, levels=levels)

    @classmethod
    def poisson(cls, mean: float) -> DemandLaw:
        """Return Poisson demand of a mean, units a period, >= 0."""
        return cls(kind="poisson", mean=mean, variance=mean)

    @classmethod
    def negative_binomial(cls, mean: float, variance: float) -> DemandLaw:
        """Return negative binomial demand; its variance is more than its mean."""
        return cls(kind="negative_binomial", mean=mean, variance=variance)

    @classmethod
    def normal(cls, mean: float, sd: float) -> DemandLaw:
        """Return normal demand of a mean and a standard deviation, units a period."""
        return cls(kind="normal", mean=mean, variance=sd * sd)

    @classmethod
    def empirical(cls, values: FloatArray) -> DemandLaw:
        """Return demand that is one of the values, each as likely."""
        return cls(kind="empirical", values=values)

    @property
    def sd(self) -> float:
        """Standard deviation, units a period."""
        return math.sqrt(self.variance)

    @property
    def is_whole(self) -> bool:
        """Whether demand comes in whole units."""
        if self.kind in {"empirical", "forecast"}:
            return bool((np.abs(self.values - np.round(self.values)) < WHOLE).all())
        return self.kind != "normal"

    def step(self, n_periods: float) -> float:
        """Return a step with which sums over so many periods fit a lattice.

        Parameters
        ----------
        n_periods
            The longest interval, periods, >= 0.
        """
        sd = self.sd * math.sqrt(n_periods)
        reach = 2.0 * REACH * sd / POINTS_MAX
        if self.kind == "forecast":
            reach = max(reach, float(self.values[-1, -1]) / POINTS_MAX)
        if self.is_whole:
            most = max(reach, (self.mean * n_periods) / (16 * POINTS_MAX))
            return float(max(1.0, math.ceil(most)))
        return max(reach, self.mean * n_periods / 1e6, 1e-9)

    def over(self, n_periods: float, step: float | None = None) -> Lattice:
        """Return demand of an interval.

        Parameters
        ----------
        n_periods
            Length, periods, >= 0; whole for `empirical` and `forecast` demand.
        step
            Units, > 0; None takes `step(n_periods)`. What lies between two values of
            the lattice counts as the nearer one; normal demand below 0 counts as 0.

        Raises
        ------
        ProblemError
            If the interval is not allowed.
        """
        if not 0.0 <= n_periods < math.inf:
            message = f"n_periods must be >= 0, was {n_periods}"
            raise ProblemError(message)
        width = self.step(n_periods) if step is None else step
        if n_periods == 0.0 or self.mean * n_periods == 0.0:
            return Lattice(0, np.ones(1), width)
        if self.kind == "empirical":
            return self._summed(n_periods, width)
        if self.kind == "forecast":
            return self._forecast(n_periods, width)
        return self._family(n_periods, width)

    def _family(self, n_periods: float, step: float) -> Lattice:
        mean = self.mean * n_periods
        sd = self.sd * math.sqrt(n_periods)
        reach = REACH * sd + step
        if self.kind == "normal" and sd == 0.0:
            return Lattice(round(mean / step), np.ones(1), step)
        while self._cdf(np.array([mean + reach]), n_periods)[0] < SURE:
            reach *= 1.5
        first = max(0, math.floor((mean - REACH * sd) / step))
        last = math.ceil((mean + reach) / step)
        edges = step * (np.arange(first, last + 2, dtype=np.float64) - 0.5)
        cumulative = self._cdf(edges, n_periods)
        cumulative[0], cumulative[-1] = 0.0, 1.0
        return Lattice(first, np.diff(cumulative), step).trimmed()

    def _cdf(self, at: FloatArray, n_periods: float) -> FloatArray:
        if self.kind == "normal":
            mean = self.mean * n_periods
            sd = self.sd * math.sqrt(n_periods)
            return np.asarray(special.ndtr((at - mean) / sd), dtype=np.float64)
        # A whole number on an edge counts half to either side.
        below, upto = np.ceil(at) - 1.0, np.floor(at)
        return 0.5 * (self._within(below, n_periods) + self._within(upto, n_periods))

    def _within(self, whole: FloatArray, n_periods: float) -> FloatArray:
        """Return P(demand <= a whole number) of a family of whole numbers."""
        inside = np.maximum(whole, 0.0)
        if self.kind == "poisson":
            share = special.pdtr(inside, self.mean * n_periods)
        else:
            size = self.mean**2 / (self.variance - self.mean) * n_periods
            share = special.betainc(size, inside + 1.0, self.mean / self.variance)
        return np.where(whole < 0.0, 0.0, share)

    def _forecast(self, n_periods: float, step: float) -> Lattice:
        count, most = self._whole(n_periods), len(self.values)
        result = Lattice(0, np.ones(1), step)
        while count > 0:
            row = self.values[min(count, most) - 1]
            result = result.plus(Lattice.of_quantiles(self.levels, row, step))
            count -= most
        return result

    def _whole(self, n_periods: float) -> int:
        count = round(n_periods)
        if abs(count - n_periods) > WHOLE:
            message = (
                f"{self.kind} demand needs a whole number of periods, was {n_periods}: "
                "give demand of shorter periods, or a family"
            )
            raise ProblemError(message)
        return count

    def _summed(self, n_periods: float, step: float) -> Lattice:
        count = self._whole(n_periods)
        numbers = np.round(self.values / step).astype(np.int64)
        first = int(numbers.min())
        share = np.bincount(numbers - first) / numbers.size
        power, result = Lattice(first, share, step), Lattice(0, np.ones(1), step)
        # By squares: 30 periods take 8 convolutions.
        while True:
            if count & 1:
                result = result.plus(power)
            count >>= 1
            if not count:
                return result
            power = power.plus(power)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTime:
    """Time from order to receipt; orders do not cross.

    Parameters
    ----------
    periods
        Values, periods, >= 0.
    probability
        Share of each, >= 0; they sum to 1. Default: all the same.

    Raises
    ------
    ProblemError
        If an entry is not allowed.

    Examples
    --------
    >>> LeadTime(periods=(2.0, 4.0), probability=(0.75, 0.25)).mean
    2.5
    """

    periods: tuple[float, ...] = (0.0,)
    probability: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.periods)
        share = self.probability or (1.0 / n,) * n if n else ()
        if not n or len(share) != n:
            message = (
                f"lead time: periods and probability must be of one length >= 1, "
                f"were {n} and {len(share)}"
            )
            raise ProblemError(message)
        if not all(0.0 <= value < math.inf for value in self.periods):
            message = f"lead time: periods must be >= 0, were {self.periods}"
            raise ProblemError(message)
        if min(share) < 0.0 or abs(sum(share) - 1.0) > SUM_TOLERANCE:
            message = f"lead time: probability must be >= 0 and sum to 1, was {share}"
            raise ProblemError(message)
        object.__setattr__(self, "probability", tuple(share))

    @property
    def mean(self) -> float:
        """Mean, periods."""
        pairs = zip(self.periods, self.probability, strict=True)
        return sum(value * share for value, share in pairs)

    @property
    def longest(self) -> float:
        """The longest, periods."""
        return max(self.periods)
