import math
from statistics import NormalDist

import numpy as np
import pytest

from forecasting.errors import OptionError
from forecasting.intervals import (
    check_dispersion,
    check_quantiles,
    cumulative_quantile_path,
    empirical_summed_quantiles,
    quantiles_of,
    standard_score,
    summed_quantiles,
)
from forecasting.series import Panel


def poisson_quantile(mean, quantile):
    k, term = 0, math.exp(-mean)
    total = term
    while total < quantile:
        k += 1
        term *= mean / k
        total += term
    return float(k)


def test_quantiles_of_cover_drawn_demand_as_often_as_asked():
    """Negative binomial of mean 6 and variance 18, drawn as a gamma of Poissons."""
    rng = np.random.default_rng(9)
    drawn = rng.poisson(rng.gamma(3.0, 2.0, 200_000))
    levels = np.array([0.1, 0.5, 0.9, 0.99])
    for q, level in zip(quantiles_of(6.0, 18.0, levels), levels, strict=True):
        assert (drawn <= q).mean() >= level - 0.005
        assert (drawn <= q - 1).mean() < level + 0.005


def test_quantiles_of_fall_back_to_poisson_below_its_variance():
    assert quantiles_of([9.0], [2.0], [0.3, 0.97]).tolist() == [
        [poisson_quantile(9.0, 0.3), poisson_quantile(9.0, 0.97)]
    ]


def test_normal_quantiles_are_cut_off_at_the_minimum():
    found = quantiles_of(5.0, 100.0, [0.1, 0.9], family="normal")
    assert found.tolist() == [0.0, pytest.approx(NormalDist(5, 10).inv_cdf(0.9))]
    free = quantiles_of(5.0, 100.0, [0.1], family="normal", minimum=-np.inf)
    assert free[0] == pytest.approx(NormalDist(5, 10).inv_cdf(0.1))


def test_summed_quantiles_take_the_sum_of_the_protection_interval():
    means = np.array([[2.0, 3.0, 4.0], [1.0, -5.0, 1.0]])
    variances = np.array([[2.0, 5.0, 9.0], [1.0, 1.0, 2.0]])
    found = summed_quantiles(means, variances, [0.5, 0.95], 2)
    assert found.tolist() == [
        [poisson_quantile(5.0, 0.5), poisson_quantile(5.0, 0.95)],
        [poisson_quantile(1.0, 0.5), poisson_quantile(1.0, 0.95)],
    ]
    with pytest.raises(OptionError, match="protection must be <= the horizon 3, was 4"):
        summed_quantiles(means, variances, [0.5], 4)


def test_empirical_quantiles_follow_the_level_they_are_given():
    rng = np.random.default_rng(6)
    panel = Panel.from_arrays({"A": rng.poisson(10, 300), "zero": [0.0] * 9})
    plain = empirical_summed_quantiles(panel, [0.5, 0.9], 4)
    assert plain[0, 0] == pytest.approx(40.0, abs=3)
    lifted = empirical_summed_quantiles(panel, [0.5, 0.9], 4, mean_sum=[80.0, 0.0])
    assert lifted[0] / plain[0] == pytest.approx([2.0, 2.0], rel=0.05)
    assert lifted[1].tolist() == [0.0, 0.0]
    with pytest.raises(OptionError, match="mean_sum must be 2 numbers"):
        empirical_summed_quantiles(panel, [0.5], 4, mean_sum=[1.0])


def test_cumulative_path_sums_to_poisson_quantiles_of_running_demand():
    means = np.array([4.0, 0.0, 7.5, 0.3, 20.0])
    for quantile in (0.2, 0.5, 0.85, 0.99):
        path = cumulative_quantile_path(means, quantile)
        expected = [poisson_quantile(m, quantile) for m in means.cumsum()]
        assert path.cumsum().tolist() == expected


def test_cumulative_path_rises_with_quantile_and_dispersion():
    means = np.full(20, 12.0)
    paths = [
        cumulative_quantile_path(means, 0.9, dispersion=d).cumsum() for d in (1, 2, 6)
    ]
    assert (np.diff(paths, axis=0) > 0).all()
    low = cumulative_quantile_path(means, 0.4).cumsum()
    assert (low < paths[0]).all()


@pytest.mark.parametrize("family", ["count", "normal"])
@pytest.mark.parametrize("quantile", [0.02, 0.3, 0.97])
def test_cumulative_path_has_no_negative_step(family, quantile):
    """A fan that widens fast would let a low quantile of running demand fall."""
    means = np.array([5.0, 1.0, 0.0, 0.0, 2.0, -3.0])
    widening = np.array([1.0, 5.0, 20.0, 60.0, 150.0, 400.0])
    path = cumulative_quantile_path(
        means, quantile, sum_variance=widening, family=family
    )
    assert (path >= 0.0).all()


def test_normal_path_equals_the_formula():
    means, variances = np.full(5, 10.0), np.arange(1.0, 6.0) * 9
    path = cumulative_quantile_path(means, 0.8, sum_variance=variances, family="normal")
    score = NormalDist().inv_cdf(0.8)
    assert path.cumsum() == pytest.approx(means.cumsum() + score * variances**0.5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"quantile": 1.0}, "quantile must be > 0 and < 1, was 1.0"),
        ({"quantile": 0.5, "dispersion": -1.0}, "dispersion must be finite and >= 0"),
        ({"quantile": 0.5, "family": "beta"}, "'count' or 'normal', was 'beta'"),
        ({"quantile": 0.5, "sum_variance": [1.0]}, "one shape"),
        ({"quantile": 0.5, "sum_variance": [1.0, -1.0]}, "variance must be finite"),
    ],
)
def test_options_out_of_range_are_named(options, message):
    with pytest.raises(OptionError, match=message):
        cumulative_quantile_path([1.0, 2.0], **options)


def test_a_mean_that_is_not_finite_is_refused():
    with pytest.raises(OptionError, match="mean must be finite"):
        cumulative_quantile_path([1.0, math.nan], 0.5)


def test_checks_answer_what_they_were_given():
    assert check_quantiles(0.3).tolist() == [0.3]
    assert check_dispersion(2) == 2.0
    assert standard_score(0.5) == 0.0
    with pytest.raises(OptionError, match="must be a list"):
        check_quantiles([])
