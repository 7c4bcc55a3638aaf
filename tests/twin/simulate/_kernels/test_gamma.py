import math

import numpy as np
import pytest
from scipy import special

from twin.simulate._kernels.elementary import lgamma
from twin.simulate._kernels.gamma import gamma_probability, gamma_quantile

LEVELS = np.array(
    [1e-12, 1e-8, 1e-4, 0.01, 0.07, 0.3, 0.5, 0.77, 0.9, 0.99, 0.991, 0.99999, 1 - 1e-9]
)
SHAPES = [0.01, 0.1, 0.5, 0.9, 1.0, 1.001, 1.3, 4.0, 11.1, 50.0, 400.0, 999.0]


def quantiles(shape, levels):
    log_norm = lgamma(shape + 1.0)
    return np.array([gamma_quantile(shape, log_norm, u) for u in levels])


def scipy_quantiles(shape, levels):
    lower = special.gammaincinv(shape, levels)
    return np.where(levels > 0.5, special.gammainccinv(shape, 1.0 - levels), lower)


@pytest.mark.parametrize("shape", SHAPES)
def test_gamma_quantile_equals_scipy(shape):
    assert quantiles(shape, LEVELS) == pytest.approx(
        scipy_quantiles(shape, LEVELS), rel=2e-12, abs=1e-290
    )


@pytest.mark.parametrize("shape", [1001.0, 2e3, 1e5])
def test_gamma_quantile_of_a_large_shape_is_precise_where_draws_fall(shape):
    levels = LEVELS[2:-1]
    assert quantiles(shape, levels) == pytest.approx(
        scipy_quantiles(shape, levels), rel=2e-11
    )


@pytest.mark.parametrize("shape", [0.3, 1.0, 2.5, 30.0, 1000.0, 1000.001])
def test_gamma_quantile_rises(shape):
    us = (np.arange(20_000) + 0.5) / 20_000
    assert (np.diff(quantiles(shape, us)) >= 0.0).all()


def test_gamma_quantile_of_shape_one_is_exponential():
    assert quantiles(1.0, LEVELS) == pytest.approx(-np.log1p(-LEVELS), rel=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_gamma_probability_equals_scipy(shape):
    xs = shape * np.array([1e-3, 0.3, 0.9, 1.0, 1.1, 2.0, 5.0])
    found = [gamma_probability(shape, x) for x in xs]
    assert found == pytest.approx(special.gammainc(shape, xs), rel=1e-11, abs=1e-300)


def test_gamma_probability_at_the_ends():
    assert gamma_probability(2.0, 0.0) == 0.0
    assert gamma_probability(2.0, -1.0) == 0.0
    assert math.isclose(gamma_probability(2.0, 1000.0), 1.0)
