import numpy as np
import pytest
from scipy.stats import binom, ttest_1samp

from twin.errors import OptionError
from twin.simulate.replicate.intervals import (
    mean_interval,
    quantile_interval,
    student_point,
)

N_EXPERIMENTS = 2000
NAN = float("nan")


def test_mean_interval_is_that_of_scipy():
    values = np.random.default_rng(1).gamma(2.0, size=23)
    found = mean_interval(values, confidence=0.9)
    low, high = ttest_1samp(values, 0.0).confidence_interval(0.9)
    assert found.mean - found.half_width == pytest.approx(low)
    assert found.mean + found.half_width == pytest.approx(high)


@pytest.mark.parametrize("n", [3, 10, 50])
def test_mean_interval_covers_the_mean_as_often_as_it_says(n):
    rng = np.random.default_rng(n)
    found = [mean_interval(rng.normal(5.0, 2.0, n)) for _ in range(N_EXPERIMENTS)]
    covered = np.mean([abs(each.mean - 5.0) <= each.half_width for each in found])
    assert 0.935 <= covered <= 0.965


def test_several_intervals_hold_at_once():
    rng = np.random.default_rng(4)
    held = 0
    for _ in range(N_EXPERIMENTS):
        found = [mean_interval(rng.normal(size=10), n_statements=5) for _ in range(5)]
        held += all(abs(each.mean) <= each.half_width for each in found)
    assert 0.935 <= held / N_EXPERIMENTS <= 0.965


def test_missing_values_are_left_out_and_counted():
    found = mean_interval([1.0, NAN, 3.0, NAN])
    assert (found.mean, found.n, found.n_missing) == (2.0, 2, 2)
    none = mean_interval([NAN])
    assert np.isnan([none.mean, none.half_width]).all()
    assert np.isnan(mean_interval([1.0]).half_width)


def test_quantile_interval_covers_as_often_as_it_says_for_a_skew_law():
    rng = np.random.default_rng(2)
    truth = -np.log(0.1)  # 90 % point of the exponential law
    found = [
        quantile_interval(rng.exponential(size=80), 0.9) for _ in range(N_EXPERIMENTS)
    ]
    covered = np.mean([each.low < truth < each.high for each in found])
    assert found[0].coverage >= 0.95
    assert covered == pytest.approx(found[0].coverage, abs=0.015)


@pytest.mark.parametrize("n", [1, 5, 6, 30, 365])
@pytest.mark.parametrize("probability", [0.01, 0.25, 0.5, 0.95])
def test_quantile_interval_is_the_narrowest_of_even_sides(n, probability):
    found = quantile_interval(np.arange(1, n + 1), probability)
    below = binom(n, probability).cdf(np.arange(-1, n + 1))  # below[k] = P(B < k)
    firsts = [k for k in range(1, n + 1) if below[k] <= 0.025]
    lasts = [k for k in range(1, n + 1) if 1 - below[k] <= 0.025]
    assert found.low == (firsts[-1] if firsts else -np.inf)
    assert found.high == (lasts[0] if lasts else np.inf)
    missed = (below[firsts[-1]] if firsts else 0) + (
        1 - below[lasts[0]] if lasts else 0
    )
    assert found.coverage == pytest.approx(1 - missed)
    assert found.quantile == np.quantile(
        np.arange(1, n + 1), probability, method="inverted_cdf"
    )


def test_student_point_widens_with_statements():
    assert student_point(0.95, 10, n_statements=5) == pytest.approx(
        student_point(0.99, 10)
    )


@pytest.mark.parametrize("bad", [0.0, 1.0, NAN])
def test_argument_outside_its_range_is_refused(bad):
    with pytest.raises(OptionError, match="confidence must be between 0 and 1"):
        mean_interval([1.0, 2.0], confidence=bad)
    with pytest.raises(OptionError, match="probability must be between 0 and 1"):
        quantile_interval([1.0, 2.0], bad)


def test_quantile_of_nothing_is_refused():
    with pytest.raises(OptionError, match="at least one that is not NaN"):
        quantile_interval([NAN], 0.5)
