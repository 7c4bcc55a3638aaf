"""The page that `millstream schedule` writes: a schedule as a chart."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.planning.scheduling import Schedule, SchedulingProblem
    from twin.planning.shop_schedule import ShopProblem
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
    from twin.report.schedule import Gap, ScheduleData, write

    late = lateness(problem, found) if found.start.size else []
    write(
        ScheduleData(
            title=f"Schedule of {name}",
            subtitle=told,
            rows=[problem.names.machine(row) for row in range(problem.n_machines)],
            bars=_bars(problem, found, {job for job, _, _, _ in late}, was or {}),
            gaps=[Gap(row=r, start=s, end=e) for r, s, e in closed_windows(problem)],
            facts={
                "Jobs": f"{len(problem.jobs):,}",
                "Operations": f"{problem.n_operations:,}",
                "Machines": f"{problem.n_machines:,}",
            },
            history=[(x.seconds, x.objective, x.bound) for x in found.history],
            late=late,
            calendar=None if shop is None else _calendar(shop),
            notes=() if shop is None else shop.left_out,
        ),
        path,
    )


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
                job=owner if len(problem.jobs) > 1 else names.operation(at),
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
