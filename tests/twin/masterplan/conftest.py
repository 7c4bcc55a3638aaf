"""A plan of the works: bought, made in two steps, sold."""

import time

import numpy as np
import pytest

from twin.masterplan import ExpectedDemand, make_plan

N_PERIODS = 8


@pytest.fixture(scope="session")
def expected():
    """Build demand of `mean` a review and a margin of two units."""

    def build(mean=11.0, n=N_PERIODS + 10):
        means = np.full((1, n), float(mean))
        return ExpectedDemand(means, np.full((1, 10), 0.2))

    return build


def uncertain(tables):
    """Give times and machines chance, which a plan must not meet."""
    for lane in tables["lanes"]:
        lane |= {"lead_time_law": "gamma", "lead_time_cv": 0.5}
    for row in tables["routings"]:
        row |= {"duration_law": "gamma", "duration_cv": 0.4}
    for machine in tables["machines"]:
        machine |= {"mttf_s": 30_000.0, "mttr_s": 7_200.0}


@pytest.fixture(scope="session")
def plant(works):
    """Return the works, with chance."""
    return works(uncertain)


@pytest.fixture(scope="session")
def plan(plant, expected):
    """Return its plan."""
    return make_plan(plant, expected(), n_periods=N_PERIODS, monotonic_s=time.monotonic)
