import numpy as np
import pytest

from forecasting.errors import OptionError
from forecasting.ets import MODELS, fit_ets, forecast_ets, search_tables
from forecasting.series import Panel

FINITE = ("alpha", "beta", "gamma", "phi", "level", "trend", "season", "variance")


def seasonal(n=120, m=12, seed=0):
    rng = np.random.default_rng(seed)
    season = 1.0 + 0.3 * np.sin(np.arange(n) * 2.0 * np.pi / m)
    return (100.0 + 0.5 * np.arange(n)) * season * (1.0 + 0.03 * rng.normal(size=n))


def of(**series):
    return Panel.from_arrays(series)


def test_level_of_a_fit_is_that_of_its_recursion():
    y = np.random.default_rng(3).normal(size=40).cumsum() + 50.0
    fit = fit_ets(of(A=y))
    k = MODELS.index("ANN")
    level = y[:10].mean()
    errors = []
    for value in y:
        errors.append(value - level)
        level += fit.alpha[0, k] * errors[-1]
    squares = np.sum(np.square(errors))
    assert fit.level[0, k] == pytest.approx(level)
    assert fit.mean_square[0, k] == pytest.approx(squares / 40)
    # Two numbers and the variance are fitted; the criterion is of scaled values.
    scaled = 40 * np.log(squares / np.abs(y).mean() ** 2) + 6.0 + 24.0 / 36.0
    assert fit.criterion[0, k] == pytest.approx(scaled)


def test_gain_is_the_best_on_a_fine_grid():
    y = np.random.default_rng(4).normal(size=60).cumsum() + 90.0
    fit = fit_ets(of(A=y))

    def squares(alpha):
        level, total = y[:10].mean(), 0.0
        for value in y:
            total += (value - level) ** 2
            level += alpha * (value - level)
        return total

    best = min(squares(alpha) for alpha in np.arange(0.001, 1.0, 0.001))
    assert fit.mean_square[0, 0] * 60 <= best * (1.0 + 1e-4)


def test_model_of_the_data_is_selected():
    rng = np.random.default_rng(5)
    walk = rng.normal(size=200).cumsum() + 1000.0
    line = 50.0 + 3.0 * np.arange(200) + rng.normal(size=200)
    fit = fit_ets(of(walk=walk, line=line, season=seasonal(200)), season_length=12)
    level, trend, season = fit.best
    assert level[1:] == "NN"
    assert trend[1] == "A"
    assert season[0] == season[-1] == "M"


def test_weights_are_those_of_akaike_or_of_the_best():
    panel = of(A=seasonal(seed=1), B=seasonal(60, seed=2))
    average = fit_ets(panel, season_length=12)
    selected = fit_ets(panel, season_length=12, combine="select")
    least = average.criterion.min(axis=1, keepdims=True)
    expected = np.exp(-0.5 * (average.criterion - least))
    expected[expected < 1e-5] = 0.0
    expected /= expected.sum(axis=1, keepdims=True)
    assert average.weights == pytest.approx(expected)
    assert (selected.weights.argmax(axis=1) == average.criterion.argmin(axis=1)).all()
    assert (selected.weights.sum(axis=1) == 1.0).all()


def test_forecast_goes_on_with_trend_and_season():
    fit = fit_ets(of(A=seasonal(130)), season_length=12)
    told = forecast_ets(fit, 14)
    n = np.arange(130, 144)
    truth = (100.0 + 0.5 * n) * (1.0 + 0.3 * np.sin(n * np.pi / 6.0))
    assert told.mean[0] == pytest.approx(truth, rel=0.05)
    assert (np.diff(told.sum_variance[0]) > 0.0).all()


def test_result_is_the_same_on_threads_and_alone():
    series = {str(k): seasonal(40 + 3 * k, seed=k) for k in range(9)}
    whole = fit_ets(Panel.from_arrays(series), season_length=12)
    threaded = fit_ets(Panel.from_arrays(series), season_length=12, n_threads=2)
    alone = fit_ets(of(A=series["4"]), season_length=12)
    for name in (*FINITE, "weights"):
        assert (getattr(whole, name) == getattr(threaded, name)).all()
        assert (getattr(whole, name)[4] == getattr(alone, name)[0]).all()


def test_scale_of_a_series_scales_its_forecast():
    y = seasonal(seed=6)
    fits = [fit_ets(of(A=y * by), season_length=12) for by in (1.0, 1e-9, 1e9)]
    means = [forecast_ets(fit, 5).mean for fit in fits]
    assert means[1] * 1e9 == pytest.approx(means[0], rel=1e-9)
    assert means[2] / 1e9 == pytest.approx(means[0], rel=1e-9)


@pytest.mark.parametrize("m", [1, 2, 7, 400])
@pytest.mark.parametrize(
    "y",
    [
        [3.0], [0.0], [-2.0, 5.0], [1.0, 2.0, 3.0, 4.0], [1.0, 5.0, 2.0, 8.0, 3.0],
        [0.0] * 30, [7.0] * 30, [-7.0] * 30, list(range(30)), [0.0] * 29 + [1e6],
        [1e-300] * 30, [1.0, -1.0] * 20, [1e-9] * 20 + [1e9] * 20,
    ],
)  # fmt: skip
def test_odd_series_have_finite_forecasts(y, m):
    fit = fit_ets(of(A=y), season_length=m)
    told = forecast_ets(fit, 9)
    assert fit.weights.sum() == pytest.approx(1.0)
    for name in FINITE:
        assert np.isfinite(getattr(fit, name)).all(), name
    for values in (told.mean, told.variance, told.sum_variance):
        assert np.isfinite(values).all()
    assert (told.variance >= 0.0).all()


@pytest.mark.parametrize("value", [0.0, 7.0, -7.0])
def test_constant_series_go_on(value):
    told = forecast_ets(fit_ets(of(A=[value] * 40), season_length=4), 6)
    assert told.mean == pytest.approx(np.full((1, 6), value), abs=1e-6)


def test_series_with_values_of_both_signs_get_additive_models():
    fit = fit_ets(of(A=seasonal() - 120.0), season_length=12)
    chosen = np.isfinite(fit.criterion[0])
    assert {name for name, is_in in zip(MODELS, chosen, strict=True) if is_in} == {
        "ANN", "AAN", "AAdN", "ANA", "AAA", "AAdA",
    }  # fmt: skip


def test_a_long_series_is_fitted():
    y = np.random.default_rng(7).normal(size=20_000) + 10.0
    fit = fit_ets(of(A=y), season_length=7)
    assert forecast_ets(fit, 1).mean[0, 0] == pytest.approx(10.0, abs=0.3)


def test_level_and_season_of_a_long_series_do_not_drift_apart():
    y = np.random.default_rng(0).poisson(20, 60_000) + 1.0
    fit = fit_ets(of(A=y), season_length=7)
    assert fit.season[0, 6:].mean(axis=1) == pytest.approx(np.ones(3), abs=0.1)
    told = forecast_ets(fit, 7).mean
    assert told[0] == pytest.approx(np.full(7, y.mean()), abs=0.5)


def test_a_long_series_may_have_a_multiplicative_season():
    rng = np.random.default_rng(1)
    level = 100.0 * np.exp(rng.normal(0.0, 0.01, 20_000).cumsum())
    figure = 1.0 + 0.5 * np.sin(np.arange(7))
    y = level * np.resize(figure, 20_000) * rng.lognormal(0.0, 0.05, 20_000)
    fit = fit_ets(of(A=y), season_length=7)
    assert fit.weights[0, 12:].sum() > 0.99
    told = forecast_ets(fit, 7).mean[0]
    coming = level[-1] * np.resize(figure, 20_007)[-7:]
    assert told == pytest.approx(coming, rel=0.1)


def test_first_points_lie_in_the_box():
    tables = search_tables()
    assert tables.design.min() >= 0.0
    assert tables.design.max() <= 1.0


def test_wrong_options_are_refused():
    panel = of(A=[1.0, 2.0])
    with pytest.raises(OptionError, match="season_length must be"):
        fit_ets(panel, season_length=0)
    with pytest.raises(OptionError, match="combine must be one of"):
        fit_ets(panel, combine="vote")
    with pytest.raises(OptionError, match="horizon must be"):
        forecast_ets(fit_ets(panel), 0)
