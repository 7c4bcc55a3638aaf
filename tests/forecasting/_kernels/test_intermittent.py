from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import nbinom

from forecasting._kernels.intermittent import (
    decayed_losses,
    decayed_sum_quantiles,
    filter_croston,
    filter_levels,
    filter_tsb,
    mixed_quantiles,
)

QUANTILES = np.array([0.1, 0.5, 0.9])


@pytest.fixture
def ragged():
    rng = np.random.default_rng(5)
    lengths = [1, 7, 30]
    values = rng.poisson(0.6, sum(lengths)).astype(float)
    return values, np.concatenate([[0], np.cumsum(lengths)])


def rows(values, offsets):
    return [values[a:b] for a, b in pairwise(offsets)]


def plain_quantile(sums, decay, level):
    weights = decay ** np.arange(len(sums) - 1, -1, -1.0)
    order = np.argsort(sums, kind="stable")
    reached = np.cumsum(weights[order]) >= level * weights.sum() - 1e-9
    return sums[order][np.argmax(reached)]


def test_filter_croston_equals_a_loop(ragged):
    found = filter_croston(*ragged, 0.2, 0.3)
    for series, row in zip(rows(*ragged), found, strict=True):
        at = np.flatnonzero(series)
        sizes, apart = series[at], np.diff(at, prepend=-1)
        size, interval = (sizes[0], apart[0]) if at.size else (0.0, np.inf)
        for s, n in zip(sizes[1:], apart[1:], strict=True):
            size, interval = size + 0.2 * (s - size), interval + 0.3 * (n - interval)
        variance = sizes.var(ddof=1) if at.size > 1 else 0.0
        assert row == pytest.approx([size, interval, variance])


def test_filter_tsb_equals_a_loop(ragged):
    found = filter_tsb(*ragged, 0.2, 0.3)
    for series, row in zip(rows(*ragged), found, strict=True):
        sizes = series[series > 0.0]
        size, share = sizes.mean() if sizes.size else 0.0, (series > 0.0).mean()
        for y in series:
            size += 0.2 * (y - size) * (y > 0.0)
            share += 0.3 * ((y > 0.0) - share)
        assert row[0] == pytest.approx(size)
        assert row[1] == pytest.approx(share if sizes.size else 0.0)


def test_decayed_sum_quantiles_equal_a_loop(ragged):
    found = decayed_sum_quantiles(*ragged, 3, np.full(3, 0.8), QUANTILES)
    for series, row in zip(rows(*ragged)[1:], found[1:], strict=True):
        sums = np.convolve(series, np.ones(3), "valid").round(9)
        assert row.tolist() == [plain_quantile(sums, 0.8, q) for q in QUANTILES]


def test_decayed_losses_know_only_sums_that_had_ended(ragged):
    losses = decayed_losses(*ragged, 2, np.array([0.7, 1.0]), QUANTILES, 5)
    sums = np.convolve(rows(*ragged)[2], np.ones(2), "valid").round(9)
    for decay, loss in zip((0.7, 1.0), losses[2], strict=True):
        expected = 0.0
        for t in range(sums.size - 5, sums.size):
            for q in QUANTILES:
                error = sums[t] - plain_quantile(sums[: t - 1], decay, q)
                expected += max(q * error, (q - 1.0) * error)
        assert loss == pytest.approx(expected)
    assert losses[0].tolist() == [0.0, 0.0]


def test_filter_levels_equals_a_loop_and_weighs_what_fits():
    rng = np.random.default_rng(7)
    series = np.concatenate([rng.poisson(3.0, 40), rng.poisson(30.0, 20)]).astype(float)
    gains = np.array([0.05, 0.4])
    found = filter_levels(series, np.array([0, series.size]), gains, 0.1, 0.9)
    levels, variances, weights = (array[0] for array in found)
    evidence = np.zeros(2)
    level, variance = np.full(2, series[:8].mean()), np.full(2, series[:8].var())
    for y in series[8:]:
        spread = np.maximum(variance, level * (1.0 + 1e-12))
        p = level / spread
        r = level * p / (1.0 - p)
        evidence = 0.9 * evidence + nbinom.logpmf(y, r, p)
        error = y - level
        level = level + gains * error
        variance = variance + 0.1 * (error**2 - variance)
    assert levels == pytest.approx(level)
    assert variances == pytest.approx(variance)
    expected = np.exp(evidence - evidence.max())
    assert weights == pytest.approx(expected / expected.sum(), abs=1e-6)
    assert weights[1] > 0.99


def test_mixed_quantiles_invert_the_mixed_distribution():
    weights = np.array([[0.3, 0.7]])
    means, variances = np.array([[2.0, 20.0]]), np.array([[6.0, 90.0]])
    found = mixed_quantiles(weights, means, variances, QUANTILES, np.zeros(3))[0]
    p = means[0] / variances[0]
    r = means[0] * p / (1.0 - p)
    for quantile, level in zip(found, QUANTILES, strict=True):
        assert weights[0] @ nbinom.cdf(quantile, r, p) >= level
        assert weights[0] @ nbinom.cdf(quantile - 1.0, r, p) < level
