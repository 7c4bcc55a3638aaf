"""The serial schedule generation scheme: a list of operations becomes a schedule.

Operations are taken in the order of the list, and each is put at its earliest start
that keeps every rule, into a gap if there is one. What a plant's calendars, setups,
pools and batches ask for is in here, and nowhere else in the search. Operations that
hold machines for each other, because there is no room behind those, are placed
together.

References
----------
Kolisch (1996), "Serial and parallel resource-constrained project scheduling methods
revisited", European Journal of Operational Research 90, section 2.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer._kernels.compiling import kernel, part
from optimizer.production.scheduling._kernels.pricing import schedule_worth
from optimizer.production.scheduling._kernels.retiming import retime
from optimizer.production.scheduling._kernels.staying import (
    keep_locked,
    left,
    settle,
    stay,
    stay_home,
)
from optimizer.production.scheduling._kernels.timeline import (
    NEVER,
    Genes,
    Timeline,
    clear,
    empty_timeline,
    finish,
    handed,
    hold,
    lacking,
    open_before,
    opening,
    put,
    set_up,
    setup_between,
    take_out,
    way,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from optimizer.production.scheduling._kernels.rules import Rules

    ByteArray = npt.NDArray[np.uint8]

__all__ = ["NEVER", "Genes", "Timeline", "empty_timeline", "generate"]

UNPLACED = NEVER >> 10
"""Faults of a list that leaves an operation out: more than of any that places all."""

TRIES = 8
"""Times the number of operations that a unit is placed again before it is given up."""


@part
def _not_before(rules: Rules, line: Timeline, i: int) -> int:
    """Return the end of all that an operation may overlap with: it ends no earlier."""
    until = 0
    for x in range(rules.before_start[i], rules.before_start[i + 1]):
        a = rules.before[x]
        k = line.mode[a]
        if k >= 0 and rules.mode_handover[k] < rules.mode_duration[k]:
            until = max(until, line.end[a])
    return until


@part
def _fit(
    rules: Rules, line: Timeline, i: int, k: int, ready: int
) -> tuple[int, int, int]:
    """Return the earliest start and end of an operation in a mode, and after whom."""
    m, p, open_ = rules.mode_machine[k], rules.mode_duration[k], rules.resumable[i]
    t, until = ready, _not_before(rules, line, i)
    if until > 0:
        t = max(t, until - p if m < 0 else open_before(rules, m, until, p))
    while t < NEVER:
        if m < 0:
            a, s, e = -1, t, t + p
        else:
            b, a, buffered = -1, line.last_on[m], rules.buffer[m] >= 0
            while a >= 0:
                since = left(rules, line, a) if buffered else line.free[a]
                if since <= t:
                    break
                b, a = a, line.before_on[a]
            while True:
                since = 0
                if a >= 0:
                    since = left(rules, line, a) if buffered else line.free[a]
                change = setup_between(rules, m, a, i)
                s = set_up(rules, m, since, change, t)
                while True:
                    opens = opening(rules, m, s, p, open_)
                    if opens == s or not rules.whole_setup[m]:
                        break
                    s = set_up(rules, m, since, change, opens)
                s = opens
                e = finish(rules, m, s, p)
                if b < 0 or (
                    set_up(rules, m, e, setup_between(rules, m, i, b), line.start[b])
                    == line.start[b]
                ):
                    break
                a, b = b, line.after_on[b]
        # It has to end after closed time that those it overlaps with end in.
        later = s + 1 if e < until else lacking(rules, line, k, s, e)
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
            blocked = lacking(rules, line, k, line.start[a], line.end[a])
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
def _arrival(rules: Rules, line: Timeline, i: int, m: int, ready: int) -> int:
    """Return when an operation can start on a machine at the earliest: transport."""
    if rules.transport.size == 0 or m < 0:
        return ready
    for x in range(rules.before_start[i], rules.before_start[i + 1]):
        a = rules.before[x]
        if line.mode[a] >= 0:
            leaves = handed(rules, line, a) + rules.before_lag[x]
            ready = max(
                ready,
                leaves + way(rules.transport, rules.mode_machine[line.mode[a]], m),
            )
    return ready


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
        there = _arrival(rules, line, i, m, ready)
        s2, e2, a2 = _fit(rules, line, i, k, there)
        lead2 = -1
        if m >= 0 and rules.batch[m]:
            lead2 = _batch(rules, line, i, k, there)
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
        return UNPLACED
    if lead >= 0:
        line.start[i], line.end[i], line.mode[i] = s, e, best
        line.free[i], line.gone[i] = e, e
        line.load[lead] += rules.size[i]
        hold(rules, line, best, s, e)
    else:
        put(rules, line, i, best, s, e, a)
        m = rules.mode_machine[best]
        if m >= 0 and rules.buffer[m] >= 0:
            settle(rules, line, a)
    return max(e - rules.latest[i], 0) if rules.latest[i] >= 0 else 0


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
            e = finish(rules, m, s, p)
            faults += opening(rules, m, s, p, rules.resumable[i]) - s
            a = line.last_on[m]
            # What takes no time comes before what starts then and takes some.
            while a >= 0 and (
                line.start[a] > s or (line.start[a] == s and line.end[a] > e)
            ):
                a = line.before_on[a]
            b = line.first_on[m] if a < 0 else line.after_on[a]
            lead = a if rules.batch[m] and a >= 0 and line.start[a] == s else -1
        faults += max(rules.release[i] - s, 0)
        faults += max(e - rules.latest[i], 0) if rules.latest[i] >= 0 else 0
        faults += lacking(rules, line, k, s, e) >= 0
        if lead >= 0:
            line.start[i], line.end[i], line.mode[i] = s, e, k
            line.free[i], line.gone[i] = e, e
            line.load[lead] += rules.size[i]
            hold(rules, line, k, s, e)
            continue
        if m >= 0:
            since = 0 if a < 0 else line.end[a]
            faults += set_up(rules, m, since, setup_between(rules, m, a, i), s) - s
        if b >= 0:
            next_ = line.start[b]
            faults += set_up(rules, m, e, setup_between(rules, m, i, b), next_) - next_
        put(rules, line, i, k, s, e, a)
        line.longest[i] = p
    if rules.unit_member.size:
        faults += keep_locked(rules, line)
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
                ready = handed(rules, line, a) + rules.before_lag[x]
                if (
                    rules.mode_handover[line.mode[a]]
                    < rules.mode_duration[line.mode[a]]
                ):
                    faults += max(line.end[a] - line.end[i], 0)
                ready += way(
                    rules.transport,
                    rules.mode_machine[line.mode[a]],
                    rules.mode_machine[line.mode[i]],
                )
                faults += max(ready - line.start[i], 0)
    return faults


@part
def _ready(rules: Rules, line: Timeline, genes: Genes, i: int) -> int:
    """Return when all that an operation waits for is done, -1 if it is not placed."""
    ready = max(rules.release[i], genes.wait[i])
    for y in range(rules.before_start[i], rules.before_start[i + 1]):
        a = rules.before[y]
        if line.mode[a] >= 0:
            ready = max(ready, handed(rules, line, a) + rules.before_lag[y])
    return ready


@part
def _waits(rules: Rules, line: Timeline, genes: Genes, i: int) -> bool:
    """Whether an operation waits for one outside its unit that is not placed."""
    for y in range(rules.before_start[i], rules.before_start[i + 1]):
        a = rules.before[y]
        inside = rules.unit[i] >= 0 and rules.unit[a] == rules.unit[i]
        if line.mode[a] < 0 and not inside and not genes.skip[rules.job[a]]:
            return True
    return False


@part
def _clash(rules: Rules, line: Timeline, i: int) -> int:
    """Keep machines held until an operation starts; return what cannot stay, or -1."""
    for x in range(rules.before_start[i], rules.before_start[i + 1]):
        a = rules.before[x]
        if line.mode[a] < 0:
            continue
        m = rules.mode_machine[line.mode[a]]
        if m < 0 or not rules.blocking[m]:
            continue
        room = stay(rules, line, a, line.start[i])
        b = line.after_on[a]
        if not room:
            # Behind who needs the machine, it can wait there.
            line.bump[a] = max(line.end[b], line.start[b] + 1)
            return a
        if b < 0 or rules.buffer[m] >= 0:
            continue
        clear_at = finish(rules, m, line.free[a], setup_between(rules, m, a, b))
        if clear_at > line.start[b]:
            line.bump[a] = max(line.free[b], line.start[b] + 1)
            return a
    return -1


@kernel
def _place_one(rules: Rules, line: Timeline, genes: Genes, i: int) -> int:
    """Place an operation of a unit; return faults."""
    ready = max(_ready(rules, line, genes, i), line.bump[i])
    return _place(rules, line, genes, i, ready)


@kernel
def _place_unit(rules: Rules, line: Timeline, genes: Genes, u: int) -> int:
    """Place operations that hold machines for each other; return faults.

    One that cannot stay on its machine until the next one starts is put behind the
    operation in its way, and all of them are placed again.
    """
    first, last = rules.unit_start[u], rules.unit_start[u + 1]
    for x in range(first, last):
        line.bump[rules.unit_member[x]] = 0
    for _ in range(TRIES * genes.order.size):
        faults, stuck = 0, -1
        for x in range(first, last):
            i = rules.unit_member[x]
            if genes.skip[rules.job[i]]:
                continue
            if rules.lock[i] < 0:
                faults += _place_one(rules, line, genes, i)
                if line.mode[i] < 0:
                    return UNPLACED
            stuck = _clash(rules, line, i)
            if stuck >= 0:
                break
        if stuck < 0:
            return faults
        if rules.lock[stuck] >= 0:
            return UNPLACED
        for x in range(first, last):
            i = rules.unit_member[x]
            if line.mode[i] < 0:
                continue
            stay_home(rules, line, i)
            if rules.lock[i] >= 0:
                continue
            m, a = rules.mode_machine[line.mode[i]], line.before_on[i]
            take_out(rules, line, i)
            if m >= 0 and rules.buffer[m] >= 0:
                settle(rules, line, a)
    return UNPLACED


@part
def _overstays(rules: Rules, line: Timeline) -> int:
    """Return how long operations are on blocking machines beside the next ones."""
    faults = 0
    for a in range(rules.lock.size):
        k = line.mode[a]
        m = rules.mode_machine[k] if k >= 0 else -1
        if m < 0 or not rules.blocking[m] or rules.buffer[m] >= 0:
            continue
        line.free[a] = line.end[a]
        for y in range(rules.after_start[a], rules.after_start[a + 1]):
            if line.mode[rules.after[y]] >= 0:
                line.free[a] = max(line.free[a], line.start[rules.after[y]])
        b = line.after_on[a]
        if b >= 0:
            needs = setup_between(rules, m, a, b)
            over = finish(rules, m, line.free[a], needs) - line.start[b]
            faults += max(over, 0)
    return faults


@part
def _sweep(rules: Rules, line: Timeline, genes: Genes) -> tuple[int, int]:
    """Place in the order of the list what can be; return what is left, and faults."""
    left, faults = 0, 0
    for x in range(genes.order.size):
        i = genes.order[x]
        if rules.lock[i] >= 0 or line.mode[i] >= 0 or genes.skip[rules.job[i]]:
            continue
        u = rules.unit[i]
        if u < 0:
            if rules.unit_member.size and _waits(rules, line, genes, i):
                left += 1
                continue
            faults += _place(rules, line, genes, i, _ready(rules, line, genes, i))
            continue
        waits = False
        for y in range(rules.unit_start[u], rules.unit_start[u + 1]):
            j = rules.unit_member[y]
            done = rules.lock[j] >= 0 or genes.skip[rules.job[j]]
            waits |= not done and _waits(rules, line, genes, j)
        if waits:
            left += 1
            continue
        faults += _place_unit(rules, line, genes, u)
        if faults >= UNPLACED:
            return 0, faults
    return left, faults


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
    clear(rules, line)
    faults = _put_locked(rules, line, genes.skip)
    before = genes.order.size + 1
    while True:
        left, broken = _sweep(rules, line, genes)
        faults += broken if left < before else UNPLACED
        # What waits for a unit later in the list is placed by another sweep.
        if left == 0 or faults >= UNPLACED:
            break
        before = left
    if rules.unit_member.size:
        faults += _overstays(rules, line)
    if rules.timed[0] and faults < UNPLACED:
        retime(rules, line, genes.skip)
    faults += _late_for_locked(rules, line)
    return schedule_worth(rules, line, genes.skip), faults
