"""Shows what came of `millstream whatif`: the table, the JSON, the page."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from twin.cli.branching import Compared
from twin.cli.console import Console, time_text
from twin.cli.units import unit_of
from twin.model.network import Network
from twin.whatif import Cell, Comparison
from twin.whatif.measures import HEADLINE_MEASURES, MEASURES, Measure

MARKS = {"better": "+", "worse": "-", "changed": "*", "same": "=", "unclear": ""}
LEGEND = "+ better, - worse, * changed, = the same; no mark: not told from chance"


def show_comparison(
    compared: Compared, console: Console, *, report: Path | None
) -> None:
    """Print the KPI table; write page and JSON where asked for.

    Parameters
    ----------
    compared : Compared
        Futures of all branches.
    console : Console
        Where to print.
    report : Path or None
        File of the page, written or replaced.
    """
    comparison = compared.comparison
    cells = list(comparison.cells())
    _print(compared, cells, console)
    if report is not None:
        write_page(compared, cells, report)
        console.say(f"report: {report}")
    console.finish(result_of(compared, cells))


def write_page(compared: Compared, cells: Sequence[Cell], path: Path) -> None:
    """Write the page of a comparison, whole or not at all."""
    from twin.cli.comparing import comparison_page
    from twin.report.comparison import write

    data = comparison_page(compared, cells)
    write(data, path)


def _print(compared: Compared, cells: Sequence[Cell], console: Console) -> None:
    import polars as pl

    comparison, spec = compared.comparison, compared.spec
    base, *others = (branch.name for branch in comparison.branches)
    network = comparison.branches[0].network
    for branch in comparison.branches[1:]:
        for line in branch.lines:
            console.say(f"{branch.name}: {line}")
    columns: dict[str, list[str]] = {"measure": [], "unit": [], base: []}
    columns |= {name: [] for name in others}
    shown = [measure for measure in HEADLINE_MEASURES if _is_known(measure, cells)]
    for measure in shown:
        columns["measure"].append(measure.name)
        columns["unit"].append(unit_of(measure, network))
    for cell in (cell for cell in cells if cell.measure in shown):
        own = cell.branch == base
        columns[cell.branch].append(_mean(cell) if own else _difference(cell))
    n = comparison.replications.n
    title = (
        f"{spec.policy}, {n} futures of {spec.horizon_days:g} days "
        f"from {time_text(network.settings.as_of_us)}, seed {spec.seed}: {base} with "
        "95 % intervals, and differences to it"
    )
    console.table(pl.DataFrame(columns), title=title, rows_max=0)
    console.say(LEGEND)
    console.say(f"{len(MEASURES) - len(shown)} more KPIs with --json or --report")


def _is_known(measure: Measure, cells: Sequence[Cell]) -> bool:
    return any(cell.n for cell in cells if cell.measure is measure)


def _mean(cell: Cell) -> str:
    return f"{_number(cell.mean)} ± {_number(cell.half_width)}"


def _difference(cell: Cell) -> str:
    if cell.verdict == "same":
        return "="
    number = _number(cell.difference)
    sign = "+" if cell.difference > 0.0 else ""
    mark = MARKS[cell.verdict]
    return f"{sign}{number} ± {_number(cell.difference_half_width)} {mark}".rstrip()


def _number(value: float) -> str:
    if math.isnan(value):
        return "?"
    return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:,.2f}"  # noqa: PLR2004


def result_of(compared: Compared, cells: Iterable[Cell]) -> dict[str, Any]:
    """Return what stands in the JSON.

    Parameters
    ----------
    compared : Compared
        Futures of all branches.
    cells : iterable of Cell
        Of its comparison.

    Returns
    -------
    dict
        ``kpis`` has a row for each KPI and branch: mean, low and high of its interval,
        and the same of the paired difference; ``runs`` the KPIs of every future, in
        the same units. What is not defined is None.
    """
    comparison, spec = compared.comparison, compared.spec
    network = comparison.branches[0].network
    return {
        "network": network.settings.name,
        "network_hash": network.hash,
        "as_of": time_text(network.settings.as_of_us),
        "start": compared.start or None,
        "policy": spec.policy,
        "horizon_days": spec.horizon_days,
        "replications": comparison.replications.n,
        "seed": spec.seed,
        "confidence": comparison.replications.options.confidence,
        "is_precise": comparison.replications.is_precise,
        "branches": [
            {
                "name": branch.name,
                "description": branch.description,
                "network_hash": branch.network.hash,
                "changes": list(branch.lines),
            }
            for branch in comparison.branches
        ],
        "kpis": [_row(cell, network) for cell in cells],
        "runs": _runs(comparison),
    }


def _row(cell: Cell, network: Network) -> dict[str, Any]:
    measure = cell.measure
    return {
        "kpi": measure.key,
        "name": measure.name,
        "unit": unit_of(measure, network),
        "better": measure.better,
        "branch": cell.branch,
        "n": cell.n,
        **_interval("", cell.mean, cell.half_width),
        **_interval("difference_", cell.difference, cell.difference_half_width),
        "variance_ratio": _finite(cell.variance_ratio),
        "verdict": cell.verdict or None,
    }


def _interval(prefix: str, mean: float, half_width: float) -> dict[str, float | None]:
    numbers = {
        "mean": mean,
        "half_width": half_width,
        "low": mean - half_width,
        "high": mean + half_width,
    }
    return {prefix + name: _finite(value) for name, value in numbers.items()}


def _runs(comparison: Comparison) -> list[dict[str, Any]]:
    rows = []
    for branch in comparison.branches:
        columns = {m.key: comparison.values(m, branch.name) for m in MEASURES}
        for k, seed in enumerate(comparison.replications.seeds):
            kpis = {key: _finite(float(values[k])) for key, values in columns.items()}
            rows.append({"branch": branch.name, "seed": seed, "kpis": kpis})
    return rows


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
