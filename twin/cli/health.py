"""`millstream health`: how long machines will last, from how others failed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.console import Console
from twin.cli.forecast import check_suffix, levels_of, read_table, write_table
from twin.cli.options import JsonFile, Quiet, Seed, examples

if TYPE_CHECKING:
    import polars as pl

app = typer.Typer()


@app.command(
    "health",
    epilog=examples(
        "millstream health --train failed.parquet --readings running.parquet",
        "millstream health --train failed.csv --readings running.csv --lead 10 "
        "--failure-cost 25 --out health.parquet",
    ),
)
def health(  # noqa: PLR0913  # the options of a command
    *,
    train: Annotated[
        Path,
        typer.Option(metavar="FILE", help="Units up to their failure, Parquet or CSV."),
    ],
    readings: Annotated[
        Path,
        typer.Option(metavar="FILE", help="Units that run, the same columns."),
    ],
    lead: Annotated[
        float, typer.Option(min=0.0, help="Cycles from a decision to the renewal.")
    ] = 0.0,
    cap: Annotated[
        float,
        typer.Option(help="Cycles above which no wear shows how far the end is."),
    ] = 125.0,
    planned_cost: Annotated[
        float, typer.Option(help="Of a renewal that was planned.")
    ] = 1.0,
    failure_cost: Annotated[
        float, typer.Option(help="Of a failure and the renewal after it.")
    ] = 10.0,
    quantiles: Annotated[
        str, typer.Option("--quantiles", help="Probabilities, by commas.")
    ] = "0.05,0.1,0.25,0.5,0.75,0.9,0.95",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Parquet or CSV to write."),
    ] = None,
    json_file: JsonFile = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Tell remaining life, risk and window of the renewal of every unit.

    Both files have a row a unit and cycle: unit, cycle, and any numeric columns, which
    are the sensors. Units of the first failed after their last row; what they showed
    before teaches how long those of the second will last. Printed are the most urgent
    first; the file written has the units in their order.
    """
    from twin.health import HORIZON, Costs, RulOptions, health_table

    console = Console(json_file, quiet=quiet)
    if out is not None:
        check_suffix(out)
    costs = Costs(planned=planned_cost, failure=failure_cost, lead=lead)
    made = health_table(
        read_table(train),
        read_table(readings),
        costs=costs,
        levels=levels_of(quantiles),
        options=RulOptions(cap=cap, seed=seed),
    )
    urgent = made.frame.sort(f"p_fail_{HORIZON}", descending=True, maintain_order=True)
    title = (
        f"{made.frame.height} units, learned from {made.n_learned} failures; of units "
        f"held out the mean was off by {made.held_out_rmse:.3g} cycles (root mean "
        f"square), {100 * made.coverage:.1f} % lay within the quantiles"
    )
    if out is None:
        console.table(_shown(urgent), title=title)
    else:
        write_table(made.frame, out)
        console.say(f"{title}\nhealth: {out}")
    console.finish(
        {
            "train": str(train),
            "readings": str(readings),
            "out": None if out is None else str(out),
            "units": made.frame.height,
            "units_learned": made.n_learned,
            "held_out_rmse": made.held_out_rmse,
            "coverage": made.coverage,
            "cost_rate": made.rate,
            "most_urgent": urgent.head(10).to_dicts(),
        }
    )


def _shown(urgent: "pl.DataFrame") -> "pl.DataFrame":
    """Keep what fits a line: the outer quantiles, and a digit after the point."""
    import polars as pl

    quantiles = [name for name in urgent.columns if name.startswith("rul_q")]
    kept = urgent.drop(quantiles[1:-1])
    risks = [name for name in kept.columns if name.startswith("p_fail")]
    floats = [name for name, kind in kept.schema.items() if kind == pl.Float64]
    return kept.with_columns(
        pl.col([name for name in floats if name not in risks]).round(1),
        pl.col(risks).round(4),
    )
