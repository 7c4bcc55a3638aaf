import numpy as np
import pytest

from twin.errors import OptionError
from twin.simulate.replicate import batch_means, mean_interval

N_EXPERIMENTS = 2000


def test_interval_is_that_of_the_means_of_batches():
    series = np.random.default_rng(1).gamma(2.0, size=103)
    found = batch_means(series, n_batches=10)
    means = series[3:].reshape(10, 10).mean(axis=1)
    expected = mean_interval(means)
    assert (found.mean, found.half_width) == (expected.mean, expected.half_width)
    assert (found.n_batches, found.batch_size) == (10, 10)


def test_interval_of_a_long_run_covers_as_often_as_it_says(autoregressive):
    """Batches of 100 with a correlation time of 1 / (1 - 0.6) = 2.5."""
    rng = np.random.default_rng(3)
    found = [
        batch_means(autoregressive(rng, phi=0.6, n=1000), n_batches=10)
        for _ in range(N_EXPERIMENTS)
    ]
    covered = np.mean([abs(each.mean) <= each.half_width for each in found])
    assert 0.93 <= covered <= 0.965  # a little is lost to what correlation is left


def test_independent_batches_pass_the_check_as_often_as_said():
    rng = np.random.default_rng(4)
    passed = [
        batch_means(rng.normal(size=200)).is_independent for _ in range(N_EXPERIMENTS)
    ]
    assert 0.935 <= np.mean(passed) <= 0.965


def test_batches_that_are_too_short_are_told(autoregressive):
    rng = np.random.default_rng(5)
    series = [autoregressive(rng, phi=0.99, n=400) for _ in range(200)]
    found = [batch_means(each) for each in series]
    assert np.mean([each.is_independent for each in found]) < 0.05
    covered = np.mean([abs(each.mean) <= each.half_width for each in found])
    assert covered < 0.75  # which is why the check is there


def test_constant_series_has_no_width_and_passes():
    found = batch_means(np.full(40, 3.0))
    assert (found.mean, found.half_width, found.lag_1) == (3.0, 0.0, 0.0)
    assert found.is_independent


@pytest.mark.parametrize(
    ("series", "n_batches", "words"),
    [
        (np.ones(40), 3, "n_batches must be >= 4, was 3"),
        (np.ones(19), 20, "at least n_batches=20 finite values .* was 19"),
        (np.full(40, np.inf), 20, "finite values"),
        (np.ones((20, 2)), 20, r"in shape \(20, 2\)"),
    ],
)
def test_series_that_cannot_be_cut_is_refused(series, n_batches, words):
    with pytest.raises(OptionError, match=words):
        batch_means(series, n_batches=n_batches)
