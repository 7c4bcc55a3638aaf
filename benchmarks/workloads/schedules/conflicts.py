"""Conflicts planted in shops: found, minimal, and mended at least cost, in time."""

import time

import numpy as np

from benchmarks.result import Result
from benchmarks.workloads.schedules.contradictions import jobs_of, proven
from benchmarks.workloads.schedules.planted import (
    LATE,
    LOCK,
    Block,
    Planted,
    planted,
)
from optimizer import SolveOptions
from optimizer.production.scheduling import check_schedule
from optimizer.production.scheduling.explain import (
    Conflict,
    Explanation,
    Repair,
    explain_infeasible,
)
from optimizer.production.scheduling.problem import NONE, SchedulingProblem

__all__ = ["conflicts"]

PROBLEMS = 100
LIMIT_S = 20.0


def conflicts(*, quick: bool) -> list[Result]:
    """Explain generated infeasible problems, and judge every answer without us."""
    seeds = range(3) if quick else range(PROBLEMS)
    # The first one waits for what is compiled, and for OR-Tools.
    _explained(planted(10_000))
    found_all, minimal, cheapest, seconds, extra = 0, 0, 0, [], 0
    n_cores = 0
    for seed in seeds:
        given = planted(seed)
        answer = _explained(given)
        seconds.append(answer.seconds)
        found_all += all(_is_found(given, block, answer) for block in given.blocks)
        extra += max(len(answer.conflicts) - len(given.blocks), 0)
        n_cores += len(answer.conflicts)
        minimal += sum(_is_minimal(given.problem, one) for one in answer.conflicts)
        cheapest += _is_cheapest(given, answer.repair)
    n = len(seconds)
    return [
        Result(
            name="problems with every planted conflict found",
            value=found_all / n,
            unit="1",
            goal=">= 1",
            checked=True,
        ),
        Result(
            name="conflicts not planted",
            value=float(extra),
            unit="1",
            goal="<= 0",
            checked=True,
        ),
        Result(
            name="cores minimal, by a model of its own",
            value=minimal / max(n_cores, 1),
            unit="1",
            goal=">= 1",
            checked=True,
        ),
        Result(
            name="repairs as cheap as brute force",
            value=cheapest / n,
            unit="1",
            goal=">= 1",
            checked=True,
        ),
        Result(
            name="seconds to conflicts and repair, median",
            value=float(np.median(seconds)),
            unit="s",
            goal=None if quick else "<= 1",
            checked=True,
        ),
        Result(
            name="seconds to conflicts and repair, worst",
            value=max(seconds),
            unit="s",
            goal=None if quick else "<= 5",
            checked=True,
        ),
    ]


def _explained(given: Planted) -> Explanation:
    options = SolveOptions(monotonic_s=time.perf_counter, time_limit_s=LIMIT_S)
    return explain_infeasible(given.problem, options)


def _is_found(given: Planted, block: Block, answer: Explanation) -> bool:
    """Whether a conflict speaks of the jobs of a planted one, and of no others."""
    jobs = set(block.jobs)
    told = [jobs_of(given.problem, conflict.rules) for conflict in answer.conflicts]
    return any(found and found <= jobs for found in told)


def _is_minimal(problem: SchedulingProblem, conflict: Conflict) -> bool:
    """Whether CP-SAT, on a model of its own, says that no rule can be spared."""
    rules = list(conflict.rules)
    fewer = ([other for other in rules if other != rule] for rule in rules)
    return proven(problem, rules) is False and all(
        proven(problem, others) is True for others in fewer
    )


def _is_cheapest(given: Planted, repair: Repair | None) -> bool:
    """Whether a repair costs what brute force found, and its schedule is one."""
    if repair is None or repair.price != sum(block.price for block in given.blocks):
        return False
    if check_schedule(repair.problem, repair.schedule):
        return False
    return _priced(given.problem, repair) <= repair.price


def _priced(problem: SchedulingProblem, repair: Repair) -> int:
    """Return what is late, and what is unlocked, of the first problem, at its price.

    The rest of what the repair asks for can only cost more, so this is at most what the
    repair says; a relief that it forgot would show.
    """
    schedule, jobs = repair.schedule, problem.jobs
    end = np.zeros(len(jobs), dtype=np.int64)
    np.maximum.at(end, problem.operations.job, schedule.end)
    late = np.where(jobs.deadline == NONE, 0, np.maximum(end - jobs.deadline, 0))
    moved = schedule.start[problem.locks.operation] != problem.locks.start
    weight = np.maximum(jobs.weight, 1)
    return int((LATE * weight * late).sum() + LOCK * moved.sum())
