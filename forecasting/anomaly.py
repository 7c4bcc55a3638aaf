"""What changed of late: shocks, shifts of level and trends that begin, with evidence.

A smoothed level predicts each value of the last window from those before. A change
leaves errors of a known shape: a shock one large error and small ones against it, a
shift errors that fade as the level follows, a trend errors that grow. The shape and the
date that explain the errors best are told, and how seldom a series in which nothing
happens shows as much.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from scipy.special import stdtr

from forecasting._kernels.anomaly import find_changes
from forecasting.errors import OptionError
from forecasting.series import FloatArray, IndexArray, Panel, TimeArray, check_horizon

ChangeKind = Literal["none", "shock", "shift", "trend"]

KINDS: tuple[ChangeKind, ...] = ("shock", "shift", "trend")
WINDOW = 12
FALSE_ALARM = 0.01
# Candidates of the level's gain. Of a series that stands still the least is taken.
GAINS = np.array([0.05, 0.1, 0.2, 0.35, 0.5, 0.7])
N_SIMULATIONS = 4000
# Simulated statistics at least as large that a probability is counted from; of fewer,
# it goes on as the tail of Student's t does.
COUNTED_LEAST = 20
N_SEASONS_MIN = 3  # to know a season by
# Values of a simulated series at most: with more the distribution of the statistic
# hardly changes, and the simulation takes as much longer.
LENGTH_SIMULATED_MAX = 1000
# Lengths above are classes of a quarter of an octave. In classes of half an octave,
# series of 30 values gave half of the false alarms asked for, by the law of 23.
LENGTH_EXACT_MAX, CLASSES_AN_OCTAVE = 40, 4
BEFORE_MIN = 8  # values before the window


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """The strongest change of each series in its last values.

    Parameters
    ----------
    ids : tuple of str
        One name a series.
    kinds : tuple of str
        "shock" (one value), "shift" (from then on), "trend" (more with each step), or
        "none" where the evidence does not reach the false-alarm rate asked for.
    index : ndarray of shape (n_series,), int64
        Place of the first value that changed; -1 where a series is too short to tell.
    time_us : ndarray of shape (n_series,), int64
        Its time, microseconds UTC.
    statistic : ndarray of shape (n_series,), float64
        How many standard errors the change is away from none; its sign is that of the
        change. NaN where a series is too short.
    size : ndarray of shape (n_series,), float64
        Of the change, in the unit of the series; of a trend, a step.
    level : ndarray of shape (n_series,), float64
        Mean of the last eight values before the window.
    probability : ndarray of shape (n_series,), float64
        That a series in which nothing happens shows as strong a change anywhere in the
        window; 1 where a series is too short.
    """

    ids: tuple[str, ...]
    kinds: tuple[ChangeKind, ...]
    index: IndexArray
    time_us: TimeArray
    statistic: FloatArray
    size: FloatArray
    level: FloatArray
    probability: FloatArray

    def to_frame(self) -> pl.DataFrame:
        """Return the series that changed, the surest first.

        Returns
        -------
        polars.DataFrame
            Columns `id`, `kind`, `ds`, `size`, `level`, `statistic`, `probability`.
        """
        frame = pl.DataFrame(
            {
                "id": self.ids,
                "kind": self.kinds,
                "ds": pl.Series(self.time_us).cast(pl.Datetime("us", "UTC")),
                "size": self.size,
                "level": self.level,
                "statistic": self.statistic,
                "probability": self.probability,
            }
        )
        return frame.filter(pl.col("kind") != "none").sort("probability", "id")


def detect_changes(
    panel: Panel,
    *,
    window: int = WINDOW,
    false_alarm: float = FALSE_ALARM,
    season_length: int = 1,
    seed: int = 0,
) -> Changes:
    """Look for a change in the last values of each series.

    Parameters
    ----------
    panel : Panel
        Past values.
    window : int, default 12
        Last values to look at, >= 1. At least eight must lie before them. A shift shows
        in 2 values, a trend in 3.
    false_alarm : float, default 0.01
        Share of series in which nothing happens that may be flagged, above 0 and
        below 1.
    season_length : int, default 1
        Steps in a season, >= 1; taken off where three seasons lie before the window.
    seed : int, default 0
        Of the 4,000 simulated series that probabilities are counted from.

    Returns
    -------
    Changes
        Counts (whole values, none negative, no season) are judged by the negative
        binomial law, other series by the normal one. For independent values the share
        of false alarms is as asked, and below it for counts; heavier tails and values
        that follow one another give more: with an autocorrelation of a half three
        times as many at 1 %.

    Raises
    ------
    OptionError
        If an option is out of range.

    References
    ----------
    Chen, Liu (1993), Journal of the American Statistical Association 88, 284-297
    (additive outlier and level shift in one-step errors, the largest over dates).

    Examples
    --------
    >>> rows = {"calm": [5, 7, 6, 4] * 10, "up": [5, 7, 6, 4] * 8 + [25, 27, 26, 24]}
    >>> found = detect_changes(Panel.from_arrays(rows), window=6)
    >>> found.kinds, int(found.index[1]), round(float(found.size[1]))
    (('none', 'shift'), 32, 20)
    """
    width = check_horizon(window, "window")
    season = check_horizon(season_length, "season_length")
    if not 0.0 < false_alarm < 1.0:
        msg = f"false_alarm must be > 0 and < 1, was {false_alarm}"
        raise OptionError(msg)
    values, inflation = _without_season(panel, season, width)
    whole = (panel.values >= 0.0) & (panel.values == np.floor(panel.values))
    counts = np.logical_and.reduceat(whole, panel.offsets[:-1]) & (season == 1)
    columns = find_changes(values, panel.offsets, width, GAINS, counts).T
    kind, index, statistic, size, level = columns[:5]
    statistic = statistic / inflation
    known = np.isfinite(statistic)
    probability = np.ones(panel.n_series)
    for least, chosen in _length_classes(panel.lengths, known, width):
        probability[chosen] = _tail(np.abs(statistic[chosen]), least, width, seed=seed)
    names: list[ChangeKind] = [
        KINDS[int(k)] if p <= false_alarm else "none"
        for k, p in zip(np.where(known, kind, 0), probability, strict=True)
    ]
    place = np.where(known, index, -1).astype(np.int64)
    return Changes(
        ids=panel.ids,
        kinds=tuple(names),
        index=place,
        time_us=panel.start_us + panel.step_us * np.maximum(place, 0),
        statistic=statistic,
        size=size,
        level=level,
        probability=probability,
    )


def _without_season(
    panel: Panel, season: int, window: int
) -> tuple[FloatArray, FloatArray]:
    """Return values less the means of their phases, and what that does to errors."""
    inflation = np.ones(panel.n_series)
    if season == 1:
        return panel.values, inflation
    index = panel.series_index
    position = np.arange(panel.values.size) - panel.offsets[index]
    before = panel.lengths - window
    used = (position < before[index]) & (before[index] >= N_SEASONS_MIN * season)
    cell = index * season + position % season
    n_cells = panel.n_series * season
    count = np.maximum(np.bincount(cell[used], minlength=n_cells), 1)
    profile = np.bincount(cell[used], panel.values[used], n_cells) / count
    profile = profile.reshape(-1, season)
    profile -= profile.mean(axis=1, keepdims=True)
    known = before >= N_SEASONS_MIN * season
    # Phases were fitted to the past, and are wrong by their errors in the window.
    inflation[known] = np.sqrt((before + season) / np.maximum(before - season, 1))[
        known
    ]
    return panel.values - profile.ravel()[cell], inflation


def _length_classes(
    lengths: IndexArray,
    known: np.ndarray[tuple[int], np.dtype[np.bool_]],
    window: int,
) -> list[tuple[int, IndexArray]]:
    """Return series by length, with the shortest length that a class may have.

    That one is what is simulated: an answer depends on no other series. The fewer the
    values, the more a few of them matter, so that short series are classes by length.
    """
    short = np.minimum(lengths, LENGTH_EXACT_MAX)
    over = np.maximum(lengths / LENGTH_EXACT_MAX, 1.0)
    classes = short + np.floor(CLASSES_AN_OCTAVE * np.log2(over))
    found = []
    for each in np.unique(classes[known]).tolist():
        chosen = np.flatnonzero(known & (classes == each))
        above = max(each - LENGTH_EXACT_MAX, 0.0) / CLASSES_AN_OCTAVE
        least = int(np.ceil(min(each, LENGTH_EXACT_MAX) * 2.0**above))
        found.append(
            (max(min(least, LENGTH_SIMULATED_MAX), window + BEFORE_MIN), chosen)
        )
    return found


def _tail(statistic: FloatArray, length: int, window: int, *, seed: int) -> FloatArray:
    """Return how seldom white noise of this length has as large a statistic."""
    rng = np.random.Generator(np.random.PCG64(seed))
    noise = rng.standard_normal(N_SIMULATIONS * length)
    offsets = np.arange(N_SIMULATIONS + 1, dtype=np.int64) * length
    normal = np.zeros(N_SIMULATIONS, np.bool_)
    simulated = find_changes(noise, offsets, window, GAINS, normal)
    largest = np.sort(np.abs(simulated[:, 2]))
    freedom = float(simulated[0, 6])
    reached = N_SIMULATIONS - np.searchsorted(largest, statistic)
    counted = (reached + 1.0) / (N_SIMULATIONS + 1.0)
    edge = largest[-COUNTED_LEAST]
    beyond = stdtr(freedom, -statistic) / stdtr(freedom, -edge)
    tail = (COUNTED_LEAST + 1.0) / (N_SIMULATIONS + 1.0) * beyond
    found: FloatArray = np.where(reached >= COUNTED_LEAST, counted, tail)
    return found
