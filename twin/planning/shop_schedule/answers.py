"""A schedule of a shop in times of the world, and one made before as locks."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.production.scheduling import Locks
from twin.errors import InputError
from twin.planning.scheduling import document_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from optimizer.production.scheduling import Schedule, SchedulingProblem
    from twin.planning.shop_schedule.build import ShopProblem

__all__ = ["kept_from", "shop_document"]


def shop_document(
    shop: ShopProblem, schedule: Schedule, *, time_text: Callable[[int], str]
) -> dict[str, Any]:
    """Return a schedule as a document of JSON.

    Parameters
    ----------
    shop, schedule
        What was scheduled.
    time_text
        Writes a time, microseconds UTC.

    Returns
    -------
    dict
        As `twin.planning.scheduling.document_of`, with `at` (tick 0), `at_us`,
        `calendars_until`, `tick_s`, `left_out`, and of each operation `start_time` and
        `end_time`.
    """
    document = dict(document_of(shop.problem, schedule))
    tick_us = shop.problem.tick_us
    for row in document["operations"]:
        for name in ("start", "end"):
            row[f"{name}_time"] = time_text(shop.at_us + row[name] * tick_us)
    left_out = list(shop.left_out)
    last_us = shop.at_us + int(schedule.end.max(initial=0)) * tick_us
    if last_us > shop.until_us:
        left_out.append(
            f"the schedule ends after {time_text(shop.until_us)}: up to then calendars "
            f"were looked at, from there on machines are taken to be always open"
        )
    return {
        "at": time_text(shop.at_us),
        "at_us": shop.at_us,
        "calendars_until": time_text(shop.until_us),
        "tick_s": tick_us / 1e6,
        "left_out": left_out,
        **document,
    }


def kept_from(shop: ShopProblem, path: Path, *, freeze: int | None) -> ShopProblem:
    """Return a shop whose operations stay where a schedule of it put them.

    Parameters
    ----------
    shop
        As it stands now.
    path
        A schedule of the same network as `shop_document` gives it, made now or before.
        What has begun since then, or is done, is as it is; what was to begin by now and
        did not is planned anew.
    freeze
        Keep only what starts before this tick from now on; None keeps all.

    Raises
    ------
    InputError
        If the file is not such a schedule.
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        shift = (int(given["at_us"]) - shop.at_us) // shop.problem.tick_us
        rows = [
            (str(row["job"]), str(row["operation"]), row["machine"], int(row["start"]))
            for row in given["operations"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        msg = f"{path} is no schedule of a network, as --json writes it: {error!r}"
        raise InputError(msg) from error
    problem = shop.problem
    places = _places(problem)
    machines = {name: row for row, name in enumerate(problem.names.machines)}
    begun = set(problem.locks.operation.tolist())
    found = [
        (places[job, name], machines[machine], start + shift)
        for job, name, machine, start in rows
        if (job, name) in places and machine in machines
    ]
    found = [
        lock
        for lock in found
        if lock[0] not in begun
        and lock[2] >= 0
        and (freeze is None or lock[2] < freeze)
    ]
    columns = np.array(found, np.int64).reshape(-1, 3).T
    own = problem.locks
    locks = Locks(
        operation=np.concatenate([own.operation, columns[0]]),
        machine=np.concatenate([own.machine, columns[1]]),
        start=np.concatenate([own.start, columns[2]]),
    )
    return replace(shop, problem=replace(problem, locks=locks))


def _places(problem: SchedulingProblem) -> dict[tuple[str, str], int]:
    names = problem.names
    return {
        (names.jobs[job], names.operations[at]): at
        for at, job in enumerate(problem.operations.job.tolist())
    }
