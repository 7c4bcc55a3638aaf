"""What differs between two plans."""

from dataclasses import replace

import numpy as np

from optimizer.production.scheduling.repair.diff import plan_diff


def test_equal_plans_do_not_differ(planned):
    problem, plan = planned
    diff = plan_diff(problem, plan, plan)
    assert diff[:5] == ((), (), (), (), ())
    assert diff.objective_change == 0


def test_a_later_operation_is_told_with_its_job(planned):
    problem, plan = planned
    last = int(plan.end.argmax())
    start, end = plan.start.copy(), plan.end.copy()
    start[last] += 5
    end[last] += 5
    later = replace(plan, start=start, end=end)
    diff = plan_diff(problem, plan, later)
    (move,) = diff.moved
    assert (move.operation, move.start_after - move.start_before) == (last, 5)
    assert [shift.job for shift in diff.later] == [last // 10]
    assert (diff.earlier, diff.machine_changes) == ((), ())
    assert diff.objective_change == 5
    assert plan_diff(problem, plan, later, tolerance=5).moved == ()
    assert [one.job for one in plan_diff(problem, later, plan).earlier] == [last // 10]


def test_another_machine_is_a_move_at_the_same_start(planned):
    problem, plan = planned
    row = int(np.flatnonzero(np.diff(problem.mode_start) > 1)[0])
    first, end = problem.mode_start[row : row + 2]
    mode = plan.mode.copy()
    mode[row] = next(x for x in range(first, end) if x != plan.mode[row])
    (move,) = plan_diff(problem, plan, replace(plan, mode=mode)).machine_changes
    assert move.machine_before == problem.modes.machine[plan.mode[row]]
    assert move.machine_after == problem.modes.machine[mode[row]]


def test_a_plan_that_lacks_work_has_no_objective(planned):
    problem, plan = planned
    columns = {
        name: np.where(np.arange(80) < 70, getattr(plan, name), -1)
        for name in ("mode", "start", "end")
    }
    diff = plan_diff(problem, replace(plan, **columns), plan)
    assert diff.added == tuple(range(70, 80))
    assert diff.objective_before is None
    assert diff.objective_change is None
    assert plan_diff(problem, plan, replace(plan, **columns)).dropped == diff.added
