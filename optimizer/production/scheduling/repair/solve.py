"""Reschedule: repair a plan at once, then improve it and stay near the plan before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from optimizer.errors import CheckError, ProblemError
from optimizer.production.scheduling.check import check_schedule
from optimizer.production.scheduling.problem import (
    NONE,
    Locks,
    Schedule,
    SchedulingProblem,
)
from optimizer.production.scheduling.repair.diff import plan_diff
from optimizer.production.scheduling.repair.first import (
    Room,
    first_repair,
    has_to_stay,
    moved_rows,
)
from optimizer.production.scheduling.repair.homing import bring_home
from optimizer.production.scheduling.repair.judging import stability_faults
from optimizer.production.scheduling.repair.lists import ListRepair
from optimizer.production.scheduling.repair.running import Run
from optimizer.production.scheduling.repair.shops import Left, ShopRepair, left_over
from optimizer.production.scheduling.repair.stability import Stability
from optimizer.production.scheduling.repair.upset import upset
from optimizer.production.scheduling.search.bounds import cost_bound
from optimizer.production.scheduling.search.laying import rules_of
from optimizer.result import relative_gap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from optimizer.options import SolveOptions
    from optimizer.production.scheduling.problem import IntArray
    from optimizer.production.scheduling.repair.diff import PlanDiff
    from optimizer.production.scheduling.repair.disruptions import Disruption
    from optimizer.production.scheduling.repair.first import Plan
    from optimizer.result import Progress

    BoolArray = npt.NDArray[np.bool_]

__all__ = ["Repair", "reschedule"]

LIMITS = 8
"""Makespans between the best plan and the first one at which the way back is tried,
where moves cost."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Repair:
    """The answer to a disruption.

    Parameters
    ----------
    problem
        The problem after it; what has begun is locked.
    schedule
        Its plan; `unknown` without one that keeps every rule.
    origin
        ndarray of shape (n_operations,), int64: row of each operation in the problem
        before, -1 for what is new.
    displaced
        ndarray of shape (n_operations,), bool: what the disruption left no place.
    before
        The plan before in the rows of the new problem, -1 for what is new.
    diff
        What differs from it, by the tolerance asked for.
    first_feasible_s
        Seconds until the first plan that keeps every rule; infinite without one.
    first_objective
        What that one costs.
    """

    problem: SchedulingProblem
    schedule: Schedule
    origin: IntArray
    displaced: BoolArray
    before: Schedule
    diff: PlanDiff | None
    first_feasible_s: float
    first_objective: float

    @property
    def moved(self) -> IntArray:
        """Rows of operations that are moved, and were not displaced."""
        rows = () if self.diff is None else (one.operation for one in self.diff.moved)
        return np.array([row for row in rows if not self.displaced[row]], np.int64)


def reschedule(
    problem: SchedulingProblem,
    schedule: Schedule,
    disruptions: Sequence[Disruption],
    *,
    now: int,
    options: SolveOptions,
    stability: Stability | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Repair:
    """Return a plan after disruptions, near the plan before.

    A plan that keeps every rule stands after milliseconds; the rest of the time
    improves it. What has begun by now keeps its start and machine, unless the
    disruption stops it: work that is not resumable then starts again.

    Parameters
    ----------
    problem, schedule
        The plan so far; it keeps every rule.
    disruptions
        What happens.
    now
        Tick, >= 0: what starts before it has begun.
    options
        Clock, time limit or budget of work, seed, and whether the plans are checked. A
        budget of work gives the same plan each time.
    stability
        What may move, how much of it, and what a move costs. Default: anything, free.
    on_progress
        Called with objective and bound at each better plan, from any thread.
    cancelled
        Asked between slices of search; once true, the best plan so far is taken.

    Returns
    -------
    Repair
        Whose schedule keeps the frozen zone, the budget and the held machines, except
        for what is displaced.

    Raises
    ------
    ProblemError
        If a disruption names what is not there, or the schedule is not of the problem.
    CheckError
        If the checker refused a plan that was called feasible.

    References
    ----------
    Vieira, Herrmann, Lin (2003), Rescheduling manufacturing systems: a framework of
    strategies, policies, and methods, Journal of Scheduling 6(1), 39-62: right-shift
    and partial rescheduling. Burke, Bykov (2017), The late acceptance hill-climbing
    heuristic, EJOR 258(1), 70-78.

    Examples
    --------
    >>> from optimizer import SolveOptions
    >>> from optimizer.production.scheduling import schedule_production
    >>> from optimizer.production.scheduling.formats.shops import problem_of_routes
    >>> from optimizer.production.scheduling.repair import Breakdown
    >>> problem = problem_of_routes([[[(0, 3), (1, 4)]], [[(0, 3)]]], 2)
    >>> options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=1_000)
    >>> plan = schedule_production(problem, options)
    >>> down = Breakdown(machine=0, start=0, end=5)
    >>> repair = reschedule(problem, plan, [down], now=0, options=options)
    >>> repair.schedule.objective, repair.displaced.tolist()
    (8.0, [False, True])
    """
    stability = stability or Stability()
    begun_s = options.monotonic_s()
    _judge(problem, schedule, stability)
    after = upset(problem, schedule, disruptions, now=now)
    room = Room(after, rules_of(after.problem), hold=stability.hold, now=now)
    plan = first_repair(room, disruptions, stability)
    final = _locked(room, plan)
    run = Run(
        options,
        begun_s=begun_s,
        bound=cost_bound(final, room.rules),
        on_progress=on_progress,
        cancelled=cancelled,
    )
    run.tell(_worth(room, plan, stability)[1], plan.cost, whole=not plan.faults)
    if after.start.size and not run.over:
        plan = _improved(room, plan, stability, run)
    return _answer(room, plan, run, stability=stability, problem=final, cost=schedule)


def _judge(
    problem: SchedulingProblem, schedule: Schedule, stability: Stability
) -> None:
    """Refuse a schedule of another problem, and machines that are not there."""
    n = problem.n_operations
    for name in ("mode", "start", "end"):
        shape = getattr(schedule, name).shape
        if shape != (n,):
            message = f"{name} of the schedule must have {n} entries, had {shape}"
            raise ProblemError(message)
    if n and (schedule.mode.min() < NONE or schedule.mode.max() >= len(problem.modes)):
        message = "the schedule is in modes that the problem does not have"
        raise ProblemError(message)
    wrong = [row for row in stability.hold if row >= problem.n_machines]
    if wrong:
        message = f"hold must be below {problem.n_machines}, was {wrong[0]}"
        raise ProblemError(message)


def _locked(room: Room, plan: Plan) -> SchedulingProblem:
    """Return the problem with what has begun locked, and what was stopped let go."""
    upset = room.upset
    problem = upset.problem
    stopped = plan.displaced & upset.begun
    if stopped.any():
        release = problem.operations.release.copy()
        release[stopped] = np.maximum(release[stopped], room.now)
        problem = replace(
            problem, operations=replace(problem.operations, release=release)
        )
    kept = upset.begun.copy()
    kept[problem.locks.operation] = True
    rows = np.flatnonzero(kept & ~plan.displaced & room.known)
    locks = Locks(
        operation=rows,
        machine=problem.modes.machine[upset.mode[rows]],
        start=upset.start[rows],
    )
    return replace(problem, locks=locks)


def _worth(room: Room, plan: Plan, stability: Stability) -> tuple[int, int, int]:
    """Return faults, cost with that of moves, and moves: less is better."""
    moved = moved_rows(room.upset, plan, stability.tolerance) & ~plan.displaced
    count = int(np.count_nonzero(moved))
    return plan.faults, plan.cost + stability.weight * count, count


def _improved(room: Room, plan: Plan, stability: Stability, run: Run) -> Plan:
    """Return the best plan that the rest of the time finds."""
    stays = has_to_stay(room.upset, stability, now=room.now)
    left = _left(room, plan, stays, stability)
    plans = [plan]
    if left is not None:
        plans += _of_shops(room, left, stability, run)
    if left is None or stability.weight:
        # Lists leave more where it was, shops are shorter: what moves costs decides.
        best = min(plans, key=lambda one: _worth(room, one, stability))
        plans.append(_of_lists(room, best, stays, stability=stability, run=run))
    else:
        fixed = stays & ~plan.displaced
        limit = plans[-1].cost // room.upset.problem.objective.makespan
        plans = [plan, bring_home(room, plans[-1], fixed, limit=limit, run=run)]
    return min(plans, key=lambda one: _worth(room, one, stability))


def _left(
    room: Room, plan: Plan, stays: BoolArray, stability: Stability
) -> Left | None:
    """Return what is open as a shop; None if it is more, or less may move."""
    locks = room.upset.problem.locks.operation
    narrow = stability.changes is not None or stability.hold or plan.faults
    if narrow or not room.upset.begun[locks].all():
        return None
    return left_over(room, plan, stays & ~plan.displaced)


def _of_shops(room: Room, left: Left, stability: Stability, run: Run) -> list[Plan]:
    """Return plans of what tabu search finds, the shortest first."""
    weight = room.upset.problem.objective.makespan
    wanted = (room.upset.mode, room.upset.start)
    bound = -(-run.bound // weight)
    shops = [
        ShopRepair(left, wanted, weight=weight, seed=seed, bound=bound)
        for seed in _seeds(run)
    ]
    with_choice = left.shop.mode_machine.size > left.rows.size
    run.search(shops, share=0.5 if stability.weight or with_choice else 1.0)
    best = min(shops, key=lambda search: search.cost)
    least, most = best.cost // weight, left.plan.cost // weight
    if not stability.weight:
        return [best.plan(least)]
    return [best.plan(least + (most - least) * i // LIMITS) for i in range(LIMITS)]


def _of_lists(
    room: Room, plan: Plan, stays: BoolArray, *, stability: Stability, run: Run
) -> Plan:
    """Return what the search over lists makes of a plan."""
    lists = [
        ListRepair(room, plan, stays, stability=stability, seed=seed, bound=run.bound)
        for seed in _seeds(run)
    ]
    run.search(lists)
    return min(lists, key=lambda search: search.cost).plan()


def _seeds(run: Run) -> tuple[int, int]:
    return 2 * run.options.seed, 2 * run.options.seed + 1


def _answer(
    room: Room,
    plan: Plan,
    run: Run,
    *,
    stability: Stability,
    problem: SchedulingProblem,
    cost: Schedule,
) -> Repair:
    """Return the plan with its diff; the checkers have the last word."""
    upset = room.upset
    before = replace(
        cost, mode=upset.mode, start=upset.start, end=upset.end, history=()
    )
    schedule = _schedule(plan, run)
    repair = Repair(
        problem=problem,
        schedule=schedule,
        origin=upset.origin,
        displaced=plan.displaced,
        before=before,
        diff=None,
        first_feasible_s=run.first_s,
        first_objective=run.first_cost,
    )
    if schedule.status == "unknown":
        return repair
    diff = plan_diff(problem, before, schedule, tolerance=stability.tolerance)
    diff = diff._replace(objective_before=int(cost.objective))
    repair = replace(repair, diff=diff)
    if run.options.check:
        wrong = check_schedule(problem, schedule)
        wrong += stability_faults(repair, stability, now=room.now)
        if wrong:
            message = f"the repaired plan was refused: {'; '.join(wrong)}"
            raise CheckError(message)
    return repair


def _schedule(plan: Plan, run: Run) -> Schedule:
    seconds = run.options.monotonic_s() - run.begun_s
    if plan.faults:
        infinite = float("inf")
        return Schedule(
            status="unknown",
            objective=infinite,
            bound=float(run.bound),
            gap=infinite,
            seconds=seconds,
            work=run.work,
        )
    bound = float(min(run.bound, plan.cost))
    return Schedule(
        status="optimal" if plan.cost <= bound else "feasible",
        objective=float(plan.cost),
        bound=bound,
        gap=relative_gap(float(plan.cost), bound),
        mode=plan.mode,
        start=plan.start,
        end=plan.end,
        seconds=seconds,
        work=run.work,
        history=tuple(run.history),
    )
