"""A schedule that a planner changes by hand: what binds it, and whether it holds."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.production.scheduling import (
    Schedule,
    cost_parts,
    find_faults,
    schedule_cost,
)
from twin.errors import InputError
from twin.planning.scheduling import (
    closed_windows,
    machine_rows,
    operation_places,
)
from twin.planning.shop_schedule.telling import said_of
from twin.said import Said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from optimizer.production.scheduling import SchedulingProblem
    from twin.planning.shop_schedule.build import ShopProblem
    from twin.planning.shop_schedule.work import Material

__all__ = ["judged", "rules_document"]

NONE = -1


def rules_document(shop: ShopProblem) -> dict[str, Any]:
    """Return what binds a schedule, so that a page can judge a move by itself.

    Parameters
    ----------
    shop
        What is scheduled.

    Returns
    -------
    dict
        Times in ticks. `machines`: `name`, `setup` (row of `setups`, -1 for none),
        `family` (set up for at tick 0, -1 for any), `batch` (sizes that fit together,
        0: one operation at a time). `closed`: machine, start, end. `stops`: `machine`,
        `start`, `end` and `cause` (maintenance or repair) of what `closed` has too.
        `jobs`: `name`, `release`, `due` (-1 for none), `weight`, `materials` (`item`,
        `order` or None where it is not ordered yet, `from` when it is there): nothing
        of a job starts before the last is there, its `release`. `operations`: `job`,
        `operation`, `family`, `size`, `modes` (machine and ticks of open time) and
        `begun`: it must stay. `arcs`: rows of operations that wait for others, the
        earlier first. `setups`: from family to family, ticks. Operators and tools are
        not in it.
    """
    problem = shop.problem
    names, table, jobs = problem.names, problem.machines, problem.jobs
    return {
        "machines": [
            {"name": name, "setup": setup, "family": family, "batch": batch}
            for name, setup, family, batch in zip(
                names.machines, table.matrix.tolist(), table.first_family.tolist(),
                table.batch.tolist(), strict=True,
            )
        ],
        "closed": closed_windows(problem),
        "jobs": [
            {"name": name, "release": release, "due": due, "weight": weight,
             "materials": [_material(shop, one) for one in materials]}
            for name, release, due, weight, materials in zip(
                names.jobs, jobs.release.tolist(), jobs.due.tolist(),
                jobs.weight.tolist(), shop.materials, strict=True,
            )
        ],
        "stops": [
            {"machine": name, "start": stop.start, "end": stop.end, "cause": stop.cause}
            for name, stops in zip(names.machines, shop.stops, strict=True)
            for stop in stops
        ],
        "operations": _operations(problem),
        "arcs": np.stack([problem.arcs.before, problem.arcs.after], axis=1).tolist(),
        "setups": problem.setups.time.tolist(),
    }  # fmt: skip


def _material(shop: ShopProblem, material: Material) -> dict[str, Any]:
    ready = (material.ready_us - shop.at_us) // shop.problem.tick_us
    return {
        "item": shop.items[material.item],
        "order": material.order or None,
        "from": ready,
    }


def _operations(problem: SchedulingProblem) -> list[dict[str, Any]]:
    names, table, modes = problem.names, problem.operations, problem.modes
    begun = set(problem.locks.operation.tolist())
    first = problem.mode_start.tolist()
    machine, duration = modes.machine.tolist(), modes.duration.tolist()
    return [
        {
            "job": names.jobs[job],
            "operation": names.operations[at],
            "family": family,
            "size": size,
            "begun": at in begun,
            "modes": [
                (names.machines[machine[mode]], duration[mode])
                for mode in range(first[at], first[at + 1])
            ],
        }
        for at, (job, family, size) in enumerate(
            zip(
                table.job.tolist(),
                table.family.tolist(),
                table.size.tolist(),
                strict=True,
            )
        )
    ]


def judged(
    shop: ShopProblem, rows: Sequence[Mapping[str, Any]], *, from_us: int
) -> dict[str, Any]:
    """Check a schedule that was changed by hand, and count what it costs.

    Parameters
    ----------
    shop
        What is scheduled.
    rows
        `job`, `operation`, `machine` and `start` of every operation.
    from_us
        Time of tick 0 of the starts, microseconds UTC.

    Returns
    -------
    dict
        `feasible`, `faults` in sentences, `said`: kind and parts of each, `objective`,
        `makespan` and `tardiness` (weighted) in ticks.

    Raises
    ------
    InputError
        If an operation is missing, not known, or cannot be done on its machine.
    """
    problem = shop.problem
    given = _schedule(problem, rows, (from_us - shop.at_us) // problem.tick_us)
    cost = float(schedule_cost(problem, given))
    # The checker wants a bound; nothing is cheaper than itself.
    faults = find_faults(problem, replace(given, objective=cost, bound=cost))
    parts = cost_parts(problem, given, of=("makespan", "tardiness"))
    said = [
        said_of(one, at_us=shop.at_us, tick_us=problem.tick_us).document()
        for one in faults
    ]
    return {
        "feasible": not faults, "faults": list(map(str, faults)), "said": said,
        "objective": cost, **parts,
    }  # fmt: skip


def _schedule(
    problem: SchedulingProblem, rows: Sequence[Mapping[str, Any]], shift: int
) -> Schedule:
    places, machines = operation_places(problem), machine_rows(problem)
    mode = np.full(problem.n_operations, NONE, np.int64)
    start = np.zeros(problem.n_operations, np.int64)
    for row in rows:
        place = places.get((row["job"], row["operation"]))
        if place is None:
            msg = f"{row['operation']} of {row['job']}; allowed: what is scheduled now"
            own = {"operation": row["operation"], "job": row["job"]}
            raise InputError(Said(msg, "not_scheduled", own))
        mode[place] = _mode(problem, place, machines.get(row["machine"], NONE), row)
        start[place] = row["start"] + shift
    missing = np.flatnonzero(mode == NONE)
    if missing.size:
        first = int(missing[0])
        job = problem.names.job(problem.operations.job[first])
        name = problem.names.operation(first)
        msg = f"{name} of {job} is missing; all are needed"
        raise InputError(Said(msg, "not_given", {"operation": name, "job": job}))
    return Schedule(
        status="feasible", objective=0.0, bound=0.0, gap=0.0, mode=mode, start=start,
        end=_ends(problem, mode, start),
    )  # fmt: skip


def _mode(
    problem: SchedulingProblem, place: int, machine: int, row: Mapping[str, Any]
) -> int:
    for mode in range(problem.mode_start[place], problem.mode_start[place + 1]):
        if problem.modes.machine[mode] == machine != NONE:
            return mode
    msg = f"{row['operation']} of {row['job']}: {row['machine']!r} does not do it"
    own = {name: row[name] for name in ("operation", "job", "machine")}
    raise InputError(Said(msg, "not_its_machine", own))


def _ends(
    problem: SchedulingProblem,
    mode: np.ndarray[tuple[int], np.dtype[np.int64]],
    start: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return when operations end; those of a batch end together."""
    table = problem.machines
    machine, duration = problem.modes.machine[mode], problem.modes.duration[mode].copy()
    for row in np.flatnonzero(table.batch[machine] > 0).tolist():
        together = (machine == machine[row]) & (start == start[row])
        duration[row] = problem.modes.duration[mode[together]].max()
    closed = {
        row: (
            table.closed_start[table.closed_machine == row].tolist(),
            table.closed_end[table.closed_machine == row].tolist(),
        )
        for row in np.unique(machine).tolist()
    }
    ends = [
        _end(closed[row], begin, work)
        for row, begin, work in zip(
            machine.tolist(), start.tolist(), duration.tolist(), strict=True
        )
    ]
    return np.array(ends, np.int64)


def _end(closed: tuple[list[int], list[int]], start: int, work: int) -> int:
    """Return when so much open time has passed since a start."""
    now = start
    first = bisect_right(closed[1], start)
    for begin, end in zip(closed[0][first:], closed[1][first:], strict=True):
        if begin >= now + work:
            break
        work -= max(begin - now, 0)
        now = max(now, end)
    return now + work
