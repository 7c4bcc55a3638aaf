"""Why each series was forecast so: demand, models, components, scores, drivers."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from forecasting.automatic.components import Components, components_of
from forecasting.automatic.forecast import AutomaticForecast
from forecasting.automatic.trial import N_CUTOFFS, YARDSTICK, Trial, try_methods
from forecasting.global_model import driver_importance, fit_booster
from forecasting.select import rows_of
from forecasting.series import Panel

# A booster is fitted anew at each cutoff, with a model a quantile.
BOOSTER_CUTOFFS = 1


@dataclass(frozen=True, slots=True)
class Explanation:
    """How the forecast of one series came about.

    Parameters
    ----------
    series, method, why : str
        Its name, its method, and the reason.
    kind : str
        Kind of demand, see `DemandShape`.
    interval, squared_variation : float
        Steps a demand, and the squared coefficient of variation of sizes.
    n_values : int
        Its length.
    components : Components or None
        Level, trend and season at the end, and weights of models.
    losses : dict of str to float
        Pinball loss of each method that was tried at earlier cutoffs.
    n_cutoffs : int
        How many there were; 0 where the series is too short.
    skill : float
        Share of the loss of seasonal naive that the method saves, below 0 if it loses
        more; NaN where that is not known.
    n_errors : int
        Earlier errors that quantiles were corrected by; 0: they were not.
    """

    series: str
    method: str
    why: str
    kind: str
    interval: float
    squared_variation: float
    n_values: int
    components: Components | None
    losses: dict[str, float]
    n_cutoffs: int
    skill: float
    n_errors: int

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON: what is not finite is None."""
        found: dict[str, Any] = asdict(self)
        for name in ("interval", "skill"):
            value = found[name]
            found[name] = value if math.isfinite(value) else None
        return found


@dataclass(frozen=True, slots=True)
class Explained:
    """Explanations of a forecast.

    Parameters
    ----------
    series : tuple of Explanation
        In the order of the panel.
    drivers : dict of str to float
        How much worse the booster's mean gets when a feature is shuffled, over the
        variance, most first; empty without a booster.
    """

    series: tuple[Explanation, ...]
    drivers: dict[str, float]


def explain(panel: Panel, made: AutomaticForecast) -> Explained:
    """Explain a forecast: fit its methods once more, and try them at earlier cutoffs.

    Parameters
    ----------
    panel : Panel
        What was forecast.
    made : AutomaticForecast
        Of `forecast_automatically`.

    Returns
    -------
    Explained
        Trials are those that chose, or else of the method beside seasonal naive.

    References
    ----------
    See `Components`, `try_methods` and `driver_importance`.

    Examples
    --------
    >>> from forecasting.automatic import forecast_automatically
    >>> panel = Panel.from_arrays({"A": [2.0, 9, 2, 9, 2, 9, 2, 9, 2, 9, 2, 9]})
    >>> (told,) = explain(
    ...     panel, forecast_automatically(panel, 2, season_length=2)
    ... ).series
    >>> told.method, told.kind, [round(effect, 1) for effect in told.components.season]
    ('ets_theta', 'smooth', [-3.5, 3.5])
    """
    choice, shape = made.choice, made.choice.shape
    components: list[Components | None] = [None] * panel.n_series
    trials: list[tuple[Trial, int]] = [(_NONE, 0)] * panel.n_series
    for method in sorted(set(choice.methods.tolist())):
        rows = np.flatnonzero(choice.methods == method)
        part = rows_of(panel, rows)
        names = tuple(made.forecast.methods[row] for row in rows.tolist())
        found = components_of(part, names, made.question)
        trial = choice.trial or _beside_naive(part, method, made)
        for k, row in enumerate(rows.tolist()):
            components[row] = found[k]
            trials[row] = (trial, row if choice.trial else k)
    series = tuple(
        Explanation(
            series=name,
            method=made.forecast.methods[row],
            why=choice.reasons[row],
            kind=shape.kinds[row],
            interval=float(shape.interval[row]),
            squared_variation=float(shape.squared_variation[row]),
            n_values=int(panel.lengths[row]),
            components=components[row],
            n_errors=int(made.n_errors[row]),
            **_scores(*trials[row], method=str(choice.methods[row])),
        )
        for row, name in enumerate(panel.ids)
    )
    return Explained(series, _drivers(panel, made))


_NONE = Trial((), np.empty((0, 0, 1)), np.zeros(1, dtype=np.int64))


def _beside_naive(part: Panel, method: str, made: AutomaticForecast) -> Trial:
    every = np.ones(part.n_series, dtype=np.bool_)
    n_cutoffs = BOOSTER_CUTOFFS if method == "booster" else N_CUTOFFS
    return try_methods(
        part, {method: every, YARDSTICK: every}, made.question, n_cutoffs=n_cutoffs
    )


def _scores(trial: Trial, row: int, *, method: str) -> dict[str, Any]:
    n_cutoffs = int(trial.n_cutoffs[row])
    losses: dict[str, float] = {
        name: float(loss)
        for name, loss in zip(trial.names, _means(trial, row), strict=True)
        if math.isfinite(loss)
    }
    naive, own = losses.get(YARDSTICK, 0.0), losses.get(method, math.nan)
    skill = 1.0 - own / naive if naive > 0.0 else math.nan
    return {"losses": losses, "n_cutoffs": n_cutoffs, "skill": skill}


def _means(trial: Trial, row: int) -> list[float]:
    found: list[float] = trial.loss[:, row].tolist()
    return found


def _drivers(panel: Panel, made: AutomaticForecast) -> dict[str, float]:
    if not (made.choice.methods == "booster").any():
        return {}
    question = made.question
    model = fit_booster(panel, question.horizon, season_length=question.seasons[0])
    return driver_importance(model)
