"""`millstream calibrate`: what a log says of a network's times, failures and yields."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.console import ROWS_MAX, Console, time_text
from twin.cli.options import JsonFile, KafkaConfig, Quiet, Seed, examples
from twin.cli.sources import batches_of

if TYPE_CHECKING:
    from twin.calibrate import Calibration

app = typer.Typer()


@app.command(
    "calibrate",
    epilog=examples(
        "millstream calibrate plant --log out/log",
        "millstream calibrate plant --log out/log --from 2024-03-01T00:00:00Z "
        "--out overlay.toml",
        "millstream calibrate plant --log out/log --write out/calibrated",
    ),
)
def calibrate_network(  # noqa: PLR0913  # the options of a command
    network: Annotated[
        Path, typer.Argument(metavar="NETWORK", help="Folder of the network.")
    ],
    *,
    log: Annotated[
        str,
        typer.Option("--log", metavar="LOG", help="A log, or what replay can read."),
    ],
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="Look at what began from then on."),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option("--to", metavar="TIME", help="As if the log had ended then."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="Overlay with evidence, .toml or .json."
        ),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write the calibrated network there."),
    ] = None,
    level: Annotated[
        float, typer.Option(min=0.5, max=0.999, help="Confidence of the intervals.")
    ] = 0.95,
    draws: Annotated[
        int, typer.Option(min=0, help="Draws of the test of each law; 0: no test.")
    ] = 199,
    limit: Annotated[
        int, typer.Option(min=0, help="Rows printed of each table; 0: all.")
    ] = ROWS_MAX,
    kafka_config: KafkaConfig = None,
    json_file: JsonFile = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Estimate process, set-up, repair and lead times, failures and yields.

    What is not over yet counts as such (right-censored). The likeliest family is taken
    unless a test refuses it; then the law is the observed one. The overlay holds the
    new values of the network's tables with their evidence.
    """
    import numpy as np

    from streams.codec import parse_time
    from twin.calibrate import Settings, calibrate
    from twin.calibrate.overlay import check_suffix
    from twin.model import load

    if out is not None:
        check_suffix(out)
    settings = Settings(
        start_us=None if start is None else parse_time(start),
        end_us=None if end is None else parse_time(end),
        level=level,
        n_replicates=draws,
    )
    console = Console(json_file, quiet=quiet)
    rejected: list[int] = []
    found = calibrate(
        load(network),
        batches_of(log, kafka_config, rejected),
        np.random.default_rng(seed),
        settings,
    )
    _show(found, console, limit)
    if any(rejected):
        console.warn(f"{sum(rejected)} records of the log could not be read")
    console.finish(
        {"network": str(network), "log": log, "rejected_records": sum(rejected)}
        | _written(found, out, write, console)
        | _result(found)
    )


def _show(found: "Calibration", console: Console, limit: int) -> None:
    window = found.window
    span = f"{time_text(window.start_us)} to {time_text(window.end_us)}"
    n_drifting = sum(one.drift.is_flagged for one in found.estimates)
    console.say(
        f"{len(found.estimates)} parameters estimated from {span}, {n_drifting} of "
        f"them drifting; durations in seconds"
    )
    for table in dict.fromkeys(one.table for one in found.estimates):
        console.table(found.frame(table), title=table, rows_max=limit)
    if found.too_few:
        named = ", ".join(found.too_few[:5])
        more = f" and {len(found.too_few) - 5} more" if len(found.too_few) > 5 else ""  # noqa: PLR2004
        console.say(f"seen too seldom to estimate: {named}{more}")
    for reason, count in found.left_out.items():
        console.say(f"left out: {count} {reason}")


def _written(
    found: "Calibration", out: Path | None, write: Path | None, console: Console
) -> dict[str, Any]:
    from twin.calibrate import apply_overlay, overlay_of, write_overlay
    from twin.model.write import write as write_network

    overlay = overlay_of(found)
    if out is not None:
        write_overlay(overlay, out)
        console.say(f"overlay: {out}, {len(overlay.edits)} rows changed")
    if write is not None:
        network = apply_overlay(overlay, found.network)
        write_network(network, write)
        console.say(f"network: {write}; hash {network.hash}")
    return {
        "out": None if out is None else str(out),
        "write": None if write is None else str(write),
        "edits": len(overlay.edits),
        "laws": len(overlay.laws),
    }


def _result(found: "Calibration") -> dict[str, Any]:
    from twin.calibrate.overlay import evidence_of

    return {
        "window": {
            "start_us": found.window.start_us, "end_us": found.window.end_us,
        },
        "estimates": [
            {"table": one.table, "key": dict(one.key)} | evidence_of(one)
            for one in found.estimates
        ],
        "too_few": list(found.too_few),
        "left_out": dict(found.left_out),
    }  # fmt: skip
