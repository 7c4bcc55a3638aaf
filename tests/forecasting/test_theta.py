import numpy as np
import pytest

from forecasting.errors import OptionError
from forecasting.series import Panel
from forecasting.theta import fit_theta, forecast_theta


def of(y):
    return Panel.from_arrays({"A": y})


def path(y, numbers, horizon=0):
    """Errors and forecasts of the model as its paper writes it, t from 1."""
    alpha, theta, level = numbers
    known, errors = list(y), []
    for t in range(1, len(y) + horizon + 1):
        if t == 1:
            intercept, slope, mean = 0.0, 0.0, 0.0
        weight = 1.0 - 1.0 / theta
        line = (1 - alpha) ** (t - 1) * intercept
        line += (1 - (1 - alpha) ** t) / alpha * slope
        expected = level + weight * line
        if t > len(y):
            known.append(expected)
        elif t > 1:
            errors.append(y[t - 1] - expected)
        value = known[t - 1]
        level = alpha * value + (1 - alpha) * level
        before, mean = mean, ((t - 1) * mean + value) / t
        if t > 1:
            slope = ((t - 2) * slope + 6.0 / t * (value - before)) / (t + 1)
        intercept = mean - (t + 1) / 2.0 * slope
    return np.array(errors), np.array(known[len(y) :])


@pytest.mark.parametrize("seed", range(4))
def test_forecast_equals_the_equations_of_the_paper(seed):
    rng = np.random.default_rng(seed)
    y = rng.normal(0.3, 1.0, size=25).cumsum() + 30.0
    fit = fit_theta(of(y))
    numbers = (fit.alpha[0], fit.theta[0], fit.first_level[0])
    errors, coming = path(y, numbers, horizon=6)
    assert forecast_theta(fit, 6).mean[0] == pytest.approx(coming, rel=1e-6)
    assert fit.mean_square[0] == pytest.approx(np.mean(errors[1:] ** 2), rel=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_fit_is_close_to_the_best_on_a_grid(seed):
    """Not below it: weight and first level are drawn to the usual."""
    rng = np.random.default_rng(seed)
    y = rng.normal(0.3, 1.0, size=30).cumsum() + 30.0
    fit = fit_theta(of(y))
    best = min(
        np.mean(path(y, (alpha, theta, level))[0][1:] ** 2)
        for alpha in np.linspace(0.1, 0.99, 30)
        for theta in (1.0, 1.3, 2.0, 4.0, 1e6)
        for level in y[0] * np.linspace(-0.5, 1.5, 9)
    )
    assert fit.mean_square[0] <= 1.05 * best


@pytest.mark.parametrize("kind", [1, 2])
def test_season_is_taken_out_and_put_back(kind):
    trend, season = 20.0 + np.arange(57.0), np.resize([0.5, 0.8, 1.2, 1.5], 57)
    y = trend * season if kind == 2 else -trend - 50.0 * season
    fit = fit_theta(of(y[:52]), season_length=4)
    assert fit.season_kind[0] == kind
    assert forecast_theta(fit, 5).mean[0] == pytest.approx(y[52:], rel=0.05)


def test_variance_is_that_of_a_level_moved_by_alpha():
    y = np.random.default_rng(1).normal(size=60).cumsum() + 100.0
    fit = fit_theta(of(y))
    told = forecast_theta(fit, 3)
    s2, a = fit.variance[0], fit.alpha[0]
    assert told.variance[0] == pytest.approx(s2 * np.array([1, 1 + a**2, 1 + 2 * a**2]))
    sums = np.cumsum([1, (1 + a) ** 2, (1 + 2 * a) ** 2])
    assert told.sum_variance[0] == pytest.approx(s2 * sums)


def test_result_is_the_same_on_threads_and_alone():
    rng = np.random.default_rng(2)
    panel = Panel.from_arrays(
        {str(k): rng.normal(size=20 + 5 * k).cumsum() for k in range(9)}
    )
    whole = fit_theta(panel, season_length=4)
    threaded = fit_theta(panel, season_length=4, n_threads=2)
    for name in ("alpha", "theta", "level", "slope", "season", "variance"):
        assert (getattr(whole, name) == getattr(threaded, name)).all()


@pytest.mark.parametrize("m", [1, 7, 400])
@pytest.mark.parametrize(
    "y",
    [
        [3.0], [0.0], [-2.0, 5.0], [1.0, 2.0, 3.0, 4.0], [1.0, 5.0, 2.0, 8.0, 3.0],
        [0.0] * 30, [7.0] * 30, [-7.0] * 30, [0.0] * 29 + [1e6], [1e-300] * 30,
        [1.0, -1.0] * 20, [1e-9] * 20 + [1e9] * 20,
    ],
)  # fmt: skip
def test_odd_series_have_finite_forecasts(y, m):
    told = forecast_theta(fit_theta(of(y), season_length=m), 9)
    for values in (told.mean, told.variance, told.sum_variance):
        assert np.isfinite(values).all()
    assert (told.variance >= 0.0).all()
    if len(set(y)) == 1:
        assert told.mean == pytest.approx(np.full((1, 9), y[0]), rel=1e-6)


def test_wrong_options_are_refused():
    with pytest.raises(OptionError, match="season_length must be"):
        fit_theta(of([1.0]), season_length=0)
    with pytest.raises(OptionError, match="horizon must be"):
        forecast_theta(fit_theta(of([1.0])), 0)
