"""`millstream record`: Kafka topics into a log folder, to be replayed without a broker.

Each record keeps where it came from. So after a crash the log itself says how far it
got, and recording goes on there: nothing twice, nothing left out.
"""

from pathlib import Path
from typing import Annotated

import typer

from twin.cli.console import Console
from twin.cli.options import (
    JsonFile,
    KafkaConfig,
    LogFormat,
    LogLevel,
    Quiet,
    Seed,
    examples,
)
from twin.cli.sources import Transport

app = typer.Typer()

BATCH_RECORDS = 8192


@app.command(
    "record",
    epilog=examples("millstream record kafka://localhost:9092/orders,machines my-log"),
)
def record(  # noqa: PLR0913  # the options of a command
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE", help="kafka://host:port/topic[,topic], or any source."
        ),
    ],
    log: Annotated[
        Path, typer.Argument(metavar="LOG", help="Folder of the log; made if new.")
    ],
    *,
    transport: Transport = "auto",
    kafka_config: KafkaConfig = None,
    log_format: LogFormat = "text",
    log_level: LogLevel = "warning",
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001  # nothing is drawn
    quiet: Quiet = False,
) -> None:
    """Keep what topics hold now in a log; once more goes on where the log ends."""
    from streams.log import LogWriter
    from streams.records import Position
    from twin.cli.sources import SourceSpec, open_records
    from twin.replay import RecordedLog, read
    from twin.replay.recorded import IMPORT, append_recorded
    from twin.telemetry import start_logging

    start_logging(log_format, log_level)
    spec = SourceSpec(name=source, transport=transport, kafka_config=kafka_config)
    console = Console(json_file, quiet=quiet)
    n_new = 0
    with (
        open_records(spec).records as opened,
        LogWriter(log, fsync="close") as writer,
        console.progress() as bar,
    ):
        end = opened.end_position()
        # Tables may have been imported beside what was recorded.
        known = RecordedLog(log).end_position().to_json()
        recorded = {n: o for n, o in known.items() if not n.startswith(IMPORT)}
        opened.seek(Position(recorded))
        task = bar.add_task("records", total=sum(end.to_json().values()))
        for batch in read(opened, end, batch_records=BATCH_RECORDS):
            append_recorded(writer, batch)
            n_new += len(batch)
            bar.update(task, completed=sum(opened.position().to_json().values()))
        log_end = writer.end_offset
    console.say(f"{n_new} records added; {log} ends at offset {log_end}")
    console.finish({"records": n_new, "end_offset": log_end, "position": end.to_json()})
