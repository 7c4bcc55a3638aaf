"""Branches with the same luck: means with intervals, and paired differences."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from twin.errors import OptionError
from twin.whatif.branches import Branch
from twin.whatif.future import Future, FutureOptions, Futures
from twin.whatif.measures import MEASURES, Better, Measure

REPLICATIONS_MAX = 10_000
CONFIDENCE = 0.95
Verdict = Literal["better", "worse", "changed", "same", "unclear", ""]
ROUNDING = 1e-9  # sums in another order differ by less, real changes by more


@dataclass(frozen=True, slots=True)
class Cell:
    """A KPI of a branch.

    Attributes
    ----------
    measure : Measure
        Which KPI; numbers here are in its unit.
    branch : str
        Name of the branch.
    mean, half_width : float
        Over replications, with the half width of its 95 % interval; NaN where the KPI
        is defined in no, or in only one, replication.
    difference, difference_half_width : float
        The same of the difference to the base, future by future: as both met the same
        luck it is known better than the means are. NaN for the base itself.
    verdict : str
        ``better`` or ``worse`` where the interval of the difference leaves out zero,
        ``changed`` where it does and neither way is better, ``same`` where all
        differences are zero, ``unclear`` otherwise, "" for the base.
    n : int
        Replications in which it is defined.
    """

    measure: Measure
    branch: str
    mean: float
    half_width: float
    difference: float = math.nan
    difference_half_width: float = math.nan
    verdict: Verdict = ""
    n: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Futures of all branches.

    Attributes
    ----------
    branches : tuple of Branch
        The base first.
    options : FutureOptions
        How they were played.
    seeds : tuple of int
        One a replication; all branches had the same.
    futures : tuple of tuple of Future
        By branch, then by replication.
    """

    branches: tuple[Branch, ...]
    options: FutureOptions
    seeds: tuple[int, ...]
    futures: tuple[tuple[Future, ...], ...]

    def values(self, measure: Measure, branch: int) -> NDArray[np.float64]:
        """Return a KPI in its unit by replication, shape (n_replications,)."""
        found = [future.measures[measure.key] for future in self.futures[branch]]
        return np.array(found, np.float64) * measure.factor

    def series(self, name: str, branch: int) -> NDArray[np.float64]:
        """Return a series of `Future` by replication, shape (n_replications, n)."""
        return np.array([getattr(one, name) for one in self.futures[branch]])

    def cells(self) -> Iterator[Cell]:
        """Yield every KPI of every branch, KPI by KPI, the base first."""
        for measure in MEASURES:
            base = self.values(measure, 0)
            for k, branch in enumerate(self.branches):
                own = self.values(measure, k)
                mean, half_width, n = interval(own)
                if k == 0:
                    yield Cell(measure, branch.name, mean, half_width, n=n)
                    continue
                gain, gain_half_width, n = interval(own - base)
                scale = max(1.0, abs(mean))
                verdict = judged(gain, gain_half_width, measure.better, scale=scale)
                yield Cell(
                    measure, branch.name, mean, half_width,
                    gain, gain_half_width, verdict, n,
                )  # fmt: skip


def compare(
    branches: Sequence[Branch],
    options: FutureOptions,
    *,
    n_replications: int,
    seed: int,
    monotonic_s: Callable[[], float],
    on_future: Callable[[str, int], None] | None = None,
) -> Comparison:
    """Play all branches with the same seeds.

    Parameters
    ----------
    branches : sequence of Branch
        The base first; names differ.
    options : FutureOptions
        How futures are played.
    n_replications : int
        Futures of each branch, >= 2.
    seed : int
        Of the first replication, >= 0; the others count up from it.
    monotonic_s : callable
        Clock that bounds solves.
    on_future : callable, optional
        Called with the name of the branch and the number of the replication after each
        future.

    Returns
    -------
    Comparison
        The same for the same arguments.

    Raises
    ------
    OptionError
        If an argument is outside what is allowed.
    """
    _check(branches, n_replications, seed)
    seeds = tuple(range(seed, seed + n_replications))
    played = [Futures(branch, options, monotonic_s=monotonic_s) for branch in branches]
    found: list[list[Future]] = [[] for _ in branches]
    # Replication by replication, so that what was played when it is stopped compares.
    for number, one in enumerate(seeds):
        for futures, branch, kept in zip(played, branches, found, strict=True):
            kept.append(futures.play(one))
            if on_future is not None:
                on_future(branch.name, number)
    return Comparison(tuple(branches), options, seeds, tuple(map(tuple, found)))


def _check(branches: Sequence[Branch], n_replications: int, seed: int) -> None:
    names = [branch.name for branch in branches]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        msg = (
            f"branches: names must differ, {twice[0]!r} comes twice; give the change "
            f"file another name = ..."
        )
        raise OptionError(msg)
    if not 2 <= n_replications <= REPLICATIONS_MAX:  # noqa: PLR2004  # no spread of one
        msg = f"replications must be from 2 to {REPLICATIONS_MAX}, was {n_replications}"
        raise OptionError(msg)
    if seed < 0:
        msg = f"seed must be >= 0, was {seed}"
        raise OptionError(msg)


def interval(values: NDArray[np.float64]) -> tuple[float, float, int]:
    """Return mean, half width of the 95 % interval, and the number of values.

    Parameters
    ----------
    values : ndarray of shape (n,), float64
        Independent; NaN is left out.

    References
    ----------
    Student (1908), "The probable error of a mean", Biometrika 6(1).

    Examples
    --------
    >>> mean, half_width, n = interval(np.array([1.0, 2.0, 3.0, np.nan]))
    >>> mean, round(half_width, 3), n  # 4.303 * 1 / sqrt(3)
    (2.0, 2.484, 3)
    """
    known = values[np.isfinite(values)]
    n = len(known)
    if n < 2:  # noqa: PLR2004  # one value has no spread
        return (float(known[0]) if n else math.nan), math.nan, n
    point = float(stdtrit(n - 1, (1.0 + CONFIDENCE) / 2))
    return float(known.mean()), point * float(known.std(ddof=1)) / math.sqrt(n), n


def judged(
    difference: float, half_width: float, better: Better, *, scale: float = 1.0
) -> Verdict:
    """Say what a difference to the base means.

    Parameters
    ----------
    difference, half_width : float
        Mean and half width of its interval.
    better : str
        Which way is better, see `Measure`.
    scale : float
        Size of the KPI itself: differences that are rounding beside it are none.

    Examples
    --------
    >>> judged(2.0, 1.0, "high"), judged(2.0, 1.0, "low"), judged(2.0, 3.0, "low")
    ('better', 'worse', 'unclear')
    >>> judged(0.0, 0.0, "low"), judged(-2.0, 1.0, "neither")
    ('same', 'changed')
    """
    if abs(difference) <= scale * ROUNDING and half_width <= scale * ROUNDING:
        return "same"
    if not abs(difference) > half_width:
        return "unclear"
    if better == "neither":
        return "changed"
    return "better" if (difference > 0.0) == (better == "high") else "worse"
