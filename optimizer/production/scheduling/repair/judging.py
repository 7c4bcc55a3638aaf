"""Judge a repair by the plan before alone: what moved, and whether it may have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.production.scheduling.problem import NONE

if TYPE_CHECKING:
    from optimizer.production.scheduling.repair.solve import Repair
    from optimizer.production.scheduling.repair.stability import Stability

__all__ = ["stability_faults"]


def stability_faults(
    repair: Repair, stability: Stability, *, now: int
) -> tuple[str, ...]:
    """Return in words what a repair moves that it must not; nothing if it keeps all.

    Parameters
    ----------
    repair
        With a plan.
    stability
        What was asked for.
    now
        Tick of the repair.

    Returns
    -------
    tuple of str
        One sentence a fault.
    """
    problem, before, after = repair.problem, repair.before, repair.schedule
    known = (before.mode != NONE) & (after.mode != NONE) & ~repair.displaced
    apart = np.abs(after.start - before.start)
    other = after.mode != before.mode
    machine = np.append(problem.modes.machine, NONE)
    was, is_ = machine[before.mode], machine[after.mode]
    stays = (before.start < now + stability.freeze) | np.isin(was, stability.hold)
    faults = [
        f"{problem.names.operation(row)} was to stay at {before.start[row]} on "
        f"{problem.names.machine(was[row])}, but is at {after.start[row]}"
        for row in np.flatnonzero(known & stays & (other | (apart > 0)))
    ]
    arrived = np.isin(is_, stability.hold) & (was != is_) & (after.mode != NONE)
    for row in np.flatnonzero(arrived):
        first, end = problem.mode_start[row : row + 2]
        if not np.isin(problem.modes.machine[first:end], stability.hold).all():
            faults.append(
                f"{problem.names.operation(row)} came to "
                f"{problem.names.machine(is_[row])}, which is held"
            )
    moved = int(np.count_nonzero(known & (other | (apart > stability.tolerance))))
    if stability.changes is not None and moved > stability.changes:
        faults.append(f"{moved} operations are moved, {stability.changes} may be")
    return tuple(faults)
