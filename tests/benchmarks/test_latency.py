"""What is reported where no trouble was answered."""

import math

from benchmarks.latency import Measured, _repairs, _results


def test_run_without_an_answer_is_reported_and_holds_no_goal():
    rows = list(_results("memory", Measured(n_without=4), quick=False))
    rows += _repairs("schedule", [], quick=False)
    assert not any(row.checked for row in rows)
    with_goal = [row for row in rows if row.goal is not None]
    assert len(with_goal) == 2
    assert all(math.isnan(row.value) and not row.met for row in with_goal)
