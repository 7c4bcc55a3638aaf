"""What a fitted method says of the end of a series: level, trend, season."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from forecasting.automatic.answers import Question
from forecasting.automatic.demand import describe_demand
from forecasting.ets import MODELS, EtsFit, fit_ets
from forecasting.intermittent import fit_tsb
from forecasting.seasonal import fit_seasons
from forecasting.series import FloatArray, Panel
from forecasting.smoothing import fit_damped_holt, fit_ses
from forecasting.theta import ADDITIVE, MULTIPLICATIVE, fit_theta

if TYPE_CHECKING:
    from collections.abc import Callable

# A model of less weight is not told of.
SHARE_MIN = 0.01
N_UNSEASONAL = 6  # the first of the models


@dataclass(frozen=True, slots=True)
class Components:
    """Parts of one series at its end.

    Parameters
    ----------
    level : float
        Where the series stands, without season.
    trend : float
        By how much the next step is above it.
    season : tuple of float
        What each of the coming steps of a season adds, the next first; empty without
        a season.
    models : dict of str to float
        Akaike weights of models, 1 % at least, the largest first; empty where none
        are weighed.
    more : dict of str to float
        Other numbers of the method, such as the probability of a demand.
    """

    level: float
    trend: float = 0.0
    season: tuple[float, ...] = ()
    models: dict[str, float] = field(default_factory=dict)
    more: dict[str, float] = field(default_factory=dict)


def components_of(
    panel: Panel, methods: tuple[str, ...], question: Question
) -> tuple[Components | None, ...]:
    """Return the components of every series.

    Parameters
    ----------
    panel : Panel
        Past values.
    methods : tuple of str
        The method of each series, all of one group: those that "auto" may take, or the
        same.
    question : Question
        Its seasons are looked at.

    Returns
    -------
    tuple of Components or None
        None where a method has none: the booster.
    """
    m = question.seasons[0]
    known: dict[str, Callable[[], list[Components]]] = {
        "ets": lambda: _of_ets(fit_ets(panel, season_length=m)),
        "ets_theta": lambda: _of_both(panel, m),
        "theta": lambda: _of_theta(panel, m),
        "seasons": lambda: _of_seasons(panel, question),
        "ses": lambda: _of_level(panel, has_trend=False),
        "damped_holt": lambda: _of_level(panel, has_trend=True),
        "seasonal_naive": lambda: _of_last(panel, m),
        "intermittent": lambda: _of_demands(panel, m),
    }
    found: dict[str, list[Components]] = {
        name: known[name]() for name in sorted(set(methods)) if name in known
    }
    return tuple(
        found[name][row] if name in found else None for row, name in enumerate(methods)
    )


def _of_ets(fit: EtsFit) -> list[Components]:
    return [_averaged(fit, row) for row in range(len(fit.ids))]


def _averaged(fit: EtsFit, row: int) -> Components:
    """Average the components by the weights of their models."""
    weights, m = fit.weights[row], fit.season_length
    rises = fit.phi[row] * fit.trend[row]
    season = np.zeros(m)
    for k in np.flatnonzero(weights[N_UNSEASONAL:]) + N_UNSEASONAL:
        effect = fit.season[row, k - N_UNSEASONAL]
        if MODELS[k][-1] == "M":
            effect = (fit.level[row, k] + rises[k]) * (effect - 1.0)
        season += weights[k] * effect
    order = np.argsort(-weights, kind="stable")
    return Components(
        level=float(weights @ fit.level[row]),
        trend=float(weights @ rises),
        season=_told(season),
        models={MODELS[k]: float(weights[k]) for k in order if weights[k] >= SHARE_MIN},
    )


def _of_both(panel: Panel, m: int) -> list[Components]:
    fit = fit_ets(panel, season_length=m)
    others = _of_theta(panel, m)
    made = []
    for one, other in zip(_of_ets(fit), others, strict=True):
        seasons = [np.array(part.season or (0.0,) * m) for part in (one, other)]
        made.append(
            Components(
                level=0.5 * (one.level + other.level),
                trend=0.5 * (one.trend + other.trend),
                season=_told(0.5 * (seasons[0] + seasons[1])),
                models=one.models,
                more=other.more,
            )
        )
    return made


def _of_theta(panel: Panel, m: int) -> list[Components]:
    fit = fit_theta(panel, season_length=m)
    weight = 1.0 - 1.0 / fit.theta
    made = []
    for row in range(panel.n_series):
        level, season = float(fit.level[row]), np.zeros(m)
        if fit.season_kind[row] == MULTIPLICATIVE:
            season = level * (fit.season[row] - 1.0)
        elif fit.season_kind[row] == ADDITIVE:
            season = fit.season[row]
        made.append(
            Components(
                level=level,
                trend=float(weight[row] * fit.slope[row]),
                season=_told(season),
                more={"theta": float(fit.theta[row])},
            )
        )
    return made


def _of_seasons(panel: Panel, question: Question) -> list[Components]:
    lengths = question.seasons[0], question.seasons[-1]
    fit = fit_seasons(panel, lengths)
    steps = np.arange(lengths[1])
    both = fit.short[:, steps % lengths[0]] + fit.long
    made = []
    for row in range(panel.n_series):
        level, season = float(fit.level[row]), both[row]
        if fit.is_log[row]:
            level = float(np.exp(level))
            season = level * np.expm1(season)
        made.append(Components(level=level, season=_told(season)))
    return made


def _of_level(panel: Panel, *, has_trend: bool) -> list[Components]:
    fit = fit_damped_holt(panel) if has_trend else fit_ses(panel)
    rises = fit.phi * fit.trend
    return [
        Components(level=float(level), trend=float(rise))
        for level, rise in zip(fit.level, rises, strict=True)
    ]


def _of_last(panel: Panel, m: int) -> list[Components]:
    made = []
    for row in range(panel.n_series):
        last = panel.series(row)[-m:]
        level = float(last.mean())
        made.append(Components(level=level, season=_told(last - level)))
    return made


def _of_demands(panel: Panel, m: int) -> list[Components]:
    """Return rates of open steps."""
    rates = fit_tsb(describe_demand(panel, season_length=m).without_closed(panel))
    columns = zip(rates.mean, rates.size, rates.probability, strict=True)
    return [
        Components(
            level=float(mean), more={"size": float(size), "probability": float(share)}
        )
        for mean, size, share in columns
    ]


def _told(season: FloatArray) -> tuple[float, ...]:
    """Return a season as numbers; none where it is nothing but rounding."""
    if season.size < 2 or not np.abs(season).max() > 0.0:  # noqa: PLR2004 - a season
        return ()
    return tuple(season.tolist())
