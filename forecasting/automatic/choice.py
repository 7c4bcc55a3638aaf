"""Which method each series is forecast with, and why, in words."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from forecasting.automatic.answers import Question
from forecasting.automatic.demand import DemandShape, describe_demand
from forecasting.automatic.trial import YARDSTICK, Trial, try_methods
from forecasting.errors import OptionError
from forecasting.intermittent.classify import INTERVAL_CUT, VARIATION_CUT
from forecasting.select import N_LONG_SEASONS_MIN, N_SEASONS_MIN, N_VALUES_MIN
from forecasting.series import Panel

MethodName = Literal[
    "default", "ets", "theta", "seasonal_naive", "intermittent", "booster", "select"
]
"""What a user may ask for."""

TITLES = {
    "ets_theta": "mean of exponential smoothing and theta",
    "seasons": "exponential smoothing with two seasons",
    "ets": "exponential smoothing, models averaged",
    "theta": "dynamic optimised theta",
    "auto": "simple method with the least AICc",
    "seasonal_naive": "last season again",
    "intermittent": "counts of demand that comes now and then",
    "booster": "gradient booster over all series",
}
"""What each method is, in words."""

# A method must be this much better than the default in a backtest to take its place, of
# two cutoffs at least: one, or less, tells luck.
MARGIN = 0.05
CUTOFFS_MIN = 2


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The method of each series.

    Parameters
    ----------
    shape : DemandShape
        Kind of demand.
    methods : ndarray of shape (n_series,), str
        As `answer` takes them.
    reasons : tuple of str
        Why, in a sentence each.
    trial : Trial or None
        The backtest, where it chose.
    """

    shape: DemandShape
    methods: NDArray[np.str_]
    reasons: tuple[str, ...]
    trial: Trial | None = None


def choose(panel: Panel, method: MethodName, question: Question) -> Choice:
    """Choose the method of each series.

    Parameters
    ----------
    panel : Panel
        Past values.
    method : str
        "default": by kind of demand and length; "select": by a backtest; or a method
        for all.
    question : Question
        Horizon and seasons.

    Returns
    -------
    Choice

    Raises
    ------
    OptionError
        If there is no such method.
    """
    if method not in get_args(MethodName):
        names = ", ".join(get_args(MethodName))
        msg = f"method must be one of {names}, was {method!r}"
        raise OptionError(msg)
    shape = describe_demand(panel, season_length=question.seasons[0])
    if method not in {"default", "select"}:
        methods = np.full(panel.n_series, method)
        return Choice(shape, methods, (f"asked for: {TITLES[method]}",) * len(methods))
    methods = _usual(panel, shape, question)
    reasons = tuple(
        _reason(panel, shape, question, row=row, method=str(name))
        for row, name in enumerate(methods)
    )
    if method == "default":
        return Choice(shape, methods, reasons)
    return _tried(panel, question, Choice(shape, methods, reasons))


def _usual(panel: Panel, shape: DemandShape, question: Question) -> NDArray[np.str_]:
    m, lengths = question.seasons[0], panel.lengths
    # Sparse values of which some are below 0 are no demand that comes now and then.
    dense = shape.interval <= INTERVAL_CUT
    regular = dense & (lengths >= max(N_SEASONS_MIN * m, N_VALUES_MIN))
    both = len(question.seasons) > 1
    long = lengths >= N_LONG_SEASONS_MIN * question.seasons[-1]
    return np.select(
        [shape.is_sporadic, regular & long & both, regular],
        ["intermittent", "seasons", "ets_theta"],
        "auto",
    )


def _reason(
    panel: Panel, shape: DemandShape, question: Question, *, row: int, method: str
) -> str:
    kind, n, m = shape.kinds[row], int(panel.lengths[row]), question.seasons[0]
    if kind == "none":
        return f"no demand in {n} values: 0, until there is some"
    told = _evidence(shape, row)
    if method == "intermittent":
        return f"{told}: {TITLES[method]}"
    seasons = f", {n / m:.3g} seasons of {m}" if m > 1 else ""
    length = f"{n} values{seasons}"
    if method == "auto":
        least = max(N_SEASONS_MIN * m, N_VALUES_MIN)
        why = f"fewer than {least}" if n < least else "seldom other than 0"
        return f"{told}; {length}, {why}: {TITLES[method]}"
    return f"{told}; {length}: {TITLES[method]}"


def _evidence(shape: DemandShape, row: int) -> str:
    kind, interval = shape.kinds[row], shape.interval[row]
    if kind == "signed":
        return "values below 0"
    often = "some in every step"
    if interval > 1.0:
        often = f"some every {interval:.3g} steps"
    if interval > INTERVAL_CUT:
        often += f" (above {INTERVAL_CUT:g})"
    if shape.closed[row].any():
        often += f", {int(shape.closed[row].sum())} closed phases left out"
    variation = shape.squared_variation[row]
    sizes = "above" if variation > VARIATION_CUT else "up to"
    told = f"sizes with CV² {variation:.2g} ({sizes} {VARIATION_CUT:g})"
    return f"{kind} demand: {often}, {told}"


def _tried(panel: Panel, question: Question, usual: Choice) -> Choice:
    """Let a backtest choose; the default stays where nothing is clearly better."""
    n = panel.n_series
    every = np.ones(n, dtype=np.bool_)
    sporadic = usual.shape.is_sporadic
    wanted = dict.fromkeys(("ets_theta", "ets", "theta", "auto", YARDSTICK), every)
    wanted["intermittent"] = sporadic
    if len(question.seasons) > 1:
        wanted["seasons"] = usual.methods == "seasons"
    trial = try_methods(panel, wanted, question)
    names, rows = np.array(trial.names), np.arange(n)
    loss = np.where(np.isnan(trial.loss), np.inf, trial.loss)
    place = np.array([trial.names.index(str(name)) for name in usual.methods])
    # Only a method that was never worse may take the place of the default.
    each = trial.by_cutoff
    worse = each > each[:, place, rows][:, None, :]
    loss[worse.any(axis=0)] = np.inf
    best = loss.argmin(axis=0)
    better = loss[best, rows] < (1.0 - MARGIN) * loss[place, rows]
    chosen = np.where(better & (trial.n_cutoffs >= CUTOFFS_MIN), best, place)
    loss = trial.loss
    yardstick = loss[trial.names.index(YARDSTICK)]
    reasons = tuple(
        _verdict(
            usual.reasons[row], trial, row=row, chosen=(int(k), float(yard)), kept=kept
        )
        for row, (k, yard, kept) in enumerate(
            zip(chosen, yardstick, (chosen == place).tolist(), strict=True)
        )
    )
    return Choice(usual.shape, names[chosen], reasons, trial)


def _verdict(
    usual: str, trial: Trial, *, row: int, chosen: tuple[int, float], kept: bool
) -> str:
    k, yardstick = chosen
    n_cutoffs = int(trial.n_cutoffs[row])
    if n_cutoffs == 0:
        return f"too short for a backtest; {usual}"
    loss = float(trial.loss[k, row])
    ratio = f"{loss:.3g}, seasonal naive's 0"
    if yardstick > 0.0:
        ratio = f"{loss / yardstick:.2f} of seasonal naive's"
    cutoffs = f"{n_cutoffs} cutoff" + ("s" if n_cutoffs > 1 else "")
    told = f"backtest of {cutoffs}, loss {ratio}"
    if not kept:
        return f"{told}: {TITLES[trial.names[k]]}"
    why = f"nothing {MARGIN:.0%} better and never worse"
    if n_cutoffs < CUTOFFS_MIN:
        why = f"another needs {CUTOFFS_MIN} cutoffs"
    return f"{told}, default kept, {why}; {usual}"
