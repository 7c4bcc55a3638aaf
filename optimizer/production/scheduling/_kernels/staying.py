"""Where jobs stay between operations: on their machine, or in the buffer behind it.

A job goes into a buffer as soon as there is a place for it up to the start of the last
operation that waits for it; until then, or without a buffer, it stays on its machine.
The places of a buffer are counted like the units of a pool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.production.scheduling._kernels.compiling import kernel, part
from optimizer.production.scheduling._kernels.timeline import (
    last_step,
    merge,
    open_before,
    setup_between,
    step,
)

if TYPE_CHECKING:
    from optimizer.production.scheduling._kernels.rules import Rules
    from optimizer.production.scheduling._kernels.timeline import Timeline

__all__ = ["has_room", "keep_locked", "occupy", "stay", "stay_home"]


@kernel
def occupy(line: Timeline, buffer: int, s: int, e: int, places: int) -> None:
    """Take places in a buffer from s to e; less than none gives them back.

    Parameters
    ----------
    line
        Schedule in the making; changed.
    buffer
        Its column in `Timeline.used`.
    s, e
        Ticks; nothing is done if s is not before e.
    places
        How many.
    """
    if s >= e:
        return
    first, last = step(line, s), step(line, e)
    for row in range(first, last):
        line.used[row, buffer] += places
    merge(line, last)
    merge(line, first)


@kernel
def has_room(
    rules: Rules, line: Timeline, buffer: int, s: int, e: int, places: int
) -> bool:
    """Whether some places are free from s to e.

    Parameters
    ----------
    rules, line
        Problem and schedule in the making.
    buffer
        Its column in `Timeline.used`.
    s, e
        Ticks.
    places
        How many.
    """
    row = last_step(line, s)
    while s < e and row < line.steps[0] and line.times[row] < e:
        if line.used[row, buffer] + places > rules.capacity[buffer]:
            return False
        row += 1
    return True


@part
def _room_from(
    rules: Rules, line: Timeline, buffer: int, since: int, until: int
) -> int:
    """Return the first time from which a place is free up to another time."""
    row, at = last_step(line, until), until
    while row >= 0:
        if line.times[row] < until:
            if line.used[row, buffer] >= rules.capacity[buffer]:
                return max(at, since)
            at = line.times[row]
            if at <= since:
                return since
        row -= 1
    return since


@kernel
def stay(rules: Rules, line: Timeline, a: int, until: int) -> None:
    """Keep the job of an operation on its machine, or in the buffer, up to a time.

    Parameters
    ----------
    rules, line
        Problem and schedule in the making; `free` and `gone` of the operation change.
    a
        A placed operation on a machine that is blocking or has a buffer.
    until
        Tick.
    """
    if until <= line.gone[a]:
        return
    buffer = rules.buffer[rules.mode_machine[line.mode[a]]]
    if buffer < 0:
        line.free[a], line.gone[a] = until, until
        return
    occupy(line, buffer, line.free[a], line.gone[a], -1)
    line.free[a] = _room_from(rules, line, buffer, line.end[a], until)
    line.gone[a] = until
    occupy(line, buffer, line.free[a], until, 1)


@part
def _until_locked(rules: Rules, line: Timeline, a: int) -> int:
    """Return the last start of locked operations that wait for one, or its end."""
    until = line.end[a]
    for y in range(rules.after_start[a], rules.after_start[a + 1]):
        j = rules.after[y]
        if rules.lock[j] >= 0 and line.mode[j] >= 0:
            until = max(until, line.start[j])
    return until


@part
def _holds(rules: Rules, line: Timeline, a: int) -> bool:
    """Whether an operation is on a machine where it may have to stay."""
    m = rules.mode_machine[line.mode[a]] if line.mode[a] >= 0 else -1
    return m >= 0 and rules.blocking[m] > 0


@kernel
def stay_home(rules: Rules, line: Timeline, a: int) -> None:
    """Let a job stay only for locked operations, as if no other one were placed.

    Parameters
    ----------
    rules, line
        Problem and schedule in the making; `free` and `gone` of the operation change.
    a
        A placed operation.
    """
    if not _holds(rules, line, a):
        line.free[a], line.gone[a] = line.end[a], line.end[a]
        return
    buffer = rules.buffer[rules.mode_machine[line.mode[a]]]
    if buffer >= 0:
        occupy(line, buffer, line.free[a], line.gone[a], -1)
    line.free[a], line.gone[a] = line.end[a], line.end[a]
    if rules.lock[a] >= 0:
        stay(rules, line, a, _until_locked(rules, line, a))


@kernel
def keep_locked(rules: Rules, line: Timeline) -> int:
    """Let locked jobs stay for the locked operations that wait; return faults.

    Places are first taken as late as can be: then they are enough if they can be.

    Parameters
    ----------
    rules, line
        Problem, and a schedule of its locked operations alone.
    """
    faults = 0
    for a in range(rules.lock.size):
        if rules.lock[a] < 0 or not _holds(rules, line, a):
            continue
        m, until = rules.mode_machine[line.mode[a]], _until_locked(rules, line, a)
        leaves, b = until, line.after_on[a]
        if b >= 0 and rules.buffer[m] >= 0:
            needs = setup_between(rules, m, a, b)
            leaves = min(leaves, open_before(rules, m, line.start[b], needs))
        line.free[a], line.gone[a] = max(leaves, line.end[a]), until
        if rules.buffer[m] >= 0:
            room = has_room(rules, line, rules.buffer[m], line.free[a], until, 1)
            faults += not room
            occupy(line, rules.buffer[m], line.free[a], until, 1)
    for a in range(rules.lock.size):
        if rules.lock[a] >= 0 and line.mode[a] >= 0:
            stay_home(rules, line, a)
    return faults
