import numpy as np
import pytest
from scipy import stats

from twin.model.tables import DEMAND_LAWS
from twin.simulate._kernels import counts

LEVELS = (1e-9, 0.01, 0.2, 0.5, 0.8, 0.99, 0.999999)


@pytest.mark.parametrize("dispersion", [0.0, 0.01, 0.3, 1.0, 3.0])
@pytest.mark.parametrize("mean", [0.01, 0.5, 3.0, 20.0, 500.0, 5000.0])
def test_count_quantile_equals_scipy(mean, dispersion):
    size = np.inf if dispersion == 0.0 else 1 / dispersion
    law = (
        stats.poisson(mean)
        if dispersion == 0.0
        else stats.nbinom(size, size / (mean + size))
    )
    found = [counts.count_quantile(mean, dispersion, u) for u in LEVELS]
    assert found == law.ppf(LEVELS).tolist()


def test_count_quantile_of_no_mean_is_zero():
    assert counts.count_quantile(0.0, 1.0, 0.9999) == 0.0


def test_poisson_quantile_equals_scipy():
    found = [counts.poisson_quantile(7.5, u) for u in LEVELS]
    assert found == stats.poisson(7.5).ppf(LEVELS).tolist()


def test_bernoulli_quantile_is_one_with_its_probability():
    us = (np.arange(1000) + 0.5) / 1000
    assert sum(counts.bernoulli_quantile(0.3, u) for u in us) == 300.0
    assert counts.bernoulli_quantile(0.0, 1e-16) == 0.0
    assert counts.bernoulli_quantile(1.0, 1 - 1e-16) == 1.0


def test_demand_quantile_is_that_of_the_law():
    constant, poisson, negative_binomial, normal = range(len(DEMAND_LAWS))
    assert counts.demand_quantile(constant, 2.5, 9.0, 0.9) == 2.5
    assert counts.demand_quantile(poisson, 5.0, 9.0, 0.9) == stats.poisson(5).ppf(0.9)
    wanted = stats.nbinom(2.0, 2.0 / 7.0).ppf(0.9)
    assert counts.demand_quantile(negative_binomial, 5.0, 0.5, 0.9) == wanted
    wanted = stats.norm(5.0, 1.0).ppf(0.9)
    assert counts.demand_quantile(normal, 5.0, 0.04, 0.9) == pytest.approx(wanted)
    assert counts.demand_quantile(normal, 5.0, 4.0, 0.1) == 0.0
