"""Simple exponential smoothing and Holt's damped trend: fit, forecast, update.

Both are the innovations state space model (A,Ad,N) of Hyndman, Koehler, Ord and Snyder
(2008, table 2.2), the first with no trend (A,N,N)::

    y = l + phi b + e,    l <- l + phi b + alpha e,    b <- phi b + beta e
"""

from dataclasses import dataclass

import numpy as np

from forecasting._kernels.filters import fit_panel, update
from forecasting.errors import OptionError
from forecasting.series import FloatArray, Panel, PointForecast, check_horizon


@dataclass(frozen=True, slots=True)
class FilterGains:
    """How fast a filter follows.

    Parameters
    ----------
    alpha : float
        Share of an error that goes into the level, 0 to 1.
    beta : float, default 0
        Share of an error that goes into the trend, 0 to `alpha`.
    phi : float, default 0
        Share of the trend that is left after a step, 0 to 1.
    variance_gain : float, default 0.2
        Weight of the newest squared error in the error variance, 0 to 1.

    Raises
    ------
    OptionError
        If one is out of range.

    Examples
    --------
    >>> FilterGains(alpha=0.5, beta=0.6)
    Traceback (most recent call last):
    ...
    forecasting.errors.OptionError: beta must be between 0 and 0.5, was 0.6
    """

    alpha: float
    beta: float = 0.0
    phi: float = 0.0
    variance_gain: float = 0.2

    def __post_init__(self) -> None:
        limits = {"alpha": 1.0, "beta": self.alpha, "phi": 1.0, "variance_gain": 1.0}
        for name, most in limits.items():
            value = getattr(self, name)
            if not 0.0 <= value <= most:
                msg = f"{name} must be between 0 and {most}, was {value}"
                raise OptionError(msg)


@dataclass(frozen=True, slots=True)
class FilterState:
    """What a filter knows of one series after its latest value.

    Parameters
    ----------
    level : float
        Level of the series, in its unit.
    trend : float
        Rise a step, in its unit.
    error_variance : float
        Variance of the one-step error, in its unit squared.
    """

    level: float
    trend: float
    error_variance: float


@dataclass(frozen=True, slots=True, eq=False)
class SmoothingFit:
    """Fitted gains and final states of a panel.

    Parameters
    ----------
    ids : tuple of str
        One name a series.
    alpha, beta, phi : ndarray of shape (n_series,), float64
        Gains; beta and phi are 0 where there is no trend.
    level, trend : ndarray of shape (n_series,), float64
        State after the last value.
    error_variance : ndarray of shape (n_series,), float64
        Sum of squared one-step errors over the observations less what was fitted.
    mean_square : ndarray of shape (n_series,), float64
        Sum of squared one-step errors over the observations.
    """

    ids: tuple[str, ...]
    alpha: FloatArray
    beta: FloatArray
    phi: FloatArray
    level: FloatArray
    trend: FloatArray
    error_variance: FloatArray
    mean_square: FloatArray

    def gains(self, index: int) -> FilterGains:
        """Return the gains of one series, to go on filtering it.

        Parameters
        ----------
        index : int
            Position of the series, 0 to n_series - 1.

        Returns
        -------
        FilterGains
        """
        return FilterGains(
            alpha=float(self.alpha[index]),
            beta=float(self.beta[index]),
            phi=float(self.phi[index]),
        )

    def state(self, index: int) -> FilterState:
        """Return the final state of one series, to go on filtering it.

        Parameters
        ----------
        index : int
            Position of the series, 0 to n_series - 1.

        Returns
        -------
        FilterState
        """
        return FilterState(
            level=float(self.level[index]),
            trend=float(self.trend[index]),
            error_variance=float(self.error_variance[index]),
        )


def fit_ses(panel: Panel) -> SmoothingFit:
    """Fit simple exponential smoothing to each series.

    The gain and the first level minimise the sum of squared one-step errors.

    Parameters
    ----------
    panel : Panel
        Past values. Of two values the gain is taken as 0.5; of one the level is that
        value and the error variance its size, as of Poisson demand.

    Returns
    -------
    SmoothingFit

    References
    ----------
    Hyndman, Koehler, Ord, Snyder (2008), Forecasting with Exponential Smoothing,
    table 2.2, model (A,N,N), and sect. 5.1 (estimation).
    Ord, Koehler, Snyder (1997), JASA 92, 1621-1629 (first states by regression).

    Examples
    --------
    >>> fit = fit_ses(Panel.from_arrays({"A": [4, 6, 4, 6, 4, 6]}))
    >>> round(float(fit.level[0]), 2), bool(fit.alpha[0] < 0.01)
    (5.0, True)
    """
    return _fit(panel, n_states=1)


def fit_damped_holt(panel: Panel) -> SmoothingFit:
    """Fit Holt's method with a damped trend to each series.

    Gains (phi from 0.8 to 0.98) and first states minimise the sum of squared one-step
    errors.

    Parameters
    ----------
    panel : Panel
        Past values. A series of fewer than 6 gets simple exponential smoothing.

    Returns
    -------
    SmoothingFit

    References
    ----------
    Gardner, McKenzie (1985), Management Science 31(10), 1237-1246.
    Hyndman, Koehler, Ord, Snyder (2008), Forecasting with Exponential Smoothing,
    table 2.2, model (A,Ad,N), and sect. 5.1 (estimation).

    Examples
    --------
    >>> fit = fit_damped_holt(Panel.from_arrays({"A": [2, 4, 6, 8, 10, 12, 14]}))
    >>> bool(fit.phi[0] > 0.9), bool(fit.trend[0] > 1.5)
    (True, True)
    """
    return _fit(panel, n_states=2)


def forecast(
    fit: SmoothingFit, horizon: int, *, minimum: float = float("-inf")
) -> PointForecast:
    """Forecast a fitted panel.

    Parameters
    ----------
    fit : SmoothingFit
        Of `fit_ses` or `fit_damped_holt`.
    horizon : int
        Steps ahead, >= 1.
    minimum : float, default none
        Lowest mean to answer; 0 for demand that a falling trend would make negative.

    Returns
    -------
    PointForecast

    Raises
    ------
    OptionError
        If `horizon` is out of range.

    Notes
    -----
    With c_j = alpha + beta (phi + ... + phi^j), the variance of step h is
    s2 (1 + c_1^2 + ... + c_{h-1}^2) and that of the sum of h steps is
    s2 (C_0^2 + ... + C_{h-1}^2) with C_j = 1 + c_1 + ... + c_j.

    References
    ----------
    Hyndman, Koehler, Ord, Snyder (2008), Forecasting with Exponential Smoothing,
    sect. 6.2 (class 1) and 6.6 (lead-time demand).
    Snyder, Koehler, Hyndman, Ord (2004), European Journal of Operational Research 158,
    444-455 (variance of lead-time demand).

    Examples
    --------
    >>> fit = fit_ses(Panel.from_arrays({"A": [5, 5, 5, 5]}))
    >>> forecast(fit, 2).mean.tolist()
    [[5.0, 5.0]]
    """
    mean, variance, sum_variance = _moments(fit, check_horizon(horizon))
    return PointForecast(
        ids=fit.ids,
        mean=np.maximum(mean, minimum),
        variance=variance,
        sum_variance=sum_variance,
    )


def update_state(state: FilterState, value: float, gains: FilterGains) -> FilterState:
    """Return the state after one more value, in constant time.

    Parameters
    ----------
    state : FilterState
        Before the value.
    value : float
        What was observed.
    gains : FilterGains
        How fast to follow.

    Returns
    -------
    FilterState
        The error variance is the running mean of squared errors with the weight
        `gains.variance_gain` for the newest.

    Examples
    --------
    >>> state = FilterState(level=20.0, trend=0.0, error_variance=20.0)
    >>> update_state(state, 30.0, FilterGains(alpha=0.5, beta=0.1, phi=0.9))
    FilterState(level=25.0, trend=1.0, error_variance=36.0)
    """
    rates = (gains.alpha, gains.beta, gains.phi)
    level, trend, error_variance = update(
        state.level,
        state.trend,
        state.error_variance,
        float(value),
        rates,
        gains.variance_gain,
    )
    return FilterState(level=level, trend=trend, error_variance=error_variance)


def forecast_state(
    state: FilterState,
    gains: FilterGains,
    horizon: int,
    *,
    minimum: float = float("-inf"),
) -> tuple[FloatArray, FloatArray]:
    """Forecast one series from the state of its filter.

    Parameters
    ----------
    state : FilterState
        After the latest value.
    gains : FilterGains
        As in `update_state`.
    horizon : int
        Steps ahead, >= 1.
    minimum : float, default none
        Lowest mean to answer.

    Returns
    -------
    mean : ndarray of shape (horizon,), float64
        Expected value of each step.
    sum_variance : ndarray of shape (horizon,), float64
        Variance of the sum of steps 1 to h; see `forecast`.

    Raises
    ------
    OptionError
        If `horizon` is out of range.

    Examples
    --------
    >>> state = FilterState(level=20.0, trend=2.0, error_variance=4.0)
    >>> mean, sum_variance = forecast_state(state, FilterGains(0.5, phi=0.5), 2)
    >>> mean.tolist(), sum_variance.tolist()
    ([21.0, 21.5], [4.0, 13.0])
    """
    steps = np.arange(1.0, check_horizon(horizon) + 1.0)
    damping = (gains.phi**steps).cumsum()
    mean = np.maximum(state.level + state.trend * damping, minimum)
    weights = np.empty(steps.size)
    weights[0] = 1.0
    weights[1:] = gains.alpha + gains.beta * damping[:-1]
    sum_variance = state.error_variance * (weights.cumsum() ** 2).cumsum()
    return mean, sum_variance


def _fit(panel: Panel, *, n_states: int) -> SmoothingFit:
    columns = fit_panel(panel.values, panel.offsets, n_states).T
    alpha, beta, phi, level, trend, error_variance, mean_square = columns
    unknown = np.isnan(error_variance)
    return SmoothingFit(
        ids=panel.ids,
        alpha=alpha,
        beta=beta,
        phi=phi,
        level=level,
        trend=trend,
        error_variance=np.where(unknown, np.abs(level), error_variance),
        mean_square=np.where(unknown, np.abs(level), mean_square),
    )


def _moments(
    fit: SmoothingFit, horizon: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    steps = np.arange(1.0, horizon + 1.0)
    damping = (fit.phi[:, None] ** steps).cumsum(axis=1)
    mean = fit.level[:, None] + fit.trend[:, None] * damping
    weights = np.ones_like(mean)  # 1, c_1, c_2, ...
    weights[:, 1:] = fit.alpha[:, None] + fit.beta[:, None] * damping[:, :-1]
    s2 = fit.error_variance[:, None]
    variance = s2 * (weights**2).cumsum(axis=1)
    return mean, variance, s2 * (weights.cumsum(axis=1) ** 2).cumsum(axis=1)
