"""Repairs that come again: published values, generated events."""

import numpy as np
import pytest

from forecasting import OptionError
from forecasting.failure.recurrent import expected_events, fit_power_law

CROW = (
    (4.3, 4.4, 10.2, 23.5, 23.8, 26.4, 74.0, 77.1, 92.1, 197.2),
    (0.1, 5.6, 18.6, 19.5, 24.2, 26.7, 45.1, 45.8, 75.7, 79.7, 98.6, 120.1, 161.8,
     180.6, 190.8),
    (8.4, 32.5, 44.7, 48.4, 50.6, 73.6, 98.7, 112.2, 129.8, 136.0, 195.8),
)  # fmt: skip
"""Three systems to the age of 200: Crow (1975), AMSAA technical report 138."""


def test_published_estimates_are_met():
    time = np.concatenate(CROW)
    unit = np.repeat([0, 1, 2], [len(times) for times in CROW])
    fit = fit_power_law(time, unit, [200.0] * 3)
    assert fit.shape == pytest.approx(0.615, abs=5e-4)
    assert fit.scale**-fit.shape == pytest.approx(0.461, abs=5e-4)
    assert fit.n_events == 36
    assert fit.high < 1.0
    assert fit.p_constant < 0.01
    assert 3.0 * expected_events(fit, 0.0, 200.0) == pytest.approx(36.0)


def generated(shape, seed, n_units=40):
    """Draw events of a power law: their number, then ages of independent events."""
    rng = np.random.default_rng(seed)
    ends = rng.uniform(50.0, 150.0, n_units)
    counts = rng.poisson((ends / 20.0) ** shape)
    unit = np.repeat(np.arange(n_units), counts)
    time = ends[unit] * rng.random(len(unit)) ** (1.0 / shape)
    return time, unit, ends


@pytest.mark.parametrize("shape", [0.7, 1.0, 2.0])
def test_law_is_found_from_units_seen_for_unequal_times(shape):
    fits = [fit_power_law(*generated(shape, seed)) for seed in range(40)]
    covered = np.mean([fit.low <= shape <= fit.high for fit in fits])
    assert np.mean([fit.shape for fit in fits]) == pytest.approx(shape, rel=0.03)
    assert np.mean([fit.scale for fit in fits]) == pytest.approx(20.0, rel=0.05)
    assert covered >= 0.85
    if shape == 1.0:
        assert np.mean([fit.p_constant < 0.1 for fit in fits]) < 0.3


def test_events_ahead_are_the_difference_of_the_mean_count():
    fit = fit_power_law(*generated(2.0, 0))
    whole = expected_events(fit, 0.0, [10.0, 30.0])
    assert expected_events(fit, 10.0, 20.0) == pytest.approx(whole[1] - whole[0])


@pytest.mark.parametrize(
    ("events", "message"),
    [
        (([1.0], [0], [5.0]), r"one shape \(n,\), n >= 2"),
        (([1.0, 2.0], [0, 3], [5.0]), "unit must name one of 1 units, was 3"),
        (([1.0, 9.0], [0, 0], [5.0]), "event 1: must be after 0 and by the age 5"),
        (([5.0, 5.0], [0, 0], [5.0]), "before the end of their unit"),
        (([1.0, 2.0], [0, 0], [-5.0]), "end must be > 0"),
    ],
)
def test_events_that_do_not_fit_are_refused(events, message):
    with pytest.raises(OptionError, match=message):
        fit_power_law(*events)
