"""Samples whose law is known."""

import math

import numpy as np
import pytest

from forecasting.lifetimes import Lifetimes

WEIBULL_SHAPE = 2.1013490  # of cv 0.5


def draw(rng, law, n, *, mean, cv):
    if law == "exponential":
        return rng.exponential(mean, n)
    if law == "lognormal":
        variance = math.log1p(cv * cv)
        return rng.lognormal(math.log(mean) - variance / 2, math.sqrt(variance), n)
    if law == "gamma":
        return rng.gamma(1 / cv**2, mean * cv**2, n)
    assert (law, cv) == ("weibull", 0.5)
    return mean / math.gamma(1 + 1 / WEIBULL_SHAPE) * rng.weibull(WEIBULL_SHAPE, n)


@pytest.fixture(scope="session")
def drawn():
    """Draw `n` durations of a law; some are censored by an exponential end."""

    def make(seed, law, *, mean=2.0, cv=0.5, n=60, censoring=math.inf):
        rng = np.random.default_rng(seed)
        duration = draw(rng, law, n, mean=mean, cv=cv)
        end = np.full(n, math.inf)
        if censoring < math.inf:
            end = rng.exponential(censoring, n)
        return Lifetimes.of(np.minimum(duration, end), duration <= end)

    return make
