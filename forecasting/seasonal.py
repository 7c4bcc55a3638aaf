"""Exponential smoothing with two seasons, such as hours of a day and of a week."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting._kernels.seasons_fit import SeasonFits, fit_panel
from forecasting.chunks import for_each_chunk
from forecasting.errors import OptionError
from forecasting.ets import search_tables
from forecasting.series import FloatArray, Panel, PointForecast, check_horizon

SeasonLengths = tuple[int, int]
N_FITTED = 5  # three gains, the autoregression and the level


@dataclass(frozen=True, slots=True, eq=False)
class SeasonsFit:
    """Fitted gains and final states of a panel.

    Parameters
    ----------
    ids : tuple of str
        One name a series.
    is_log : ndarray of shape (n_series,), bool
        Whether the series was fitted in logarithms; all states are of those, then.
    alpha, delta, omega, phi : ndarray of shape (n_series,), float64
        Gains of level, short and long season, and of the error itself.
    level, error : ndarray of shape (n_series,), float64
        Level after the last value, and its distance from level and seasons.
    variance : ndarray of shape (n_series,), float64
        Of one-step errors.
    short, long : ndarray of shape (n_series, season length), float64
        Seasons, the next phase first.
    """

    ids: tuple[str, ...]
    is_log: NDArray[np.bool_]
    alpha: FloatArray
    delta: FloatArray
    omega: FloatArray
    phi: FloatArray
    level: FloatArray
    error: FloatArray
    variance: FloatArray
    short: FloatArray
    long: FloatArray


def fit_seasons(
    panel: Panel, season_lengths: SeasonLengths, *, n_threads: int = 1
) -> SeasonsFit:
    """Fit smoothing with two seasons and an autoregressive error to each series.

    Parameters
    ----------
    panel : Panel
        Past values. Where the long one was not seen twice it begins at 0, as does the
        short one before its own end.
    season_lengths : tuple of int
        Steps in the short and in the long season.
    n_threads : int, default 1
        Threads, >= 1; the result does not depend on it.

    Returns
    -------
    SeasonsFit
        Of values or, where all are above 0 and it is more likely, of their logarithms.

    Raises
    ------
    OptionError
        If an option is out of range.

    References
    ----------
    Taylor (2003), Journal of the Operational Research Society 54, 799-805.
    Taylor (2010), European Journal of Operational Research 204, 139-152.
    Box, Cox (1964), JRSS B 26, 211-252 (likelihoods of values and of logarithms).

    Examples
    --------
    >>> y = [10.0 + (t % 2) + 5.0 * (t % 6 == 0) for t in range(60)]
    >>> fit = fit_seasons(Panel.from_arrays({"A": y}), (2, 6))
    >>> forecast_seasons(fit, 3).mean.round(1).tolist()
    [[15.0, 11.0, 10.0]]
    """
    m1, m2 = check_season_lengths(season_lengths)
    lengths = panel.lengths.astype(np.float64)
    above = np.minimum.reduceat(panel.values, panel.offsets[:-1]) > 0.0
    plain = _fitted(panel, panel.values, (m1, m2), n_threads)
    if not above.any():
        return _fit_of(panel, plain, is_log=np.zeros(panel.n_series, np.bool_))
    logs = np.log(np.where(panel.values > 0.0, panel.values, 1.0))
    logged = _fitted(panel, logs, (m1, m2), n_threads)
    costs = [
        lengths * np.log(np.maximum(fits.numbers[:, 6], np.finfo(np.float64).tiny))
        for fits in (plain, logged)
    ]
    costs[1] += 2.0 * np.add.reduceat(logs, panel.offsets[:-1])
    is_log = above & (costs[1] < costs[0])
    rows = is_log[:, None]
    chosen = SeasonFits(
        *(np.where(rows, b, a) for a, b in zip(plain, logged, strict=True))
    )
    return _fit_of(panel, chosen, is_log=is_log)


def forecast_seasons(
    fit: SeasonsFit, horizon: int, *, minimum: float = float("-inf")
) -> PointForecast:
    """Forecast a fitted panel.

    Parameters
    ----------
    fit : SeasonsFit
        Of `fit_seasons`.
    horizon : int
        Steps ahead, >= 1.
    minimum : float, default none
        Lowest mean to answer; 0 for demand.

    Returns
    -------
    PointForecast
        Where logarithms were fitted, medians for means, and variances to first order.

    Raises
    ------
    OptionError
        If `horizon` is out of range.

    Notes
    -----
    An error e is phi^k e after k steps, and all that moves level and seasons on. So an
    error moves the value k steps on by phi^k and the sum over j < k of phi^j times
    alpha, delta where m1 divides k - j, and omega where m2 does.

    References
    ----------
    Taylor (2010), European Journal of Operational Research 204, 139-152, equation 6.

    Examples
    --------
    >>> fit = fit_seasons(Panel.from_arrays({"A": [5.0] * 20}), (2, 4))
    >>> forecast_seasons(fit, 2).mean.round(6).tolist()
    [[5.0, 5.0]]
    """
    steps = check_horizon(horizon)
    m1, m2 = fit.short.shape[1], fit.long.shape[1]
    k = np.arange(steps)
    reach = _reach(fit, steps + 1)
    # The last error is known; what it has moved until now is in the states.
    mean = fit.level[:, None] + fit.short[:, k % m1] + fit.long[:, k % m2]
    mean += fit.error[:, None] * fit.phi[:, None] ** (k + 1.0)
    factors = np.exp(np.where(fit.is_log[:, None], mean, 0.0))
    mean = np.where(fit.is_log[:, None], factors, mean)
    s2 = fit.variance[:, None]
    variance = s2 * factors**2 * (reach[:, :steps] ** 2).cumsum(axis=1)
    moved, sums = np.zeros_like(mean), np.empty_like(mean)
    for h in range(steps):
        moved[:, : h + 1] += factors[:, h, None] * reach[:, h::-1]
        sums[:, h] = (moved[:, : h + 1] ** 2).sum(axis=1)
    return PointForecast(
        ids=fit.ids,
        mean=np.maximum(mean, minimum),
        variance=variance,
        sum_variance=s2 * sums,
    )


def check_season_lengths(season_lengths: SeasonLengths) -> SeasonLengths:
    """Return the lengths if they are two, the second the longer.

    Parameters
    ----------
    season_lengths : tuple of int
        Steps in the short and in the long season.

    Returns
    -------
    tuple of int

    Raises
    ------
    OptionError
        If they are not.

    Examples
    --------
    >>> check_season_lengths((24, 168)), check_season_lengths((7, 365))
    ((24, 168), (7, 365))
    """
    lengths = tuple(check_horizon(m, "season_length") for m in season_lengths)
    if len(lengths) == 2:  # noqa: PLR2004
        m1, m2 = lengths
        if 1 < m1 < m2:
            return m1, m2
    msg = (
        "season_length must be one number, or two above 1 of which the second is the "
        f"larger, was {season_lengths}"
    )
    raise OptionError(msg)


def _fitted(
    panel: Panel, values: FloatArray, lengths: SeasonLengths, n_threads: int
) -> SeasonFits:
    n, (m1, m2) = panel.n_series, lengths
    fits = SeasonFits(np.zeros((n, 8)), np.zeros((n, m1)), np.zeros((n, m2)))
    tables = search_tables()
    given = values.view()
    given.setflags(write=False)

    def work(first: int, end: int) -> None:
        fit_panel(given, panel.offsets, first, end, m1, m2, tables, fits)  # fmt: skip

    for_each_chunk(work, n, n_threads=n_threads)
    return fits


def _fit_of(panel: Panel, fits: SeasonFits, *, is_log: NDArray[np.bool_]) -> SeasonsFit:
    alpha, delta, omega, phi, level, error, mean_square, _ = fits.numbers.T.copy()
    n = panel.lengths.astype(np.float64)
    last = np.abs(panel.values[panel.offsets[1:] - 1])
    # One value shows no error: as of Poisson demand.
    variance = np.where(n > 1, mean_square * n / np.maximum(n - N_FITTED, 1.0), last)
    return SeasonsFit(
        ids=panel.ids,
        is_log=is_log,
        alpha=alpha,
        delta=delta,
        omega=omega,
        phi=phi,
        level=level,
        error=error,
        variance=np.where(is_log & (n <= 1), 0.0, variance),
        short=fits.short,
        long=fits.long,
    )


def _reach(fit: SeasonsFit, steps: int) -> FloatArray:
    """Tell by how much an error has moved the value of each step after it."""
    m1, m2 = fit.short.shape[1], fit.long.shape[1]
    reach = np.empty((len(fit.ids), steps))
    level, short, long = (np.zeros((len(fit.ids), m)) for m in (1, m1, m2))
    error = np.ones(len(fit.ids))
    for k in range(steps):
        moved = level[:, 0] + short[:, k % m1] + long[:, k % m2]
        reach[:, k] = moved + error
        level[:, 0] += fit.alpha * error
        short[:, k % m1] += fit.delta * error
        long[:, k % m2] += fit.omega * error
        error = fit.phi * error
    return reach
