"""The schedule that a shop follows, and its repair when a machine breaks down."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from optimizer import SolveOptions
from optimizer.production.scheduling import check_schedule, schedule_production
from optimizer.production.scheduling.problem import Schedule
from optimizer.production.scheduling.repair import Breakdown, Repair, reschedule
from streams.events import PlanLine
from twin.errors import OptionError
from twin.model.network import Network
from twin.planning.sequencing import WORK, as_now
from twin.planning.shop_schedule.build import ShopProblem, problem_of_jobs
from twin.planning.shop_schedule.work import jobs_under_way
from twin.simulate.opening.conditions import conditions_of
from twin.state.state import State

REPAIR_WORK = 2_000
"""Budget of a repair in units of search, beyond the first plan that keeps every rule:
some milliseconds. Ten times more makes it a little better and ten times later."""


@dataclass(frozen=True, slots=True)
class ReleasedSchedule:
    """A schedule in force.

    Attributes
    ----------
    shop : ShopProblem
        What is scheduled; tick 0 is its `at_us`.
    schedule : Schedule
        When and where each operation is.
    """

    shop: ShopProblem
    schedule: Schedule


def schedule_shop(
    network: Network,
    state: State,
    *,
    now_us: int,
    monotonic_s: Callable[[], float],
    work: int = WORK,
) -> ReleasedSchedule | None:
    """Schedule all production orders that are open.

    Parameters
    ----------
    network : Network
        What the state was folded with.
    state : State
        With its last instant closed.
    now_us : int
        Tick 0, microseconds UTC.
    monotonic_s : callable
        A clock in seconds; it bounds nothing, the budget of work does.
    work : int
        Budget of the search, >= 1.

    Returns
    -------
    ReleasedSchedule or None
        None if nothing is open.
    """
    now = as_now(network, state, now_us, {}).network
    told: list[str] = []
    conditions = conditions_of(state, now, at_us=now_us)
    jobs = [job for job in jobs_under_way(now, conditions, {}, told) if job.rows]
    if not jobs:
        return None
    shop = problem_of_jobs(now, jobs, conditions, told=told)
    options = SolveOptions(
        monotonic_s=monotonic_s, time_limit_s=float("inf"), work_limit=work
    )
    return ReleasedSchedule(shop, schedule_production(shop.problem, options))


def repair_breakdown(
    released: ReleasedSchedule,
    machine: str,
    *,
    now_us: int,
    until_us: int,
    monotonic_s: Callable[[], float],
    work: int = REPAIR_WORK,
) -> tuple[ReleasedSchedule, Repair]:
    """Repair a schedule after a breakdown; what is not hit stays near where it was.

    Parameters
    ----------
    released : ReleasedSchedule
        In force until now.
    machine : str
        Its id.
    now_us : int
        When it broke down, microseconds UTC.
    until_us : int
        When it is expected back, microseconds UTC.
    monotonic_s : callable
        A clock in seconds; it bounds nothing, the budget of work does.
    work : int
        Budget of the search, >= 1.

    Returns
    -------
    ReleasedSchedule
        Checked: it keeps every rule, and nothing is on the machine while it is down.
    Repair
        What moved.

    Raises
    ------
    OptionError
        If the schedule knows no such machine, or has not begun yet.
    """
    shop = released.shop
    tick_us = shop.problem.tick_us
    now = (now_us - shop.at_us) // tick_us
    end = max(-(-(until_us - shop.at_us) // tick_us), now + 1)
    names = shop.problem.names.machines
    rows = [
        row
        for row, name in enumerate(names)
        if name == machine or name.startswith(f"{machine} #")
    ]
    if not rows or now < 0:
        known = ", ".join(names[:8])
        msg = (
            f"machine {machine!r} at {now_us} us: must be one of {known}, from "
            f"{shop.at_us} us on"
        )
        raise OptionError(msg)
    options = SolveOptions(
        monotonic_s=monotonic_s, time_limit_s=float("inf"), work_limit=work
    )
    repair = reschedule(
        shop.problem,
        released.schedule,
        [Breakdown(machine=row, start=now, end=end) for row in rows],
        now=now,
        options=options,
    )
    changed = replace(shop, problem=repair.problem)
    return ReleasedSchedule(changed, repair.schedule), repair


def violations(released: ReleasedSchedule) -> tuple[str, ...]:
    """Return every rule that a schedule breaks, by a checker that knows no solver.

    Parameters
    ----------
    released : ReleasedSchedule
        From any source.
    """
    return tuple(check_schedule(released.shop.problem, released.schedule))


def schedule_lines(
    released: ReleasedSchedule, *, after_us: int
) -> tuple[PlanLine, ...]:
    """Write what is still to begin as lines of a plan.

    Parameters
    ----------
    released : ReleasedSchedule
        In force.
    after_us : int
        What began by then is left out, microseconds UTC.

    Returns
    -------
    tuple of PlanLine
        An operation each, by its start: `item` names the order and the operation,
        `release_us` and `due_us` are start and end.
    """
    problem, schedule = released.shop.problem, released.schedule
    names, found = problem.names, []
    for row in range(problem.n_operations):
        begin_us = released.shop.at_us + int(schedule.start[row]) * problem.tick_us
        mode = int(schedule.mode[row])
        if mode < 0 or begin_us <= after_us:
            continue
        machine = int(problem.modes.machine[mode])
        job = names.job(int(problem.operations.job[row]))
        found.append(
            PlanLine(
                kind="production",
                item=f"{job} {names.operation(row)}",
                site="",
                quantity=0.0,
                release_us=begin_us,
                due_us=released.shop.at_us + int(schedule.end[row]) * problem.tick_us,
                machine=names.machine(machine) if machine >= 0 else None,
            )
        )
    return tuple(sorted(found, key=lambda line: (line.release_us, line.item)))
