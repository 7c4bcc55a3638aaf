import numpy as np
import pytest

from forecasting.errors import OptionError
from forecasting.seasonal import fit_seasons, forecast_seasons
from forecasting.series import Panel

M = (4, 12)


def of(y):
    return Panel.from_arrays({"A": y})


def hours(n, *, noise, seed=0):
    rng = np.random.default_rng(seed)
    short = np.resize([-2.0, 1.0, 3.0, -2.0], n)
    long = np.resize(np.repeat([-1.0, 0.0, 1.0], 4), n)
    return 50.0 + short + long + noise * rng.normal(size=n)


def recursion(y, fit, start):
    """Taylor's equations, one value at a time."""
    level, short, long, last = *start, 0.0
    squares = 0.0
    for t, value in enumerate(y):
        error = value - level - short[t % M[0]] - long[t % M[1]]
        squares += (error - fit.phi[0] * last) ** 2
        level += fit.alpha[0] * error
        short[t % M[0]] += fit.delta[0] * error
        long[t % M[1]] += fit.omega[0] * error
        last = error
    return level, short, long, last, squares


def test_forecast_repeats_both_seasons():
    y = hours(84, noise=0.1)
    told = forecast_seasons(fit_seasons(of(y[:72] - 60.0), M), 12)
    assert told.mean[0] == pytest.approx(hours(84, noise=0.0)[72:] - 60.0, abs=0.3)


def test_positive_growing_swings_are_fitted_in_logarithms():
    y = np.exp(hours(96, noise=0.05) / 4.0)
    fit = fit_seasons(Panel.from_arrays({"A": y, "B": hours(96, noise=0.3)}), M)
    assert fit.is_log[0]
    told = forecast_seasons(fit, 4).mean[0]
    assert told == pytest.approx(np.exp(hours(100, noise=0.0)[96:] / 4.0), rel=0.05)


def test_states_are_those_of_the_recursion():
    """Run on from the end of a fit: the same gains, states and errors."""
    y = hours(120, noise=1.0, seed=3) - 60.0
    early, late = fit_seasons(of(y), M), fit_seasons(of(y), M, n_threads=2)
    for name in ("alpha", "phi", "level", "error", "short", "long", "variance"):
        assert (getattr(early, name) == getattr(late, name)).all()
    # The first states are not told: find them by running back what was added.
    level, short, long = early.level[0], early.short[0].copy(), early.long[0].copy()
    error = early.error[0]
    for t in range(119, -1, -1):
        level -= early.alpha[0] * error
        short[t % M[0]] -= early.delta[0] * error
        long[t % M[1]] -= early.omega[0] * error
        if t:
            # The error before: from the state before its own step.
            error = y[t - 1] - (level - early.alpha[0] * 0.0)
            error -= short[(t - 1) % M[0]] + long[(t - 1) % M[1]]
            gains = early.alpha[0] + early.delta[0] + early.omega[0]
            error /= 1.0 - gains
    found = recursion(y, early, (level, short, long))
    assert found[0] == pytest.approx(early.level[0])
    assert found[1] == pytest.approx(early.short[0])
    assert found[2] == pytest.approx(early.long[0])
    assert found[3] == pytest.approx(early.error[0])
    assert found[4] / 115.0 == pytest.approx(early.variance[0])


def test_variances_are_those_of_futures_played():
    fit = fit_seasons(of(hours(120, noise=1.0, seed=4) - 60.0), M)
    n, horizon = 40_000, 14
    rng = np.random.default_rng(0)
    level = np.full(n, fit.level[0])
    short, long = (np.repeat(s[0][:, None], n, axis=1) for s in (fit.short, fit.long))
    error, values = np.full(n, fit.error[0]), np.empty((horizon, n))
    for k in range(horizon):
        mean = level + short[k % M[0]] + long[k % M[1]]
        shock = rng.normal(scale=np.sqrt(fit.variance[0]), size=n)
        error = fit.phi[0] * error + shock
        values[k] = mean + error
        level = level + fit.alpha[0] * error
        short[k % M[0]] += fit.delta[0] * error
        long[k % M[1]] += fit.omega[0] * error
    told = forecast_seasons(fit, horizon)
    assert told.variance[0] == pytest.approx(values.var(axis=1), rel=0.04)
    sums = values.cumsum(axis=0).var(axis=1)
    assert told.sum_variance[0] == pytest.approx(sums, rel=0.04)


@pytest.mark.parametrize(
    "y",
    [[3.0], [0.0], [-2.0, 5.0], [1.0] * 11, [0.0] * 60, [7.0] * 60, [1.0, -1.0] * 40,
     [1e-9] * 30 + [1e9] * 30, list(range(29))],
)  # fmt: skip
def test_odd_series_have_finite_forecasts(y):
    told = forecast_seasons(fit_seasons(of(y), M), 30, minimum=-1e12)
    for values in (told.mean, told.variance, told.sum_variance):
        assert np.isfinite(values).all()
    if len(set(y)) == 1:
        assert told.mean == pytest.approx(np.full((1, 30), y[0]))


@pytest.mark.parametrize("lengths", [(4,), (4, 4), (12, 4), (1, 4), (2, 4, 8)])
def test_wrong_lengths_are_refused(lengths):
    with pytest.raises(OptionError, match="season_length must be"):
        fit_seasons(of([1.0]), lengths)
