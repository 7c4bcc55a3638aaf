import numpy as np
import polars as pl
import pytest

from forecasting.baselines import naive2
from forecasting.competition import msis, owa, rmsse, smape
from forecasting.errors import OptionError
from forecasting.metrics import mase
from forecasting.series import Panel

HISTORY = Panel.from_arrays({"A": [1.0, 3.0, 2.0, 5.0], "B": [2.0, 2.0, 6.0, 4.0]})
ACTUAL, TOLD = [[4.0, 8.0], [0.0, 5.0]], [[6.0, 8.0], [0.0, 3.0]]


def test_smape_of_the_example_by_hand():
    assert smape(ACTUAL, TOLD) == pytest.approx([20.0, 25.0])


def test_owa_of_the_benchmark_is_one_and_halves_with_the_error():
    half = (np.array(ACTUAL) + TOLD) / 2.0
    assert owa(ACTUAL, TOLD, HISTORY, benchmark=TOLD) == pytest.approx(1.0)
    percent = smape(ACTUAL, half).mean() / 22.5
    assert owa(ACTUAL, half, HISTORY, benchmark=TOLD) == pytest.approx(
        (0.5 + percent) / 2.0
    )


def test_rmsse_of_the_example_by_hand():
    # Squared differences of A are 4, 1, 9, those of B 0, 16, 4.
    expected = [np.sqrt(2.0 / (14.0 / 3.0)), np.sqrt(2.0 / (20.0 / 3.0))]
    assert rmsse(ACTUAL, TOLD, HISTORY) == pytest.approx(expected)
    assert np.isnan(rmsse([[1.0]], [[1.0]], Panel.from_arrays({"A": [2.0]}))[0])


def test_msis_is_least_at_the_true_quantiles():
    rng = np.random.default_rng(0)
    drawn = rng.normal(size=(1, 20_000))
    history = Panel.from_arrays({"A": [0.0, 1.0]})
    scores = [
        msis(drawn, 0 * drawn - width, 0 * drawn + width, history, level=0.9)[0]
        for width in (1.4, 1.645, 1.9)
    ]
    assert int(np.argmin(scores)) == 1
    # 2 z + 2 / 0.1 * 2 (density - 0.05 z), z = 1.645.
    assert scores[1] == pytest.approx(4.125, abs=0.06)


def test_naive2_has_the_errors_published_for_m4_hourly(public_data):
    """Table of the organisers: sMAPE 18.383, MASE 2.395."""
    frame = pl.read_parquet(public_data / "fc" / "m4_hourly_414.parquet")
    panel = Panel.from_wide(frame.select("id", "train"))
    actual = np.array(frame["test"].to_list(), dtype=float)
    told = naive2(panel, 48, season_length=24).mean
    assert smape(actual, told).mean() == pytest.approx(18.383, abs=5e-4)
    scaled = mase(actual, told, panel, season_length=24)
    assert scaled.mean() == pytest.approx(2.395, abs=5e-4)


def test_wrong_shapes_and_levels_are_refused():
    with pytest.raises(OptionError, match="one shape"):
        smape([1.0], [1.0])
    with pytest.raises(OptionError, match="must have 2 series"):
        rmsse([[1.0]], [[1.0]], HISTORY)
    with pytest.raises(OptionError, match="level must be"):
        msis(ACTUAL, TOLD, TOLD, HISTORY, level=1.0)
