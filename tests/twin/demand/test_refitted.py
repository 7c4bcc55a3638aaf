"""Filters that follow demand, fitted anew where drift says so."""

import numpy as np
import pytest

from forecasting import Panel, fit_ets
from forecasting.handover import hand_over
from forecasting.online import OnlineForecaster
from twin.demand import HistoryForecaster, RefitOptions, RefittedForecaster
from twin.errors import OptionError

FIRST = np.array([20.0, 5.0, 0.0])
NEVER = RefitOptions(every=10_000, updates_a_false_alarm=1e12)


def asked(n, *, jump=None):
    rng = np.random.Generator(np.random.PCG64(11))
    levels = np.tile([20.0, 5.0, 0.0], (n, 1))
    if jump is not None:
        levels[jump:, 0] = 60.0
    return rng.poisson(levels).astype(float)


def fed(values, **options):
    forecaster = RefittedForecaster(FIRST, **options)
    for row in values:
        forecaster.observe(row)
    return forecaster


def test_without_refits_it_is_the_filter_of_fixed_gains():
    values = asked(40)
    made, plain = fed(values, options=NEVER), HistoryForecaster(FIRST)
    for row in values:
        plain.observe(row)
    assert made.n_refits == 0
    assert made.means(9) == pytest.approx(plain.means(9))
    assert made.paths(9, 0.9).tolist() == plain.paths(9, 0.9).tolist()
    levels = (0.1, 0.9)
    assert made.quantiles(3, levels).tolist() == plain.quantiles(3, levels).tolist()


def test_refit_hands_over_the_fit_of_the_last_values():
    values = asked(40)
    made = fed(values, options=RefitOptions(every=40, n_values_max=30))
    assert made.n_refits == 3
    panel = Panel.from_arrays({f"{k}": values[10:, k] for k in range(3)})
    online = OnlineForecaster(hand_over(fit_ets(panel)).filters)
    expected = np.maximum(online.forecast(5)[0], 0.0)
    assert made.means(5).tolist() == expected.tolist()


def test_drift_calls_for_a_refit_before_the_schedule_does():
    calm = fed(asked(100), options=RefitOptions(every=10_000))
    moved = fed(asked(100, jump=90), options=RefitOptions(every=10_000))
    assert moved.n_refits > calm.n_refits
    assert moved.means(1)[0, 0] == pytest.approx(60.0, rel=0.15)
    untouched = fed(asked(100, jump=90), options=NEVER)
    assert untouched.n_refits == 0


def test_refits_of_a_period_are_bounded_and_all_get_their_turn():
    values = asked(32)
    options = RefitOptions(every=28, n_refits_max=1, updates_a_false_alarm=1e12)
    counts = [fed(values[:n], options=options).n_refits for n in (27, 28, 29, 30, 31)]
    assert counts == [0, 1, 2, 3, 3]


def test_same_events_end_in_the_same_bits():
    values = asked(80, jump=50)
    one, other = fed(values), fed(values)
    assert one.state_hash() == other.state_hash()
    assert one.paths(14, 0.8).tobytes() == other.paths(14, 0.8).tobytes()
    other.observe(values[0])
    assert one.state_hash() != other.state_hash()


def test_closed_periods_say_nothing_of_the_level():
    week = np.array([1.0, 1, 1, 1, 1, 0, 0])

    def profile(period, horizon):
        return week[(period + np.arange(horizon)) % 7][None, :]

    values = np.where(week[np.arange(70) % 7] > 0.0, 10.0, 0.0)[:, None]
    made = RefittedForecaster(np.array([10.0]), profile=profile)
    for row in values:
        made.observe(row)
    assert made.means(7)[0] == pytest.approx(10.0 * week)
    assert made.paths(7, 0.9)[0, 5:].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"every": 0}, "every must be >= 1, was 0"),
        ({"n_values_min": 7}, "n_values_min must be >= 8"),
        ({"n_values_max": 9}, "n_values_max must be >= 28, was 9"),
        ({"n_refits_max": 0}, "n_refits_max must be >= 1"),
        ({"updates_a_false_alarm": 9.0}, "finite and >= 10, was 9"),
        ({"updates_a_false_alarm": float("nan")}, "finite and >= 10, was nan"),
        ({"updates_a_false_alarm": float("inf")}, "finite and >= 10, was inf"),
    ],
)
def test_options_out_of_range_are_refused(given, reason):
    with pytest.raises(OptionError, match=reason):
        RefitOptions(**given)
