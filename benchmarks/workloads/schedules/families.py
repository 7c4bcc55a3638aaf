"""Generated shops with all that real ones have, one family of rules at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from optimizer.production.scheduling.problem import (
    Arcs,
    Buffers,
    Jobs,
    Machines,
    Modes,
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
    from collections.abc import Callable

__all__ = ["FAMILIES", "generated", "large_shop"]

Generator = np.random.Generator
Tables = dict[str, object]


def generated(family: str, seed: int, *, n_jobs: int = 20) -> SchedulingProblem:
    """Return a flexible shop of four steps a job on six machines, with one more rule.

    Parameters
    ----------
    family
        A key of `FAMILIES`.
    seed
        Seed, >= 0.
    n_jobs
        Number of jobs, >= 2.
    """
    rng = np.random.Generator(np.random.Philox(seed))
    n_machines, steps = 6, 4
    n = n_jobs * steps
    owner, machine, duration = [], [], []
    for row in range(n):
        for where in rng.permutation(n_machines)[: rng.integers(1, 4)].tolist():
            owner.append(row)
            machine.append(where)
            duration.append(int(rng.integers(5, 40)))
    chained = np.setdiff1d(np.arange(n), np.arange(0, n, steps))
    tables: Tables = {
        "jobs": Jobs(release=np.zeros(n_jobs, dtype=np.int64)),
        "operations": Operations(job=np.repeat(np.arange(n_jobs), steps)),
        "modes": Modes(
            operation=np.array(owner),
            machine=np.array(machine),
            duration=np.array(duration),
        ),
        "arcs": Arcs(before=chained - 1, after=chained),
        "machines": Machines(matrix=np.full(n_machines, -1)),
    }
    FAMILIES[family](tables, rng, n_jobs)
    return SchedulingProblem(**tables)  # type: ignore[arg-type]


def large_shop(n_jobs: int, n_machines: int, seed: int) -> SchedulingProblem:
    """Return a job shop in which each job visits every machine once.

    Parameters
    ----------
    n_jobs, n_machines
        Its size.
    seed
        Seed, >= 0.
    """
    rng = np.random.Generator(np.random.Philox(seed))
    n = n_jobs * n_machines
    route = np.argsort(rng.random((n_jobs, n_machines)), axis=1).ravel()
    chained = np.setdiff1d(np.arange(n), np.arange(0, n, n_machines))
    return SchedulingProblem(
        jobs=Jobs(release=np.zeros(n_jobs, dtype=np.int64)),
        operations=Operations(job=np.repeat(np.arange(n_jobs), n_machines)),
        modes=Modes(
            operation=np.arange(n), machine=route, duration=rng.integers(1, 100, n)
        ),
        arcs=Arcs(before=chained - 1, after=chained),
        machines=Machines(matrix=np.full(n_machines, -1)),
    )


def _windows(
    n_machines: int, *, every: int, length: int, until: int
) -> dict[str, npt.NDArray[np.int64]]:
    starts = np.arange(every, until, every + length)
    return {
        "closed_machine": np.repeat(np.arange(n_machines), starts.size),
        "closed_start": np.tile(starts, n_machines),
        "closed_end": np.tile(starts + length, n_machines),
    }


def _calendars(tables: Tables, rng: Generator, n_jobs: int) -> None:
    windows = _windows(6, every=80, length=int(rng.integers(20, 60)), until=60 * n_jobs)
    tables["machines"] = Machines(matrix=np.full(6, -1), **windows)


def _resumable(tables: Tables, rng: Generator, n_jobs: int) -> None:
    _calendars(tables, rng, n_jobs)
    job = np.repeat(np.arange(n_jobs), 4)
    tables["operations"] = Operations(job=job, resumable=rng.integers(0, 2, job.size))


def _assembly(tables: Tables, _rng: Generator, n_jobs: int) -> None:
    # Of each job, the first three steps are parts and the last one joins them.
    first = np.arange(n_jobs) * 4
    before = np.concatenate([first, first + 1, first + 2])
    tables["arcs"] = Arcs(before=before, after=np.tile(first + 3, 3))


def _operators(tables: Tables, rng: Generator, _n_jobs: int) -> None:
    modes = tables["modes"]
    assert isinstance(modes, Modes)
    n = len(modes)
    tables["modes"] = Modes(
        operation=modes.operation,
        machine=modes.machine,
        duration=modes.duration,
        use_mode=np.arange(n),
        use_pool=rng.integers(0, 2, n),
        use_amount=rng.integers(1, 3, n),
    )
    tables["pools"] = Pools(capacity=np.array([3, 3]))


def _maintenance(tables: Tables, rng: Generator, n_jobs: int) -> None:
    """Add a job of maintenance a machine, between a release and a deadline."""
    operations, modes = tables["operations"], tables["modes"]
    assert isinstance(operations, Operations)
    assert isinstance(modes, Modes)
    n, extra = len(operations), np.arange(6)
    earliest = rng.integers(0, 40, 6)
    tables["jobs"] = Jobs(
        release=np.concatenate([np.zeros(n_jobs, dtype=np.int64), earliest]),
        deadline=np.concatenate([np.full(n_jobs, -1), earliest + 100]),
    )
    tables["operations"] = Operations(
        job=np.concatenate([operations.job, n_jobs + extra])
    )
    tables["modes"] = Modes(
        operation=np.concatenate([modes.operation, n + extra]),
        machine=np.concatenate([modes.machine, extra]),
        duration=np.concatenate([modes.duration, rng.integers(10, 40, 6)]),
    )


def _batching(tables: Tables, rng: Generator, n_jobs: int) -> None:
    """Turn the last machine into an oven, through which each last step goes."""
    modes, n = tables["modes"], 4 * n_jobs
    assert isinstance(modes, Modes)
    last = np.arange(3, n, 4)
    kept = ~np.isin(modes.operation, last) & (modes.machine != 5)
    bare = np.setdiff1d(np.arange(n), np.concatenate([modes.operation[kept], last]))
    owner = np.concatenate([modes.operation[kept], bare, last])
    machine = np.concatenate([modes.machine[kept], bare % 5, np.full(n_jobs, 5)])
    duration = np.concatenate(
        [modes.duration[kept], np.full(bare.size, 15), np.full(n_jobs, 60)]
    )
    order = np.argsort(owner, kind="stable")
    tables["modes"] = Modes(
        operation=owner[order], machine=machine[order], duration=duration[order]
    )
    tables["operations"] = Operations(
        job=np.repeat(np.arange(n_jobs), 4), family=rng.integers(0, 2, n)
    )
    tables["machines"] = Machines(
        matrix=np.full(6, -1), batch=np.array([0, 0, 0, 0, 0, 4])
    )


def _tardiness(tables: Tables, rng: Generator, n_jobs: int) -> None:
    release = rng.integers(0, 100, n_jobs)
    tables["jobs"] = Jobs(
        release=release,
        due=release + rng.integers(60, 260, n_jobs),
        weight=rng.integers(1, 10, n_jobs),
    )
    tables["objective"] = Objective(makespan=0, tardiness=1)


def _optional(tables: Tables, rng: Generator, n_jobs: int) -> None:
    """Let every second job be left out, and others wait for some of those."""
    arcs = tables["arcs"]
    assert isinstance(arcs, Arcs)
    cost = np.where(np.arange(n_jobs) % 2, rng.integers(1, 60, n_jobs), -1)
    last, first = np.arange(n_jobs - 1) * 4 + 3, np.arange(1, n_jobs) * 4
    chosen = rng.random(n_jobs - 1) < 0.3  # a few are enough
    tables["arcs"] = Arcs(
        before=np.concatenate([arcs.before, last[chosen]]),
        after=np.concatenate([arcs.after, first[chosen]]),
    )
    release = rng.integers(0, 50, n_jobs)
    tables["jobs"] = Jobs(release=release, skip_cost=cost)


def _setups(tables: Tables, rng: Generator, n_jobs: int) -> None:
    """Add setups between four colours, which cost and are no metric."""
    time = rng.integers(1, 20, (1, 4, 4))
    time[0, np.arange(4), np.arange(4)] = 0
    job = np.repeat(np.arange(n_jobs), 4)
    tables["operations"] = Operations(job=job, family=rng.integers(0, 4, job.size))
    tables["machines"] = Machines(matrix=np.zeros(6, dtype=np.int64))
    tables["setups"] = Setups(time=time, cost=3 * time)
    tables["objective"] = Objective(makespan=1, setup=1)


def _tariff(tables: Tables, rng: Generator, n_jobs: int) -> None:
    """Let energy cost three prices by turns, and late jobs cost too."""
    start = np.arange(0, 30 * n_jobs, 60)
    tables["tariff"] = Tariff(start=start, price=rng.integers(1, 9, start.size))
    tables["machines"] = Machines(
        matrix=np.full(6, -1), busy_power=rng.integers(1, 6, 6)
    )
    release = rng.integers(0, 100, n_jobs)
    tables["jobs"] = Jobs(
        release=release,
        due=release + rng.integers(100, 400, n_jobs),
        weight=rng.integers(10, 50, n_jobs),
    )
    tables["objective"] = Objective(makespan=20, tardiness=1, energy=1)


def _transport(tables: Tables, rng: Generator, _n_jobs: int) -> None:
    """Put the machines at places of a hall, with ways between them."""
    place = rng.integers(0, 12, (6, 2))
    way = np.abs(place[:, None] - place[None, :]).sum(axis=2)
    tables["transport"] = Transport(time=way)


def _blocking(tables: Tables, _rng: Generator, _n_jobs: int) -> None:
    """Leave no room behind every second machine."""
    tables["machines"] = Machines(matrix=np.full(6, -1), blocking=np.arange(6) % 2)


def _buffers(tables: Tables, rng: Generator, _n_jobs: int) -> None:
    """Leave a place or none behind some machines, and two behind two others."""
    tables["machines"] = Machines(
        matrix=np.full(6, -1), buffer=np.array([0, 1, 2, 3, 3, -1])
    )
    tables["buffers"] = Buffers(capacity=np.append(rng.integers(0, 3, 3), 2))


def _wear(tables: Tables, rng: Generator, n_jobs: int) -> None:
    """Add maintenance that may be left out, and costs ever more when it comes late."""
    _maintenance(tables, rng, n_jobs)
    jobs, rows = tables["jobs"], 4 * n_jobs + np.arange(6)
    assert isinstance(jobs, Jobs)
    earliest = rng.integers(20, 100, 6)
    skip_cost = np.full(n_jobs + 6, -1)
    skip_cost[n_jobs:] = rng.integers(40, 200, 6)
    tables["jobs"] = Jobs(
        release=np.concatenate([jobs.release[:n_jobs], earliest]),
        deadline=np.concatenate([jobs.deadline[:n_jobs], earliest + 300]),
        skip_cost=skip_cost,
    )
    tables["start_costs"] = StartCosts(
        operation=np.repeat(rows, 3),
        time=(earliest[:, None] + [0, 60, 250]).ravel(),
        cost=np.stack(
            [rng.integers(20, 60, 6), rng.integers(0, 9, 6), rng.integers(60, 200, 6)],
            axis=1,
        ).ravel(),
    )


FAMILIES: dict[str, Callable[[Tables, Generator, int], None]] = {
    "assembly": _assembly,
    "batching": _batching,
    "blocking": _blocking,
    "buffers": _buffers,
    "calendars": _calendars,
    "maintenance": _maintenance,
    "operators": _operators,
    "optional": _optional,
    "resumable": _resumable,
    "setups": _setups,
    "tardiness": _tardiness,
    "tariff": _tariff,
    "transport": _transport,
    "wear": _wear,
}
"""What each family adds to the shop."""
