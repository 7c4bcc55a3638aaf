"""From what is known of demand to the path a plan must cover.

The path is that of the cumulative quantile: at the end of every period of the horizon
the running sum of the path is the chosen quantile of the running sum of demand, because
that is what stock must cover. What a forecaster may know is its *information class*,
and every percentage of a bound is reported with it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from forecasting import (
    FilterGains,
    FilterState,
    cumulative_quantile_path,
    forecast_state,
    mixture_quantile_path,
    posterior_weights,
    quantiles_of,
    update_state,
)

Array = NDArray[np.float64]


class DemandForecaster(Protocol):
    """Demand paths for a plan, from the periods observed so far."""

    information: str

    def observe(self, asked: Array) -> None:
        """Take in the demand of the period that just ended, shape (n_demands,)."""
        ...

    def means(self, horizon: int) -> Array:
        """Return expected demand, shape (n_demands, horizon), units a period."""
        ...

    def paths(self, horizon: int, quantile: float) -> Array:
        """Return the path of a cumulative quantile, shape (n_demands, horizon)."""
        ...

    def quantiles(self, horizon: int, levels: Sequence[float]) -> Array:
        """Return quantiles of each period, shape (n_demands, n_levels, horizon)."""
        ...


class MeanForecaster:
    """Knows the mean of demand; only chance is unknown.

    Parameters
    ----------
    mean_of : callable
        ``mean_of(period, horizon)`` returns the means of `horizon` periods from
        `period` on, shape (n_demands, horizon).
    dispersion : float
        Variance of running demand over its mean, >= 0; 1 is Poisson, 0 is certainty.
    """

    information = "knows the mean"

    def __init__(
        self, mean_of: Callable[[int, int], Array], *, dispersion: float = 1.0
    ) -> None:
        self._mean_of = mean_of
        self._dispersion = dispersion
        self._period = 0

    def observe(self, asked: Array) -> None:
        """Count the period; what was asked teaches nothing new."""
        del asked
        self._period += 1

    def means(self, horizon: int) -> Array:
        """Return the known means."""
        return self._mean_of(self._period, horizon)

    def paths(self, horizon: int, quantile: float) -> Array:
        """Return cumulative quantiles about the known means."""
        means = self.means(horizon)
        if self._dispersion == 0.0:
            return means
        paths = [
            cumulative_quantile_path(row, quantile, dispersion=self._dispersion)
            for row in means
        ]
        return np.reshape(paths, means.shape)

    def quantiles(self, horizon: int, levels: Sequence[float]) -> Array:
        """Return quantiles of each period about the known means."""
        means = self.means(horizon)
        return _period_quantiles(means, means * self._dispersion, levels)


@dataclass(frozen=True, slots=True)
class FamilyOptions:
    """Options of `FamilyForecaster`.

    Attributes
    ----------
    misfit_max : float
        Standard deviations of recent misfit beyond which no family is believed and all
        are rescaled to the recent level. Half of it rescales on noise; twice as much
        follows a strange demand too late.
    n_recent : int
        Periods that count as recent, >= 1.
    """

    misfit_max: float = 4.0
    n_recent: int = 4


class FamilyForecaster:
    """Knows the candidates that demand may follow, not which one it does.

    Parameters
    ----------
    candidates : ndarray of shape (n_families, n_periods), float64
        Means of one demand row from period 0 on under each candidate.
    factor : callable
        ``factor(horizon)`` returns a multiplier of the coming means, shape (horizon,);
        for effects that are observed, such as goodwill.
    past_factors : callable
        Returns the multipliers of the periods observed so far, in order.
    options : FamilyOptions
        When no candidate is believed.

    References
    ----------
    Hoeting, Madigan, Raftery, Volinsky (1999), "Bayesian model averaging: a tutorial",
    Statistical Science 14(4), equations 1-3.
    """

    information = "knows the family"

    def __init__(
        self,
        candidates: Array,
        *,
        factor: Callable[[int], Array] | None = None,
        past_factors: Callable[[], Sequence[float]] | None = None,
        options: FamilyOptions | None = None,
    ) -> None:
        self._candidates = candidates
        self._factor = factor or np.ones
        self._options = options or FamilyOptions()
        self._past_factors = past_factors
        self._seen: list[float] = []

    def observe(self, asked: Array) -> None:
        """Take in the demand of the single row."""
        self._seen.append(float(asked.sum()))

    def _weighted(self, horizon: int) -> tuple[Array, Array]:
        n = len(self._seen)
        past = self._candidates[:, :n]
        if self._past_factors is not None:
            past = past * np.array(self._past_factors()[:n])
        posterior = posterior_weights(self._seen, past, n_recent=self._options.n_recent)
        coming = self._candidates[:, n : n + horizon] * self._factor(horizon)
        if abs(posterior.discrepancy) > self._options.misfit_max:
            coming = coming * posterior.level_ratio
        return posterior.weights, coming

    def means(self, horizon: int) -> Array:
        """Return the weighted mean of the candidates."""
        weights, coming = self._weighted(horizon)
        mean: Array = (weights @ coming)[None, :]
        return mean

    def paths(self, horizon: int, quantile: float) -> Array:
        """Return cumulative quantiles of the mixture."""
        weights, coming = self._weighted(horizon)
        return mixture_quantile_path(weights, coming, quantile)[None, :]

    def quantiles(self, horizon: int, levels: Sequence[float]) -> Array:
        """Return quantiles of each period of the mixture."""
        weights, coming = self._weighted(horizon)
        # A path of one step is the quantile of that step.
        steps = [coming[:, [k]] for k in range(horizon)]
        return np.array(
            [
                [
                    [float(mixture_quantile_path(weights, s, level)[0]) for s in steps]
                    for level in levels
                ]
            ]
        )


DAILY_GAINS = FilterGains(alpha=0.15, beta=0.01, phi=0.9, variance_gain=0.05)
"""Follow daily demand: half of a change of level is seen within five days. Twice as
much chases noise, half as much sees a shock a week later."""


class HistoryForecaster:
    """Knows nothing but the past: a damped trend for each demand row.

    Parameters
    ----------
    first_level : ndarray of shape (n_demands,), float64
        Level believed before the first period, units a period.
    profile : callable
        ``profile(period, horizon)`` returns factors of a known calendar pattern, shape
        (n_demands, horizon); demand is divided by them before filtering.
    gains : FilterGains
        How fast level, trend and error variance follow.

    References
    ----------
    Hyndman, Koehler, Ord, Snyder (2008), "Forecasting with exponential smoothing",
    chapter 6: variance of cumulative demand of the damped trend.
    """

    information = "history only"

    def __init__(
        self,
        first_level: Array,
        *,
        gains: FilterGains = DAILY_GAINS,
        profile: Callable[[int, int], Array] | None = None,
    ) -> None:
        self._gains = gains
        self._profile = profile or (lambda _, horizon: np.ones((1, horizon)))
        self._period = 0
        self._states = [
            FilterState(level=level, trend=0.0, error_variance=max(level, 1e-6))
            for level in first_level.tolist()
        ]

    def observe(self, asked: Array) -> None:
        """Update every filter with the period that just ended.

        A period in which the profile expects nothing, such as a closed Sunday, says
        nothing of the level and is passed over.
        """
        factors = np.broadcast_to(self._profile(self._period, 1), (len(asked), 1))
        pairs = zip(asked.tolist(), factors[:, 0].tolist(), strict=True)
        self._states = [
            update_state(state, value / factor, self._gains) if factor > 0.0 else state
            for state, (value, factor) in zip(self._states, pairs, strict=True)
        ]
        self._period += 1

    def _moments(self, horizon: int) -> list[tuple[Array, Array]]:
        factors = np.broadcast_to(
            self._profile(self._period, horizon), (len(self._states), horizon)
        )
        moments = []
        for state, factor in zip(self._states, factors, strict=True):
            mean, variance = forecast_state(state, self._gains, horizon, minimum=0.0)
            # The variance of a running sum scales with the square of its mean.
            base = np.maximum(mean.cumsum(), 1e-9)
            scaled = (mean * factor).cumsum()
            moments.append((mean * factor, variance * (scaled / base) ** 2))
        return moments

    def means(self, horizon: int) -> Array:
        """Return the forecasts of the filters times the profile."""
        means = [mean for mean, _ in self._moments(horizon)]
        return np.reshape(means, (len(means), horizon))

    def paths(self, horizon: int, quantile: float) -> Array:
        """Return cumulative quantiles about the forecasts."""
        paths = [
            cumulative_quantile_path(mean, quantile, sum_variance=variance)
            for mean, variance in self._moments(horizon)
        ]
        return np.reshape(paths, (len(paths), horizon))

    def quantiles(self, horizon: int, levels: Sequence[float]) -> Array:
        """Return quantiles of each period about the forecasts."""
        means = self.means(horizon)
        # One step ahead the variance is that of the errors; it scales like `_moments`.
        errors = np.array([state.error_variance for state in self._states])
        factors = np.broadcast_to(self._profile(self._period, horizon), means.shape)
        return _period_quantiles(means, errors[:, None] * factors**2, levels)


def _period_quantiles(means: Array, variances: Array, levels: Sequence[float]) -> Array:
    found = quantiles_of(means, variances, list(levels))
    result: Array = np.moveaxis(found, -1, 1)
    return result
