"""Plans of the works that are short of leaves, ready to be carried out again."""

import time

import numpy as np
import pytest

from twin.explain.played import played_plan
from twin.masterplan import ExpectedDemand, make_plan

N_PERIODS = 6


def scarce(tables):
    """Leaves take three days, and there are none; tea waits for them."""
    tables["stock"] = [
        {"item": "leaf", "site": "P", "on_hand": 0},
        {"item": "box", "site": "P", "on_hand": 80},
        {"item": "tea", "site": "P", "on_hand": 4},
    ]
    tables["lanes"][0] |= {"lead_time_s": 3 * 86_400, "unit_cost": 0.5}
    tables["demands"][0]["backlogged"] = True


@pytest.fixture(scope="session")
def demand():
    """Eleven units a review, and little margin."""
    return ExpectedDemand(np.full((1, N_PERIODS + 6), 11.0), np.full((1, 6), 0.2))


@pytest.fixture(scope="session")
def plan(works, demand):
    """Return the plan of the works."""
    return make_plan(works(scarce), demand, n_periods=N_PERIODS,
                     monotonic_s=time.monotonic)  # fmt: skip


@pytest.fixture(scope="session")
def late(plan):
    """Return it ready to be carried out again."""
    return played_plan(plan)


@pytest.fixture(scope="session")
def asked(late):
    """Return the second order of a customer: the first is served from stock."""
    keys = [key for key, one in late.outcome.served.items()
            if one.served_us is not None and one.served_us > key[3]]  # fmt: skip
    return keys[0]
