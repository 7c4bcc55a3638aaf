"""A schedule of a shop in times of the world, and one made before as locks."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.production.scheduling import Locks
from twin.errors import InputError
from twin.planning.scheduling import document_of, machine_rows, operation_places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from optimizer.production.scheduling import Schedule
    from twin.planning.shop_schedule.build import ShopProblem

__all__ = ["held", "kept_from", "shop_document"]


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
        from_us = int(given["at_us"])
        rows = [
            (str(row["job"]), str(row["operation"]), row["machine"], int(row["start"]))
            for row in given["operations"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        msg = f"{path} is no schedule of a network, as --json writes it: {error!r}"
        raise InputError(msg) from error
    return held(shop, rows, from_us=from_us, freeze=freeze)


def held(
    shop: ShopProblem,
    rows: Iterable[tuple[str, str, str | None, int]],
    *,
    from_us: int,
    freeze: int | None = None,
) -> ShopProblem:
    """Return a shop with locks on operations; those that have begun are as they are.

    Parameters
    ----------
    shop
        As it stands now; what it has locked before keeps its lock.
    rows
        Job, operation, machine and start in ticks; one that is not known, or would
        have begun by now, is left free.
    from_us
        Time of tick 0 of the starts, microseconds UTC.
    freeze
        See `kept_from`.
    """
    problem = shop.problem
    shift = (from_us - shop.at_us) // problem.tick_us
    places, machines = operation_places(problem), machine_rows(problem)
    own = problem.locks
    taken = set(own.operation.tolist())
    found = []
    for job, name, machine, given in rows:
        place, start = places.get((job, name)), given + shift
        is_kept = start >= 0 and (freeze is None or start < freeze)
        if is_kept and machine in machines and place is not None and place not in taken:
            found.append((place, machines[machine], start))
            taken.add(place)
    columns = np.array(found, np.int64).reshape(-1, 3).T
    locks = Locks(
        operation=np.concatenate([own.operation, columns[0]]),
        machine=np.concatenate([own.machine, columns[1]]),
        start=np.concatenate([own.start, columns[2]]),
    )
    return replace(shop, problem=replace(problem, locks=locks))
