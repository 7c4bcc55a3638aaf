"""Kernels against sums of exact terms, written out in plain Python."""

import math

import numpy as np
import pytest

from forecasting._kernels import counts


def probabilities(mean, variance, n):
    """P(X = 0..n-1) by the recurrences of the textbook, from X = 0 upwards."""
    if variance <= mean:
        terms = [math.exp(-mean)]
        ratios = [mean / k for k in range(1, n)]
    else:
        p = mean / variance
        r = mean * p / (1 - p)
        terms = [p**r]
        ratios = [(k - 1 + r) * (1 - p) / k for k in range(1, n)]
    for ratio in ratios:
        terms.append(terms[-1] * ratio)
    return np.array(terms)


def smallest_reaching(cumulative, quantile):
    return float(np.searchsorted(cumulative, quantile))


MOMENTS = [
    (0.001, 100.0),
    (0.01, 0.01),
    (0.3, 2.0),
    (3.0, 3.0),
    (7.5, 30.0),
    (20.0, 20.0),
    (20.0, 20.01),
    (90.0, 5000.0),
    (400.0, 400.0),
]
LEVELS = np.array([0.001, 0.1, 0.5, 0.8, 0.95, 0.999])


@pytest.mark.parametrize(("mean", "variance"), MOMENTS)
def test_cumulative_and_density_equal_sums_of_terms(mean, variance):
    terms = probabilities(mean, variance, 1500)
    for k in (0, 1, int(mean), int(mean + 2 * variance**0.5)):
        found = counts.cumulative_and_density(float(k), mean, variance)
        assert found == pytest.approx((terms[: k + 1].sum(), terms[k]), rel=1e-9)


@pytest.mark.parametrize(("mean", "variance"), MOMENTS)
def test_count_quantiles_equal_search_in_the_table(mean, variance):
    cumulative = probabilities(mean, variance, 3000).cumsum()
    found = counts.count_quantiles(
        np.array([mean]), np.array([variance]), LEVELS, np.zeros(LEVELS.size)
    )
    assert found[0].tolist() == [smallest_reaching(cumulative, q) for q in LEVELS]


def test_cumulative_poisson_equals_published_table():
    """Poisson of mean 5: 0.8666 at 7 and 0.9319 at 8, as any printed table has them."""
    assert counts.cumulative_and_density(7.0, 5.0, 5.0)[0] == pytest.approx(
        0.8666, abs=5e-5
    )
    assert counts.cumulative_and_density(8.0, 5.0, 5.0)[0] == pytest.approx(
        0.9319, abs=5e-5
    )


@pytest.mark.parametrize("mean", [10_050.0, 250_000.0, 4e6])
def test_corrected_normal_is_right_to_a_fraction_of_a_unit(mean):
    """Where the sum is replaced: against terms from the mode outwards."""
    k = math.floor(mean + 1.5 * mean**0.5)
    low = int(k - 14 * mean**0.5)
    logs = [i * math.log(mean) - mean - math.lgamma(i + 1) for i in range(low, k + 1)]
    exact = math.fsum(math.exp(x) for x in logs)
    found, density = counts.cumulative_and_density(float(k), mean, mean)
    assert abs(found - exact) < 0.05 * density


def test_skewed_count_in_lots_is_right_to_a_thousandth_of_its_deviation():
    """Geometric (r = 1): the quantile is log(1 - q) / log(1 - p), in closed form."""
    mean = 1e6
    p = 1 / (1 + mean)
    levels = np.array([0.1, 0.5, 0.9, 0.99])
    found = counts.count_quantiles(
        np.array([mean]), np.array([mean / p]), levels, np.zeros(4)
    )
    exact = np.log1p(-levels) / np.log1p(-p)
    assert np.abs(found[0] - exact).max() < 1e-3 * mean


def test_log_density_equals_log_of_the_terms():
    for mean, variance in MOMENTS[:4]:
        terms = probabilities(mean, variance, 12)
        found = [counts.log_density(float(k), mean, variance) for k in range(12)]
        assert found == pytest.approx(np.log(terms).tolist(), rel=1e-9)
    assert counts.log_density(0.0, 0.0, 0.0) == 0.0
    assert counts.log_density(1.0, 0.0, 0.0) == -math.inf


def test_mixture_quantile_path_equals_search_in_the_mixed_table():
    rng = np.random.default_rng(3)
    for _ in range(20):
        weights = rng.dirichlet(np.ones(3))
        means = rng.gamma(2.0, 6.0, size=(3, 12)).cumsum(axis=1)
        spread = rng.uniform(0.5, 4.0)
        quantile = rng.uniform(0.05, 0.98)
        path = counts.mixture_quantile_path(
            weights, means, means * spread, quantile, 0.0
        )
        tables = [
            [probabilities(m, m * spread, 1200).cumsum() for m in row] for row in means
        ]
        running = [
            smallest_reaching(weights @ [table[h] for table in tables], quantile)
            for h in range(12)
        ]
        assert path.cumsum().tolist() == np.maximum.accumulate(running).tolist()


def test_mixture_quantile_crosses_a_gap_between_far_families():
    """Newton has no slope in the gap: bisection must bring it across."""
    weights, means = np.array([0.5, 0.5]), np.array([10.0, 3000.0])
    for quantile, near in ((0.49, 10), (0.51, 3000)):
        for guess in (0.0, 1500.0, 9000.0):
            found = counts.mixture_quantile(weights, means, means, quantile, guess)
            assert abs(found - near) < 5 * near**0.5


def test_zero_mean_has_all_quantiles_at_zero():
    zero = np.zeros(1)
    assert counts.count_quantiles(zero, zero, LEVELS, LEVELS).tolist() == [[0.0] * 6]


@pytest.mark.parametrize(
    ("mean", "variance"),
    [(1e-200, 5.0), (1e-17, 1.0), (1e-11, 1e6), (1e-6, 1e3), (1e7, 1e18)],
)
def test_extreme_dispersion_still_ends_and_keeps_the_order(mean, variance):
    """Almost all mass at 0 and a tail of millions: a sum upwards would never end."""
    found = counts.count_quantiles(
        np.array([mean]), np.array([variance]), LEVELS, np.zeros(LEVELS.size)
    )[0]
    assert (np.diff(found) >= 0).all()
    # Cantelli: no quantile lies further above the mean.
    assert found[-1] <= mean + (variance * 0.999 / 0.001) ** 0.5
    assert (found[-1] == 0.0) == (mean < 1e-3)


def test_log_likelihoods_add_up_log_densities():
    history = np.array([2.0, 0.0, 5.0])
    means = np.array([[1.0, 2.0, 3.0], [4.0, 0.0, 6.0]])
    found = counts.log_likelihoods(history, means, 2.0)
    expected = [
        sum(
            counts.log_density(y, max(m, 1e-9), 2 * max(m, 1e-9))
            for y, m in zip(history, row, strict=True)
        )
        for row in means
    ]
    assert found.tolist() == pytest.approx(expected)
