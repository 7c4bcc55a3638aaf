"""The first repair: keep what can stay, put the rest where it fits, at once.

A repair is one list given to the schedule generation scheme. What stays comes first, in
the order of the plan before, and not earlier than there: so it comes to stand exactly
where it was, unless the disruption is in the way. Whatever then stands elsewhere is
displaced, and is put where it ends first; what waits for it and has to stay is
displaced in turn if it cannot. All else keeps its order and moves to the right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer.production.scheduling._kernels.generation import generate
from optimizer.production.scheduling._kernels.timeline import Genes, empty_timeline
from optimizer.production.scheduling.costs import open_time
from optimizer.production.scheduling.problem import NONE
from optimizer.production.scheduling.repair.disruptions import Breakdown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from optimizer.production.scheduling._kernels.rules import Rules
    from optimizer.production.scheduling.problem import IntArray
    from optimizer.production.scheduling.repair.disruptions import Disruption
    from optimizer.production.scheduling.repair.stability import Stability
    from optimizer.production.scheduling.repair.upset import Upset

    BoolArray = npt.NDArray[np.bool_]

__all__ = ["Plan", "Room", "first_repair", "has_to_stay", "moved_rows"]

RUSH_KEYS = 6
"""Places in the list that the operations of rush jobs are tried at."""


class Plan(NamedTuple):
    """A repaired plan: what it costs, and what was displaced.

    Parameters
    ----------
    cost, faults
        As `generate` gives them; without faults the plan keeps every rule.
    start, end, mode
        ndarrays of shape (n_operations,), int64.
    displaced
        ndarray of shape (n_operations,), bool.
    """

    cost: int
    faults: int
    start: IntArray
    end: IntArray
    mode: IntArray
    displaced: BoolArray


class Room:
    """An upset problem in arrays, without its locks, and room for plans.

    Parameters
    ----------
    upset
        Problem and plan before.
    rules
        Of its problem.
    hold
        Machines that nothing comes to that can be done elsewhere.
    now
        Tick.
    """

    def __init__(
        self, upset: Upset, rules: Rules, *, hold: Sequence[int] = (), now: int
    ) -> None:
        n = upset.start.size
        self.upset = upset
        self.now = now
        self.known = upset.mode != NONE
        self.rank = np.empty(n, dtype=np.int64)
        self.rank[upset.problem.order] = np.arange(n)
        free = rules._replace(
            lock=np.full_like(rules.lock, NONE),
            lock_mode=np.full_like(rules.lock_mode, NONE),
            # What stays must not be started later because that costs less.
            timed=np.zeros_like(rules.timed),
        )
        self.rules, self.mode_rows = _without(free, upset, hold)
        place = np.full(rules.mode_machine.size + 1, NONE, dtype=np.int64)
        place[self.mode_rows] = np.arange(self.mode_rows.size)
        # The plan before in the modes that are left: what stays has kept its own.
        self.mode = place[upset.mode].astype(np.int32)
        self.line = empty_timeline(self.rules)
        self.skip = np.zeros(len(upset.problem.jobs), dtype=np.uint8)
        skipped = ~self.known & (upset.origin != NONE)
        self.skip[upset.problem.operations.job[skipped]] = 1
        self.works = np.zeros(n, dtype=np.int64)
        self.works[self.known] = rules.mode_duration[upset.mode[self.known]]

    def genes(self) -> Genes:
        """Return a list without choices, in which nothing waits."""
        n = self.known.size
        return Genes(
            order=np.arange(n, dtype=np.int32),
            choice=np.full(n, NONE, dtype=np.int32),
            join=np.zeros(n, dtype=np.uint8),
            skip=self.skip,
            wait=np.zeros(n, dtype=np.int64),
        )

    def plan(self, genes: Genes, rules: Rules, displaced: BoolArray) -> Plan:
        """Return the plan of a list.

        Parameters
        ----------
        genes
            List and choices; modes as in `rules` of this room.
        rules
            Those, perhaps with locks.
        displaced
            What is displaced.
        """
        cost, faults = generate(rules, self.line, genes)
        line = self.line
        mode = np.where(line.mode == NONE, NONE, self.mode_rows[line.mode])
        return Plan(
            int(cost), int(faults), line.start.copy(), line.end.copy(), mode,
            displaced.copy(),
        )  # fmt: skip


def _without(rules: Rules, upset: Upset, hold: Sequence[int]) -> tuple[Rules, IntArray]:
    """Return rules without the modes that lead to held machines, and what is left.

    A mode stays if the operation was planned in it, or has none elsewhere.
    """
    k = rules.mode_machine.size
    if not hold:
        return rules, np.arange(k, dtype=np.int64)
    owner = np.repeat(np.arange(rules.release.size), np.diff(rules.mode_start))
    held = np.isin(rules.mode_machine, list(hold))
    elsewhere = np.zeros(rules.release.size, dtype=np.bool_)
    elsewhere[owner[~held]] = True
    left = ~held | ~elsewhere[owner] | (upset.mode[owner] == np.arange(k))
    rows = np.flatnonzero(left)
    uses = np.diff(rules.use_start)
    use_left = np.repeat(left, uses)
    count = np.bincount(owner[rows], minlength=rules.release.size)
    return (
        rules._replace(
            mode_start=_offsets(count),
            mode_machine=rules.mode_machine[rows],
            mode_duration=rules.mode_duration[rows],
            mode_handover=rules.mode_handover[rows],
            use_start=_offsets(uses[rows]),
            use_pool=rules.use_pool[use_left],
            use_amount=rules.use_amount[use_left],
        ),
        rows,
    )


def _offsets(count: npt.NDArray[np.integer]) -> npt.NDArray[np.int32]:
    return np.concatenate(([0], np.cumsum(count))).astype(np.int32)


def has_to_stay(upset: Upset, stability: Stability, *, now: int) -> BoolArray:
    """Return what begun, is locked, frozen or held, shape (n_operations,), bool.

    Parameters
    ----------
    upset
        Problem and plan before.
    stability
        Frozen zone and held machines.
    now
        Tick.
    """
    stays = upset.begun.copy()
    stays[upset.problem.locks.operation] = True
    stays |= upset.start < now + stability.freeze
    machine = np.append(upset.problem.modes.machine, NONE)[upset.mode]
    stays |= np.isin(machine, stability.hold)
    known_to_stay: BoolArray = stays & (upset.mode != NONE)
    return known_to_stay


def moved_rows(upset: Upset, plan: Plan, tolerance: int) -> BoolArray:
    """Return which operations of the plan before are moved, shape (n_operations,).

    Parameters
    ----------
    upset
        Plan before.
    plan
        Plan after.
    tolerance
        Ticks, >= 0.
    """
    known = (upset.mode != NONE) & (plan.mode != NONE)
    away = np.abs(plan.start - upset.start) > tolerance
    moved: BoolArray = known & (away | (plan.mode != upset.mode))
    return moved


def first_repair(
    room: Room, disruptions: Sequence[Disruption], stability: Stability
) -> Plan:
    """Return the best of a few repairs that are made at once.

    Parameters
    ----------
    room
        Problem and plan before.
    disruptions
        What upset it.
    stability
        Frozen zone, budget of changes and held machines, all kept.

    Returns
    -------
    Plan
        With faults if deadlines are not kept.
    """
    stays = has_to_stay(room.upset, stability, now=room.now)
    hit = _hit(room, disruptions)
    budget = stability.changes
    plans: list[Plan] = []
    for key in _keys(room):
        least = _settled(room, room.known, hit, key)
        plans.append(least)
        if budget != 0:
            most = _settled(room, stays, hit, key)
            plans.append(most)
            if np.any(hit):
                plans.append(_settled(room, stays, hit, key, loose=_beside(room, hit)))
    if budget is None:
        return _without_budget(room, plans, stays, stability)
    spared = plans[0].displaced
    good = []
    for plan in plans:
        moved = moved_rows(room.upset, plan, stability.tolerance) & ~spared
        allowed = not np.any(moved & stays) and moved.sum() <= budget
        if allowed:
            # What has begun, and goes on in this plan, was not stopped.
            goes_on = room.upset.begun & ~moved_rows(room.upset, plan, 0)
            good.append(plan._replace(displaced=spared & ~goes_on))
    return min(good, key=lambda plan: _worth(room, plan, stability))


def _without_budget(
    room: Room, plans: list[Plan], stays: BoolArray, stability: Stability
) -> Plan:
    """Return the best plan that moves no more of what has to stay than it must."""
    spared = min((plan.displaced & stays for plan in plans), key=np.count_nonzero)
    good = [plan for plan in plans if not np.any(plan.displaced & stays & ~spared)]
    return min(good, key=lambda plan: _worth(room, plan, stability))


def _worth(room: Room, plan: Plan, stability: Stability) -> tuple[int, int, int]:
    moved = moved_rows(room.upset, plan, stability.tolerance)
    count = int(np.count_nonzero(moved & ~plan.displaced))
    return plan.faults, plan.cost + stability.weight * count, count


def _hit(room: Room, disruptions: Sequence[Disruption]) -> BoolArray:
    """Return what was to be done while its machine is down or its material away."""
    upset, now = room.upset, room.now
    machine = np.append(upset.problem.modes.machine, NONE)[upset.mode]
    hit = np.zeros(machine.size, dtype=np.bool_)
    resumes = upset.problem.operations.resumable == 1
    for one in disruptions:
        if not isinstance(one, Breakdown):
            continue
        since = max(one.start, now)
        within = (upset.start < one.end) & (upset.end > since)
        # What resumes goes on afterwards, unless it would start in closed time.
        within &= ~resumes | (upset.start >= since)
        hit |= within & (machine == one.machine) & room.known
    hit &= room.works > 0
    waits = room.known & ~upset.begun & (room.rules.release > upset.start)
    struck: BoolArray = hit | waits
    return struck


def _beside(room: Room, hit: BoolArray) -> BoolArray:
    """Return what follows on the machines of what is hit."""
    upset = room.upset
    machine = np.append(upset.problem.modes.machine, NONE)[upset.mode]
    beside: BoolArray = np.isin(machine, machine[hit]) & ~upset.begun
    return beside


def _keys(room: Room) -> Iterator[IntArray]:
    """Yield orders of what does not stay: new operations later and later."""
    upset = room.upset
    # A plan orders by start, and what is new comes before or behind what is known.
    key = 2 * np.where(room.known, upset.start, 0)
    fresh = np.flatnonzero(upset.origin == NONE)
    if not fresh.size:
        yield key
        return
    last = int(upset.end.max(initial=0))
    for step in range(RUSH_KEYS, -1, -1):
        at = room.now + (last - room.now) * step // RUSH_KEYS
        chosen = key.copy()
        chosen[fresh] = 2 * at - 1
        yield chosen


def _settled(
    room: Room,
    keep: BoolArray,
    hit: BoolArray,
    key: IntArray,
    *,
    loose: BoolArray | None = None,
) -> Plan:
    """Return the plan in which what has to stay does, as far as it can.

    Parameters
    ----------
    room
        Problem and plan before.
    keep
        What has to stay.
    hit
        Of it, what is known to be displaced.
    key
        Order of what does not stay.
    loose
        What is done where it ends first, though nothing forces it.
    """
    upset = room.upset
    displaced = hit & room.known
    genes = room.genes()
    while True:
        stays = keep & ~displaced
        free = ~room.known | displaced
        if loose is not None:
            free |= loose & ~stays
        genes.wait[:] = np.where(displaced | ~room.known, 0, upset.start)
        genes.wait[displaced & upset.begun] = room.now
        genes.choice[:] = np.where(free, NONE, room.mode)
        genes.join[:] = stays
        # Of a batch, the longest leads.
        first = np.where(stays, upset.start, key)
        second = np.where(stays, -room.works, 0)
        genes.order[:] = np.lexsort((room.rank, second, first, ~stays))
        plan = room.plan(genes, room.rules, displaced)
        found = _more_displaced(room, plan, stays, genes.order)
        if not found.size:
            return plan
        displaced[found] = True


def _more_displaced(
    room: Room, plan: Plan, stays: BoolArray, order: npt.NDArray[np.int32]
) -> npt.NDArray[np.intp]:
    """Return what has to stay but cannot, none if all does.

    What stands elsewhere may have been pushed there by another one: only the first of
    the list is sure to be displaced.
    """
    elsewhere = stays & (plan.start != room.upset.start)
    if elsewhere.any():
        first: npt.NDArray[np.intp] = order[elsewhere[order]][:1].astype(np.intp)
        return first
    arcs = room.upset.problem.arcs
    waits = stays[arcs.after] & (plan.mode[arcs.before] != NONE)
    lag = arcs.lag + _ways(room, plan)
    late = waits & (plan.end[arcs.before] + lag > plan.start[arcs.after])
    late &= ~_overlapping(room, plan, late, lag)
    return np.unique(arcs.after[late]).astype(np.intp)


def _overlapping(room: Room, plan: Plan, late: BoolArray, lag: IntArray) -> BoolArray:
    """Return which arcs are kept by a handover before the end, shape (n_arcs,)."""
    problem = room.upset.problem
    modes, arcs = problem.modes, problem.arcs
    mode, since = plan.mode[arcs.before], plan.start[arcs.before]
    until = np.maximum(plan.start[arcs.after] - lag, since)
    early = late & (modes.early[mode] > 0)
    early &= (plan.start[arcs.after] >= since + lag) & (
        plan.end[arcs.after] >= plan.end[arcs.before]
    )
    kept = np.zeros(late.size, dtype=np.bool_)
    for machine in np.unique(modes.machine[mode[early]]).tolist():
        rows = np.flatnonzero(early & (modes.machine[mode] == machine))
        worked = open_time(problem, machine, until[rows])
        worked -= open_time(problem, machine, since[rows])
        work = modes.duration[mode[rows]] - modes.early[mode[rows]]
        kept[rows] = worked >= work
    return kept


def _ways(room: Room, plan: Plan) -> IntArray:
    """Return the transport of each arc, ndarray of shape (n_arcs,), int64."""
    problem = room.upset.problem
    time, arcs = problem.transport.time, problem.arcs
    if not time.size:
        return np.zeros(len(arcs), dtype=np.int64)
    machine = np.append(problem.modes.machine, NONE)[plan.mode]
    source, target = machine[arcs.before], machine[arcs.after]
    nowhere = (source == NONE) | (target == NONE)
    ways: IntArray = np.where(nowhere, 0, time[source, target])
    return ways
