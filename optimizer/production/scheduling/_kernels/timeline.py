"""A schedule in the making: machines, their open time, and pools over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from optimizer._kernels.compiling import kernel, part

if TYPE_CHECKING:
    import numpy.typing as npt

    from optimizer.production.scheduling._kernels.rules import Rules

    Int32Array = npt.NDArray[np.int32]
    Int64Array = npt.NDArray[np.int64]
    ByteArray = npt.NDArray[np.uint8]

__all__ = [
    "NEVER",
    "Genes",
    "Timeline",
    "clear",
    "empty_timeline",
    "finish",
    "handed",
    "hold",
    "lacking",
    "last_step",
    "merge",
    "open_before",
    "opening",
    "put",
    "set_up",
    "setup_between",
    "step",
    "take_out",
    "way",
]

NEVER = 1 << 60
"""A time or a cost beyond all others."""


class Timeline(NamedTuple):
    """A schedule being made; an operation not placed has a start and a mode of -1.

    With n operations, m machines and p pools.

    Parameters
    ----------
    start, end, mode
        ndarrays of shape (n,), int64, int64 and int32.
    before_on, after_on
        ndarrays of shape (n,), int32: neighbours on the machine, -1 for none. Of a
        batch, only the operation placed first, its lead, is in the sequence.
    first_on, last_on
        ndarrays of shape (m,), int32: ends of each machine's sequence.
    load, longest
        ndarrays of shape (n,), int64: size and duration of the batch of a lead.
    times, used, steps
        ndarrays of shape (r,), (r, p) and (1,), int64, with r = 4n + 2q + 1: units of
        each pool, and places of each buffer, in use from each step on, in order of
        time; and how many steps.
    ends
        ndarray of shape (j,), int64: room for the end of each job.
    free
        ndarray of shape (n,), int64: when an operation leaves its machine.
    gone
        ndarray of shape (n,), int64: when its job leaves the buffer behind that: the
        last start of what waits for it.
    bump
        ndarray of shape (n,), int64: room for starts that a unit has to wait for.
    by_start
        ndarray of shape (n,), int32: room for the operations in order of time.
    """

    start: Int64Array
    end: Int64Array
    mode: Int32Array
    before_on: Int32Array
    after_on: Int32Array
    first_on: Int32Array
    last_on: Int32Array
    load: Int64Array
    longest: Int64Array
    times: Int64Array
    used: Int64Array
    steps: Int64Array
    ends: Int64Array
    free: Int64Array
    bump: Int64Array
    by_start: Int32Array
    gone: Int64Array


class Genes(NamedTuple):
    """What a search decides: the list, and choices of each operation and job.

    Parameters
    ----------
    order
        ndarray of shape (n,), int32: the list; no operation before one that it waits
        for.
    choice
        ndarray of shape (n,), int32: the mode, or -1 for the one that ends first.
    join
        ndarray of shape (n,), uint8: 1 to join a batch rather than to start earlier.
    skip
        ndarray of shape (j,), uint8: 1 for a job that is left out.
    wait
        ndarray of shape (n,), int64: no start before it, 0 for as early as can be.
    """

    order: Int32Array
    choice: Int32Array
    join: ByteArray
    skip: ByteArray
    wait: Int64Array


@njit(cache=True)
def empty_timeline(rules: Rules) -> Timeline:
    """Return room for a schedule."""
    n, m, p = rules.release.size, rules.matrix.size, rules.capacity.size
    room = 4 * n + 2 * rules.away_pool.size + 1 if p else 1
    return Timeline(
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(m, np.int32),
        np.empty(m, np.int32),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(room, np.int64),
        np.empty((room, p), np.int64),
        np.empty(1, np.int64),
        np.empty(rules.due.size, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.int32),
        np.empty(n, np.int64),
    )


@part
def opening(rules: Rules, m: int, at: int, duration: int, resumable: int) -> int:
    """Return the first time from `at` on at which a machine can start."""
    if duration == 0:
        return at
    for w in range(rules.closed_start[m], rules.closed_start[m + 1]):
        if rules.closed_to[w] <= at:
            continue
        need = 1 if resumable else duration
        if rules.closed_from[w] >= at + need:
            break
        at = rules.closed_to[w]
    return at


@part
def finish(rules: Rules, m: int, at: int, duration: int) -> int:
    """Return when a machine has worked some open time from `at` on."""
    if duration == 0:
        return at
    for w in range(rules.closed_start[m], rules.closed_start[m + 1]):
        if rules.closed_to[w] <= at:
            continue
        free = max(rules.closed_from[w] - at, 0)
        if free >= duration:
            break
        duration -= free
        at = rules.closed_to[w]
    return at + duration


@part
def open_before(rules: Rules, m: int, at: int, duration: int) -> int:
    """Return the last time from which a machine is open for some ticks until `at`."""
    for w in range(rules.closed_start[m + 1] - 1, rules.closed_start[m] - 1, -1):
        if rules.closed_from[w] >= at:
            continue
        free = max(at - rules.closed_to[w], 0)
        if free >= duration:
            break
        duration -= free
        at = rules.closed_from[w]
    return at - duration


@part
def set_up(rules: Rules, m: int, since: int, setup: int, at: int) -> int:
    """Return the first time from `at` on by which a setup after `since` is done.

    A setup in one piece is done right before it, in open time.
    """
    if setup == 0 or not rules.whole_setup[m]:
        return max(at, finish(rules, m, since, setup))
    at = max(at, since + setup)
    for w in range(rules.closed_start[m], rules.closed_start[m + 1]):
        if rules.closed_to[w] <= at - setup:
            continue
        if rules.closed_from[w] >= at:
            break
        at = rules.closed_to[w] + setup
    return at


@part
def handed(rules: Rules, line: Timeline, a: int) -> int:
    """Return when a placed operation lets those start that wait for it."""
    k = line.mode[a]
    if rules.mode_handover[k] == rules.mode_duration[k]:
        return line.end[a]
    return finish(rules, rules.mode_machine[k], line.start[a], rules.mode_handover[k])


@part
def way(transport: Int64Array, a: int, b: int) -> int:
    """Return the transport between two machines, -1 for none of them."""
    if transport.size == 0 or a < 0 or b < 0:
        return 0
    return transport[a, b]


@part
def setup_between(rules: Rules, m: int, a: int, b: int) -> int:
    """Return the setup between two operations; -1 stands for a machine's beginning."""
    x = rules.matrix[m]
    if x < 0 or b < 0:
        return 0
    f = rules.first_family[m] if a < 0 else rules.family[a]
    return rules.setup[x, f, rules.family[b]] if f >= 0 else 0


@part
def last_step(line: Timeline, at: int) -> int:
    """Return the last step at or before a time; there is one at 0.

    Parameters
    ----------
    line
        Schedule in the making.
    at
        Tick, >= 0.
    """
    low, high = 0, line.steps[0]
    while high - low > 1:
        middle = (low + high) >> 1
        if line.times[middle] <= at:
            low = middle
        else:
            high = middle
    return low


@part
def lacking(rules: Rules, line: Timeline, k: int, s: int, e: int) -> int:
    """Return a later time to try if pools lack units in s..e, -1 if they do not."""
    first, last, count = rules.use_start[k], rules.use_start[k + 1], line.steps[0]
    if e == s or first == last:
        return -1
    later = -1
    row = last_step(line, s)
    while row < count and line.times[row] < e:
        for u in range(first, last):
            pool = rules.use_pool[u]
            if line.used[row, pool] + rules.use_amount[u] > rules.capacity[pool]:
                later = line.times[row + 1] if row + 1 < count else NEVER
        row += 1
    return later


@part
def step(line: Timeline, at: int) -> int:
    """Return the row of a step at a time, made if it is not there.

    Parameters
    ----------
    line
        Schedule in the making.
    at
        Tick, >= 0.
    """
    row = last_step(line, at)
    if line.times[row] == at:
        return row
    count = line.steps[0]
    for x in range(count, row + 1, -1):
        line.times[x] = line.times[x - 1]
        for pool in range(line.used.shape[1]):
            line.used[x, pool] = line.used[x - 1, pool]
    line.times[row + 1] = at
    for pool in range(line.used.shape[1]):
        line.used[row + 1, pool] = line.used[row, pool]
    line.steps[0] = count + 1
    return row + 1


@part
def hold(rules: Rules, line: Timeline, k: int, s: int, e: int) -> None:
    """Take the units of pools that a mode asks for, from s to e."""
    if e == s or rules.use_start[k] == rules.use_start[k + 1]:
        return
    first, last = step(line, s), step(line, e)
    for u in range(rules.use_start[k], rules.use_start[k + 1]):
        for row in range(first, last):
            line.used[row, rules.use_pool[u]] += rules.use_amount[u]


@part
def put(rules: Rules, line: Timeline, i: int, k: int, s: int, e: int, a: int) -> None:
    """Place an operation after another one of its machine, -1 for the beginning."""
    line.start[i], line.end[i], line.mode[i] = s, e, k
    hold(rules, line, k, s, e)
    line.free[i], line.gone[i] = e, e
    m = rules.mode_machine[k]
    if m < 0:
        return
    b = line.first_on[m] if a < 0 else line.after_on[a]
    line.before_on[i], line.after_on[i] = a, b
    line.load[i], line.longest[i] = rules.size[i], rules.mode_duration[k]
    if a < 0:
        line.first_on[m] = i
    else:
        line.after_on[a] = i
    if b < 0:
        line.last_on[m] = i
    else:
        line.before_on[b] = i


@kernel
def take_out(rules: Rules, line: Timeline, i: int) -> None:
    """Take an operation out of the schedule again.

    Parameters
    ----------
    rules, line
        Problem and schedule in the making; changed.
    i
        A placed operation. Of a batch, what has joined it is taken out next.
    """
    k, s = line.mode[i], line.start[i]
    _release(rules, line, k, s, line.end[i])
    line.start[i], line.end[i], line.mode[i] = -1, -1, -1
    m = rules.mode_machine[k]
    if m < 0:
        return
    if rules.batch[m]:
        lead = line.last_on[m]
        while lead >= 0 and lead != i and line.start[lead] > s:
            lead = line.before_on[lead]
        if lead != i:
            # It joined a batch, which may have been taken out before it.
            if lead >= 0 and line.start[lead] == s:
                line.load[lead] -= rules.size[i]
            return
    a, b = line.before_on[i], line.after_on[i]
    if a < 0:
        line.first_on[m] = b
    else:
        line.after_on[a] = b
    if b < 0:
        line.last_on[m] = a
    else:
        line.before_on[b] = a


@part
def _release(rules: Rules, line: Timeline, k: int, s: int, e: int) -> None:
    """Give the units of pools back that a mode has held from s to e."""
    if e == s or rules.use_start[k] == rules.use_start[k + 1]:
        return
    first, last = step(line, s), step(line, e)
    for u in range(rules.use_start[k], rules.use_start[k + 1]):
        for row in range(first, last):
            line.used[row, rules.use_pool[u]] -= rules.use_amount[u]
    merge(line, last)
    merge(line, first)


@part
def merge(line: Timeline, row: int) -> None:
    """Drop a step that changes nothing, so that steps do not grow without end.

    Parameters
    ----------
    line
        Schedule in the making.
    row
        Of the step.
    """
    if row == 0:
        return
    same = True
    for pool in range(line.used.shape[1]):
        same &= line.used[row, pool] == line.used[row - 1, pool]
    if not same:
        return
    for x in range(row, line.steps[0] - 1):
        line.times[x] = line.times[x + 1]
        for pool in range(line.used.shape[1]):
            line.used[x, pool] = line.used[x + 1, pool]
    line.steps[0] -= 1


@part
def clear(rules: Rules, line: Timeline) -> None:
    """Forget all operations; units that are away stay away."""
    line.start[:], line.end[:], line.mode[:] = -1, -1, -1
    line.first_on[:], line.last_on[:] = -1, -1
    line.before_on[:], line.after_on[:] = -1, -1
    line.steps[0], line.times[0] = 1, 0
    line.used[0, :] = 0
    for q in range(rules.away_pool.size):
        first, last = step(line, rules.away_from[q]), step(line, rules.away_to[q])
        for row in range(first, last):
            line.used[row, rules.away_pool[q]] += rules.away_amount[q]
