from dataclasses import replace

import numpy as np
import pytest

from optimizer import ProblemError
from optimizer.logistics.transshipment import without_pooling


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"volume": np.zeros(3)}, r"volume\[0\] must be > 0, was 0"),
        ({"stock": np.zeros((2, 2))}, r"stock must have shape \(5, 3\), had \(2, 2\)"),
        ({"fairness": -1.0}, "fairness must be finite and >= 0, was -1"),
        ({"demand": np.zeros((5, 3))}, "demand must have sites, items and periods"),
        ({"supply": np.full((5, 3, 4), np.inf)}, r"supply\[0, 0, 0\] must be finite"),
        ({"firm": np.zeros(5)}, "firm must be an array of integers"),
    ],
)
def test_wrong_entries_are_named(network, changes, told):
    with pytest.raises(ProblemError, match=told):
        replace(network(0), **changes)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"room": np.zeros(8)}, r"room\[0\] must be > 0"),
        ({"to_site": np.zeros(8, dtype=int)}, r"to_site\[0\] must differ"),
        ({"to_site": np.full(8, 9)}, r"lanes.to_site\[0\] must be in 0..4, was 9"),
        ({"vehicles_max": np.full(8, -1)}, r"vehicles_max\[0\] must be finite"),
    ],
)
def test_wrong_lanes_are_named(network, changes, told):
    problem = network(0)
    with pytest.raises(ProblemError, match=told):
        replace(problem, lanes=replace(problem.lanes, **changes))


def test_without_pooling_keeps_lanes_within_firms(network):
    problem = without_pooling(network(0))
    firm = problem.firm
    lanes = problem.lanes
    assert (firm[lanes.from_site] == firm[lanes.to_site]).all()
    assert len(lanes) == 3
