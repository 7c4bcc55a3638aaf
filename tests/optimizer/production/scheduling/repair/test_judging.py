"""What must not move."""

from dataclasses import replace

import numpy as np

from optimizer.production.scheduling.repair.judging import stability_faults
from optimizer.production.scheduling.repair.stability import Stability


def moved_by(repair, row, ticks):
    start = repair.schedule.start.copy()
    start[row] += ticks
    return replace(repair, schedule=replace(repair.schedule, start=start))


def test_what_is_frozen_held_or_begun_is_told_if_it_moves(repaired, planned):
    repair = repaired([], now=40)
    problem, plan = planned
    row = int(np.flatnonzero(plan.start >= 40)[0])
    later = moved_by(repair, row, 3)
    start, machine = int(plan.start[row]), int(problem.modes.machine[plan.mode[row]])
    assert stability_faults(later, Stability(), now=40) == ()
    frozen = Stability(freeze=start + 1 - 40)
    (said,) = stability_faults(later, frozen, now=40)
    assert f"was to stay at {start}" in said
    assert stability_faults(later, Stability(hold=(machine,)), now=40)
    begun = int(np.flatnonzero(plan.start < 40)[0])
    assert stability_faults(moved_by(repair, begun, 1), Stability(), now=40)


def test_the_budget_counts_what_is_beyond_the_tolerance(repaired, planned):
    repair = repaired([], now=40)
    row = int(np.flatnonzero(planned[1].start >= 40)[0])
    later = moved_by(repair, row, 3)
    (said,) = stability_faults(later, Stability(changes=0), now=40)
    assert said == "1 operations are moved, 0 may be"
    assert stability_faults(later, Stability(changes=0, tolerance=3), now=40) == ()
    assert stability_faults(later, Stability(changes=1), now=40) == ()
    spared = repair.displaced.copy()
    spared[row] = True
    least = replace(later, displaced=spared)
    assert stability_faults(least, Stability(changes=0), now=40) == ()


def test_nothing_comes_to_a_held_machine(repaired, planned):
    repair = repaired([], now=0)
    problem, plan = planned
    row = int(np.flatnonzero(np.diff(problem.mode_start) > 1)[0])
    first, end = problem.mode_start[row : row + 2]
    other = next(x for x in range(first, end) if x != plan.mode[row])
    mode = plan.mode.copy()
    mode[row] = other
    moved = replace(repair, schedule=replace(repair.schedule, mode=mode))
    held = Stability(hold=(int(problem.modes.machine[other]),))
    (said,) = stability_faults(moved, held, now=0)
    assert "came to" in said
