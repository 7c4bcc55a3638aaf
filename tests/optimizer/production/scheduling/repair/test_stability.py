"""What may move."""

import pytest

from optimizer.errors import ProblemError
from optimizer.production.scheduling.repair.stability import Stability


@pytest.mark.parametrize("name", ["freeze", "changes", "weight", "tolerance"])
def test_numbers_below_zero_are_refused(name):
    with pytest.raises(ProblemError, match=f"{name} must be >= 0, was -1"):
        Stability(**{name: -1})


def test_held_machines_are_rows():
    with pytest.raises(ProblemError, match="hold must be rows"):
        Stability(hold=(0, -1))
    assert Stability().changes is None
