import math
from pathlib import Path

import pytest

from benchmarks.workloads.routing.families import Row, _beside_ortools
from benchmarks.workloads.routing.instances import Instance


def row(ours, ortools):
    instance = Instance(family="solomon", path=Path("a.txt"), best_known=1.0)
    return Row(instance, ours, 1.0, ortools, 0.0)


def test_who_solves_nothing_counts_as_the_worst():
    rows = [row(2.0, 4.0), row(2.0, math.inf), row(3.0, None)]
    (result,) = _beside_ortools(rows)
    assert result.peer_value == pytest.approx(3.0)
    assert result.value == pytest.approx(1.5)
    (result,) = _beside_ortools([row(math.inf, 8.0), row(2.0, 2.0)])
    assert result.value == pytest.approx(1.0)
