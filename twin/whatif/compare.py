"""Branches with the same luck: means with intervals, and paired differences."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from twin.errors import OptionError
from twin.simulate.replicate import ReplicateOptions, Replications, replicate
from twin.simulate.replicate.sweep import OnProgress
from twin.whatif.branches import Branch
from twin.whatif.future import (
    Engine,
    FutureOptions,
    futures_of,
    reference_engine,
)
from twin.whatif.measures import MEASURES, Better, Measure
from twin.whatif.series import series_key

REPLICATIONS_MIN = 2  # one future has no spread
ROUNDING = 1e-9  # sums in another order differ by less, real changes by more
Verdict = Literal["better", "worse", "changed", "same", "unclear", ""]


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
        Over replications, with the half width of its interval; NaN where the KPI is
        defined in no, or in only one, replication.
    difference, difference_half_width : float
        The same of the difference to the base, future by future: as both met the same
        luck it is known better than the means are. NaN for the base itself.
    verdict : str
        ``better`` or ``worse`` where the interval of the difference leaves out zero,
        ``changed`` where it does and neither way is better, ``same`` where all
        differences are zero, ``unclear`` otherwise, "" for the base.
    n : int
        Replications in which it, or the difference, is defined.
    variance_ratio : float
        So many times more replications would be needed without common luck; NaN for
        the base, and where the difference never varies.
    """

    measure: Measure
    branch: str
    mean: float
    half_width: float
    difference: float = math.nan
    difference_half_width: float = math.nan
    verdict: Verdict = ""
    n: int = 0
    variance_ratio: float = math.nan


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Futures of all branches.

    Attributes
    ----------
    branches : tuple of Branch
        The base first.
    options : FutureOptions
        How they were played.
    replications : Replications
        What every future measured, the branches being its scenarios.
    """

    branches: tuple[Branch, ...]
    options: FutureOptions
    replications: Replications

    def values(self, measure: Measure, branch: str) -> NDArray[np.float64]:
        """Return a KPI in its unit by replication, shape (n_replications,)."""
        found: NDArray[np.float64] = (
            self.replications.values[branch][measure.key] * measure.factor
        )
        return found

    def series(self, name: str, branch: Branch) -> NDArray[np.float64]:
        """Return a series of a branch, shape (n_replications, n_periods).

        Parameters
        ----------
        name : str
            One of `twin.whatif.series.SERIES`.
        branch : Branch
            One of the branches.
        """
        values = self.replications.values[branch.name]
        n_periods = self.options.n_periods(branch.network)
        columns = [values[series_key(name, period)] for period in range(n_periods)]
        return np.stack(columns, axis=1)

    def times_us(self, branch: Branch) -> NDArray[np.int64]:
        """Return the ends of the periods of a branch, microseconds UTC."""
        settings = branch.network.settings
        n_periods = self.options.n_periods(branch.network)
        return settings.as_of_us + settings.review_us * np.arange(1, n_periods + 1)

    def cells(self) -> Iterator[Cell]:
        """Yield every KPI of every branch, KPI by KPI, the base first."""
        keys = [measure.key for measure in MEASURES]
        base = self.branches[0].name
        means = _by_name(self.replications.table(keys))
        gains = _by_name(self.replications.differences(base, keys))
        for measure in MEASURES:
            for branch in self.branches:
                name = branch.name, measure.key
                yield _cell(measure, branch.name, means[name], gains.get(name))


Row = dict[str, Any]


def _by_name(frame: Any) -> dict[tuple[str, str], Row]:  # noqa: ANN401 - polars' frame
    return {(row["scenario"], row["measure"]): row for row in frame.to_dicts()}


def _cell(measure: Measure, branch: str, own: Row, gain: Row | None) -> Cell:
    def number(row: Row, name: str, factor: float = measure.factor) -> float:
        return math.nan if row[name] is None else float(row[name]) * factor

    mean, half_width = number(own, "mean"), number(own, "half_width")
    if gain is None:
        return Cell(measure, branch, mean, half_width, n=own["n"])
    difference, reach = number(gain, "difference"), number(gain, "half_width")
    scale = max(1.0, abs(mean)) if math.isfinite(mean) else 1.0
    return Cell(
        measure,
        branch,
        mean,
        half_width,
        difference=difference,
        difference_half_width=reach,
        verdict=judged(difference, reach, measure.better, scale=scale),
        n=gain["n"],
        variance_ratio=number(gain, "variance_ratio", 1.0),
    )


def compare(
    branches: Sequence[Branch],
    options: FutureOptions,
    replications: ReplicateOptions,
    *,
    monotonic_s: Callable[[], float],
    engine: Engine = reference_engine,
    on_progress: OnProgress | None = None,
) -> Comparison:
    """Play all branches with the same seeds.

    Parameters
    ----------
    branches : sequence of Branch
        The base first; names differ.
    options : FutureOptions
        How futures are played.
    replications : ReplicateOptions
        How many, from which seed, and where; `n_max` >= 2.
    monotonic_s : callable
        Clock that bounds solves.
    engine : callable
        Makes the simulated network of a future.
    on_progress : callable, optional
        Called after each replication of all branches.

    Returns
    -------
    Comparison
        The same for the same arguments.

    Raises
    ------
    OptionError
        If an argument is outside what is allowed.
    ReplicationError
        If a future fails.
    """
    names = [branch.name for branch in branches]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        msg = (
            f"branches: names must differ, {twice[0]!r} comes twice; give the change "
            f"file another name = ..."
        )
        raise OptionError(msg)
    if replications.n_max < REPLICATIONS_MIN:
        msg = f"replications must be >= {REPLICATIONS_MIN}, was {replications.n_max}"
        raise OptionError(msg)
    scenarios = {
        branch.name: futures_of(branch, options, monotonic_s=monotonic_s, engine=engine)
        for branch in branches
    }
    found = replicate(scenarios, replications, on_progress=on_progress)
    return Comparison(tuple(branches), options, found)


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
