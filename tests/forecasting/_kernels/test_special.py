import numpy as np
import pytest
from scipy import special, stats

from forecasting._kernels.special import (
    beta_probability,
    beta_quantile,
    gamma_log_survival,
    gamma_probability,
    gamma_quantile,
    normal_log_survival,
    student_quantile,
)

LEVELS = (1e-4, 0.025, 0.5, 0.975, 0.9999)


@pytest.mark.parametrize("z", [-8.0, -1.0, 0.0, 3.0, 20.0, 40.0])
def test_normal_log_survival_equals_scipy(z):
    expected = stats.norm.logsf(z)
    assert normal_log_survival(z) == pytest.approx(expected, rel=1e-7, abs=1e-15)


@pytest.mark.parametrize("shape", [0.05, 0.7, 1.0, 30.0, 5000.0])
@pytest.mark.parametrize("factor", [0.01, 0.5, 1.0, 1.02, 1.5])
def test_incomplete_gamma_equals_scipy(shape, factor):
    x = shape * factor
    above, below = special.gammaincc(shape, x), special.gammainc(shape, x)
    assert gamma_probability(shape, x) == pytest.approx(below, rel=1e-9, abs=1e-14)
    if above > 0.0:
        assert gamma_log_survival(shape, x) == pytest.approx(np.log(above), rel=1e-9)


def test_gamma_log_survival_far_out_is_finite():
    assert gamma_log_survival(3.0, 5_000.0) == pytest.approx(-4983.66, abs=0.01)


@pytest.mark.parametrize("u", LEVELS)
def test_quantiles_equal_scipy(u):
    for shape in (0.3, 4.5, 800.0):
        found = gamma_quantile(shape, u)
        assert found == pytest.approx(stats.gamma.ppf(u, shape), rel=1e-9)
    for a, b in ((0.5, 0.5), (3.0, 900.0), (70.5, 2.0)):
        assert beta_quantile(a, b, u) == pytest.approx(stats.beta.ppf(u, a, b))
    for freedom in (2.0, 7.0, 400.0):
        level = max(u, 1.0 - u)
        found = student_quantile(freedom, level)
        assert found == pytest.approx(stats.t.ppf(level, freedom), abs=1e-9)


def test_beta_probability_outside_its_range_is_zero_or_one():
    assert beta_probability(2.0, 3.0, -0.1) == 0.0
    assert beta_probability(2.0, 3.0, 1.1) == 1.0
