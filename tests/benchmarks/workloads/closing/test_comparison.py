import numpy as np
import pytest

from benchmarks.workloads.closing.comparison import REFERENCES, paired
from benchmarks.workloads.closing.episodes import MEASURES


def rows(*costs):
    return [{"total_cost": cost} for cost in costs]


def test_paired_luck_of_seeds_cancels():
    luck = np.array([100.0, 500.0, 900.0])
    found = paired(rows(*(luck - 10.0)), rows(*luck), "total_cost")
    assert found.difference == pytest.approx(-10.0)
    assert (found.low, found.high) == pytest.approx((-10.0, -10.0))
    assert found.change == pytest.approx(-0.02)
    assert found.is_sure


def test_paired_interval_is_that_of_student():
    found = paired(rows(1.0, 2.0, 3.0), rows(0.0, 0.0, 0.0), "total_cost")
    # 4.303 for two degrees of freedom, of a standard deviation of 1 over root 3.
    assert found.high - found.difference == pytest.approx(4.30265 / 3**0.5, rel=1e-4)
    assert not found.is_sure


def test_references_are_of_measures():
    assert [row.measure for row in REFERENCES] == list(MEASURES)
