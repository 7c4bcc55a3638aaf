import numpy as np
import pytest
from scipy import integrate, special, stats

from twin.model.laws import (
    CONSTANT,
    EXPONENTIAL,
    GAMMA,
    LAW_NAMES,
    LOGNORMAL,
    TRIANGULAR,
    UNIFORM,
    WEIBULL,
    half_width,
    weibull_parameters,
)
from twin.simulate._kernels.gamma import gamma_survival
from twin.simulate._kernels.random import (
    cumulative_weights,
    formula_draw,
    law_parameters,
)
from twin.simulate._kernels.residual import residual_formula, residual_quantile

MEAN = 40.0
LAWS = [
    (EXPONENTIAL, 1.0), (LOGNORMAL, 0.3), (LOGNORMAL, 1.5), (GAMMA, 0.4), (GAMMA, 1.8),
    (TRIANGULAR, 0.35), (UNIFORM, 0.5), (WEIBULL, 0.3), (WEIBULL, 2.0),
]  # fmt: skip
AGES = (0.01, 5.0, 30.0, 45.0, 55.0)
NO_LAWS = (np.zeros(1, np.int32), np.zeros(0), np.zeros(0))


def by_scipy(law, cv):
    half = half_width(law, MEAN, cv) if law in {UNIFORM, TRIANGULAR} else 0.0
    sigma = np.sqrt(np.log1p(cv * cv))
    shape, scale = weibull_parameters(MEAN, cv)
    return {
        EXPONENTIAL: stats.expon(scale=MEAN),
        LOGNORMAL: stats.lognorm(sigma, scale=MEAN * np.exp(-sigma * sigma / 2)),
        GAMMA: stats.gamma(1 / cv**2, scale=MEAN * cv**2),
        TRIANGULAR: stats.triang(0.5, loc=MEAN - half, scale=2 * half),
        UNIFORM: stats.uniform(MEAN - half, 2 * half),
        WEIBULL: stats.weibull_min(shape, scale=scale),
    }[law]


def residual(law, cv, age, u):
    return residual_formula(law, MEAN, *law_parameters(law, cv), age, u)


@pytest.mark.parametrize(("law", "cv"), LAWS)
def test_age_and_residual_follow_the_law_given_survival(law, cv):
    exact = by_scipy(law, cv)
    falls = law in {EXPONENTIAL, WEIBULL}
    for age in AGES:
        for u in (1e-9, 0.001, 0.3, 0.5, 0.9, 1 - 1e-6):
            left = residual(law, cv, age, u)
            share = u if falls else 1.0 - u
            assert left >= 0.0
            expected = exact.isf(exact.sf(age) * share) - age
            assert left == pytest.approx(expected, rel=1e-7, abs=1e-9), (age, u)


@pytest.mark.parametrize(("law", "cv"), LAWS)
def test_mean_residual_life_is_the_integral_of_survival(law, cv):
    exact, n = by_scipy(law, cv), 2000
    grid = (np.arange(n) + 0.5) / n
    for age in (10.0, 45.0):
        most = (
            exact.isf(1e-12) if law not in {UNIFORM, TRIANGULAR} else exact.support()[1]
        )
        area, _ = integrate.quad(exact.sf, age, most, limit=500)
        mean = np.mean([residual(law, cv, age, u) for u in grid])
        # The mean of quantiles in the middle of steps misses a part of the tail.
        assert mean == pytest.approx(area / exact.sf(age), rel=0.03)


@pytest.mark.parametrize(("law", "cv"), LAWS)
def test_residual_at_age_zero_is_the_duration(law, cv):
    p0, p1 = law_parameters(law, cv)
    for n in range(20):
        drawn = formula_draw(1, 2, 3, n, law, MEAN, p0, p1)
        u = by_scipy(law, cv).sf(drawn)
        u = u if law in {EXPONENTIAL, WEIBULL} else 1.0 - u
        assert residual(law, cv, 0.0, u) == pytest.approx(drawn, rel=1e-9)
        # Some laws begin with an infinite density: a little age is much.
        if cv <= 1.0:
            assert residual(law, cv, 1e-9, u) == pytest.approx(drawn, rel=1e-7)


def test_what_is_over_ends_now():
    assert residual(CONSTANT, 0.0, 30.0, 0.5) == 10.0
    assert residual(CONSTANT, 0.0, 41.0, 0.5) == 0.0
    assert residual(UNIFORM, 0.5, 80.0, 0.5) == 0.0
    assert residual(TRIANGULAR, 0.35, 80.0, 0.5) == 0.0
    assert residual_formula(GAMMA, 0.0, *law_parameters(GAMMA, 0.5), 3.0, 0.5) == 0.0


def test_exponential_law_forgets_its_age():
    for age in AGES:
        assert residual(EXPONENTIAL, 1.0, age, 0.25) == pytest.approx(MEAN * np.log(4))


def test_observed_law_keeps_what_is_longer():
    start = np.array([0, 3], np.int32)
    factor, weight = np.array([0.5, 1.0, 2.0]), np.array([0.5, 0.25, 0.25])
    laws = (start, factor, cumulative_weights(start, weight))
    code = len(LAW_NAMES)

    def left(age, u):
        return residual_quantile(code, 10.0, 0.0, 0.0, *laws, age, u)

    assert [left(0.0, u) for u in (0.4, 0.6, 0.9)] == [5.0, 10.0, 20.0]
    assert [left(5.0, u) for u in (0.4, 0.6, 0.9)] == [5.0, 15.0, 15.0]
    assert left(12.0, 0.01) == 8.0
    assert left(20.0, 0.5) == 0.0
    p0, p1 = law_parameters(GAMMA, 0.5)
    assert residual_quantile(GAMMA, MEAN, p0, p1, *NO_LAWS, 9.0, 0.4) == residual(
        GAMMA, 0.5, 9.0, 0.4
    )


def test_old_age_keeps_its_digits():
    # Of mean 40 and shape 4: one of 10^81 lasts for 2000.
    left = residual(GAMMA, 0.5, 2000.0, 0.5)
    assert gamma_survival(4.0, 200.0) == pytest.approx(special.gammaincc(4.0, 200.0))
    assert left == pytest.approx(10.0 * np.log(2.0), rel=0.02)
    assert residual(WEIBULL, 0.3, 400.0, 0.5) > 0.0
