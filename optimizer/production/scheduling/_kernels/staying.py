"""Where jobs stay between operations: on their machine, or in the buffer behind it.

A job stays on its machine up to the start of the last operation that waits for it. If
there is a buffer, it goes there when the machine is needed and a place is free. So a
schedule can be made in any order: only those take places that must have one. These are
counted like the units of a pool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer._kernels.compiling import kernel, part
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

__all__ = [
    "has_room",
    "keep_locked",
    "left",
    "occupy",
    "settle",
    "stay",
    "stay_home",
]


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


@part
def _must_leave(rules: Rules, line: Timeline, a: int) -> int:
    """Return when the job of an operation has to leave its machine or may go on."""
    m, b, leaves = rules.mode_machine[line.mode[a]], line.after_on[a], line.gone[a]
    if b >= 0:
        needs = setup_between(rules, m, a, b)
        leaves = min(leaves, open_before(rules, m, line.start[b], needs))
    return max(leaves, line.end[a])


@kernel
def left(rules: Rules, line: Timeline, a: int) -> int:
    """Return from when on a machine is free behind an operation.

    Parameters
    ----------
    rules, line
        Problem and schedule in the making.
    a
        A placed operation on a machine with a buffer.
    """
    if line.free[a] <= line.end[a]:
        return line.free[a]
    buffer = rules.buffer[rules.mode_machine[line.mode[a]]]
    return _room_from(rules, line, buffer, line.end[a], line.free[a])


@kernel
def settle(rules: Rules, line: Timeline, a: int) -> None:
    """Let a job leave when it must, now that another one follows on the machine.

    Parameters
    ----------
    rules, line
        Problem and schedule in the making; changed.
    a
        A placed operation on a machine with a buffer, or -1.
    """
    if a < 0:
        return
    buffer = rules.buffer[rules.mode_machine[line.mode[a]]]
    leaves = _must_leave(rules, line, a)
    occupy(line, buffer, leaves, line.free[a], 1)
    occupy(line, buffer, line.free[a], leaves, -1)
    line.free[a] = leaves


@kernel
def stay(rules: Rules, line: Timeline, a: int, until: int) -> bool:
    """Keep the job of an operation on its machine, or in the buffer, up to a time.

    Parameters
    ----------
    rules, line
        Problem and schedule in the making; `free` and `gone` of the operation change.
    a
        A placed operation on a machine that is blocking or has a buffer.
    until
        Tick.

    Returns
    -------
    bool
        Whether there is a place in the buffer, if it needs one.
    """
    if until <= line.gone[a]:
        return True
    buffer = rules.buffer[rules.mode_machine[line.mode[a]]]
    if buffer < 0:
        line.free[a], line.gone[a] = until, until
        return True
    occupy(line, buffer, line.free[a], line.gone[a], -1)
    line.gone[a] = until
    leaves = _must_leave(rules, line, a)
    if not has_room(rules, line, buffer, leaves, until, 1):
        line.free[a], line.gone[a] = line.end[a], line.end[a]
        return False
    line.free[a] = leaves
    occupy(line, buffer, leaves, until, 1)
    return True


@part
def _until_locked(rules: Rules, line: Timeline, a: int) -> int:
    """Return the last start of locked operations that wait for one, or its end."""
    until = line.end[a]
    for y in range(rules.after_start[a], rules.after_start[a + 1]):
        j = rules.after[y]
        if rules.lock[j] >= 0 and line.mode[j] >= 0:
            until = max(until, line.start[j])
    return until


@kernel
def stay_home(rules: Rules, line: Timeline, a: int) -> int:
    """Let a job stay only for locked operations, as if no other one were placed.

    Parameters
    ----------
    rules, line
        Problem and schedule in the making; `free` and `gone` of the operation change.
    a
        A placed operation.

    Returns
    -------
    int
        1 if there is no room for it, else 0.
    """
    m = rules.mode_machine[line.mode[a]]
    held = m >= 0 and rules.blocking[m] > 0
    if held and rules.buffer[m] >= 0:
        occupy(line, rules.buffer[m], line.free[a], line.gone[a], -1)
    line.free[a], line.gone[a] = line.end[a], line.end[a]
    if not held or rules.lock[a] < 0:
        return 0
    return 0 if stay(rules, line, a, _until_locked(rules, line, a)) else 1


@kernel
def keep_locked(rules: Rules, line: Timeline) -> int:
    """Let locked jobs stay for the locked operations that wait; return faults.

    Parameters
    ----------
    rules, line
        Problem, and a schedule of its locked operations alone.
    """
    faults = 0
    for a in range(rules.lock.size):
        if rules.lock[a] >= 0 and line.mode[a] >= 0:
            faults += stay_home(rules, line, a)
    return faults
