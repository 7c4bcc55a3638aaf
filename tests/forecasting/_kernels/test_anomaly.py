import numpy as np
import pytest
from scipy.stats import nbinom, norm

from forecasting._kernels.anomaly import (
    SHIFT,
    SHOCK,
    TREND,
    best_gain,
    count_score,
    normal_quantile,
    signature,
    smoothed_errors,
    strongest_change,
)

KINDS = {SHOCK: "shock", SHIFT: "shift", TREND: "trend"}
GAINS = np.array([0.05, 0.3, 0.7])


@pytest.mark.parametrize("kind", [*KINDS])
@pytest.mark.parametrize("gain", [0.0, 0.3])
def test_signature_is_what_the_change_does_to_the_errors(kind, gain):
    """Chen, Liu (1993): errors of a series of zeros with the change and no noise."""
    change = {SHOCK: np.eye(9)[0], SHIFT: np.ones(9), TREND: np.arange(1.0, 10.0)}
    series = np.concatenate([np.zeros(4), change[kind]])
    errors = np.empty(13)
    smoothed_errors(series, gain, 4, errors)
    found = [signature(kind, age, 1.0 - gain) for age in range(9)]
    assert found == pytest.approx(errors[4:].tolist())


@pytest.mark.parametrize("p", [1e-6, 0.2, 0.5, 0.999])
def test_normal_quantile_is_that_of_scipy(p):
    assert normal_quantile(p) == pytest.approx(norm.ppf(p), abs=1e-6)


def test_count_score_is_the_middle_of_the_step():
    p, r = 0.4, 4.0
    mean, variance = r * (1.0 - p) / p, r * (1.0 - p) / p**2
    middle = nbinom.cdf(7, r, p) - 0.5 * nbinom.pmf(7, r, p)
    assert count_score(7.0, mean, variance) == pytest.approx(norm.ppf(middle), abs=1e-6)
    assert abs(count_score(1e6, 1e-3, 1e-3)) == pytest.approx(8.0)


def test_strongest_change_is_the_largest_projection():
    kept = 0.7
    scores = np.zeros(10)
    scores[3:] = 2.5 * kept ** np.arange(7)
    kind, place, statistic, size = strongest_change(scores, 2.0 * scores, kept)
    assert (kind, place, size) == (SHIFT, 3, pytest.approx(5.0))
    squares = (kept ** (2.0 * np.arange(7))).sum()
    assert statistic == pytest.approx(2.5 * np.sqrt(squares))


def test_gain_is_small_for_noise_and_large_for_a_walk():
    rng = np.random.default_rng(1)
    noise = rng.normal(0.0, 1.0, 300)
    assert best_gain(noise, GAINS, 8) == 0.05
    assert best_gain(noise.cumsum(), GAINS, 8) == 0.7
