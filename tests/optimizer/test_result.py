import math

import pytest

from optimizer import Progress, relative_gap


@pytest.mark.parametrize(
    ("objective", "bound", "gap"),
    [
        (200.0, 210.0, 0.05),
        (-200.0, -190.0, 0.05),
        (0.0, 0.5, 0.5),
        (3.0, math.inf, math.inf),
    ],
)
def test_relative_gap_is_a_share_of_the_objective(objective, bound, gap):
    assert relative_gap(objective, bound) == pytest.approx(gap)


def test_progress_is_frozen():
    progress = Progress(seconds=1.0, objective=2.0, bound=3.0)
    with pytest.raises(AttributeError):
        progress.bound = 4.0
