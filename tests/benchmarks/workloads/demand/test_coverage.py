import numpy as np
import pytest

from benchmarks.workloads.demand.coverage import COVERAGES, on_coverage, scaled_score
from benchmarks.workloads.demand.data import Split
from forecasting import Panel


@pytest.fixture
def split():
    return Split(Panel.from_arrays({"A": [1, 3, 5]}), np.arange(6.0)[None, :], 1)


def test_coverage_of_the_worst_third_is_told(split):
    lower = np.zeros((1, 6, COVERAGES.size))
    upper = np.full(lower.shape, 4.5)
    found = list(on_coverage("set", split, (lower, upper), judged=True))
    assert [r.peer_value for r in found[2:]] == [0.5, 0.5]
    assert found[3].value == pytest.approx(49.0)
    assert found[3].peer == "covered, last third"
    assert found[3].met is False


def test_scaled_score_is_width_and_forty_times_what_is_outside(split):
    lower, upper = np.zeros((1, 6)), np.full((1, 6), 4.0)
    assert scaled_score(split, lower, upper) == pytest.approx((4.0 + 40.0 / 6.0) / 2.0)
