"""Runs with known means, and a way to make replications of them."""

import os
from importlib.util import find_spec
from statistics import NormalDist

import numpy as np
import pytest

from twin.simulate._kernels.random import u01
from twin.simulate.random import DEMAND


def normal(seed, n=0):
    """A standard normal number of a seed."""
    return NormalDist().inv_cdf(u01(seed, DEMAND, 0, n))


@pytest.fixture(scope="session")
def noisy():
    """Make a run of measure "cost": mean, common noise, and noise of its own."""

    def make(mean, *, common=1.0, own=0.0, entity=1):
        def run(seed):
            apart = own * normal(seed, entity)
            return {"cost": mean + common * normal(seed) + apart, "seed": float(seed)}

        return run

    return make


@pytest.fixture(scope="session")
def autoregressive():
    """Make a series of mean 0 with correlation phi from one value to the next."""

    def make(rng, *, phi, n, start=None):
        noise = rng.normal(size=n)
        value = start if start is not None else noise[0] / np.sqrt(1 - phi**2)
        series = np.empty(n)
        for k in range(n):
            series[k] = value
            value = phi * value + noise[k]
        return series

    return make


@pytest.fixture(scope="session")
def ray_installed():
    """Skip where the extra is missing; under CI everything must be there."""
    if find_spec("ray") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI=true: millstream[ray] is not installed", pytrace=False)
        pytest.skip("millstream[ray] is not installed")
