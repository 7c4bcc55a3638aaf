"""Quantiles corrected by the errors that a method made before."""

from dataclasses import dataclass

import numpy as np

from forecasting.automatic.answers import Answer, Question, families, forecaster_of
from forecasting.conformal import calibrate, conformal_quantiles
from forecasting.errors import OptionError
from forecasting.select import rows_of
from forecasting.series import FloatArray, IndexArray, Panel

# Errors that a correction is made from at least, unless it is asked for: with fewer a
# 95 % interval would lie beyond all that was seen.
N_ERRORS_MIN = 40
# Forecasts that are made anew at earlier cutoffs, at most, and cutoffs, at least and at
# most: errors of all series are pooled, and a large panel has enough at few cutoffs.
N_FORECASTS_MAX = 20_000
CUTOFFS_MIN, CUTOFFS_MAX = 3, 12
BOOSTER_CUTOFFS = 4  # of which each is a fit
LONG_SEASONS = 3  # left to a method with two seasons at each cutoff


@dataclass(frozen=True, slots=True, eq=False)
class Corrected:
    """A corrected answer.

    Parameters
    ----------
    answer : Answer
        With other quantiles where there were errors enough.
    n_errors : ndarray of shape (n_series,), int64
        How many errors each step of a series was ranked by; 0 where steps stay as they
        were: sums of a booster are made of errors all the same.
    """

    answer: Answer
    n_errors: IndexArray


def correct(
    panel: Panel,
    method: str,
    question: Question,
    *,
    answer: Answer,
    asked: bool,
) -> Corrected:
    """Correct the quantiles of a method with means and variances.

    Parameters
    ----------
    panel : Panel
        Past values.
    method : str
        One of `MOMENTS`, or "booster", of which only sums are made.
    question : Question
        As the answer was asked for.
    answer : Answer
        Of that method.
    asked : bool
        Whether a user wants it: then every series is corrected, if any is long enough.
        Else those of two horizons at least, by 40 errors or more.

    Returns
    -------
    Corrected

    Raises
    ------
    OptionError
        If the method makes no sums of its own, and no series is long enough for them.
    """
    n_errors = np.zeros(panel.n_series, dtype=np.int64)
    quantiles, summed = answer.quantiles, answer.summed
    found = None
    if method != "booster":
        found = _ranked(panel, method, question, asked=asked, summed=False)
    if found is not None:
        quantiles = quantiles.copy()
        quantiles[found.rows], n_errors[found.rows] = found.quantiles, found.n_errors
    # Sums are corrected where steps are, so that both tell of the same errors.
    is_ready = asked or summed is None or found is not None
    if question.protection is not None and is_ready:
        wanted = asked or summed is None
        found = _ranked(panel, method, question, asked=wanted, summed=True)
        if found is None and summed is None:
            msg = (
                f"protection: sums by {method} are made of errors at earlier cutoffs, "
                f"which need a series of {2 * question.protection} values; the longest "
                f"has {panel.lengths.max()}"
            )
            raise OptionError(msg)
        if found is not None:
            shape = (panel.n_series, question.levels.size)
            summed = np.empty(shape) if summed is None else summed.copy()
            summed[found.rows] = found.quantiles[:, -1]
    return Corrected(Answer(answer.methods, answer.mean, quantiles, summed), n_errors)


def _n_cutoffs(panel: Panel, method: str, question: Question, horizon: int) -> int:
    most = BOOSTER_CUTOFFS if method == "booster" else CUTOFFS_MAX
    if method == "seasons":
        # With less of the long season the method is another, and errs more.
        left = int(panel.lengths.min()) - LONG_SEASONS * question.seasons[-1]
        most = min(most, max(left // horizon, 1))
    return min(max(-(-N_FORECASTS_MAX // panel.n_series), CUTOFFS_MIN), most)


@dataclass(frozen=True, slots=True, eq=False)
class _Ranked:
    rows: IndexArray
    n_errors: int
    quantiles: FloatArray


def _ranked(
    panel: Panel, method: str, question: Question, *, asked: bool, summed: bool
) -> _Ranked | None:
    """Return series and their quantiles; None where errors are too few."""
    horizon = (question.protection or 1) if summed else question.horizon
    long = panel.lengths >= 2 * horizon
    wanted = np.full(panel.n_series, asked) | long
    rows = np.flatnonzero(wanted)
    if not (wanted & long).any():
        return None
    part = rows_of(panel, rows)
    n_origins = _n_cutoffs(part, method, question, horizon)
    found = calibrate(
        part,
        forecaster_of(method, question),
        horizon,
        season_length=question.seasons[0],
        n_origins=n_origins,
        summed=summed,
    )
    if not asked and found.n_errors < N_ERRORS_MIN:
        return None
    minimum, _ = families(part)
    made = conformal_quantiles(found, question.levels)
    return _Ranked(rows, found.n_errors, np.maximum(made, minimum[:, None, None]))
