"""Repair after breakdowns and rush orders: how fast, how good, how much it moves."""

import time
from typing import NamedTuple

import numpy as np

from benchmarks.result import Result
from optimizer import SolveOptions
from optimizer.production.scheduling.check import check_schedule
from optimizer.production.scheduling.problem import (
    Arcs,
    Jobs,
    Machines,
    Modes,
    Operations,
    Schedule,
    SchedulingProblem,
    Setups,
)
from optimizer.production.scheduling.repair import (
    Breakdown,
    Disruption,
    Repair,
    RushJob,
    RushMode,
    RushOperation,
    Stability,
    reschedule,
)
from optimizer.production.scheduling.repair import warm_up as warm_repair
from optimizer.production.scheduling.solve import schedule_production, warm_up

__all__ = ["repair"]

STEPS, MACHINES = 10, 20
SHOPS, EACH = 4, 50
AT_ONCE_S = 1e-6
"""A time limit that leaves no time to improve the first repair."""

BUDGETS = (0, 5, 10, 20, 50)


class Case(NamedTuple):
    """A shop that runs by its plan, and what happens at a time."""

    problem: SchedulingProblem
    plan: Schedule
    disruption: Disruption
    now: int
    freeze: int


def repair(*, quick: bool) -> list[Result]:
    """200 disruptions of shops of 1,000 operations, repaired, improved, and counted."""
    shops, each, jobs, seconds = (1, 10, 20, 0.5) if quick else (SHOPS, EACH, 100, 8.0)
    cases = [
        case
        for seed in range(shops)
        for case in disrupted(seed, each, n_jobs=jobs, seconds=seconds)
    ]
    warm_repair()
    at_once = [first_of(case) for case in cases]
    rows = [
        Result(
            name="first feasible repair, p99",
            value=float(np.percentile([took for took, _, _ in at_once], 99.0)) * 1e3,
            unit="ms",
            goal="<= 50",
            checked=True,
        ),
        Result(
            name="operations of the frozen zone touched",
            value=float(sum(touched for _, touched, _ in at_once)),
            unit="operations",
            goal="<= 0",
            checked=True,
        ),
    ]
    improved = cases[::10][: 1 if quick else None]
    return rows + against_full(improved, seconds, quick=quick) + budgets(improved)


def shop(seed: int, n_jobs: int) -> SchedulingProblem:
    """Return a flexible shop of ten steps a job on twenty machines.

    Parameters
    ----------
    seed
        Seed, >= 0.
    n_jobs
        Number of jobs, >= 1.
    """
    rng = np.random.Generator(np.random.Philox(seed))
    n = n_jobs * STEPS
    rows = [(row, *mode) for row in range(n) for mode in _modes(rng)]
    owner, machine, duration = np.array(rows).T
    chained = np.setdiff1d(np.arange(n), np.arange(0, n, STEPS))
    return SchedulingProblem(
        jobs=Jobs(release=np.zeros(n_jobs, dtype=np.int64)),
        operations=Operations(job=np.repeat(np.arange(n_jobs), STEPS)),
        modes=Modes(operation=owner, machine=machine, duration=duration),
        arcs=Arcs(before=chained - 1, after=chained),
        machines=Machines(matrix=np.full(MACHINES, -1)),
    )


def _modes(rng: np.random.Generator) -> list[tuple[int, int]]:
    """Draw one to three machines with a duration each."""
    machines = rng.permutation(MACHINES)[: rng.integers(1, 4)].tolist()
    return [(machine, int(rng.integers(5, 40))) for machine in machines]


def disrupted(seed: int, count: int, *, n_jobs: int, seconds: float) -> list[Case]:
    """Plan a shop, and upset the plan anew each time: breakdowns and rush orders.

    Parameters
    ----------
    seed
        Of the shop and of what happens, >= 0.
    count
        Number of cases.
    n_jobs, seconds
        Size of the shop, and time to plan it.
    """
    problem = shop(seed, n_jobs)
    warm_up(problem)
    plan = schedule_production(problem, _options(seconds))
    span = int(plan.end.max())
    rng = np.random.Generator(np.random.Philox([seed, 1]))
    cases = []
    for number in range(count):
        now = int(rng.integers(span // 10, span * 6 // 10))
        happened: Disruption
        # Pairs, so that every tenth case is one as often as the other.
        if number // 10 % 2 == number % 2:
            length = int(rng.integers(span // 20, span * 3 // 20))
            machine = int(rng.integers(MACHINES))
            happened = Breakdown(machine=machine, start=now, end=now + length)
        else:
            operations = tuple(
                RushOperation(
                    modes=tuple(RushMode(machine=m, duration=d) for m, d in _modes(rng))
                )
                for _ in range(STEPS)
            )
            happened = RushJob(operations=operations, release=now)
        cases.append(Case(problem, plan, happened, now, span // 50))
    return cases


def _options(seconds: float) -> SolveOptions:
    return SolveOptions(monotonic_s=time.perf_counter, time_limit_s=seconds)


def repaired(
    case: Case, seconds: float, *, changes: int | None = None
) -> tuple[Repair, float]:
    """Return the repair of a case, and how long it took with all checks."""
    stability = Stability(freeze=case.freeze, changes=changes)
    begun_s = time.perf_counter()
    found = reschedule(
        case.problem,
        case.plan,
        [case.disruption],
        now=case.now,
        options=_options(seconds),
        stability=stability,
    )
    return found, time.perf_counter() - begun_s


def first_of(case: Case) -> tuple[float, int, float]:
    """Return time, frozen operations touched and objective of the first repair."""
    found, took_s = repaired(case, AT_ONCE_S)
    return took_s, frozen_touched(case, found), found.schedule.objective


def moves(case: Case, found: Repair) -> dict[int, tuple[int, int]]:
    """Return machine and start of what moved, by row; counted from the plans alone."""
    new, old = found.schedule, case.plan
    moved = {}
    for row, origin in enumerate(found.origin.tolist()):
        if origin < 0:
            continue
        here = int(found.problem.modes.machine[new.mode[row]])
        there = int(case.problem.modes.machine[old.mode[origin]])
        if here != there or new.start[row] != old.start[origin]:
            moved[row] = (there, int(old.start[origin]))
    return moved


def machine_moves(case: Case, found: Repair) -> int:
    """Return how many operations are on another machine than planned."""
    return sum(
        int(found.problem.modes.machine[found.schedule.mode[row]]) != machine
        for row, (machine, _) in moves(case, found).items()
    )


def impossible(case: Case, found: Repair) -> set[int]:
    """Return what the disruption leaves no place, as far as it was said to be so.

    That is work on the machine that is down, and what waits for such work in its job.
    """
    down, spoilt = case.disruption, set()
    if not isinstance(down, Breakdown):
        return spoilt
    for row in range(case.problem.n_operations):
        machine = int(case.problem.modes.machine[case.plan.mode[row]])
        hit = case.plan.start[row] < down.end and case.plan.end[row] > down.start
        follows = row % STEPS > 0 and row - 1 in spoilt
        if (hit and machine == down.machine) or follows:
            spoilt.add(row)
    return {row for row in spoilt if found.displaced[row]}


def frozen_touched(case: Case, found: Repair) -> int:
    """Return how many operations moved that had begun or were frozen, without need."""
    until = case.now + case.freeze
    spared = impossible(case, found)
    return sum(
        start < until and row not in spared
        for row, (_, start) in moves(case, found).items()
    )


def against_full(cases: list[Case], seconds: float, *, quick: bool) -> list[Result]:
    """Improve for some seconds, beside planning all anew that has not begun."""
    gains, most, ours, theirs, touched = [], [], 0, 0, 0
    for case in cases:
        _, _, first = first_of(case)
        better, _ = repaired(case, seconds)
        anew, changed = full(case, seconds)
        gains.append(first - better.schedule.objective)
        most.append(first - anew)
        ours += machine_moves(case, better)
        theirs += changed
        touched += frozen_touched(case, better)
    share = sum(gains) / max(sum(most), 1e-9)
    worth = [a / b for a, b in zip(gains, most, strict=True) if b > 0]
    return [
        Result(
            name="share of a full re-solve's gain",
            value=share,
            unit="1",
            goal=None if quick else ">= 0.9",
            checked=True,
        ),
        Result(
            name="share of a full re-solve's gain, least",
            value=float(min(worth, default=1.0)),
            unit="1",
            checked=True,
        ),
        Result(
            name="machine moves of a full re-solve's",
            value=ours / max(theirs, 1),
            unit="1",
            goal=None if quick else "<= 0.5",
            checked=True,
        ),
        Result(
            name="operations of the frozen zone touched, improved",
            value=float(touched),
            unit="operations",
            goal="<= 0",
            checked=True,
        ),
    ]


def full(case: Case, seconds: float) -> tuple[float, int]:
    """Return makespan and machine moves of a plan made anew, without a frozen zone.

    What has begun stays; each machine is ready after it and after its breakdown, which
    is said as a setup before the first operation.
    """
    found, _ = repaired(case, AT_ONCE_S)
    problem, begun = found.problem, np.zeros(found.problem.n_operations, dtype=bool)
    begun[problem.locks.operation] = True
    left = np.flatnonzero(~begun)
    place = np.cumsum(~begun) - 1
    ends = found.schedule.end
    ready = np.full(MACHINES, case.now)
    np.maximum.at(ready, problem.locks.machine, ends[begun.nonzero()[0]])
    if isinstance(case.disruption, Breakdown):
        down = case.disruption
        ready[down.machine] = max(ready[down.machine], down.end)
    arcs, release = problem.arcs, problem.operations.release.copy()
    np.maximum.at(
        release, arcs.after[begun[arcs.before]], ends[arcs.before[begun[arcs.before]]]
    )
    inner = ~begun[arcs.before] & ~begun[arcs.after]
    modes = ~begun[problem.modes.operation]
    setup = np.zeros((MACHINES, 2, 2), dtype=np.int64)
    setup[:, 0, 1] = ready
    rest = SchedulingProblem(
        jobs=problem.jobs,
        operations=Operations(
            job=problem.operations.job[left],
            release=release[left],
            family=np.ones(left.size, dtype=np.int64),
        ),
        modes=Modes(
            operation=place[problem.modes.operation[modes]],
            machine=problem.modes.machine[modes],
            duration=problem.modes.duration[modes],
        ),
        arcs=Arcs(before=place[arcs.before[inner]], after=place[arcs.after[inner]]),
        machines=Machines(
            matrix=np.arange(MACHINES), first_family=np.zeros(MACHINES, dtype=np.int64)
        ),
        setups=Setups(time=setup),
    )
    warm_up(rest)
    anew = schedule_production(rest, _options(seconds))
    assert not check_schedule(rest, anew)
    machine = rest.modes.machine[anew.mode]
    old = found.origin[left]
    known = old >= 0
    planned = case.problem.modes.machine[case.plan.mode[old[known]]]
    makespan = max(anew.objective, float(ends[begun].max(initial=0)))
    return makespan, int(np.count_nonzero(machine[known] != planned))


def budgets(cases: list[Case]) -> list[Result]:
    """Repair within budgets of changes, and count what moved."""
    over = 0
    for case in cases:
        for budget in BUDGETS:
            found, _ = repaired(case, 0.5, changes=budget)
            moved = set(moves(case, found))
            counted = {row for row in moved if not found.displaced[row]}
            over += max(len(counted) - budget, 0)
    return [
        Result(
            name="moves beyond the budget of changes",
            value=float(over),
            unit="operations",
            goal="<= 0",
            checked=True,
        ),
    ]
