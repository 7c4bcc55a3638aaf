"""Methods tried on what came after earlier cutoffs, series by series."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecasting.automatic.answers import Question, answer
from forecasting.backtest import panel_before
from forecasting.select import rows_of
from forecasting.series import FloatArray, IndexArray, Panel

N_CUTOFFS = 3
# A method is judged at cutoffs that leave it half of a series at least: with less it is
# not the method that will be used.
HISTORY_SHARE = 0.5
LEVELS = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
"""Quantiles that are scored: centre and shoulders, which few cutoffs can tell apart."""
YARDSTICK = "seasonal_naive"


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Losses of methods, series by series.

    Parameters
    ----------
    names : tuple of str
        Methods that were tried.
    by_cutoff : ndarray of shape (n_cutoffs, n_names, n_series), float64
        Mean pinball loss over steps and quantiles, in the unit of the series, the last
        cutoff first; NaN where a method was not tried.
    n_cutoffs : ndarray of shape (n_series,), int64
        Cutoffs that a series was long enough for.
    """

    names: tuple[str, ...]
    by_cutoff: FloatArray
    n_cutoffs: IndexArray

    @property
    def loss(self) -> FloatArray:
        """Means over cutoffs: ndarray of shape (n_names, n_series), float64."""
        known = ~np.isnan(self.by_cutoff)
        total = np.where(known, self.by_cutoff, 0.0).sum(axis=0)
        count = known.sum(axis=0)
        found: FloatArray = np.where(count > 0, total / np.maximum(count, 1), np.nan)
        return found


def try_methods(
    panel: Panel,
    methods: Mapping[str, NDArray[np.bool_]],
    question: Question,
    *,
    n_cutoffs: int = N_CUTOFFS,
) -> Trial:
    """Forecast the last values of each series from what was known before.

    Parameters
    ----------
    panel : Panel
        Past values.
    methods : mapping of str to ndarray of shape (n_series,), bool
        Methods as `answer` takes them, and the series each is tried on.
    question : Question
        Horizon and seasons; five quantiles from 0.1 to 0.9 are scored.
    n_cutoffs : int, default 3
        Most cutoffs, a horizon apart, of which each leaves half of the series.

    Returns
    -------
    Trial

    References
    ----------
    Tashman (2000), International Journal of Forecasting 16(4), 437-450 (rolling
    origin); Gneiting, Raftery (2007), Journal of the American Statistical Association
    102, 359-378, sect. 6.1 (quantile score).
    """
    asked = replace(question, levels=LEVELS, protection=None)
    found = np.full((n_cutoffs, len(methods), panel.n_series), np.nan)
    n = np.zeros(panel.n_series, dtype=np.int64)
    for origin in range(n_cutoffs):
        cut = question.horizon * (origin + 1)
        long = panel.lengths - cut >= np.maximum(HISTORY_SHARE * panel.lengths, 2)
        if not long.any():
            break
        history, actual, kept = panel_before(panel, cut, question.horizon)
        n += long
        for k, (name, wanted) in enumerate(methods.items()):
            inside = np.flatnonzero((long & wanted)[kept])
            if inside.size:
                made = answer(rows_of(history, inside), name, asked)
                loss = _loss(actual[inside], made.quantiles)
                found[origin, k, kept[inside]] = loss
    return Trial(tuple(methods), found, n)


def _loss(actual: FloatArray, quantiles: FloatArray) -> FloatArray:
    error = actual[..., None] - quantiles
    loss: FloatArray = np.maximum(LEVELS * error, (LEVELS - 1.0) * error).mean((1, 2))
    return loss
