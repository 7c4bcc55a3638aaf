"""The cheapest set of reliefs with which a problem has a schedule."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer.production.scheduling.check import schedule_cost
from optimizer.production.scheduling.explain._kernels.plant import needed_operations
from optimizer.production.scheduling.explain.conflicts import find_core, with_rules
from optimizer.production.scheduling.explain.feasibility import Dates, feasible_schedule
from optimizer.production.scheduling.explain.parts import mended
from optimizer.production.scheduling.explain.rules import Relief, Setting
from optimizer.production.scheduling.problem import NONE, Objective

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optimizer.production.scheduling.explain.conflicts import Conflict
    from optimizer.production.scheduling.explain.feasibility import Oracle
    from optimizer.production.scheduling.explain.model import Cut, Relieved
    from optimizer.production.scheduling.explain.rules import BoolArray
    from optimizer.production.scheduling.problem import (
        IntArray,
        Schedule,
        SchedulingProblem,
    )

__all__ = ["Repair", "cheapest_repair"]

PROOF_S = 2.0
"""Seconds for one part of the repair at most."""

LISTS = 40
"""Lists tried for the whole of a mended problem."""


PATIENCE = 2
"""Conflicts of the same rules, one behind the other, before all around them joins."""


class Repair(NamedTuple):
    """Reliefs with which a problem has a schedule, and that schedule.

    Parameters
    ----------
    reliefs
        How far each rule is relaxed.
    price
        What they cost together.
    bound
        No reliefs cost less; the price itself where it is proven least.
    problem
        The problem with its rules relaxed so.
    schedule
        One of it that the checker has passed, not meant to be good.
    """

    reliefs: tuple[Relief, ...]
    price: int
    bound: int
    problem: SchedulingProblem
    schedule: Schedule

    @property
    def proven(self) -> bool:
        """Whether no set of reliefs is cheaper."""
        return self.bound >= self.price


class _Cluster:
    """Conflicts that share rules, and the cheapest relief of those rules."""

    def __init__(self, rules: set[int], cuts: list[Cut]) -> None:
        self.rules = rules
        self.cuts = cuts
        self.relieved: Relieved | None = None
        self.rounds = 0


def cheapest_repair(
    oracle: Oracle, conflicts: Sequence[Conflict], prices: IntArray
) -> Repair | None:
    """Return the cheapest repair, or one that is not proven so, None for none at all.

    Conflicts without a rule in common are mended apart: their prices add up to a bound.
    If the whole then has no schedule, the conflict that is left joins those it touches.

    Parameters
    ----------
    oracle
        Answers for the problem.
    conflicts
        Some of its conflicts, at least one.
    prices
        ndarray of shape (n_rules,), int64, >= 1: of a tick or a unit of relief.

    References
    ----------
    Davies, Bacchus (2011), "Solving MAXSAT by solving a sequence of simpler SAT
    instances", CP: repairs hit all conflicts, found one at a time.
    """
    book = oracle.book
    clusters: list[_Cluster] = []
    for conflict in conflicts:
        _join(clusters, {book.number[rule] for rule in conflict.rules}, [])
    kept, bound = book.all_kept(), 0
    while oracle.left_s() > 0.0:
        if not all(_solve(oracle, cluster, prices) for cluster in clusters):
            break
        bound = sum(one.relieved.bound for one in clusters if one.relieved)
        amount = kept.amount.copy()
        for cluster in clusters:
            assert cluster.relieved is not None
            amount += cluster.relieved.amount
        setting = kept._replace(amount=amount)
        found = _of_setting(oracle, setting, _joint(clusters))
        if found is not None:
            return _repair(oracle, setting, prices, found, bound=bound)
        core, _ = find_core(oracle, setting)
        if core is None:
            break
        numbers = [book.number[rule] for rule in core.rules]
        cluster = _join(clusters, set(numbers), [_cut(oracle, setting, numbers)])
        if cluster.rounds >= PATIENCE:
            _join(clusters, cluster.rules | _around(oracle, cluster.rules), [])
    return _by_dates(oracle, prices, bound=bound)


def _by_dates(oracle: Oracle, prices: IntArray, *, bound: int) -> Repair | None:
    """Return a repair that moves deadlines and locks alone, as far as a list asks."""
    book, problem = oracle.book, oracle.book.problem
    setting = book.all_kept()
    setting.amount[book.span["deadline"], 0] = book.horizon
    setting.amount[book.span["lock"], 0] = 1
    if oracle.refuted(setting):
        return None
    loose = mended(book, oracle.builder, setting)
    found = feasible_schedule(loose, work=problem.n_operations)
    if found is None:
        return None
    end = np.zeros(len(problem.jobs), dtype=np.int64)
    np.maximum.at(end, problem.operations.job, found.end)
    rows = book.rows["deadline"]
    late = np.maximum(end[rows] - problem.jobs.deadline[rows], 0)
    setting.amount[book.span["deadline"], 0] = late
    relaxed = mended(book, oracle.builder, setting)
    return _repair(oracle, setting, prices, (relaxed, found), bound=bound)


def _join(clusters: list[_Cluster], rules: set[int], cuts: list[Cut]) -> _Cluster:
    """Add rules, and return the cluster of all that share one of them."""
    joined = _Cluster(set(rules), list(cuts))
    touched = [cluster for cluster in clusters if cluster.rules & rules]
    for cluster in touched:
        joined.rules |= cluster.rules
        joined.cuts += cluster.cuts
        joined.rounds = max(joined.rounds, cluster.rounds + 1)
        clusters.remove(cluster)
    clusters.append(joined)
    return joined


def _around(oracle: Oracle, rules: set[int]) -> set[int]:
    """Return the rules of all operations that some rules bind, other jobs left out.

    Conflicts that come up one behind the other are met at once this way.
    """
    book, problem = oracle.book, oracle.book.problem
    need = _bound(oracle, with_rules(book.all_kept(), sorted(rules)))
    jobs = set(problem.operations.job[need].tolist())
    rows = np.flatnonzero(need).astype(np.int64)
    own = need[problem.modes.operation]
    machines = set(problem.modes.machine[own].tolist())
    arcs = problem.arcs
    near = _near(problem, rows) & np.isin(
        problem.machines.closed_machine, list(machines)
    )
    among: dict[str, set[int]] = {
        "deadline": jobs,
        "release": jobs,
        "material": set(rows.tolist()),
        "closed": set(np.flatnonzero(near).tolist()),
        "lock": set(np.flatnonzero(need[problem.locks.operation]).tolist()),
        "lag": set(np.flatnonzero(need[arcs.before] & need[arcs.after]).tolist()),
        "machine": machines,
        "batch": machines,
    }
    return {
        number
        for rule, number in book.number.items()
        if rule.row in among.get(rule.kind, ())
    }


def _near(problem: SchedulingProblem, rows: IntArray) -> BoolArray:
    """Return the closed windows about the dates of some operations."""
    jobs, job = problem.jobs, problem.operations.job[rows]
    lock = problem.locks.start[np.isin(problem.locks.operation, rows)]
    dates = np.concatenate(
        [jobs.release[job], problem.operations.release[rows], jobs.deadline[job], lock]
    )
    shortest = np.minimum.reduceat(problem.modes.duration, problem.mode_start[:-1])
    room = int(shortest[rows].sum())
    machines = problem.machines
    known = dates[dates > 0]
    low, high = known.min(initial=room) - room, known.max(initial=0) + room
    near: BoolArray = (machines.closed_end >= low) & (machines.closed_start <= high)
    return near


def _bound(oracle: Oracle, setting: Setting) -> BoolArray:
    """Return the operations that dates bind, or that cannot be done at any time."""
    need: BoolArray = needed_operations(oracle.builder.plant(setting))
    return need | _asking_too_much(oracle, setting)


def _solve(oracle: Oracle, cluster: _Cluster, prices: IntArray) -> bool:
    if cluster.relieved is not None:
        return True
    # Loading OR-Tools takes half a second: only who is infeasible waits for it.
    from optimizer.production.scheduling.explain.model import (  # noqa: PLC0415
        ReliefModel,
    )

    rules = sorted(cluster.rules)
    setting = with_rules(oracle.book.all_kept(), rules)
    need = _bound(oracle, setting)
    model = ReliefModel(oracle.book, rules, need, prices)
    seconds = max(min(PROOF_S, oracle.left_s()), 0.01)
    cluster.relieved = model.solve(cluster.cuts, seconds=seconds)
    return cluster.relieved is not None


def _asking_too_much(oracle: Oracle, setting: Setting) -> BoolArray:
    """Return the operations that no mode can do, whatever the time."""
    plant, problem = oracle.builder.plant(setting), oracle.book.problem
    possible = np.zeros(problem.n_operations, dtype=bool)
    possible[problem.modes.operation[plant.mode_possible]] = True
    found: BoolArray = plant.forced & ~possible
    return found


def _of_setting(
    oracle: Oracle, setting: Setting, first: Dates
) -> tuple[SchedulingProblem, Schedule] | None:
    """Return the mended problem and a schedule of it, None if none was found."""
    if oracle.refuted(setting):
        return None
    found = _schedule(oracle, setting, first)
    return _proven(oracle, setting) if found is None else found


def _joint(clusters: list[_Cluster]) -> Dates:
    """Return the dates that all clusters gave operations; the first one decides."""
    found = [one.relieved for one in clusters if one.relieved]
    start, mode = found[0].start.copy(), found[0].mode.copy()
    for other in found[1:]:
        free = start == NONE
        start[free], mode[free] = other.start[free], other.mode[free]
    return Dates(start, mode)


def _schedule(
    oracle: Oracle, setting: Setting, first: Dates | None
) -> tuple[SchedulingProblem, Schedule] | None:
    """Return the mended problem and a schedule of it, None if none was found."""
    book = oracle.book
    problem = mended(book, oracle.builder, setting)
    if first is not None and len(problem.modes) != len(book.problem.modes):
        # Modes of a machine more have changed the rows of the others.
        first = first._replace(mode=np.full(first.mode.size, NONE))
    work = LISTS * problem.n_operations
    schedule = feasible_schedule(problem, work=work, first=first)
    return None if schedule is None else (problem, schedule)


def _proven(
    oracle: Oracle, setting: Setting
) -> tuple[SchedulingProblem, Schedule] | None:
    """Return the mended problem and a schedule around what CP-SAT placed."""
    answer = oracle.answer(setting, proof_s=oracle.left_s() / 2)
    if answer.verdict == "infeasible":
        return None
    if answer.dates is not None:
        found = _schedule(oracle, setting, answer.dates)
        if found is not None:
            return found
    problem = mended(oracle.book, oracle.builder, setting)
    bare = replace(problem, objective=Objective(makespan=0))
    _, schedule = oracle.proven(bare, seconds=oracle.left_s() / 2)
    if schedule is None:
        return None
    cost = float(schedule_cost(problem, schedule))
    return problem, replace(schedule, objective=cost, bound=cost)


def _repair(
    oracle: Oracle,
    setting: Setting,
    prices: IntArray,
    found: tuple[SchedulingProblem, Schedule],
    *,
    bound: int,
) -> Repair:
    costs = prices * setting.amount.sum(axis=1)
    reliefs = tuple(
        Relief(
            oracle.book.rules[at],
            int(setting.amount[at, 0]),
            int(setting.amount[at, 1]),
            int(costs[at]),
        )
        for at in np.flatnonzero(costs).tolist()
    )
    return Repair(reliefs, int(costs.sum()), bound, *found)


def _cut(oracle: Oracle, setting: Setting, core: list[int]) -> Cut:
    """Return what a conflict asks for: more relief of one of its rules, and how much.

    Each amount is raised as far as the conflict stands by propagation, one rule after
    the other: so the cut speaks of more than the amounts it was found with.
    """
    book = oracle.book
    raised = with_rules(setting, core)
    raised = raised._replace(amount=raised.amount.copy())
    cut = []
    for rule in core:
        for side in range(2 if book.rules[rule].kind == "closed" else 1):
            low = int(raised.amount[rule, side])
            raised.amount[rule, side] = _raised(oracle, raised, rule, side=side)
            assert raised.amount[rule, side] >= low
            cut.append((rule, side, int(raised.amount[rule, side]) + 1))
    return tuple(cut)


def _raised(oracle: Oracle, setting: Setting, rule: int, *, side: int) -> int:
    """Return the largest amount found with which propagation refutes a setting."""
    low, step = int(setting.amount[rule, side]), 1
    probe = setting._replace(amount=setting.amount.copy())

    def stands(amount: int) -> bool:
        probe.amount[rule, side] = amount
        return oracle.refuted(probe)

    if not stands(low):
        return low
    limit = oracle.book.most_relief(oracle.book.rules[rule]) + 1
    high = low + 1
    while high < limit and stands(high):
        low, step = high, 2 * step
        high = min(low + step, limit)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if stands(middle) else (low, middle)
    return low
