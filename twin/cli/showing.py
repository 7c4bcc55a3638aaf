"""Shows what came of playing policies: tables, the report, the JSON."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from twin.cli.console import Console
from twin.cli.intervals import Interval, intervals
from twin.cli.loop_orders import show_adherence
from twin.cli.playing import Played
from twin.cli.reporting import BOUND, kpi_rows, report_data
from twin.model.network import Network
from twin.planning import planning_structure
from twin.report import KpiRow, write


def show(
    network: Network,
    played: Played,
    console: Console,
    *,
    out: Path | None,
    browser: bool = False,
) -> None:
    """Print the KPI table of one seed; write report and JSON where asked for."""
    rows = kpi_rows(network, played.results)
    _print_kpis(rows, played, console)
    _show_orders(played, console, out=out)
    _print_end(played, console)
    if out is not None:
        report = out / "report.html"
        write_report(network, played, report)
        console.say(f"events: {out / 'log'}")
        console.say(f"report: {report}")
        if browser:
            _open(report)
    console.finish(result_of(network, [played]))


def _show_orders(played: Played, console: Console, *, out: Path | None) -> None:
    adherence = played.results[0].adherence
    if adherence is not None:
        show_adherence(adherence, console, out=out)


def write_report(network: Network, played: Played, path: Path) -> None:
    """Write the report of the first policy of a seed, whole or not at all.

    Parameters
    ----------
    network : Network
        What was played.
    played : Played
        The runs.
    path : Path
        File to write or replace; its folder is made.
    """
    data = report_data(
        network,
        played.results,
        played.gathered,
        structure=planning_structure(network),
        seed=played.spec.seed,
        disruptions=played.disruptions,
    )
    write(data, path)


def _open(report: Path) -> None:
    import webbrowser

    webbrowser.open(report.resolve().as_uri())


def _print_kpis(rows: Sequence[KpiRow], played: Played, console: Console) -> None:
    import polars as pl

    first, *others = played.results
    columns: dict[str, list[str]] = {"measure": [row.name for row in rows]}
    columns["unit"] = [row.unit for row in rows]
    columns[first.policy] = [_number(row.value) for row in rows]
    for other in others:
        columns[other.policy] = [_number(row.comparisons[other.policy]) for row in rows]
    share = next((row.bound_percent for row in rows if row.bound_percent), None)
    title = (
        f"{first.policy} ({first.information}), seed {played.spec.seed}, "
        f"{len(first.table.periods)} reviews"
    )
    if share is not None:
        title += f": {share:.1f} % of the result with all demand known"
    console.table(pl.DataFrame(columns), title=title, rows_max=0)


def _print_end(played: Played, console: Console) -> None:
    first = played.results[0]
    console.say(f"{first.n_events:,} events, state hash {first.state_hash}")
    for result in played.results:
        if result.unfinished_plans:
            console.warn(
                f"{result.policy}: {result.unfinished_plans} plans ran out of time; "
                "the last finished plan was followed instead"
            )
        if result.verdicts:
            last = result.verdicts[-1]
            console.say(f"judged {len(result.verdicts)} times, the last: {last.reason}")


def _number(value: float) -> str:
    if math.isnan(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:,.2f}"  # noqa: PLR2004


def result_of(network: Network, runs: Sequence[Played]) -> dict[str, Any]:
    """Return what stands in the JSON: the KPIs of every seed and policy.

    Parameters
    ----------
    network : Network
        What was played.
    runs : sequence of Played
        Seeds, each with its policies.

    Returns
    -------
    dict
        KPIs that are not defined for a run are None.
    """
    return {
        "network": network.settings.name,
        "network_hash": network.hash,
        "bound": BOUND,
        "runs": [
            {
                "seed": played.spec.seed,
                "policy": result.policy,
                "information": result.information,
                "periods": len(result.table.periods),
                "events": result.n_events,
                "state_hash": result.state_hash,
                "unfinished_plans": result.unfinished_plans,
                "kpis": _finite(result.table.totals()),
                "verdicts": [one.to_json() for one in result.verdicts],
                "adherence": (
                    None if result.adherence is None else result.adherence.to_json()
                ),
            }
            for played in runs
            for result in played.results
        ],
    }


def _finite(kpis: dict[str, float]) -> dict[str, float | None]:
    return {name: v if math.isfinite(v) else None for name, v in kpis.items()}


def compare(
    network: Network, runs: Sequence[Played], console: Console, *, out: Path | None
) -> None:
    """Print the KPIs of many seeds with intervals, and paired differences.

    Parameters
    ----------
    network : Network
        What was played.
    runs : sequence of Played
        At least two seeds of the same policies.
    console : Console
        Where to print.
    out : Path or None
        Folder for the report of the first seed, and the comparison of all.
    """
    rows = intervals(runs)
    _print_intervals(rows, len(runs), console)
    _show_orders(runs[0], console, out=out)
    if out is not None:
        report = out / "report.html"
        write_report(network, runs[0], report)
        console.say(f"report of seed {runs[0].spec.seed}: {report}")
        from twin.cli.loop_page import write_comparison

        page = out / "comparison.html"
        write_comparison(network, runs, page)
        console.say(f"all seeds and policies: {page}")
    console.finish(
        result_of(network, runs) | {"intervals": [asdict(row) for row in rows]}
    )


def _print_intervals(rows: Sequence[Interval], n_seeds: int, console: Console) -> None:
    import polars as pl

    first = rows[0].policy
    table = pl.DataFrame(
        {
            "measure": [row.measure for row in rows],
            "policy": [row.policy for row in rows],
            "mean": [_plus_minus(row.mean, row.half_width) for row in rows],
            f"less {first}": [
                ""
                if row.policy == first
                else _plus_minus(row.difference, row.difference_half_width)
                for row in rows
            ],
        }
    )
    title = f"{n_seeds} seeds, means with 95 % intervals"
    console.table(table, title=title, rows_max=0)


def _plus_minus(value: float, half_width: float) -> str:
    return f"{_number(value)} ± {_number(half_width)}"
