import numpy as np
import polars as pl
import pytest

from forecasting.baselines import mean, naive, naive2, seasonal_naive, seasonal_squares
from forecasting.errors import OptionError
from forecasting.series import Panel


@pytest.fixture
def panel():
    return Panel.from_arrays({"A": [3, 8, 5, 4, 9, 7], "B": [2, 6], "C": [4]})


def test_naive_repeats_the_last_value_of_each_series(panel):
    forecast = naive(panel, 3)
    assert forecast.mean.tolist() == [[7.0] * 3, [6.0] * 3, [4.0] * 3]
    # A: steps 5 -3 -1 5 -2; B: 4; C shows no error and counts as Poisson.
    s2 = np.array([64 / 5, 16, 4])
    assert forecast.variance == pytest.approx(s2[:, None] * [1, 2, 3])
    assert forecast.sum_variance == pytest.approx(s2[:, None] * [1, 5, 14])


def test_seasonal_naive_repeats_the_last_season_or_the_last_value(panel):
    forecast = seasonal_naive(panel, 5, season_length=3)
    assert forecast.mean.tolist() == [
        [4.0, 9.0, 7.0, 4.0, 9.0],
        [6.0] * 5,
        [4.0] * 5,
    ]
    assert forecast.variance[0].tolist() == [2.0, 2.0, 2.0, 4.0, 4.0]


def test_seasonal_naive_variances_equal_simulation():
    """Seasonal random walks carried on from the last season, 20,000 times."""
    rng = np.random.default_rng(8)
    panel = Panel.from_arrays({"A": [1.0, 5.0, 2.0, 5.0, 3.0, 6.0, 4.0]})
    forecast = seasonal_naive(panel, 5, season_length=2)
    s2 = float(seasonal_squares(panel, np.array([2]))[0])
    steps = rng.normal(0.0, s2**0.5, (20_000, 6))
    walk = steps.reshape(20_000, 3, 2).cumsum(axis=1).reshape(20_000, 6)[:, :5]
    assert forecast.variance[0] == pytest.approx(walk.var(axis=0), rel=0.05)
    sums = walk.cumsum(axis=1).var(axis=0)
    assert forecast.sum_variance[0] == pytest.approx(sums, rel=0.05)


def test_mean_has_the_variance_of_a_new_value_and_of_the_mean(panel):
    forecast = mean(panel, 2)
    assert forecast.mean[:, 0].tolist() == [6.0, 4.0, 4.0]
    s2 = np.array([np.var([3, 8, 5, 4, 9, 7], ddof=1), 8.0, 4.0])
    n = np.array([6, 2, 1])
    assert forecast.variance[:, 1] == pytest.approx(s2 * (1 + 1 / n))
    assert forecast.sum_variance[:, 1] == pytest.approx(s2 * (2 + 4 / n))


def test_options_out_of_range_are_named(panel):
    with pytest.raises(OptionError, match="horizon"):
        mean(panel, 0)
    with pytest.raises(OptionError, match="season_length"):
        seasonal_naive(panel, 1, season_length=0)


def test_seasonal_naive_has_its_published_accuracy_on_m3_monthly(public_data):
    """1,428 series: sMAPE 17.23 and MASE 1.146, as statsforecast 2.0.1 answers."""
    frame = pl.read_parquet(public_data / "fc" / "m3_all_3003.parquet").filter(
        pl.col("period") == "monthly"
    )
    names = pl.Series("id", [f"M{i}" for i in range(frame.height)])
    history = Panel.from_wide(pl.DataFrame([names, frame["train"]]))
    actual = np.array(frame["test"].to_list())
    found = seasonal_naive(history, 18, season_length=12).mean
    smape = (200 * np.abs(actual - found) / (np.abs(actual) + np.abs(found))).mean()
    assert smape == pytest.approx(17.234, abs=5e-4)
    errors = np.abs(actual - found).mean(axis=1)
    scale = [np.abs(y[12:] - y[:-12]).mean() for y in map(history.series, range(1428))]
    assert (errors / scale).mean() == pytest.approx(1.146, abs=5e-4)


def test_naive2_without_season_is_naive():
    rng = np.random.default_rng(2)
    panel = Panel.from_arrays({"A": rng.normal(size=40), "B": [1.0, 2.0]})
    told, plain = naive2(panel, 5, season_length=12), naive(panel, 5)
    assert (told.mean == plain.mean).all()
    assert told.variance == pytest.approx(plain.variance)
    assert told.sum_variance == pytest.approx(plain.sum_variance)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_naive2_puts_the_season_back(sign):
    season = np.resize([2.0, 6.0, 10.0], 45)
    told = naive2(Panel.from_arrays({"A": sign * season[:40]}), 5, season_length=3)
    assert told.mean[0] == pytest.approx(sign * season[40:])
