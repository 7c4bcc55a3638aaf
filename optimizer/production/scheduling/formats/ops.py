"""Online printing shops as JSON: `resources` with their setups, `jobs` with topologies.

A flexible job shop whose operations have any precedence without cycles, are interrupted
by closed time, may overlap with what follows, and are set up for by size, colour and
varnish. A setup is done in one piece right before its operation; before the first one a
machine takes its longest setup. Behind the last time that is listed as open, machines
stay open.

References
----------
Lunardi, Birgin, Laborie, Ronconi, Voos (2020), "Mixed integer linear programming and
constraint programming models for the online printing shop scheduling problem",
Computers & Operations Research 123, and the models published with its instances: what
is not said in words there, such as rounding, is as in these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import numpy as np

from optimizer.documents import named
from optimizer.errors import ProblemError
from optimizer.production.scheduling.problem import (
    Arcs,
    Jobs,
    Locks,
    Machines,
    Modes,
    Names,
    Operations,
    SchedulingProblem,
    Setups,
)

if TYPE_CHECKING:
    from optimizer.production.scheduling.problem import IntArray

__all__ = ["read_ops"]

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**31)]
_Kind = tuple[int, int, int]

PARTS = 1000
"""Shares of overlap are counted in such parts, cut off; the ticks they are, rounded up.
"""


class _Resource(msgspec.Struct):
    id: int
    setup_size: tuple[_Count, _Count]
    setup_color: _Count
    setup_varnish: _Count
    availability: list[_Count]


class _Operation(msgspec.Struct):
    id: int
    size: int
    color: int
    varnish: int
    resources: list[int]
    time: list[Annotated[int, msgspec.Meta(ge=1, le=2**31)]]
    sucessors: list[int]
    starting: int = -1
    release: _Count = 0
    overlap: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] = 1.0


class _Job(msgspec.Struct):
    id: int
    topology: list[_Operation]


class _Shop(msgspec.Struct):
    resources: list[_Resource]
    jobs: list[_Job]


def read_ops(data: bytes | str, name: str) -> SchedulingProblem:
    """Return the problem of an online printing shop.

    Parameters
    ----------
    data
        JSON.
    name
        What errors call it.

    Raises
    ------
    ProblemError
        If it is not of that form, or names what is not there.
    """
    with named(name):
        return _problem(msgspec.json.decode(data, type=_Shop))


def _problem(shop: _Shop) -> SchedulingProblem:
    steps = [one for job in shop.jobs for one in job.topology]
    machine = {one.id: row for row, one in enumerate(shop.resources)}
    row_of = {one.id: row for row, one in enumerate(steps)}
    if len(row_of) < len(steps) or len(machine) < len(shop.resources):
        message = "an id of an operation or of a resource is there twice"
        raise ProblemError(message)
    kinds = dict.fromkeys((one.size, one.color, one.varnish) for one in steps)
    family = {kind: row for row, kind in enumerate(kinds)}
    machines, setups = _machines(shop.resources, list(kinds))
    arcs = [
        (row, _known(row_of, other, "operation"))
        for row, one in enumerate(steps)
        for other in one.sucessors
    ]
    arc = np.array(arcs, dtype=np.int64).reshape(-1, 2)
    owner = [job for job, one in enumerate(shop.jobs) for _ in one.topology]
    return SchedulingProblem(
        jobs=Jobs(release=np.zeros(len(shop.jobs), dtype=np.int64)),
        operations=Operations(
            job=np.array(owner, dtype=np.int64),
            release=np.array(
                [one.release if one.starting < 0 else 0 for one in steps], np.int64
            ),
            family=np.array(
                [family[one.size, one.color, one.varnish] for one in steps], np.int64
            ),
            resumable=np.ones(len(steps), dtype=np.int64),
        ),
        modes=_modes(steps, machine),
        arcs=Arcs(before=arc[:, 0], after=arc[:, 1]),
        machines=machines,
        setups=setups,
        locks=_locks(steps, machine),
        names=Names(
            jobs=tuple(str(one.id) for one in shop.jobs),
            operations=tuple(str(one.id) for one in steps),
            machines=tuple(str(one.id) for one in shop.resources),
        ),
    )


def _known(rows: dict[int, int], number: int, what: str) -> int:
    if number not in rows:
        message = f"there is no {what} {number}"
        raise ProblemError(message)
    return rows[number]


def _modes(steps: list[_Operation], machine: dict[int, int]) -> Modes:
    rows = []
    for row, one in enumerate(steps):
        if len(one.resources) != len(one.time):
            message = f"operation {one.id} must have a time for each of its resources"
            raise ProblemError(message)
        share = int(PARTS * one.overlap)
        for resource, ticks in zip(one.resources, one.time, strict=True):
            ahead = (share * ticks + PARTS - 1) // PARTS
            where = _known(machine, resource, "resource")
            rows.append((row, where, ticks, ticks - ahead))
    mode = np.array(rows, dtype=np.int64).reshape(-1, 4)
    return Modes(
        operation=mode[:, 0], machine=mode[:, 1], duration=mode[:, 2], early=mode[:, 3]
    )


def _locks(steps: list[_Operation], machine: dict[int, int]) -> Locks:
    rows = []
    for row, one in enumerate(steps):
        if one.starting < 0:
            continue
        if len(one.resources) != 1:
            message = (
                f"operation {one.id} is fixed at {one.starting}, and must then have "
                f"one resource, had {len(one.resources)}"
            )
            raise ProblemError(message)
        rows.append((row, machine[one.resources[0]], one.starting))
    lock = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return Locks(operation=lock[:, 0], machine=lock[:, 1], start=lock[:, 2])


def _machines(
    resources: list[_Resource], kinds: list[_Kind]
) -> tuple[Machines, Setups]:
    n = len(kinds)
    time = np.zeros((len(resources), n + 1, n + 1), dtype=np.int64)
    closed: list[tuple[int, int, int]] = []
    kind = np.array(kinds, dtype=np.int64).reshape(-1, 3)
    for row, one in enumerate(resources):
        time[row, :n, :n] = _changes(one, kind)
        time[row, n, :n] = max(one.setup_size) + one.setup_color + one.setup_varnish
        times = [0, *one.availability]
        closed += [
            (row, start, end)
            for start, end in zip(times[::2], times[1::2], strict=False)
            if start < end
        ]
    window = np.array(closed, dtype=np.int64).reshape(-1, 3)
    machines = Machines(
        matrix=np.arange(len(resources)),
        first_family=np.full(len(resources), n),
        whole_setup=np.ones(len(resources), dtype=np.int64),
        closed_machine=window[:, 0],
        closed_start=window[:, 1],
        closed_end=window[:, 2],
    )
    return machines, Setups(time=time)


def _changes(one: _Resource, kind: IntArray) -> IntArray:
    """Return the setups between kinds on a resource: size, colour, varnish."""
    before, after = kind[:, None, :], kind[None, :, :]
    smaller = (before[..., 0] > after[..., 0]) * one.setup_size[0]
    larger = (before[..., 0] < after[..., 0]) * one.setup_size[1]
    colour = (before[..., 1] != after[..., 1]) * one.setup_color
    varnish = (before[..., 2] != after[..., 2]) * one.setup_varnish
    changes: IntArray = smaller + larger + colour + varnish
    return changes
