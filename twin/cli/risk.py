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
    keep: Annotated[
        str,
        typer.Option(
            metavar="COL,...", help="Columns to read that seem to restate the label."
        ),
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
    with the label alone, or which one cut divides as the label does (--keep reads them
    all the same).
    """
    from twin.health import RESTATES, risk_table

    console = Console(json_file, quiet=quiet)
    if out is not None:
        check_suffix(out)
    past = read_table(train)
    frame, model = risk_table(
        past,
        read_table(readings),
        label,
        group=group,
        exclude=names_of(exclude),
        keep=names_of(keep),
        seed=seed,
    )
    for name, why in model.left_out.items():
        if why == RESTATES:
            console.note(f"left out: {name!r} {why}; --keep {name} reads it")
    known = past[label].cast(bool).to_numpy()
    brier = float(((model.held_out - known) ** 2).mean())
    constant = float(known.mean() * (1.0 - known.mean()))
    title = (
        f"{frame.height} rows, learned from {past.height} by {len(model.columns)} "
        f"columns; Brier score of rows held out {brier:.4g}, of a constant "
        f"{constant:.4g}"
    )
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
            "held_out_brier": brier,
        }
    )


def names_of(text: str) -> list[str]:
    """Read names by commas.

    Examples
    --------
    >>> names_of("a, b,")
    ['a', 'b']
    """
    return [name.strip() for name in text.split(",") if name.strip()]
