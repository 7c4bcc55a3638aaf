"""What kind of demand each series has, and in which phases there is never any."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from forecasting.intermittent import classify_demand
from forecasting.intermittent.classify import INTERVAL_CUT, VARIATION_CUT
from forecasting.series import FloatArray, IndexArray, Panel, check_horizon

DemandKind = Literal["smooth", "erratic", "intermittent", "lumpy", "none", "signed"]

SPORADIC: tuple[DemandKind, ...] = ("intermittent", "lumpy", "none")
"""Kinds that come now and then, or never."""

# A phase of the season is closed if it was seen so often without demand that chance
# would leave any phase without one in less than one of so many series.
CLOSED_SEEN_MIN = 3
CLOSED_CHANCE = 1e-3
_KINDS: dict[tuple[bool, bool], DemandKind] = {
    (False, False): "smooth", (False, True): "erratic",
    (True, False): "intermittent", (True, True): "lumpy",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class DemandShape:
    """Kind of demand of each series, and its evidence.

    Parameters
    ----------
    kinds : tuple of str
        "smooth", "erratic", "intermittent", "lumpy", "none" (no demand at all), or
        "signed" where a value is below 0.
    interval : ndarray of shape (n_series,), float64
        Steps in open phases over steps with demand, >= 1; infinity without demand.
    squared_variation : ndarray of shape (n_series,), float64
        Squared coefficient of variation of the sizes, >= 0.
    closed : ndarray of shape (n_series, season_length), bool
        Phases without any demand, counted from the first value.
    """

    kinds: tuple[DemandKind, ...]
    interval: FloatArray
    squared_variation: FloatArray
    closed: NDArray[np.bool_]

    @property
    def is_sporadic(self) -> NDArray[np.bool_]:
        """Whether demand comes now and then, of each series: (n_series,), bool."""
        return np.array([kind in SPORADIC for kind in self.kinds], dtype=np.bool_)

    def closed_ahead(self, lengths: IndexArray, horizon: int) -> NDArray[np.bool_]:
        """Return which steps to come are of closed phases.

        Parameters
        ----------
        lengths : ndarray of shape (n_series,), int64
            Values of each series.
        horizon : int
            Steps ahead, >= 1.

        Returns
        -------
        ndarray of shape (n_series, horizon), bool
        """
        phase = (lengths[:, None] + np.arange(horizon)) % self.closed.shape[1]
        found: NDArray[np.bool_] = np.take_along_axis(self.closed, phase, axis=1)
        return found

    def without_closed(self, panel: Panel) -> Panel:
        """Return the values of open phases, one after another.

        Parameters
        ----------
        panel : Panel
            What was described.

        Returns
        -------
        Panel
            As many series; a step is one open step to the next.
        """
        index, m = panel.series_index, self.closed.shape[1]
        phase = (np.arange(index.size) - panel.offsets[index]) % m
        kept = ~self.closed[index, phase]
        if kept.all():
            return panel
        lengths = np.bincount(index[kept], minlength=panel.n_series)
        return Panel(
            ids=panel.ids,
            values=panel.values[kept],
            offsets=np.concatenate([[0], lengths.cumsum()]).astype(np.int64),
            start_us=panel.start_us,
            step_us=panel.step_us,
        )


def describe_demand(panel: Panel, *, season_length: int = 1) -> DemandShape:
    """Classify the demand of each series, weekly closing days and the like left out.

    Parameters
    ----------
    panel : Panel
        Past values.
    season_length : int, default 1
        Steps in a season, >= 1. A phase that never had demand, more often than chance
        would have it, is closed: its zeros say nothing of how seldom demand comes.

    Returns
    -------
    DemandShape

    Raises
    ------
    OptionError
        If `season_length` is out of range.

    References
    ----------
    Syntetos, Boylan, Croston (2005), Journal of the Operational Research Society 56(5),
    495-503: cut-offs 1.32 and 0.49.

    Examples
    --------
    Seals come now and then; the shop is closed on the last two days of the week:

    >>> rows = {"seal": [0, 0, 3, 0, 0, 0, 2], "shop": [4, 5, 4, 6, 5, 0, 0] * 4}
    >>> shape = describe_demand(Panel.from_arrays(rows), season_length=7)
    >>> shape.kinds, shape.interval.tolist(), shape.closed[1].tolist()[-3:]
    (('intermittent', 'smooth'), [3.5, 1.0], [False, True, True])
    """
    m = check_horizon(season_length, "season_length")
    index, n = panel.series_index, panel.n_series
    asked = panel.values != 0.0
    cell = index * m + (np.arange(index.size) - panel.offsets[index]) % m
    seen = np.bincount(cell, minlength=n * m).reshape(n, m)
    demands = np.bincount(cell[asked], minlength=n * m).reshape(n, m)
    closed = _closed(seen, demands)
    total = demands.sum(axis=1)
    open_steps = np.where(closed, 0, seen).sum(axis=1)
    some = total > 0
    interval = np.where(some, open_steps / np.maximum(total, 1), np.inf)
    # Over a power of two near the largest: no square over- or underflows.
    size = np.abs(panel.values)
    largest = np.maximum.reduceat(size, panel.offsets[:-1])
    sizes = Panel(
        ids=panel.ids,
        values=np.ldexp(size, -np.frexp(largest)[1][index]),
        offsets=panel.offsets,
        start_us=panel.start_us,
        step_us=panel.step_us,
    )
    variation = classify_demand(sizes).squared_variation
    signed = np.bincount(index, panel.values < 0.0, n) > 0
    kinds = tuple(
        "signed" if s else _kind(float(i), float(v))
        for s, i, v in zip(signed, interval, variation, strict=True)
    )
    return DemandShape(kinds, interval, variation, closed)


def _kind(interval: float, variation: float) -> DemandKind:
    if np.isinf(interval):
        return "none"
    return _KINDS[interval > INTERVAL_CUT, variation > VARIATION_CUT]


def _closed(seen: IndexArray, demands: IndexArray) -> NDArray[np.bool_]:
    m = seen.shape[1]
    opened = np.where(demands > 0, seen, 0).sum(axis=1)
    rate = demands.sum(axis=1) / np.maximum(opened, 1)
    chance = m * (1.0 - rate[:, None]) ** seen
    closed: NDArray[np.bool_] = (
        (demands == 0) & (seen >= CLOSED_SEEN_MIN) & (chance < CLOSED_CHANCE)
    )
    return closed
