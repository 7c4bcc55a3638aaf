"""Open time of machines: interruptions have no length, other operations fit whole."""

import numpy as np
import pytest
from ortools.sat.python import cp_model

from optimizer.production.scheduling.model.opening import OpenTimes
from optimizer.production.scheduling.problem import (
    Arcs,
    Jobs,
    Machines,
    Modes,
    Operations,
    SchedulingProblem,
)


def closed_from_4_to_10(*, resumable, duration):
    return SchedulingProblem(
        jobs=Jobs(release=[0]),
        operations=Operations(job=[0], resumable=[int(resumable)]),
        modes=Modes(operation=[0], machine=[0], duration=[duration]),
        arcs=Arcs(before=np.zeros(0, np.int64), after=np.zeros(0, np.int64)),
        machines=Machines(
            matrix=[-1, -1], closed_machine=[0], closed_start=[4], closed_end=[10]
        ),
    )


def ends_of(problem, start):
    """Return the end that the model gives an operation at a start, None if none."""
    model = cp_model.CpModel()
    times = OpenTimes(problem, model, 40)
    begins, ends = (model.new_int_var(0, 40, "") for _ in range(2))
    model.add(begins == start)
    duration = int(problem.modes.duration[0])
    times.timed((0, 0, duration), model.new_constant(1), at=(begins, ends))
    solver = cp_model.CpSolver()
    found = solver.solve(model)
    return solver.value(ends) if found == cp_model.OPTIMAL else None


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [(0, 4, 4), (1, 3, 4), (1, 4, 11), (3, 5, 14), (10, 5, 15), (5, 2, None)],
)
def test_what_may_be_interrupted_goes_on_after_the_window(start, duration, end):
    problem = closed_from_4_to_10(resumable=True, duration=duration)
    assert ends_of(problem, start) == end


@pytest.mark.parametrize(
    ("start", "duration", "end"), [(0, 4, 4), (1, 4, None), (10, 5, 15), (4, 1, None)]
)
def test_other_operations_fit_whole(start, duration, end):
    problem = closed_from_4_to_10(resumable=False, duration=duration)
    assert ends_of(problem, start) == end


def test_machines_with_windows_or_batches_have_open_time():
    problem = closed_from_4_to_10(resumable=True, duration=3)
    times = OpenTimes(problem, cp_model.CpModel(), 40)
    assert [times.is_calendared(row) for row in (-1, 0, 1)] == [False, True, False]
