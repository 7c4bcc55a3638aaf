import math

import numpy as np
import pytest
from scipy import stats

from twin.model.laws import (
    CV_MAX,
    TRIANGULAR,
    UNIFORM,
    WEIBULL_CV,
    empirical_laws,
    gamma_parameters,
    half_width,
    lognormal_parameters,
    weibull_parameters,
)


def test_lognormal_parameters_give_back_mean_and_cv():
    mu, sigma = lognormal_parameters(3.0, 0.7)
    mean = math.exp(mu + sigma**2 / 2)
    assert mean == pytest.approx(3.0, rel=1e-12)
    assert math.sqrt(math.expm1(sigma**2)) == pytest.approx(0.7, rel=1e-12)


def test_gamma_parameters_give_back_mean_and_cv():
    shape, scale = gamma_parameters(3.0, 0.7)
    assert shape * scale == pytest.approx(3.0)
    assert 1 / math.sqrt(shape) == pytest.approx(0.7)


@pytest.mark.parametrize("cv", [*WEIBULL_CV, 0.05, 0.7, 1.0, 4.0])
def test_weibull_parameters_give_back_mean_and_cv(cv):
    shape, scale = weibull_parameters(3.0, cv)
    law = stats.weibull_min(shape, scale=scale)
    assert law.mean() == pytest.approx(3.0, rel=1e-9)
    assert law.std() / law.mean() == pytest.approx(cv, rel=1e-9)


def test_weibull_shape_of_a_rayleigh_law_is_two():
    shape, scale = weibull_parameters(
        math.sqrt(math.pi / 2), math.sqrt(4 / math.pi - 1)
    )
    assert shape == pytest.approx(2.0, rel=1e-12)
    assert scale == pytest.approx(math.sqrt(2.0), rel=1e-12)


@pytest.mark.parametrize(("law", "divisor"), [(UNIFORM, 3.0), (TRIANGULAR, 6.0)])
def test_half_width_gives_back_the_deviation(law, divisor):
    width = half_width(law, 10.0, 0.3)
    assert width / math.sqrt(divisor) == pytest.approx(3.0)
    assert half_width(law, 10.0, CV_MAX[law]) == pytest.approx(10.0)


def test_empirical_laws_are_scaled_to_mean_one():
    names = ["a", "a", "a", "b"]
    factors, weights = np.array([1.0, 2.0, 5.0, 7.0]), np.array([2.0, 1.0, 1.0, 4.0])
    laws = empirical_laws(names, factors, weights)
    assert laws.ids == ("a", "b")
    assert laws.start.tolist() == [0, 3, 4]
    assert laws.weight[:3] @ laws.factor[:3] == pytest.approx(1.0)
    values = np.repeat([1.0, 2.0, 5.0], [2, 1, 1])
    assert laws.cv(0) == pytest.approx(values.std() / values.mean())
    assert laws.cv(1) == 0.0
    assert factors[0] == 1.0, "the rows that were given stay as they are"
