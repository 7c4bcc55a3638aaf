"""`millstream risk`: how likely a label is, row by row."""

from pathlib import Path
from typing import Annotated

import typer

from twin.cli.console import Console
from twin.cli.forecast import check_suffix, read_table, write_table
from twin.cli.options import JsonFile, Quiet, Seed, examples

app = typer.Typer()


@app.command(
    "risk",
    epilog=examples(
        "millstream risk --train drives.parquet --readings today.parquet "
        "--label failure_next_7d --group serial_number",
        "millstream risk --train machines.csv --readings shift.csv --label failed "
        "--exclude failure_mode,repaired_at --out risk.parquet",
    ),
)
def risk(  # noqa: PLR0913  # the options of a command
    *,
    train: Annotated[
        Path, typer.Option(metavar="FILE", help="Cases with the label, Parquet or CSV.")
    ],
    readings: Annotated[
        Path, typer.Option(metavar="FILE", help="Cases that are asked about.")
    ],
    label: Annotated[str, typer.Option(metavar="COL", help="Column of 0 and 1.")],
    group: Annotated[
        str | None,
        typer.Option(metavar="COL", help="What rows belong to, such as a machine."),
    ] = None,
    exclude: Annotated[
        str, typer.Option(metavar="COL,...", help="Columns that must not be read.")
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Parquet or CSV to write."),
    ] = None,
    json_file: JsonFile = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Tell how likely the label is for each row of a table with any columns.

    Columns that restate the label are left out, and named: those of which a value comes
    with the label alone, or which one cut divides as the label does.
    """
    from twin.health import risk_table

    console = Console(json_file, quiet=quiet)
    if out is not None:
        check_suffix(out)
    names = [name.strip() for name in exclude.split(",") if name.strip()]
    past = read_table(train)
    frame, model = risk_table(
        past, read_table(readings), label, group=group, exclude=names, seed=seed
    )
    for name, why in model.left_out.items():
        if why == "restates the label":
            console.note(f"left out: {name!r} {why}")
    n_columns = len(model.columns)
    title = f"{frame.height} rows, learned from {past.height} by {n_columns} columns"
    if out is None:
        console.table(frame.sort("p_fail", descending=True), title=title)
    else:
        write_table(frame, out)
        console.say(f"{title}\nrisk: {out}")
    console.finish(
        {
            "train": str(train),
            "readings": str(readings),
            "out": None if out is None else str(out),
            "rows": frame.height,
            "rows_learned": past.height,
            "label": label,
            "columns": list(model.columns),
            "left_out": model.left_out,
        }
    )
