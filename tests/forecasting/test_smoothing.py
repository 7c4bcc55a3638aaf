import numpy as np
import pytest

from forecasting.errors import OptionError
from forecasting.series import Panel
from forecasting.smoothing import (
    FilterGains,
    FilterState,
    SmoothingFit,
    fit_damped_holt,
    fit_ses,
    forecast,
    forecast_state,
    update_state,
)


def fitted(alpha, beta, phi):
    return SmoothingFit(
        ids=("A",),
        alpha=np.array([alpha]),
        beta=np.array([beta]),
        phi=np.array([phi]),
        level=np.array([30.0]),
        trend=np.array([2.0]),
        error_variance=np.array([4.0]),
        mean_square=np.array([4.0]),
    )


def published_variance(alpha, beta, phi, h):
    """Closed form for (A,Ad,N), Hyndman et al. (2008), table 6.2."""
    first = beta * phi * h / (1 - phi) ** 2 * (2 * alpha * (1 - phi) + beta * phi)
    second = beta * phi * (1 - phi**h) / ((1 - phi) ** 2 * (1 - phi**2))
    second *= 2 * alpha * (1 - phi**2) + beta * phi * (1 + 2 * phi - phi**h)
    return 1 + alpha**2 * (h - 1) + first - second


def test_forecast_variance_equals_the_published_closed_form():
    found = forecast(fitted(0.4, 0.15, 0.9), 12)
    expected = [4 * published_variance(0.4, 0.15, 0.9, h) for h in range(1, 13)]
    assert found.variance[0] == pytest.approx(expected)


def test_ses_forecast_variance_equals_the_published_closed_form():
    found = forecast(fitted(0.3, 0.0, 0.0), 8)
    assert found.variance[0] == pytest.approx([4 * (1 + 0.09 * h) for h in range(8)])


def test_forecast_sum_variance_equals_the_covariance_of_the_errors():
    """Error of step h is e_h + sum of c_j e_{h-j}: its matrix, squared and summed."""
    alpha, beta, phi, h = 0.4, 0.15, 0.9, 9
    c = [1.0] + [
        alpha + beta * sum(phi**i for i in range(1, j + 1)) for j in range(1, h)
    ]
    response = np.array(
        [[c[i - j] if i >= j else 0.0 for j in range(h)] for i in range(h)]
    )
    covariance = 4.0 * response @ response.T
    expected = [covariance[: k + 1, : k + 1].sum() for k in range(h)]
    found = forecast(fitted(alpha, beta, phi), h)
    assert found.sum_variance[0] == pytest.approx(expected)


def test_forecast_mean_is_damped_and_kept_above_the_minimum():
    found = forecast(fitted(0.4, 0.15, 0.5), 3)
    assert found.mean[0].tolist() == [31.0, 31.5, 31.75]
    assert forecast(fitted(0.4, 0.15, 0.5), 3, minimum=31.2).mean[0, 0] == 31.2


def test_update_state_follows_the_example_by_hand():
    """Levels of simple exponential smoothing with gain 0.5 from 10: 11, 9.5, 10.75."""
    state, levels = FilterState(10.0, 0.0, 1.0), []
    for value in (12.0, 8.0, 12.0):
        state = update_state(state, value, FilterGains(alpha=0.5))
        levels.append(state.level)
    assert levels == [11.0, 9.5, 10.75]
    # 1 -> 0.8 + 0.2*4 = 1.6 -> 1.28 + 0.2*9 = 3.08 -> 2.464 + 0.2*6.25
    assert state.error_variance == pytest.approx(3.714)


def test_update_state_carries_a_fit_on_like_the_filter_that_made_it():
    """Three more values, by the recursions written out."""
    values = np.random.default_rng(4).poisson(30, 53).astype(float)
    fit = fit_damped_holt(Panel.from_arrays({"A": values[:50]}))
    gains, state = fit.gains(0), fit.state(0)
    level, trend = state.level, state.trend
    for value in values[50:]:
        state = update_state(state, value, gains)
        error = value - level - gains.phi * trend
        level += gains.phi * trend + gains.alpha * error
        trend = gains.phi * trend + gains.beta * error
    assert (state.level, state.trend) == pytest.approx((level, trend))


def test_forecast_state_equals_forecast_of_the_fit():
    fit = fitted(0.4, 0.15, 0.9)
    mean, sum_variance = forecast_state(fit.state(0), fit.gains(0), 7)
    found = forecast(fit, 7)
    assert mean == pytest.approx(found.mean[0])
    assert sum_variance == pytest.approx(found.sum_variance[0])


def test_fits_follow_what_the_series_do():
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 1, 60)
    panel = Panel.from_arrays(
        {
            "still": 50 + noise,
            "walk": 50 + noise.cumsum(),
            "rising": 50 + 3 * np.arange(60.0) + noise,
        }
    )
    ses, holt = fit_ses(panel), fit_damped_holt(panel)
    assert ses.alpha[0] < 0.1
    assert ses.alpha[1] > 0.7
    assert holt.trend[2] > 2.0
    assert holt.error_variance[2] < 0.3 * ses.error_variance[2]
    assert (holt.mean_square <= ses.mean_square * 1.001).all()
    assert forecast(holt, 4).mean[2].min() > panel.series(2)[-1]


def test_short_series_are_still_forecast():
    fit = fit_damped_holt(Panel.from_arrays({"one": [6], "two": [4, 8]}))
    found = forecast(fit, 2)
    assert found.mean[0].tolist() == [6.0, 6.0]
    assert found.variance[0, 0] == 6.0
    assert np.isfinite(found.sum_variance).all()


@pytest.mark.parametrize(
    ("gains", "message"),
    [
        ({"alpha": 1.2}, "alpha must be between 0 and 1.0, was 1.2"),
        ({"alpha": 0.2, "beta": 0.3}, "beta must be between 0 and 0.2, was 0.3"),
        ({"alpha": 0.2, "phi": -1.0}, "phi must"),
    ],
)
def test_gains_out_of_range_are_named(gains, message):
    with pytest.raises(OptionError, match=message):
        FilterGains(**gains)
