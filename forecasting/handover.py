"""From fitted exponential smoothing to filters that follow events."""

from dataclasses import dataclass

import numpy as np

from forecasting._kernels.ets_fit import N_MODELS, N_SEASONAL
from forecasting.ets import MODELS, EtsFit
from forecasting.online import FilterArrays
from forecasting.series import FloatArray, IndexArray

# Models without a multiplicative season move level, trend and season by the error in
# the unit of the series, whether it counts as relative or not: one filter is all.
N_LINEAR = MODELS.index("MNM")
RELATIVE = np.array([model[0] == "M" for model in MODELS])


@dataclass(frozen=True, slots=True, eq=False)
class Handover:
    """Filters to go on with, and the model that each is of.

    Parameters
    ----------
    filters : FilterArrays
        For `OnlineForecaster`, or for its `refit`.
    models : tuple of str
        One of `forecasting.ets.MODELS` a series.
    """

    filters: FilterArrays
    models: tuple[str, ...]


def hand_over(fit: EtsFit) -> Handover:
    """Return filters that go on where a fit ended, each in constant time an event.

    Of each series the model with the least corrected Akaike criterion goes on, of
    those without a multiplicative season: their states move by shares of the error.

    Parameters
    ----------
    fit : EtsFit
        Of `fit_ets`.

    Returns
    -------
    Handover
        A relative variance is taken to the unit of the series by the coming step's
        mean. The season is there if the fit has one, and 0 for models without it.

    References
    ----------
    Hyndman, Koehler, Ord, Snyder (2008), Forecasting with Exponential Smoothing, tables
    2.2 and 2.3: additive and multiplicative errors share their point forecasts.

    Examples
    --------
    >>> from forecasting import Panel, fit_ets
    >>> from forecasting.online import OnlineForecaster
    >>> made = hand_over(fit_ets(Panel.from_arrays({"A": [4, 6, 4, 6, 4, 6, 4, 6]})))
    >>> online = OnlineForecaster(made.filters)
    >>> online.update([0], [5.0]).mean.round(1).tolist()
    [5.0]
    """
    rows = np.arange(len(fit.ids))
    chosen = fit.criterion[:, :N_LINEAR].argmin(axis=1)

    def of(column: FloatArray) -> FloatArray:
        return np.ascontiguousarray(column[rows, chosen])

    season = _season(fit, rows, chosen)
    level, trend, phi, variance = map(of, (fit.level, fit.trend, fit.phi, fit.variance))
    coming = level + phi * trend + (0.0 if season is None else season[:, 0])
    unit = np.where(RELATIVE[chosen], coming**2, 1.0)
    filters = FilterArrays(
        level=level, trend=trend, variance=variance * unit, alpha=of(fit.alpha),
        beta=of(fit.beta), gamma=of(fit.gamma), phi=phi, season=season,
    )  # fmt: skip
    return Handover(filters, tuple(MODELS[k] for k in chosen.tolist()))


def _season(fit: EtsFit, rows: IndexArray, chosen: IndexArray) -> FloatArray | None:
    if fit.season_length == 1:
        return None
    place = chosen - (N_MODELS - N_SEASONAL)
    found: FloatArray = fit.season[rows, np.maximum(place, 0)]
    return np.where((place >= 0)[:, None], found, 0.0)
