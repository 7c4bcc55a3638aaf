"""Rules and reliefs in the planner's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.production.scheduling.problem import NONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.production.scheduling.explain.lateness import Link
    from optimizer.production.scheduling.explain.rules import Relief, Rule
    from optimizer.production.scheduling.explain.shadow import ShadowPrice
    from optimizer.production.scheduling.problem import Schedule, SchedulingProblem

__all__ = ["say_hour", "say_link", "say_relief", "say_rule", "say_ticks"]

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
MINUTE_US = 60_000_000


def say_ticks(problem: SchedulingProblem, ticks: int) -> str:
    """Return a length of time in ticks, and in days, hours and minutes if it is long.

    Parameters
    ----------
    problem
        Its ticks are meant.
    ticks
        How many, >= 0.
    """
    told = f"{ticks} tick" if ticks == 1 else f"{ticks} ticks"
    length_us = ticks * problem.tick_us
    if length_us < MINUTE_US:
        return told
    days, rest = divmod(length_us, DAY_US)
    hours, rest = divmod(rest, HOUR_US)
    parts = ((days, "d"), (hours, "h"), (rest // MINUTE_US, "min"))
    return f"{told} ({' '.join(f'{n} {unit}' for n, unit in parts if n)})"


def say_rule(problem: SchedulingProblem, rule: Rule) -> str:
    """Return a rule as a sentence without a full stop.

    Parameters
    ----------
    problem
        Any.
    rule
        One of its rules.
    """
    return _RULES[rule.kind](problem, rule.row)


def say_relief(problem: SchedulingProblem, relief: Relief) -> str:
    """Return a relief as an order to somebody.

    Parameters
    ----------
    problem
        As it was before.
    relief
        How far one of its rules is relaxed.
    """
    return _RELIEFS[relief.rule.kind](problem, relief)


def _deadline(problem: SchedulingProblem, row: int) -> str:
    return f"{problem.names.job(row)} must end by {problem.jobs.deadline[row]}"


def _release(problem: SchedulingProblem, row: int) -> str:
    when = problem.jobs.release[row]
    return f"{problem.names.job(row)} cannot start before its release at {when}"


def _material(problem: SchedulingProblem, row: int) -> str:
    when = problem.operations.release[row]
    return f"the material of {_whose(problem, row)} is not there before {when}"


def _whose(problem: SchedulingProblem, operation: int) -> str:
    """Return an operation with its job, unless it tells its job by itself."""
    job = problem.names.job(problem.operations.job[operation])
    return f"{problem.names.operation(operation)} ({job})"


def _closed(problem: SchedulingProblem, row: int) -> str:
    machines = problem.machines
    name = problem.names.machine(machines.closed_machine[row])
    begin, end = machines.closed_start[row], machines.closed_end[row]
    return f"{name} is closed from {begin} to {end}"


def _lock(problem: SchedulingProblem, row: int) -> str:
    locks = problem.locks
    where = locks.machine[row]
    on = "" if where == NONE else f" on {problem.names.machine(where)}"
    name = _whose(problem, int(locks.operation[row]))
    return f"{name} is locked at {locks.start[row]}{on}"


def _lag(problem: SchedulingProblem, row: int) -> str:
    arcs = problem.arcs
    first, then = (
        _whose(problem, int(column[row])) for column in (arcs.before, arcs.after)
    )
    return f"{then} waits {say_ticks(problem, int(arcs.lag[row]))} after {first}"


def _absence(problem: SchedulingProblem, row: int) -> str:
    pools = problem.pools
    name = problem.names.pool(pools.away_pool[row])
    return (
        f"{name} has {pools.away_amount[row]} away from {pools.away_start[row]} "
        f"to {pools.away_end[row]}"
    )


def _batch(problem: SchedulingProblem, row: int) -> str:
    return (
        f"a batch of {problem.names.machine(row)} takes at most "
        f"{problem.machines.batch[row]}"
    )


def _machine(problem: SchedulingProblem, row: int) -> str:
    what = "one batch" if problem.machines.batch[row] else "one operation"
    return f"{problem.names.machine(row)} does {what} at a time"


def _pool(problem: SchedulingProblem, row: int) -> str:
    return f"{problem.names.pool(row)} has {problem.pools.capacity[row]} in all"


_RULES: dict[str, Callable[[SchedulingProblem, int], str]] = {
    "deadline": _deadline,
    "release": _release,
    "material": _material,
    "closed": _closed,
    "lock": _lock,
    "lag": _lag,
    "absence": _absence,
    "batch": _batch,
    "machine": _machine,
    "pool": _pool,
}


def _later(problem: SchedulingProblem, relief: Relief) -> str:
    row = relief.rule.row
    old = int(problem.jobs.deadline[row])
    late = say_ticks(problem, relief.amount)
    return f"let {problem.names.job(row)} end by {old + relief.amount}, {late} late"


def _sooner(problem: SchedulingProblem, relief: Relief) -> str:
    row = relief.rule.row
    new = int(problem.jobs.release[row]) - relief.amount
    much = say_ticks(problem, relief.amount)
    return f"release {problem.names.job(row)} at {new}, {much} earlier"


def _expedite(problem: SchedulingProblem, relief: Relief) -> str:
    row = relief.rule.row
    new = int(problem.operations.release[row]) - relief.amount
    much = say_ticks(problem, relief.amount)
    return f"get the material of {_whose(problem, row)} by {new}, {much} earlier"


def _open(problem: SchedulingProblem, relief: Relief) -> str:
    machines, row = problem.machines, relief.rule.row
    name = problem.names.machine(machines.closed_machine[row])
    low, high = int(machines.closed_start[row]), int(machines.closed_end[row])
    much = say_ticks(problem, relief.amount + relief.amount_at_end)
    spans = []
    if relief.amount + relief.amount_at_end >= high - low:
        spans = [(low, high)]
    else:
        if relief.amount:
            spans.append((low, low + relief.amount))
        if relief.amount_at_end:
            spans.append((high - relief.amount_at_end, high))
    when = " and ".join(f"from {begin} to {end}" for begin, end in spans)
    return f"open {name} {when}, {much} of overtime"


def _lift(problem: SchedulingProblem, relief: Relief) -> str:
    name = _whose(problem, int(problem.locks.operation[relief.rule.row]))
    return f"lift the lock of {name}"


def _shorten(problem: SchedulingProblem, relief: Relief) -> str:
    row = relief.rule.row
    name = _whose(problem, int(problem.arcs.after[row]))
    much = say_ticks(problem, relief.amount)
    return f"let {name} wait {much} less"


def _fill(problem: SchedulingProblem, relief: Relief) -> str:
    pools, row = problem.pools, relief.rule.row
    name = problem.names.pool(pools.away_pool[row])
    return (
        f"stand in for {pools.away_amount[row]} of {name} from "
        f"{pools.away_start[row]} to {pools.away_end[row]}"
    )


def _larger(problem: SchedulingProblem, relief: Relief) -> str:
    name = problem.names.machine(relief.rule.row)
    return f"let batches of {name} take {relief.amount} more"


def _add(problem: SchedulingProblem, relief: Relief) -> str:
    return f"add {relief.amount} machine like {problem.names.machine(relief.rule.row)}"


def _staff(problem: SchedulingProblem, relief: Relief) -> str:
    return f"add {relief.amount} to {problem.names.pool(relief.rule.row)}"


_RELIEFS: dict[str, Callable[[SchedulingProblem, Relief], str]] = {
    "deadline": _later,
    "release": _sooner,
    "material": _expedite,
    "closed": _open,
    "lock": _lift,
    "lag": _shorten,
    "absence": _fill,
    "batch": _larger,
    "machine": _add,
    "pool": _staff,
}


def say_link(problem: SchedulingProblem, schedule: Schedule, link: Link) -> str:
    """Return a link of the chain that binds a job, as a sentence.

    Parameters
    ----------
    problem, schedule
        What was scheduled.
    link
        One of a chain.
    """
    name = _whose(problem, link.operation)
    machine = int(problem.modes.machine[schedule.mode[link.operation]])
    on = "" if machine == NONE else problem.names.machine(machine)
    end = schedule.end[link.operation]
    if link.kind == "work":
        return f"{on} works on {name}" if on else f"{name} is done"
    told = {
        "closed": f"{on} is closed, {name} waits",
        "setup": f"{on} is set up for {name}",
        "blocked": f"{on} is blocked by {name}, done at {end}, for want of room behind",
        "lag": f"{name} waits, as it must after the operation before it",
        "transport": f"{name} is on its way to {on}",
        "release": f"{name} waits for the release of its job",
        "material": f"{name} waits for its material",
        "lock": f"{name} is locked to start no earlier",
    }
    return told.get(link.kind, f"{name} waits, though nothing holds it")


def say_hour(problem: SchedulingProblem, price: ShadowPrice) -> str:
    """Return where more time on a machine was tried, as an order to somebody.

    Parameters
    ----------
    problem
        What was scheduled.
    price
        The value of it.
    """
    much = say_ticks(problem, price.ticks)
    if price.window != NONE:
        machines = problem.machines
        low = int(machines.closed_start[price.window])
        high = int(machines.closed_end[price.window])
        begin = high - price.ticks if price.at_end else low
        return f"open it from {begin} to {begin + price.ticks}, {much}"
    if price.operation != NONE:
        return f"do {much} of {_whose(problem, price.operation)} elsewhere"
    return "nothing binds it"
