"""The serial schedule generation scheme: a list of operations becomes a schedule.

Operations are taken in the order of the list, and each is put at its earliest start
that keeps every rule, into a gap if there is one. What a plant's calendars, setups,
pools and batches ask for is in here, and nowhere else in the search.

References
----------
Kolisch (1996), "Serial and parallel resource-constrained project scheduling methods
revisited", European Journal of Operational Research 90, section 2.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from optimizer.production.scheduling._kernels.compiling import kernel, part

if TYPE_CHECKING:
    import numpy.typing as npt

    from optimizer.production.scheduling._kernels.rules import Rules

    Int32Array = npt.NDArray[np.int32]
    Int64Array = npt.NDArray[np.int64]
    ByteArray = npt.NDArray[np.uint8]

__all__ = ["NEVER", "Genes", "Timeline", "empty_timeline", "generate"]

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
        ndarrays of shape (r,), (r, p) and (1,), int64, with r = 2n + 2q + 1: units of
        each pool in use from each step on, in order of time; and how many steps.
    ends
        ndarray of shape (j,), int64: room for the end of each job.
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
    """

    order: Int32Array
    choice: Int32Array
    join: ByteArray
    skip: ByteArray


@njit(cache=True)
def empty_timeline(rules: Rules) -> Timeline:
    """Return room for a schedule."""
    n, m, p = rules.release.size, rules.matrix.size, rules.capacity.size
    room = 2 * n + 2 * rules.away_pool.size + 1 if p else 1
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
    )


@part
def _opening(rules: Rules, m: int, at: int, duration: int, resumable: int) -> int:
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
def _after(rules: Rules, m: int, at: int, duration: int) -> int:
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
def _setup(rules: Rules, m: int, a: int, b: int) -> int:
    """Return the setup between two operations; -1 stands for a machine's beginning."""
    x = rules.matrix[m]
    if x < 0 or b < 0:
        return 0
    f = rules.first_family[m] if a < 0 else rules.family[a]
    return rules.setup[x, f, rules.family[b]] if f >= 0 else 0


@part
def _last_step(line: Timeline, at: int) -> int:
    """Return the last step at or before a time; there is one at 0."""
    low, high = 0, line.steps[0]
    while high - low > 1:
        middle = (low + high) >> 1
        if line.times[middle] <= at:
            low = middle
        else:
            high = middle
    return low


@part
def _blocked(rules: Rules, line: Timeline, k: int, s: int, e: int) -> int:
    """Return a later time to try if pools lack units in s..e, -1 if they do not."""
    first, last, count = rules.use_start[k], rules.use_start[k + 1], line.steps[0]
    if e == s or first == last:
        return -1
    later = -1
    row = _last_step(line, s)
    while row < count and line.times[row] < e:
        for u in range(first, last):
            pool = rules.use_pool[u]
            if line.used[row, pool] + rules.use_amount[u] > rules.capacity[pool]:
                later = line.times[row + 1] if row + 1 < count else NEVER
        row += 1
    return later


@part
def _step(line: Timeline, at: int) -> int:
    """Return the row of a step at a time, made if it is not there."""
    row = _last_step(line, at)
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
def _hold(rules: Rules, line: Timeline, k: int, s: int, e: int) -> None:
    """Take the units of pools that a mode asks for, from s to e."""
    if e == s or rules.use_start[k] == rules.use_start[k + 1]:
        return
    first, last = _step(line, s), _step(line, e)
    for u in range(rules.use_start[k], rules.use_start[k + 1]):
        for row in range(first, last):
            line.used[row, rules.use_pool[u]] += rules.use_amount[u]


@part
def _put(rules: Rules, line: Timeline, i: int, k: int, s: int, e: int, a: int) -> None:
    """Place an operation after another one of its machine, -1 for the beginning."""
    line.start[i], line.end[i], line.mode[i] = s, e, k
    _hold(rules, line, k, s, e)
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


@part
def _fit(
    rules: Rules, line: Timeline, i: int, k: int, ready: int
) -> tuple[int, int, int]:
    """Return the earliest start and end of an operation in a mode, and after whom."""
    m, p, open_ = rules.mode_machine[k], rules.mode_duration[k], rules.resumable[i]
    t = ready
    while t < NEVER:
        if m < 0:
            a, s, e = -1, t, t + p
        else:
            b, a = -1, line.last_on[m]
            while a >= 0 and line.end[a] > t:
                b, a = a, line.before_on[a]
            while True:
                since = 0 if a < 0 else line.end[a]
                s = max(t, _after(rules, m, since, _setup(rules, m, a, i)))
                s = _opening(rules, m, s, p, open_)
                e = _after(rules, m, s, p)
                if (
                    b < 0
                    or _after(rules, m, e, _setup(rules, m, i, b)) <= line.start[b]
                ):
                    break
                a, b = b, line.after_on[b]
        later = _blocked(rules, line, k, s, e)
        if later < 0:
            return s, e, a
        t = later
    return NEVER, NEVER, -1


@part
def _batch(rules: Rules, line: Timeline, i: int, k: int, ready: int) -> int:
    """Return the lead of the first batch that an operation can join, -1 for none."""
    m, p = rules.mode_machine[k], rules.mode_duration[k]
    found, a = -1, line.last_on[m]
    while a >= 0 and line.start[a] >= ready:
        fits = line.load[a] + rules.size[i] <= rules.batch[m]
        same = rules.family[a] == rules.family[i] and line.longest[a] >= p
        whole = line.end[a] - line.start[a] == line.longest[a] or rules.resumable[i]
        if fits and same and whole:
            blocked = _blocked(rules, line, k, line.start[a], line.end[a])
            found = a if blocked < 0 else found
        a = line.before_on[a]
    return found


@part
def _change_cost(rules: Rules, line: Timeline, i: int, m: int, a: int) -> int:
    """Return what setups cost more if an operation comes after another one."""
    x = rules.matrix[m] if m >= 0 else -1
    if x < 0:
        return 0
    b = line.first_on[m] if a < 0 else line.after_on[a]
    f = rules.first_family[m] if a < 0 else rules.family[a]
    cost = rules.setup_cost[x, f, rules.family[i]] if f >= 0 else 0
    if b >= 0:
        cost += rules.setup_cost[x, rules.family[i], rules.family[b]]
        cost -= rules.setup_cost[x, f, rules.family[b]] if f >= 0 else 0
    return rules.weights[2] * cost


@part
def _place(rules: Rules, line: Timeline, genes: Genes, i: int, ready: int) -> int:
    """Place an operation in its mode, or in the one that ends first; return faults."""
    first, last = rules.mode_start[i], rules.mode_start[i + 1]
    if genes.choice[i] >= 0:
        first, last = genes.choice[i], genes.choice[i] + 1
    best, s, e, a, lead = -1, NEVER, NEVER, -1, -1
    least = NEVER
    for k in range(first, last):
        m = rules.mode_machine[k]
        if m >= 0 and 0 < rules.batch[m] < rules.size[i]:
            continue
        s2, e2, a2 = _fit(rules, line, i, k, ready)
        lead2 = -1
        if m >= 0 and rules.batch[m]:
            lead2 = _batch(rules, line, i, k, ready)
            if lead2 >= 0 and (genes.join[i] or line.start[lead2] <= s2):
                s2, e2 = line.start[lead2], line.end[lead2]
            else:
                lead2 = -1
        value = e2
        if rules.weights[2] and e2 < NEVER:
            value += _change_cost(rules, line, i, m, a2)
        if value < least:
            best, s, e, a, lead = k, s2, e2, a2, lead2
            least = value
    if best < 0:
        return NEVER >> 10
    if lead >= 0:
        line.start[i], line.end[i], line.mode[i] = s, e, best
        line.load[lead] += rules.size[i]
        _hold(rules, line, best, s, e)
    else:
        _put(rules, line, i, best, s, e, a)
    return max(e - rules.latest[i], 0) if rules.latest[i] >= 0 else 0


@part
def _clear(rules: Rules, line: Timeline) -> None:
    """Forget all operations; units that are away stay away."""
    line.start[:], line.end[:], line.mode[:] = -1, -1, -1
    line.first_on[:], line.last_on[:] = -1, -1
    line.steps[0], line.times[0] = 1, 0
    line.used[0, :] = 0
    for q in range(rules.away_pool.size):
        first, last = _step(line, rules.away_from[q]), _step(line, rules.away_to[q])
        for row in range(first, last):
            line.used[row, rules.away_pool[q]] += rules.away_amount[q]


@part
def _locked_batch(rules: Rules, m: int, i: int) -> tuple[int, int]:
    """Return the longest duration of what is locked with i, and what does not fit."""
    longest, load, faults = 0, 0, 0
    for j in range(rules.lock.size):
        if (
            rules.lock[j] == rules.lock[i]
            and rules.mode_machine[rules.lock_mode[j]] == m
        ):
            longest = max(longest, rules.mode_duration[rules.lock_mode[j]])
            load += rules.size[j]
            faults += rules.family[j] != rules.family[i]
    return longest, faults + max(load - rules.batch[m], 0)


@part
def _put_locked(rules: Rules, line: Timeline, skip: ByteArray) -> int:
    """Place the locked operations where they are; return how far they break rules."""
    faults = 0
    for i in range(rules.lock.size):
        if rules.lock[i] < 0:
            continue
        if skip[rules.job[i]]:
            faults += 1
            continue
        k, s = rules.lock_mode[i], rules.lock[i]
        m, p = rules.mode_machine[k], rules.mode_duration[k]
        a, b, e, lead = -1, -1, s + p, -1
        if m >= 0:
            if rules.batch[m]:
                p, misfits = _locked_batch(rules, m, i)
                faults += misfits
            e = _after(rules, m, s, p)
            faults += _opening(rules, m, s, p, rules.resumable[i]) - s
            a = line.last_on[m]
            while a >= 0 and line.start[a] > s:
                a = line.before_on[a]
            b = line.first_on[m] if a < 0 else line.after_on[a]
            lead = a if rules.batch[m] and a >= 0 and line.start[a] == s else -1
        faults += max(rules.release[i] - s, 0)
        faults += max(e - rules.latest[i], 0) if rules.latest[i] >= 0 else 0
        faults += _blocked(rules, line, k, s, e) >= 0
        if lead >= 0:
            line.start[i], line.end[i], line.mode[i] = s, e, k
            line.load[lead] += rules.size[i]
            _hold(rules, line, k, s, e)
            continue
        if m >= 0:
            since = 0 if a < 0 else line.end[a]
            faults += max(_after(rules, m, since, _setup(rules, m, a, i)) - s, 0)
        if b >= 0:
            clear = _after(rules, m, e, _setup(rules, m, i, b))
            faults += max(clear - line.start[b], 0)
        _put(rules, line, i, k, s, e, a)
        line.longest[i] = p
    return faults


@part
def _late_for_locked(rules: Rules, line: Timeline) -> int:
    """Return by how much operations end after a locked one that waits for them."""
    faults = 0
    for i in range(rules.lock.size):
        if rules.lock[i] < 0 or line.mode[i] < 0:
            continue
        for x in range(rules.before_start[i], rules.before_start[i + 1]):
            a = rules.before[x]
            if line.mode[a] >= 0:
                ready = line.end[a] + rules.before_lag[x]
                faults += max(ready - line.start[i], 0)
    return faults


@part
def _cost(rules: Rules, line: Timeline, skip: ByteArray) -> int:
    """Return what the schedule costs, after the weights of the rules."""
    n, jobs = rules.release.size, rules.due.size
    ends = line.ends
    ends[:] = 0
    makespan, cost = 0, 0
    for i in range(n):
        if line.mode[i] >= 0:
            ends[rules.job[i]] = max(ends[rules.job[i]], line.end[i])
    for j in range(jobs):
        makespan = max(makespan, ends[j])
        if skip[j]:
            cost += rules.skip_cost[j]
        elif rules.due[j] >= 0 and ends[j] > rules.due[j]:
            cost += rules.weights[1] * rules.weight[j] * (ends[j] - rules.due[j])
    cost += rules.weights[0] * makespan
    if rules.weights[2]:
        for m in range(rules.matrix.size):
            x, f = rules.matrix[m], rules.first_family[m]
            if x < 0:
                continue
            i = line.first_on[m]
            while i >= 0:
                if f >= 0:
                    cost += rules.weights[2] * rules.setup_cost[x, f, rules.family[i]]
                f = rules.family[i]
                i = line.after_on[i]
    return cost


@kernel
def generate(rules: Rules, line: Timeline, genes: Genes) -> tuple[int, int]:
    """Make the schedule of a list; return its cost, and by how much it breaks rules.

    Parameters
    ----------
    rules
        The problem.
    line
        Room; holds the schedule afterwards.
    genes
        List and choices.

    Returns
    -------
    tuple of int
        Cost, and faults in ticks: latest ends and locks that are not kept. Without
        faults the schedule keeps every rule.
    """
    _clear(rules, line)
    faults = _put_locked(rules, line, genes.skip)
    for x in range(genes.order.size):
        i = genes.order[x]
        if rules.lock[i] >= 0 or genes.skip[rules.job[i]]:
            continue
        ready = rules.release[i]
        for y in range(rules.before_start[i], rules.before_start[i + 1]):
            a = rules.before[y]
            if line.mode[a] >= 0:
                ready = max(ready, line.end[a] + rules.before_lag[y])
        faults += _place(rules, line, genes, i, ready)
    return _cost(rules, line, genes.skip), faults + _late_for_locked(rules, line)
