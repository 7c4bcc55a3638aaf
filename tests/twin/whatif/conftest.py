"""Short futures of the chain, with a clock that never ends a solve."""

import pytest

from twin.model.changes.file import changes_of
from twin.simulate.replicate import ReplicateOptions
from twin.whatif import FutureOptions, base_branch, branch_of, compare

DAY_S = 86_400


@pytest.fixture(scope="session")
def branch():
    """Make a branch of changes in memory."""

    def make(base, name="other", **content):
        return branch_of(changes_of({"name": name, **content}), base)

    return make


@pytest.fixture(scope="session")
def compared():
    """Play branches for some days."""

    def play(*branches, n=3, days=8, seed=0, policy="table", **options):
        return compare(
            branches,
            FutureOptions(horizon_s=days * DAY_S, policy=policy),
            ReplicateOptions(n_max=n, seed=seed, **options),
            monotonic_s=lambda: 0.0,
        )

    return play


@pytest.fixture
def base(two_echelon):
    return base_branch(two_echelon(settings={"horizon_periods": 4}))
