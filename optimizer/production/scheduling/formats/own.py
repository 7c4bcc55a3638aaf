"""Problems by name as JSON: the format of `problem.json`, and the setup job shops'.

Everything is called by its id; a job's operations follow each other unless they say
`after`. Times are whole ticks. See docs/scheduling.md for an example of each field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from optimizer.documents import named
from optimizer.errors import ProblemError
from optimizer.production.scheduling.formats.own_form import (
    Absence,
    After,
    BaselineText,
    BufferText,
    Count,
    JobText,
    LockText,
    MachineText,
    ModeText,
    OperationText,
    PoolText,
    PowerText,
    ProblemText,
    SetupText,
    TransportText,
)
from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.problem import (
    NONE,
    PARTS,
    Arcs,
    Baseline,
    Buffers,
    Jobs,
    Locks,
    Machines,
    Modes,
    Names,
    Objective,
    Operations,
    Pools,
    SchedulingProblem,
    Setups,
    StartCosts,
    Tariff,
    Transport,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "Absence",
    "After",
    "BaselineText",
    "BufferText",
    "JobText",
    "LockText",
    "MachineText",
    "ModeText",
    "OperationText",
    "PoolText",
    "PowerText",
    "ProblemText",
    "SetupText",
    "TransportText",
    "read_own",
    "read_setup_shop",
]


class _SetupShop(msgspec.Struct):
    """A job shop with setups between jobs on each machine."""

    jobs: list[list[tuple[Count, Count]]]
    setup: list[list[list[Count]]]


def read_setup_shop(data: bytes | str, name: str) -> SchedulingProblem:
    """Return a job shop with setups: `jobs[j]` pairs, `setup[machine][job][job]`.

    Parameters
    ----------
    data
        JSON.
    name
        What errors call it.

    Raises
    ------
    ProblemError
        If it is not of that form.
    """
    with named(name):
        shop = msgspec.json.decode(data, type=_SetupShop)
    n_machines = len(shop.setup)
    n_jobs = len(shop.jobs)
    for machine, matrix in enumerate(shop.setup):
        widths = {len(line) for line in matrix}
        if len(matrix) != n_jobs or widths - {n_jobs}:
            message = f"{name}: setup[{machine}] must be {n_jobs} by {n_jobs}, as jobs"
            raise ProblemError(message)
    routes = [[[(m, d)] for m, d in route] for route in shop.jobs]
    with named(name):
        return problem_of_routes(routes, n_machines, setup=shop.setup)


def read_own(data: bytes | str, name: str) -> SchedulingProblem:
    """Return the problem of a `problem.json`.

    Parameters
    ----------
    data
        JSON.
    name
        What errors call it.

    Raises
    ------
    ProblemError
        If a field is missing, unknown or of a wrong type, or an id is not there or
        there twice; the message gives its place.
    """
    with named(name):
        return _Builder(msgspec.json.decode(data, type=ProblemText)).problem()


def _rows(ids: Iterable[str], what: str) -> dict[str, int]:
    """Return the row of each id, and refuse an id that is there twice."""
    rows: dict[str, int] = {}
    for number, name in enumerate(ids):
        if rows.setdefault(name, number) != number:
            message = f"{what} {name!r} is there twice"
            raise ProblemError(message)
    return rows


def _row(rows: dict[str, int], name: str, what: str) -> int:
    if name not in rows:
        known = ", ".join(list(rows)[:8]) or "none"
        message = f"there is no {what} {name!r}; known are {known}"
        raise ProblemError(message)
    return rows[name]


def _column(values: Iterable[int | None]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    given = [NONE if value is None else value for value in values]
    return np.array(given, dtype=np.int64)


class _Builder:
    """Ids to rows, tables of the text to tables of the problem."""

    def __init__(self, text: ProblemText) -> None:
        self.text = text
        self.operations = [one for job in text.jobs for one in job.operations]
        self.machine = _rows((one.id for one in text.machines), "machine")
        self.buffer = _rows((one.id for one in text.buffers), "buffer")
        self.pool = _rows((one.id for one in text.pools), "pool")
        self.matrix = _rows((one.id for one in text.setups), "setup matrix")
        self.job = _rows((one.id for one in text.jobs), "job")
        self.operation = _rows((one.id for one in self.operations), "operation")
        named = [family for one in text.setups for family in one.families]
        named += [one.family for one in self.operations if one.family is not None]
        named += [one.family for one in text.machines if one.family is not None]
        self.family = {name: row for row, name in enumerate(dict.fromkeys(named))}

    def problem(self) -> SchedulingProblem:
        """Return the problem of the text."""
        self._judge_families()
        if unknown := set(self.text.objective) - set(PARTS):
            message = f"objective {sorted(unknown)[0]!r} is not one of {sorted(PARTS)}"
            raise ProblemError(message)
        return SchedulingProblem(
            jobs=self._jobs(),
            operations=self._operations(),
            modes=self._modes(),
            machines=self._machines(),
            arcs=self._arcs(),
            setups=self._setups(),
            pools=self._pools(),
            locks=self._locks(),
            objective=_objective(self.text.objective),
            names=Names(
                jobs=tuple(self.job),
                operations=tuple(self.operation),
                machines=tuple(self.machine),
                pools=tuple(self.pool),
                families=tuple(self.family),
                buffers=tuple(self.buffer),
            ),
            tick_us=round(self.text.tick_s * 1e6),
            transport=self._transport(),
            tariff=Tariff(
                start=_column(start for start, _ in self.text.tariff),
                price=_column(price for _, price in self.text.tariff),
            ),
            start_costs=self._start_costs(),
            baseline=self._baseline(),
            buffers=Buffers(capacity=_column(x.capacity for x in self.text.buffers)),
        )

    def _family(self, name: str | None) -> int:
        return NONE if name is None else self.family[name]

    def _judge_families(self) -> None:
        """Refuse a family that the matrix of its machine does not list."""
        listed = {one.id: set(one.families) for one in self.text.setups}
        matrix = {one.id: one.setups for one in self.text.machines}
        asked = [
            (f"operation {one.id!r}", one.family, mode.machine)
            for one in self.operations
            for mode in one.modes
        ]
        asked += [(f"machine {m.id!r}", m.family, m.id) for m in self.text.machines]
        for who, family, machine in asked:
            named = matrix.get(machine or "")
            # An id that is not there is refused where its row is looked up.
            if family is None or named is None or named not in listed:
                continue
            if family not in listed[named]:
                message = (
                    f"{who} has the family {family!r}, which the setup matrix "
                    f"{named!r} of machine {machine!r} does not list"
                )
                raise ProblemError(message)

    def _jobs(self) -> Jobs:
        jobs = self.text.jobs
        return Jobs(
            release=_column(one.release for one in jobs),
            due=_column(one.due for one in jobs),
            deadline=_column(one.deadline for one in jobs),
            weight=_column(one.weight for one in jobs),
            skip_cost=_column(one.skip_cost for one in jobs),
        )

    def _operations(self) -> Operations:
        owners = [row for row, job in enumerate(self.text.jobs) for _ in job.operations]
        given = self.operations
        # An operation without a family takes the first one: setups do not tell it
        # apart unless there are matrices, and then a family must be named.
        bare = [one.id for one in given if one.family is None]
        if self.text.setups and bare:
            message = f"operation {bare[0]!r} has no family, but there are setups"
            raise ProblemError(message)
        return Operations(
            job=_column(owners),
            release=_column(one.release for one in given),
            family=_column(max(self._family(one.family), 0) for one in given),
            resumable=_column(int(one.resumable) for one in given),
            size=_column(one.size for one in given),
        )

    def _modes(self) -> Modes:
        rows = [
            (number, mode)
            for number, one in enumerate(self.operations)
            for mode in one.modes
        ]
        uses = [
            (row, _row(self.pool, pool, "pool"), amount)
            for row, (_, mode) in enumerate(rows)
            for pool, amount in mode.uses.items()
        ]
        return Modes(
            operation=_column(number for number, _ in rows),
            machine=_column(self._machine(mode.machine) for _, mode in rows),
            duration=_column(mode.duration for _, mode in rows),
            early=_column(mode.early for _, mode in rows),
            use_mode=_column(row for row, _, _ in uses),
            use_pool=_column(pool for _, pool, _ in uses),
            use_amount=_column(amount for _, _, amount in uses),
        )

    def _machine(self, name: str | None) -> int:
        return NONE if name is None else _row(self.machine, name, "machine")

    def _machines(self) -> Machines:
        given = self.text.machines
        windows = [
            (row, start, end)
            for row, one in enumerate(given)
            for start, end in one.closed
        ]
        return Machines(
            matrix=_column(
                None
                if one.setups is None
                else _row(self.matrix, one.setups, "setup matrix")
                for one in given
            ),
            first_family=_column(self._family(one.family) for one in given),
            batch=_column(one.batch for one in given),
            blocking=_column(int(one.blocking) for one in given),
            buffer=_column(
                None if one.buffer is None else _row(self.buffer, one.buffer, "buffer")
                for one in given
            ),
            whole_setup=_column(int(one.whole_setups) for one in given),
            busy_power=_column(one.power.busy for one in given),
            setup_power=_column(one.power.setup for one in given),
            idle_power=_column(one.power.idle for one in given),
            closed_machine=_column(row for row, _, _ in windows),
            closed_start=_column(start for _, start, _ in windows),
            closed_end=_column(end for _, _, end in windows),
        )

    def _arcs(self) -> Arcs:
        rows = []
        for job in self.text.jobs:
            before: Sequence[str | After] = ()
            for one in job.operations:
                for other in before if one.after is None else one.after:
                    name, lag = (
                        (other, 0)
                        if isinstance(other, str)
                        else (other.operation, other.lag)
                    )
                    first = _row(self.operation, name, "operation")
                    rows.append((first, self.operation[one.id], lag))
                before = (one.id,)
        return Arcs(
            before=_column(first for first, _, _ in rows),
            after=_column(then for _, then, _ in rows),
            lag=_column(lag for _, _, lag in rows),
        )

    def _setups(self) -> Setups:
        n = len(self.family)
        time = np.zeros((len(self.text.setups), n, n), dtype=np.int64)
        cost = np.zeros_like(time)
        for row, one in enumerate(self.text.setups):
            at = np.array([self.family[name] for name in one.families], dtype=np.int64)
            for target, given in ((time, one.times), (cost, one.costs)):
                if given is None:
                    continue
                if len(given) != at.size or any(len(line) != at.size for line in given):
                    message = (
                        f"setup matrix {one.id!r} must be {at.size} by {at.size}, as "
                        "many as its families"
                    )
                    raise ProblemError(message)
                target[row][np.ix_(at, at)] = given
        return Setups(time=time, cost=cost)

    def _pools(self) -> Pools:
        away = [
            (row, gap) for row, one in enumerate(self.text.pools) for gap in one.away
        ]
        return Pools(
            capacity=_column(one.capacity for one in self.text.pools),
            away_pool=_column(row for row, _ in away),
            away_start=_column(gap.start for _, gap in away),
            away_end=_column(gap.end for _, gap in away),
            away_amount=_column(gap.amount for _, gap in away),
        )

    def _locks(self) -> Locks:
        given = self.text.locks
        return Locks(
            operation=_column(
                _row(self.operation, one.operation, "operation") for one in given
            ),
            machine=_column(self._machine(one.machine) for one in given),
            start=_column(one.start for one in given),
        )

    def _transport(self) -> Transport:
        given, n = self.text.transport, len(self.machine)
        if given is None:
            return Transport()
        at = [_row(self.machine, name, "machine") for name in given.machines]
        if len(set(at)) < len(at):
            message = f"transport names a machine twice: {', '.join(given.machines)}"
            raise ProblemError(message)
        if len(given.times) != len(at) or any(len(x) != len(at) for x in given.times):
            message = f"transport must be {len(at)} by {len(at)}, as its machines"
            raise ProblemError(message)
        time = np.zeros((n, n), dtype=np.int64)
        time[np.ix_(at, at)] = np.array(given.times, dtype=np.int64).reshape(
            len(at), len(at)
        )
        return Transport(time=time)

    def _start_costs(self) -> StartCosts:
        points = [
            (row, time, cost)
            for row, one in enumerate(self.operations)
            for time, cost in one.start_costs
        ]
        return StartCosts(
            operation=_column(row for row, _, _ in points),
            time=_column(time for _, time, _ in points),
            cost=_column(cost for _, _, cost in points),
        )

    def _baseline(self) -> Baseline:
        given = self.text.baseline
        return Baseline(
            operation=_column(
                _row(self.operation, one.operation, "operation") for one in given
            ),
            machine=_column(self._machine(one.machine) for one in given),
            start=_column(one.start for one in given),
            tick_cost=_column(one.tick_cost for one in given),
            move_cost=_column(one.move_cost for one in given),
        )


def _objective(given: dict[str, int] | list[str]) -> Objective:
    """Return the objective; of one that is given, what it does not name weighs 0.

    A list gives parts from the first to the last, each weighing more than the rest.
    """
    if isinstance(given, list):
        order, given = tuple(given), dict.fromkeys(given, 1)
    else:
        order = ()
    if not given:
        return Objective()
    weights: dict[str, Any] = {"makespan": 0, **given}
    return Objective(**weights, order=order)
