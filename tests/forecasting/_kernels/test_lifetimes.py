import math

import numpy as np
import pytest
from scipy import stats

from forecasting._kernels import lifetimes as kernel

NEVER = np.zeros(0)


def frozen(law, mean, shape):
    """The same law in SciPy."""
    if law == kernel.EXPONENTIAL:
        return stats.expon(scale=mean)
    if law == kernel.LOGNORMAL:
        return stats.lognorm(shape, scale=mean * math.exp(-(shape**2) / 2))
    if law == kernel.GAMMA:
        return stats.gamma(shape, scale=mean / shape)
    return stats.weibull_min(shape, scale=mean / math.gamma(1 + 1 / shape))


@pytest.fixture
def sample():
    rng = np.random.default_rng(2)
    duration = rng.gamma(2.0, 1.5, 60)
    entry = np.where(rng.random(60) < 0.2, duration * 0.3, 0.0)
    return duration, rng.random(60) < 0.7, entry


@pytest.mark.parametrize("law", range(4))
def test_log_likelihood_equals_a_sum_over_scipy(law, sample):
    duration, is_observed, entry = sample
    shape = 1.0 if law == kernel.EXPONENTIAL else 1.7
    there = frozen(law, 3.1, shape)
    expected = (
        there.logpdf(duration[is_observed]).sum()
        + there.logsf(duration[~is_observed]).sum()
        - there.logsf(entry[entry > 0]).sum()
    )
    found = kernel.log_likelihood(law, 3.1, shape, kernel.sums_of(*sample))
    assert found == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("law", range(4))
def test_maximum_is_higher_than_its_neighbours(law, sample):
    sums = kernel.sums_of(*sample)
    mean, shape, best = kernel.maximum(law, sums)
    shapes = (1.0,) if law == kernel.EXPONENTIAL else (0.99, 1.0, 1.01)
    for of_mean in (0.99, 1.0, 1.01):
        for of_shape in shapes:
            near = kernel.log_likelihood(law, mean * of_mean, shape * of_shape, sums)
            assert near <= best + 1e-9


@pytest.mark.parametrize("law", range(1, 4))
@pytest.mark.parametrize("side", [-1, 1])
def test_profile_bound_has_the_profile_it_was_asked_for(law, side, sample):
    sums = kernel.sums_of(*sample)
    at = kernel.maximum(law, sums)
    bound = kernel.profile_bound(law, at, side, 1.92, False, sums)
    shapes = np.exp(np.linspace(-1.0, 1.0, 4001)) * at[2 - 1]
    profile = max(kernel.log_likelihood(law, bound, b, sums) for b in shapes)
    assert profile == pytest.approx(at[2] - 1.92, abs=1e-4)
    assert side * (bound - at[0]) > 0


def test_product_limit_equals_the_published_example():
    """Remission times of Klein and Moeschberger (2003), table 4.1A."""
    duration = np.array([6.0, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23,
                         25, 32, 32, 34, 35])  # fmt: skip
    seen = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0])
    survival, hazard, greenwood = kernel.product_limit(
        duration, seen.astype(bool), np.zeros(21)
    )
    at = {t: k for k, t in enumerate(duration.tolist())}
    found = {t: round(float(survival[at[t]]), 3) for t in (6, 7, 10, 13, 16, 22, 23)}
    assert found == {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.69, 16: 0.627, 22: 0.538,
                     23: 0.448}  # fmt: skip
    steps = (3 / 21, 1 / 17, 1 / 15, 1 / 12, 1 / 11, 1 / 7, 1 / 6)
    assert hazard[at[23]] == pytest.approx(sum(steps))
    error = survival[at[10]] * math.sqrt(greenwood[at[10]])
    assert error == pytest.approx(0.0963, abs=1e-4)


def test_product_limit_with_entry_counts_only_who_is_watched():
    duration, entry = np.array([2.0, 3.0, 5.0]), np.array([0.0, 2.5, 0.0])
    survival, _, _ = kernel.product_limit(duration, np.ones(3, bool), entry)
    assert survival.tolist() == [0.5, 0.25, 0.0]


def test_distance_without_censoring_is_that_of_anderson_and_darling():
    rng = np.random.default_rng(5)
    duration = np.sort(rng.exponential(2.0, 40))
    u = -np.expm1(-duration / 1.8)
    k = np.arange(1, 41)
    published = -40 - ((2 * k - 1) / 40) @ (np.log(u) + np.log1p(-u[::-1]))
    args = duration, np.ones(40, bool), np.zeros(40)
    found = kernel.distance(kernel.EXPONENTIAL, 1.8, 1.0, *args)
    assert found == pytest.approx(published, rel=1e-9)


def test_refitted_distances_cut_at_limits_and_leave_out_what_cannot_be_fitted():
    rng = np.random.default_rng(6)
    drawn, limits = rng.exponential(1.0, (2, 30)), np.full((2, 30), 1.5)
    limits[1] = 1e-9
    found = kernel.refitted_distances(kernel.EXPONENTIAL, drawn, limits, np.zeros(30))
    cut = np.minimum(drawn[0], 1.5)
    seen = drawn[0] <= 1.5
    order = np.lexsort((~seen, cut))
    args = cut[order], seen[order], np.zeros(30)
    mean = cut.sum() / seen.sum()
    assert found[0] == pytest.approx(kernel.distance(0, mean, 1.0, *args), rel=1e-9)
    assert np.isnan(found[1])


def test_log_survival_before_birth_is_zero():
    assert all(kernel.log_survival(law, 2.0, 1.5, 0.0) == 0.0 for law in range(4))
