"""The generated problems of several levels: the same for a seed, and with a plan."""

import numpy as np
import pytest

from benchmarks.workloads.lot_sizes.multilevel import assembly, campaigns
from optimizer import SolveOptions
from optimizer.production.lot_sizing import check_plan, plan_lots


@pytest.mark.parametrize("make", [assembly, campaigns])
def test_generated_problems_repeat_and_differ_by_seed(make):
    one, again, other = make(10_000), make(10_000), make(10_001)
    np.testing.assert_array_equal(one.demand, again.demand)
    assert not np.array_equal(one.demand, other.demand)
    assert one.bill.parent.max() < one.bill.component.max()


def test_assembly_has_a_plan():
    problem = assembly(10_000)
    options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=1)
    plan = plan_lots(problem, options, cancelled=iter([False, True, True]).__next__)
    if plan.quantities is not None:
        assert check_plan(problem, plan.quantities) == ()
    assert plan.status in {"feasible", "unknown"}
