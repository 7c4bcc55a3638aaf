import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from twin.errors import OptionError
from twin.simulate.replicate import mser_5


def by_definition(series):
    """The start and the statistic as White's paper states them."""
    n = len(series) // 5
    batches = [np.mean(series[5 * k : 5 * k + 5]) for k in range(n)]
    return [
        sum((b - np.mean(batches[d:])) ** 2 for b in batches[d:]) / (n - d) ** 2
        for d in range(n // 2 + 1)
    ]


@given(hnp.arrays(np.float64, st.integers(20, 120), elements=st.floats(-1e3, 1e3)))
def test_truncation_is_the_least_statistic_by_definition(series):
    statistic = by_definition(series)
    start = mser_5(series).n_truncated // 5
    scale = float(np.square(series).max())
    assert statistic[start] <= min(statistic) + 1e-12 * scale


def test_a_large_level_does_not_eat_the_digits():
    rng = np.random.default_rng(5)
    series = rng.normal(size=500) + np.where(np.arange(500) < 60, 8.0, 0.0)
    assert mser_5(series + 1e9).n_truncated == mser_5(series).n_truncated == 60


def test_steady_series_keeps_nearly_all(autoregressive):
    found = [
        mser_5(autoregressive(np.random.default_rng(seed), phi=0.0, n=1000))
        for seed in range(200)
    ]
    assert np.median([each.n_truncated for each in found]) <= 50
    assert np.mean([each.is_reliable for each in found]) >= 0.9


def test_transient_of_an_autoregressive_series_is_cut(autoregressive):
    """It decays by 0.9 a step, so is within noise after ln(100 / 2.3) / 0.105 = 36."""
    found, whole = [], []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        series = autoregressive(rng, phi=0.9, n=2000, start=100.0)
        found.append(mser_5(series))
        whole.append(series.mean())
    truncated = [each.n_truncated for each in found]
    assert 25 <= np.median(truncated) <= 80
    assert all(each.is_reliable for each in found)
    bias, error = np.mean(whole), np.mean([each.mean for each in found])
    assert bias == pytest.approx(100 / 0.1 / 2000, rel=0.15)  # geometric sum over n
    assert abs(error) < 0.1 * bias


def test_more_distance_cuts_more(autoregressive):
    def cut(start):
        rng = np.random.default_rng(8)
        return mser_5(autoregressive(rng, phi=0.9, n=2000, start=start)).n_truncated

    assert cut(10.0) < cut(100.0) < cut(10_000.0)


def test_series_without_steady_state_is_told():
    drift = np.arange(400) + np.random.default_rng(1).normal(size=400)
    found = mser_5(drift)
    assert not found.is_reliable
    assert found.n_truncated == 200


@pytest.mark.parametrize(
    ("series", "words"),
    [
        (np.ones(19), "was 19 in shape"),
        (np.ones((5, 5)), r"was 25 in shape \(5, 5\)"),
        (np.append(np.ones(30), np.nan), "1 not finite"),
    ],
)
def test_series_that_cannot_be_cut_is_refused(series, words):
    with pytest.raises(OptionError, match=words):
        mser_5(series)
