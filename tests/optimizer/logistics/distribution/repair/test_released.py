"""What a released plan must be like."""

import numpy as np
import pytest

from optimizer.errors import ProblemError
from optimizer.logistics.distribution.repair import ReleasedPlan

FREE = np.ones((1, 2), np.bool_)


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"orders": np.array([[1.0, -1.0]])}, "finite and >= 0"),
        ({"orders": np.zeros((2, 2))}, "one shape"),
        ({"change_cost": -1.0}, "change_cost must be finite and >= 0, was -1.0"),
        ({"changes_max": -1}, "changes_max must be >= 0, was -1"),
    ],
)
def test_entry_that_is_not_allowed_is_refused(entries, words):
    with pytest.raises(ProblemError, match=words):
        ReleasedPlan(**({"orders": np.zeros((1, 2)), "free": FREE} | entries))
