import numpy as np
import pytest

from forecasting.errors import OptionError, PanelError
from forecasting.intermittent import fit_croston, fit_tsb
from forecasting.series import Panel

GAIN = 0.1


@pytest.fixture(scope="module")
def seldom():
    """A hundred histories of one law: a demand in four steps, of 1 to 9."""
    rng = np.random.default_rng(4)
    shape = (400, 600)
    return np.where(rng.random(shape) < 0.25, rng.integers(1, 10, shape), 0.0)


def panel_of(rows):
    return Panel.from_arrays({f"S{i}": row for i, row in enumerate(rows)})


def test_croston_and_sba_answer_what_was_published():
    """Monthly sales of a lubricant: the book has 2.750 / 2.793 = 0.985 with gain 0.1.

    Hyndman, Athanasopoulos (2018), Forecasting: Principles and Practice, 2nd ed., sect.
    12.2; SBA is 1 - 0.1 / 2 of it (Syntetos, Boylan 2005, eq. 5).
    """
    sales = [0, 2, 0, 1, 0, 11, 0, 0, 0, 0, 2, 0]
    sales += [6, 3, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0]
    sales += [0, 0, 0, 3, 1, 0, 0, 1, 0, 1, 0, 0]
    panel = panel_of(np.array([sales]))
    plain = fit_croston(panel, gain=0.1, unbiased=False)
    assert plain.size[0] == pytest.approx(2.750, abs=5e-4)
    assert 1.0 / plain.probability[0] == pytest.approx(2.793, abs=5e-4)
    assert plain.mean[0] == pytest.approx(0.985, abs=5e-4)
    assert fit_croston(panel, gain=0.1).mean[0] == pytest.approx(0.9354, abs=5e-5)


def test_tsb_is_unbiased_at_all_points_in_time(seldom):
    """Teunter, Syntetos, Babai (2011), sect. 3: unlike Croston, whatever was seen last.

    Probability 0.25, mean size 5.
    """
    rates = fit_tsb(panel_of(seldom), gain=GAIN, probability_gain=GAIN)
    assert rates.mean.mean() == pytest.approx(1.25, rel=0.02)


def test_croston_is_biased_upwards_and_sba_is_not(seldom):
    """Syntetos, Boylan (2005), eq. 4: the bias is about gain / (2 - gain) (1 - p)."""
    panel = panel_of(seldom)
    plain = fit_croston(panel, gain=GAIN, unbiased=False).mean.mean()
    corrected = fit_croston(panel, gain=GAIN).mean.mean()
    assert plain / 1.25 == pytest.approx(1.0 + GAIN / (2.0 - GAIN) * 0.75, abs=0.015)
    assert corrected / 1.25 == pytest.approx(1.0, abs=0.015)


@pytest.mark.parametrize("fit", [fit_croston, fit_tsb])
def test_rate_varies_as_its_variance_says(seldom, fit):
    rates = fit(panel_of(seldom))
    assert rates.rate_variance.mean() == pytest.approx(rates.mean.var(), rel=0.25)


@pytest.mark.parametrize("fit", [fit_croston, fit_tsb])
def test_variance_is_that_of_a_step(seldom, fit):
    rates = fit(panel_of(seldom))
    assert rates.variance.mean() == pytest.approx(seldom.var(), rel=0.1)


def test_rate_of_tsb_falls_without_demand_and_that_of_croston_does_not():
    until = [0, 4, 0, 0, 4, 0, 0, 4]
    panel = Panel.from_arrays({"now": until, "later": until + [0] * 20})
    assert np.ptp(fit_croston(panel).mean) == 0.0
    now, later = fit_tsb(panel).mean
    assert later < 0.3 * now


def test_series_without_demand_has_rate_zero_and_one_point_its_value():
    panel = Panel.from_arrays(
        {"none": [0, 0], "nought": [0], "one": [5], "same": [3] * 9}
    )
    for rates in (fit_croston(panel, unbiased=False), fit_tsb(panel)):
        assert rates.mean.tolist() == pytest.approx([0.0, 0.0, 5.0, 3.0])
        assert np.isfinite(rates.rate_variance).all()
        assert rates.variance.tolist() == pytest.approx([0.0] * 4)


@pytest.mark.parametrize("gain", [0.0, -0.1, 1.1, np.nan])
def test_gain_out_of_range_is_refused(gain):
    panel = Panel.from_arrays({"A": [1]})
    with pytest.raises(OptionError, match="gain must be > 0 and <= 1"):
        fit_croston(panel, gain=gain)
    with pytest.raises(OptionError, match="probability_gain must be > 0"):
        fit_tsb(panel, probability_gain=gain)


def test_demand_below_zero_is_refused():
    panel = Panel.from_arrays({"A": [1, -1]})
    for fit in (fit_croston, fit_tsb):
        with pytest.raises(PanelError, match="demand must be >= 0"):
            fit(panel)
