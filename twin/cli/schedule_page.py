"""The page that `millstream schedule` writes: a schedule as a chart."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twin.planning.scheduling import Schedule, SchedulingProblem
    from twin.planning.shop_schedule import ShopProblem
    from twin.planning.waits import Wait
    from twin.report.schedule import Bar, Calendar


def write_page(
    path: Path,
    *,
    name: str,
    told: str,
    problem: "SchedulingProblem",
    found: "Schedule",
    shop: "ShopProblem | None" = None,
    was: "Mapping[int, str] | None" = None,
) -> None:
    """Write the chart of a schedule.

    Parameters
    ----------
    path : Path
        File to write.
    name : str
        Of what was scheduled.
    told : str
        What came of it, in a line.
    problem, found : SchedulingProblem, Schedule
        What was scheduled.
    shop : ShopProblem or None
        Of a network: the chart has times of the world and says what was left out.
    was : Mapping or None
        Of operations that have moved, by row: machine and start before.
    """
    from twin.planning.scheduling import closed_windows, lateness
    from twin.planning.waits import waits_of
    from twin.report import skeleton
    from twin.report.schedule import Gap, Pause, ScheduleData, render

    late = lateness(problem, found) if found.start.size else []
    waits = waits_of(problem, found)
    data = ScheduleData(
        title=f"Schedule of {name}",
        subtitle=told,
        rows=_rows(problem, waits),
        bars=_bars(problem, found, {job for job, _, _, _ in late}, was or {}),
        gaps=[Gap(row=r, start=s, end=e) for r, s, e in closed_windows(problem)],
        pauses=[
            Pause(
                job=_job(problem, wait.operation),
                row=wait.where,
                start=wait.start,
                end=wait.end,
            )
            for wait in waits
        ],
        facts={
            "Jobs": f"{len(problem.jobs):,}",
            "Operations": f"{problem.n_operations:,}",
            "Machines": f"{problem.n_machines:,}",
        },
        history=[(x.seconds, x.objective, x.bound) for x in found.history],
        late=late,
        calendar=None if shop is None else _calendar(shop),
        notes=() if shop is None else shop.left_out,
    )
    skeleton.write(render(data), path)


def _rows(problem: "SchedulingProblem", waits: "Sequence[Wait]") -> list[str]:
    """Return the machines, and behind each the places that it empties into."""
    buffers = problem.machines.buffer.tolist()
    rows: list[str] = []
    for machine, buffer in enumerate(buffers):
        rows.append(problem.names.machine(machine))
        if buffer in buffers[machine + 1 :] or buffer < 0:
            continue
        name = problem.names.buffer(buffer)
        many = problem.buffers.capacity[buffer] > 1
        used = {wait.where for wait in waits}
        places = [f"{name} {at + 1}" for at in range(len(used))] if many else [name]
        rows += [place for place in places if place in used]
    return rows


def _job(problem: "SchedulingProblem", operation: int) -> str:
    """Return what bars call the job of an operation: of a single job, that itself."""
    owner = problem.names.job(problem.operations.job[operation])
    return owner if len(problem.jobs) > 1 else problem.names.operation(operation)


def _calendar(shop: "ShopProblem") -> "Calendar":
    from twin.report.schedule import Calendar

    return Calendar(
        at_us=shop.at_us, tick_us=shop.problem.tick_us, time_zone=shop.time_zone
    )


def _bars(
    problem: "SchedulingProblem",
    found: "Schedule",
    late: set[str],
    was: "Mapping[int, str]",
) -> "list[Bar]":
    from twin.planning.scheduling import setups_before
    from twin.report.schedule import Bar

    names, job = problem.names, problem.operations.job.tolist()
    setups = setups_before(problem, found).tolist() if found.start.size else []
    bars = []
    for at, (mode, setup) in enumerate(zip(found.mode.tolist(), setups, strict=True)):
        machine = int(problem.modes.machine[mode])
        if mode < 0 or found.start[at] == found.end[at]:
            continue
        owner = names.job(job[at])
        bars.append(
            Bar(
                job=_job(problem, at),
                operation=names.operation(at),
                row=owner if machine < 0 else names.machine(machine),
                start=int(found.start[at]),
                end=int(found.end[at]),
                late=owner in late,
                setup=int(setup),
                was=was.get(at, ""),
            )
        )
    return sorted(bars, key=lambda bar: (bar.start, bar.end))
