"""Sequence of released production orders: the near part of a plan, by the scheduler.

Machines take what waits by the number that an order got when it was released. The
scheduler lays out all that is under way and all that is new, with setups, calendars and
due dates; from the order in which new work begins there come numbers before, between
and behind those that were given earlier. Numbers given once stay, so that whoever is on
the floor keeps his place among those he knows.

References
----------
Fractional numbers between neighbours: Knuth (1997), "The Art of Computer Programming",
volume 1, exercise 2.2.3-27, dynamic insertion without renumbering.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer import SolveOptions
from optimizer.production.scheduling import SchedulingProblem, schedule_production
from optimizer.production.scheduling.problem import Schedule
from streams.batch import NO_TIME
from twin.model.network import Network
from twin.model.records import OpenOrders
from twin.model.tables import ORDER_KINDS
from twin.planning.shop_schedule.build import problem_of_jobs
from twin.planning.shop_schedule.work import Job, jobs_under_way
from twin.simulate.opening.conditions import conditions_of
from twin.simulate.opening.progress import OrderProgress, progress_of
from twin.simulate.routings import RoutingRows
from twin.state import tables as t
from twin.state.state import State

WORK = 200_000
"""Budget of a search in its own units: some tenths of a second. With a budget of work,
not of time, a plan is the same each time it is made."""

_PRODUCTION = ORDER_KINDS.index("production")


@dataclass(frozen=True, slots=True)
class Coming:
    """A production order that is about to be released.

    Attributes
    ----------
    item, site : int
        Indices of the network.
    quantity : float
        Units to start.
    due_us : int
        Microseconds UTC.
    weight : int
        Of a tick of lateness, >= 1.
    """

    item: int
    site: int
    quantity: float
    due_us: int
    weight: int = 1


def sequence_numbers(
    network: Network,
    state: State,
    coming: Sequence[Coming],
    *,
    now_us: int,
    flow_us: Mapping[tuple[int, int], int],
    monotonic_s: Callable[[], float],
    work: int = WORK,
) -> NDArray[np.float64]:
    """Give production orders numbers in the sequence in which they are best begun.

    Parameters
    ----------
    network : Network
        Without chance: times are their means.
    state : State
        What is under way, with its last instant closed.
    coming : sequence of Coming
        What is released now.
    now_us : int
        Microseconds UTC.
    flow_us : mapping of (int, int) to int
        Time by item and site after which an order without a due date is due.
    monotonic_s : callable
        A clock in seconds; it bounds nothing, the budget of work does.
    work : int
        Budget, >= 1.

    Returns
    -------
    ndarray of shape (len(coming),), float64
        Numbers > 0 where an order is best begun before one that waits with a number,
        or nobody waits without; NaN, which is after all numbers, behind those who wait
        without one, and for what is made without machines.
    """
    numbers = np.full(len(coming), math.nan)
    now = as_now(network, state, now_us, flow_us)
    rows_of = RoutingRows(now.network)
    left_out: list[str] = []
    conditions = conditions_of(state, now.network, at_us=now_us)
    jobs = jobs_under_way(now.network, conditions, {}, left_out)
    waits = {job.name: job.under is None for job in jobs}
    names: dict[str, int] = {}
    for k, one in enumerate(coming):
        rows = rows_of.of(one.item, one.site)
        if len(rows):
            name = f"new {k + 1}"
            names[name] = k
            jobs.append(
                Job(
                    name=name, item=one.item, site=one.site, rows=tuple(rows.tolist()),
                    pieces=one.quantity, due_us=one.due_us, weight=one.weight,
                    release_us=now_us,
                )
            )  # fmt: skip
    if not names:
        return numbers
    problem = problem_of_jobs(now.network, jobs, conditions, told=left_out).problem
    options = SolveOptions(
        monotonic_s=monotonic_s, time_limit_s=math.inf, work_limit=work
    )
    begins = _begins(problem, schedule_production(problem, options))
    numbered = names.keys() | now.numbers.keys()
    turn = [name for name in begins if name in numbered or waits[name]]
    given = [None if name in names else now.numbers.get(name) for name in turn]
    found = inserted(given, [name in names for name in turn])
    for name, number in zip(turn, found, strict=True):
        if name in names:
            numbers[names[name]] = number
    return numbers


def inserted(given: Sequence[float | None], is_new: Sequence[bool]) -> list[float]:
    """Give what is new in a sequence numbers between those that are given.

    Parameters
    ----------
    given : sequence of float or None
        Numbers > 0 of what waits already; None for those without, and for new ones.
    is_new : sequence of bool
        Which are new.

    Returns
    -------
    list of float
        Of all; NaN for those without a number. What is new comes before all that stand
        behind it and have a number; behind one without, it has none either.

    Examples
    --------
    >>> inserted([4.0, None, 2.0, None], [False, True, False, True])
    [4.0, 1.0, 2.0, 5.0]
    >>> inserted([None, None], [False, True])
    [nan, nan]
    """
    known = sorted(number for number in given if number is not None)
    found = [math.nan if number is None else number for number in given]
    behind = any(
        number is None and not new for number, new in zip(given, is_new, strict=True)
    )
    cap = math.inf
    tail: list[int] = []
    for k in range(len(given) - 1, -1, -1):
        if not is_new[k]:
            cap = min(cap, found[k]) if not math.isnan(found[k]) else cap
        elif math.isinf(cap):
            tail.append(k)
        else:
            below = max((one for one in known if one < cap), default=0.0)
            found[k] = cap = 0.5 * (below + cap)
            known = sorted([*known, cap])
    last = known[-1] if known else 0.0
    for place, k in enumerate(reversed(tail), 1):
        after_unnumbered = behind and any(
            given[j] is None and not is_new[j] for j in range(k)
        )
        found[k] = math.nan if after_unnumbered else last + place
    return found


@dataclass(frozen=True, slots=True)
class Now:
    """A network whose open orders are the production orders of a state.

    Attributes
    ----------
    network : Network
        As of the time asked for.
    numbers : dict of str to float
        Numbers of the orders that have one, by id.
    """

    network: Network
    numbers: dict[str, float]


def as_now(
    network: Network, state: State, now_us: int, flow_us: Mapping[tuple[int, int], int]
) -> Now:
    """Carry the production orders of a state into the tables of its network.

    Parameters
    ----------
    network : Network
        The one the state was folded with.
    state : State
        With its last instant closed.
    now_us : int
        Microseconds UTC.
    flow_us : mapping of (int, int) to int
        Time by item and site after which an order without a due date is due.
    """
    used = state.tables.production[: state.tables.counts[t.PRODUCTION, t.N_USED]]
    making = used[used["status"] == t.OPEN]
    record = {state.names[row["name"]]: row for row in making}
    own = [
        one
        for one in progress_of(state, network, at_us=now_us)
        if one.row >= 0 and one.name in record
    ]
    numbers = {
        one.name: float(record[one.name]["priority"])
        for one in own
        if record[one.name]["priority"] > 0.0
    }
    settings = replace(network.settings, as_of_us=now_us)
    rows = [record[one.name] for one in own]
    due_us = [
        int(row["due_us"])
        if row["due_us"] != NO_TIME
        else int(row["released_us"]) + flow_us.get((one.item, one.site), 0)
        for one, row in zip(own, rows, strict=True)
    ]
    orders = _open_orders(network, own, rows, due_us)
    return Now(replace(network, settings=settings, open_orders=orders), numbers)


def _open_orders(
    network: Network, own: list[OrderProgress], rows: list[np.void], due_us: list[int]
) -> OpenOrders:
    n = len(own)
    left = [float(row["quantity"] - max(row["scrap"], 0.0)) for row in rows]
    return OpenOrders(
        ids=tuple(one.name for one in own),
        kind=np.full(n, _PRODUCTION, np.int8),
        item_index=np.array([one.item for one in own], np.int32),
        from_place_index=np.full(n, -1, np.int32),
        to_place_index=np.array([one.site for one in own], np.int32),
        quantity=np.array(left, np.float64),
        due_us=np.array(due_us, np.int64),
        step=np.array([network.routings.step[one.row] for one in own], np.int64),
        options=(None,) * n,
    )


def _begins(problem: SchedulingProblem, schedule: Schedule) -> list[str]:
    """Return the jobs in the order in which they begin."""
    first: dict[int, tuple[int, int]] = {}
    for row in np.lexsort((schedule.end, schedule.start)).tolist():
        job = int(problem.operations.job[row])
        first.setdefault(job, (int(schedule.start[row]), int(schedule.end[row])))
    return [problem.names.job(job) for job in sorted(first, key=lambda job: first[job])]
