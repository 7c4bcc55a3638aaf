"""Plays policies for the commands `demo` and `loop`, and shows what came of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from streams.log import LogWriter
from twin.cli.console import Console
from twin.cli.gathering import Gathered, Gatherer
from twin.cli.reporting import BOUND, kpi_rows, report_data
from twin.clock import SystemClock
from twin.cycle import Policy
from twin.errors import OptionError
from twin.loop import LoopResult, PlayOptions, Review, play
from twin.model import load_scenario
from twin.model.network import Network
from twin.planning import planning_structure
from twin.report import KpiRow, ReportData, write
from twin.simulate.disruptions import Disruption, of_scenario

SEEDS_MAX = 1000
STUDENT_95 = {1: 12.71, 2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 7: 2.36, 9: 2.26}
"""Two-sided 95 % points of Student's t by degrees of freedom.

Between two of them the wider counts; beyond the last, the normal's.
"""


@dataclass(frozen=True, slots=True)
class PlaySpec:
    """What a command plays; see `twin.loop.PlayOptions`."""

    policies: tuple[str, ...]
    n_periods: int
    seed: int = 0
    quantile: float = 0.6
    service: float = 0.95
    scenario: Path | None = None
    out: Path | None = None

    def of_seed(self, seed: int, out: Path | None) -> "PlaySpec":
        """Return the same for another seed and folder."""
        return replace(self, seed=seed, out=out)

    def options(self, policy: str, disruptions: Sequence[Disruption]) -> PlayOptions:
        """Return the options of one policy."""
        return PlayOptions(
            policy=policy,
            n_periods=self.n_periods,
            seed=self.seed,
            quantile=self.quantile,
            service=self.service,
            disruptions=disruptions,
        )


@dataclass(frozen=True, slots=True)
class Played:
    """The runs of one seed: the policy asked for first, then the others."""

    spec: PlaySpec
    results: tuple[LoopResult, ...]
    gathered: Gathered
    disruptions: tuple[Disruption, ...]


def seed_range(text: str) -> range:
    """Read ``A..B`` (both played) or one seed.

    Raises
    ------
    OptionError
        If it is neither, or has more than `SEEDS_MAX` seeds.

    Examples
    --------
    >>> list(seed_range("3..5")), list(seed_range("7"))
    ([3, 4, 5], [7])
    """
    first, _, last = text.partition("..")
    try:
        found = range(int(first), int(last or first) + 1)
    except ValueError:
        found = range(0)
    if not 1 <= len(found) <= SEEDS_MAX or found[0] < 0:
        msg = (
            f"seeds must be a seed >= 0 or A..B with at most {SEEDS_MAX} seeds, "
            f"was {text!r}"
        )
        raise OptionError(msg)
    return found


def play_policies(network: Network, spec: PlaySpec, console: Console) -> Played:
    """Play every policy of a spec on one seed.

    Parameters
    ----------
    network : Network
        What is played.
    spec : PlaySpec
        With a folder, the events of the first policy go to its ``log``.
    console : Console
        Shows progress.

    Returns
    -------
    Played
        All policies met the same demand, lead times and failures.
    """
    disruptions: tuple[Disruption, ...] = ()
    if spec.scenario is not None:
        disruptions = of_scenario(load_scenario(spec.scenario, network))
    options = [spec.options(policy, disruptions) for policy in spec.policies]
    log = None if spec.out is None else _fresh_log(spec.out)
    gatherer = Gatherer(spec.n_periods, network.demands.mean_per_day)
    results = []
    try:
        for k, one in enumerate(options):
            writer, looker = (log, gatherer) if k == 0 else (None, None)
            result = _play(network, one, console, log=writer, looker=looker)
            results.append(result)
    finally:
        if log is not None:
            log.close()
    gathered = gatherer.finished(results[0].table.periods[-1].time_us)
    return Played(spec, tuple(results), gathered, disruptions)


def _fresh_log(out: Path) -> LogWriter:
    folder = out / "log"
    if folder.exists() and any(folder.iterdir()):
        msg = (
            f"{folder}: holds a log already, and a run is not added to another; "
            "choose another folder or remove it"
        )
        raise OptionError(msg)
    out.mkdir(parents=True, exist_ok=True)
    return LogWriter(folder, fsync="close")


def _play(
    network: Network,
    options: PlayOptions,
    console: Console,
    *,
    log: LogWriter | None,
    looker: Gatherer | None,
) -> LoopResult:
    clock = SystemClock()
    served, demanded, profit = 0.0, 0.0, 0.0
    with console.progress() as progress:
        task = progress.add_task(options.policy, total=options.n_periods)

        def on_review(review: Review, policy: Policy) -> None:
            nonlocal served, demanded, profit
            served += review.measures.served
            demanded += review.measures.demanded
            profit += review.measures.profit
            fill = 100.0 * served / demanded if demanded else 100.0
            text = f"{options.policy}: profit {profit:,.0f}, fill {fill:.1f} %"
            progress.update(task, advance=1, description=text)
            if looker is not None:
                looker.look(review, policy)

        return play(
            network,
            options,
            monotonic_s=clock.monotonic_s,
            log=log,
            on_review=on_review,
        )


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
    if out is not None:
        report = out / "report.html"
        write(_report(network, played), report)
        console.say(f"events: {out / 'log'}")
        console.say(f"report: {report}")
        if browser:
            _open(report)
    console.finish(_result(network, [played]))


def _report(network: Network, played: Played) -> ReportData:
    return report_data(
        network,
        played.results,
        played.gathered,
        structure=planning_structure(network),
        seed=played.spec.seed,
        disruptions=played.disruptions,
    )


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
    console.say(f"{first.n_events:,} events, state hash {first.state_hash}")


def _number(value: float) -> str:
    if math.isnan(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:,.2f}"  # noqa: PLR2004


def _result(network: Network, runs: Sequence[Played]) -> dict[str, Any]:
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
                "kpis": _finite(result.table.totals()),
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
        Folder for the report of the first seed.
    """
    import polars as pl

    table = pl.DataFrame(_intervals(runs))
    n_seeds = len(runs)
    console.table(
        table, title=f"{n_seeds} seeds, means with 95 % intervals", rows_max=0
    )
    result = _result(network, runs)
    result["intervals"] = table.to_dicts()
    if out is not None:
        write(_report(network, runs[0]), out / "report.html")
        console.say(f"report of seed {runs[0].spec.seed}: {out / 'report.html'}")
    console.finish(result)


def _intervals(runs: Sequence[Played]) -> list[dict[str, str | float]]:
    rows: list[dict[str, str | float]] = []
    totals = [[r.table.totals() for r in played.results] for played in runs]
    policies = [result.policy for result in runs[0].results]
    for measure in ("result", "profit", "fill_rate", "mean_stock_value", "shortage"):
        values = [[total[k][measure] for total in totals] for k in range(len(policies))]
        for policy, own in zip(policies, values, strict=True):
            differences = [b - a for a, b in zip(values[0], own, strict=True)]
            rows.append(
                {
                    "measure": measure,
                    "policy": policy,
                    **_interval("", own),
                    **_interval(f"less {policies[0]} ", differences),
                }
            )
    return rows


def _interval(prefix: str, values: Sequence[float]) -> dict[str, float]:
    """Mean and half width of the 95 % interval of independent values."""
    freedom = len(values) - 1
    known = [point for limit, point in STUDENT_95.items() if limit <= freedom]
    width = (known[-1] if freedom <= max(STUDENT_95) else 1.96) * stdev(values)
    return {
        f"{prefix}mean": fmean(values),
        f"{prefix}+-": width / math.sqrt(len(values)),
    }
