"""Shops with a schedule, but for conflicts planted in them, and what mends those.

Each conflict has jobs and a machine, or a tool, of its own, amid some 500 operations
that have room. What its cheapest repair costs is found by trying all orders and all
openings of closed time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from optimizer import SolveOptions
from optimizer.production.scheduling.problem import (
    NONE,
    Arcs,
    Jobs,
    Locks,
    Machines,
    Modes,
    Objective,
    Operations,
    Pools,
    SchedulingProblem,
    Setups,
)
from optimizer.production.scheduling.solve import schedule_production

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Block", "Planted", "planted"]

Generator = np.random.Generator

N_MACHINES = 12
OPEN, CLOSED, SHIFTS = 80, 20, 16
"""Ticks open and closed of a shift of all machines, and how many shifts have an end."""

FAMILIES = 3
LATE, SOONER, EXPEDITE, OVERTIME, LOCK = 10, 20, 15, 5, 2_000
"""Default prices, written down a second time: what a tick, or a lock, costs."""


@dataclass(frozen=True, slots=True)
class Block:
    """A planted conflict: its kind, the rows of its jobs, and its cheapest repair."""

    kind: str
    jobs: tuple[int, ...]
    price: int


@dataclass(frozen=True, slots=True)
class Planted:
    """A problem without a schedule, and the conflicts planted in it."""

    problem: SchedulingProblem
    blocks: tuple[Block, ...]


@dataclass(slots=True)
class _Rows:
    """Rows of the tables, while they grow."""

    release: list[int] = field(default_factory=list)
    deadline: list[int] = field(default_factory=list)
    weight: list[int] = field(default_factory=list)
    job: list[int] = field(default_factory=list)
    material: list[int] = field(default_factory=list)
    family: list[int] = field(default_factory=list)
    modes: list[tuple[int, int, int]] = field(default_factory=list)
    uses: list[tuple[int, int]] = field(default_factory=list)
    arcs: list[tuple[int, int]] = field(default_factory=list)
    locks: list[tuple[int, int, int]] = field(default_factory=list)

    def add_job(self, release: int = 0, deadline: int = NONE, weight: int = 1) -> int:
        """Add a job and return its row."""
        self.release.append(release)
        self.deadline.append(deadline)
        self.weight.append(weight)
        return len(self.release) - 1

    def add_operation(
        self, job: int, places: list[tuple[int, int]], *, family: int, material: int = 0
    ) -> int:
        """Add an operation with its (machine, duration) pairs, and return its row."""
        row = len(self.job)
        if row and self.job[-1] == job:
            self.arcs.append((row - 1, row))
        self.job.append(job)
        self.material.append(material)
        self.family.append(family)
        self.modes += [(row, machine, duration) for machine, duration in places]
        return row

    def problem(self, setup: np.ndarray) -> SchedulingProblem:
        """Return the problem of the rows."""
        modes = np.array(self.modes)
        first = np.searchsorted(modes[:, 0], np.arange(len(self.job) + 1))
        uses = [
            (mode, pool)
            for operation, pool in self.uses
            for mode in range(first[operation], first[operation + 1])
        ]
        held = np.array(uses, dtype=np.int64).reshape(-1, 2)
        arcs = np.array(self.arcs, dtype=np.int64).reshape(-1, 2)
        locks = np.array(self.locks, dtype=np.int64).reshape(-1, 3)
        starts = OPEN + (OPEN + CLOSED) * np.arange(SHIFTS)
        n_pools = max((pool for _, pool in self.uses), default=-1) + 1
        return SchedulingProblem(
            jobs=Jobs(
                release=np.array(self.release),
                deadline=np.array(self.deadline),
                weight=np.array(self.weight),
            ),
            operations=Operations(
                job=np.array(self.job),
                release=np.array(self.material),
                family=np.array(self.family),
            ),
            modes=Modes(
                operation=modes[:, 0],
                machine=modes[:, 1],
                duration=modes[:, 2],
                use_mode=held[:, 0],
                use_pool=held[:, 1],
                use_amount=np.ones(len(held), dtype=np.int64),
            ),
            machines=Machines(
                matrix=np.where(np.arange(N_MACHINES) % 3 == 2, 0, NONE),
                closed_machine=np.repeat(np.arange(N_MACHINES), SHIFTS),
                closed_start=np.tile(starts, N_MACHINES),
                closed_end=np.tile(starts + CLOSED, N_MACHINES),
            ),
            arcs=Arcs(before=arcs[:, 0], after=arcs[:, 1]),
            setups=Setups(time=setup, cost=np.zeros_like(setup)),
            pools=Pools(capacity=np.ones(n_pools, dtype=np.int64)),
            locks=Locks(operation=locks[:, 0], machine=locks[:, 1], start=locks[:, 2]),
            objective=Objective(makespan=1),
        )


def planted(
    seed: int, *, n_operations: int = 500, n_conflicts: int | None = None
) -> Planted:
    """Return a shop with conflicts of kinds drawn by chance.

    Parameters
    ----------
    seed
        Seed, >= 0.
    n_operations
        About so many operations, >= 60.
    n_conflicts
        1 to 4; drawn by chance if it is not given.
    """
    rng = np.random.Generator(np.random.Philox(seed))
    setup = rng.integers(4, 8, (1, FAMILIES, FAMILIES))
    setup[0, np.arange(FAMILIES), np.arange(FAMILIES)] = 0
    if n_conflicts is None:
        n_conflicts = int(rng.integers(1, 5))
    rows = _roomy(rng, (n_operations - 3 * n_conflicts) // 4, setup)
    kinds = rng.choice(list(_KINDS), n_conflicts).tolist()
    machines = rng.permutation(N_MACHINES).tolist()
    blocks = []
    shifts = 1 + rng.permutation(6)
    for number, kind in enumerate(kinds):
        asked = kind == "setups"
        machine = next(m for m in machines if (m % 3 == 2) == asked)
        machines.remove(machine)
        shift = int(shifts[number])
        blocks.append(_KINDS[kind](rows, rng, (machine, shift), setup))
    return Planted(rows.problem(setup), tuple(blocks))


def _roomy(rng: Generator, n_jobs: int, setup: np.ndarray) -> _Rows:
    """Return jobs of four steps whose deadlines leave room after a schedule of them."""
    rows = _Rows()
    for _ in range(n_jobs):
        job = rows.add_job(release=int(rng.integers(0, 4)) * 40)
        for _ in range(4):
            places = rng.permutation(N_MACHINES)[: rng.integers(1, 4)]
            pairs = [(int(machine), int(rng.integers(4, 20))) for machine in places]
            material = int(rng.integers(1, 200)) if rng.random() < 0.1 else 0
            family = int(rng.integers(0, FAMILIES))
            rows.add_operation(job, pairs, family=family, material=material)
    options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=20_000)
    schedule = schedule_production(rows.problem(setup), options)
    end = np.zeros(n_jobs, dtype=np.int64)
    np.maximum.at(end, np.array(rows.job), schedule.end)
    dated = rng.random(n_jobs) < 0.8
    rows.deadline = np.where(dated, end + rng.integers(250, 600, n_jobs), NONE).tolist()
    return rows


def _overload(
    rows: _Rows, rng: Generator, at: tuple[int, int], _setup: np.ndarray
) -> Block:
    """Ask more of a machine than the time between release and deadline has."""
    machine, shift = at
    durations = rng.integers(8, 15, 3).tolist()
    begin = shift * (OPEN + CLOSED)
    end = begin + sum(durations) - int(rng.integers(2, 7))
    return _one_by_one(rows, rng, (machine, durations), (begin, end))


def _closed(
    rows: _Rows, rng: Generator, at: tuple[int, int], _setup: np.ndarray
) -> Block:
    """Let closed time take away what jobs need between release and deadline."""
    machine, shift = at
    durations = rng.integers(8, 15, 2).tolist()
    window = shift * (OPEN + CLOSED) + OPEN
    begin = window - int(rng.integers(2, 7))
    end = window + CLOSED + int(rng.integers(2, 7))
    return _one_by_one(
        rows, rng, (machine, durations), (begin, end), window=(window, window + CLOSED)
    )


def _setups(
    rows: _Rows, rng: Generator, at: tuple[int, int], setup: np.ndarray
) -> Block:
    """Leave time for the work on a machine, but not for the setups in between."""
    machine, shift = at
    durations = rng.integers(8, 15, 3).tolist()
    begin = shift * (OPEN + CLOSED) + 20
    end = begin + sum(durations) + int(rng.integers(1, 7))
    return _one_by_one(rows, rng, (machine, durations), (begin, end), setup=setup)


def _tool(
    rows: _Rows, rng: Generator, at: tuple[int, int], _setup: np.ndarray
) -> Block:
    """Ask on several machines for the one tool of a pool."""
    machine, shift = at
    durations = rng.integers(8, 15, 3).tolist()
    begin = shift * (OPEN + CLOSED)
    end = begin + sum(durations) - int(rng.integers(2, 7))
    pool = max((used for _, used in rows.uses), default=-1) + 1
    first = len(rows.job)
    block = _one_by_one(rows, rng, (machine, durations), (begin, end), kind="tool")
    others = [m for m in range(N_MACHINES) if m != machine and m % 3 != 2]
    for number, operation in enumerate(range(first, len(rows.job))):
        rows.uses.append((operation, pool))
        where = [machine, *rng.permutation(others).tolist()][number]
        at_mode = next(at for at, mode in enumerate(rows.modes) if mode[0] == operation)
        rows.modes[at_mode] = (operation, where, durations[number])
    return block


def _route(
    rows: _Rows, rng: Generator, at: tuple[int, int], _setup: np.ndarray
) -> Block:
    """Give a job less time after its material than its route takes."""
    machine, shift = at
    durations = rng.integers(8, 15, 2).tolist()
    ready = shift * (OPEN + CLOSED)
    short = int(rng.integers(2, 7))
    weight = int(rng.integers(1, 3))
    job = rows.add_job(0, ready + sum(durations) - short, weight)
    rows.add_operation(job, [(machine, durations[0])], family=0, material=ready)
    other = (machine + 3) % N_MACHINES
    rows.add_operation(job, [(other, durations[1])], family=0)
    # Material may come no earlier than the shift before has an end, at this price.
    mixes = [
        LATE * weight * late + EXPEDITE * sooner + OVERTIME * sooner
        for late in range(short + 1)
        for sooner in range(short + 1)
        if late + sooner >= short
    ]
    return Block("route", (job,), min(mixes))


def _lock(
    rows: _Rows, rng: Generator, at: tuple[int, int], _setup: np.ndarray
) -> Block:
    """Lock two operations onto a machine at the same time."""
    machine, shift = at
    start = shift * (OPEN + CLOSED) + 10
    jobs = []
    for begins in (start, start + int(rng.integers(1, 8))):
        jobs.append(rows.add_job())
        row = rows.add_operation(jobs[-1], [(machine, 12)], family=0)
        rows.locks.append((row, machine, begins))
    return Block("lock", tuple(jobs), LOCK)


def _one_by_one(
    rows: _Rows,
    rng: Generator,
    work: tuple[int, list[int]],
    span: tuple[int, int],
    *,
    window: tuple[int, int] | None = None,
    setup: np.ndarray | None = None,
    kind: str | None = None,
) -> Block:
    """Add jobs of one operation to a machine, and find what mends them at least."""
    machine, durations = work
    begin, end = span
    weights = rng.integers(1, 4, len(durations)).tolist()
    jobs = []
    for number, (duration, weight) in enumerate(zip(durations, weights, strict=True)):
        jobs.append(rows.add_job(begin, end, weight))
        rows.add_operation(jobs[-1], [(machine, duration)], family=number)
    if kind is None:
        kind = "setups" if setup is not None else "closed" if window else "overload"
    price = _least_price((durations, weights), span, window=window, setup=setup)
    return Block(kind, tuple(jobs), price)


def _least_price(
    work: tuple[list[int], list[int]],
    span: tuple[int, int],
    *,
    window: tuple[int, int] | None,
    setup: np.ndarray | None,
) -> int:
    """Return the least price over all orders, all openings, and all times.

    The shift before the release and the one after the deadline are closed too: opening
    them is tried as well.
    """
    durations, _ = work
    begin, end = span
    shift = OPEN + CLOSED
    low, high = begin - 3 * shift, end + 3 * shift
    times = np.arange(low, high)
    is_closed = times % shift >= OPEN
    openings = [(times, is_closed, 0)]
    before, after = _edges(begin, end, window)
    for opened_start in range(CLOSED + 1):
        for opened_end in range(CLOSED + 1 - opened_start):
            if opened_start + opened_end == 0:
                continue
            price = OVERTIME * (opened_start + opened_end)
            for edge in {before, after}:
                shut = is_closed.copy()
                shut[edge - low : edge - low + opened_start] = False
                until = edge - low + CLOSED
                shut[until - opened_end : until] = False
                openings.append((times, shut, price))
    return min(
        price + _least_in_order(order, work, (begin, end), (times, shut), setup=setup)
        for times, shut, price in openings
        for order in permutations(range(len(durations)))
    )


def _edges(begin: int, end: int, window: tuple[int, int] | None) -> tuple[int, int]:
    """Return the beginnings of the closed windows worth opening."""
    if window is not None:
        return window[0], window[0]
    shift = OPEN + CLOSED
    return begin // shift * shift - CLOSED, end // shift * shift + OPEN


def _least_in_order(
    order: tuple[int, ...],
    work: tuple[list[int], list[int]],
    span: tuple[int, int],
    calendar: tuple[np.ndarray, np.ndarray],
    *,
    setup: np.ndarray | None,
) -> int:
    """Return the least price of dates for jobs in an order, over all their starts."""
    (durations, weights), (begin, end), (times, shut) = work, span, calendar
    blocked = np.concatenate(([0], np.cumsum(shut)))
    size = times.size
    best = np.zeros(size + 1, dtype=np.float64)
    for place, job in enumerate(order):
        duration = durations[job]
        starts = np.arange(size - duration)
        cost = np.full(size + 1, np.inf)
        late = np.maximum(times[starts] + duration - end, 0)
        sooner = np.maximum(begin - times[starts], 0)
        free = blocked[starts + duration] == blocked[starts]
        gap = 0
        if place and setup is not None:
            gap = int(setup[0, order[place - 1], job])
        # The least of what was done by the time the setup began.
        earlier = np.full(starts.size, np.inf)
        earlier[gap:] = best[starts[gap:] - gap]
        price = earlier + LATE * weights[job] * late + SOONER * sooner
        cost[starts + duration] = np.where(free, price, np.inf)
        best = np.minimum.accumulate(cost)
    return int(best[-1])


_KINDS: dict[str, Callable[..., Block]] = {
    "overload": _overload,
    "closed": _closed,
    "setups": _setups,
    "tool": _tool,
    "route": _route,
    "lock": _lock,
}
