import statistics

import numpy as np
import pytest

from twin.simulate._kernels.normal import normal_quantile

TAILS = (1e-300, 1e-12, 1e-8, 0.001, 0.07, 0.3, 0.5, 0.77, 0.99, 0.99999)


@pytest.mark.parametrize("u", TAILS)
def test_normal_quantile_equals_the_standard_library(u):
    assert normal_quantile(u) == pytest.approx(
        statistics.NormalDist().inv_cdf(u), rel=1e-13, abs=1e-15
    )


def test_normal_quantile_is_odd_and_rises():
    us = np.arange(1, 1000) / 1024.0
    found = np.array([normal_quantile(u) for u in us])
    assert (np.diff(found) > 0.0).all()
    assert found.tolist() == [-normal_quantile(1.0 - u) for u in us]
