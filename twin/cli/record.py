"""`millstream record`: Kafka topics into a log folder, to be replayed without a broker.

Each record keeps where it came from as two headers. So after a crash the log itself
says how far it got, and recording goes on there: nothing twice, nothing left out.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.console import Console
from twin.cli.options import JsonFile, KafkaConfig, Quiet, Seed, examples

if TYPE_CHECKING:
    from streams.log import LogWriter
    from streams.records import Headers, Position, RecordBatch

app = typer.Typer()

PARTITION_HEADER = "recorded-partition"
OFFSET_HEADER = "recorded-offset"
BATCH_RECORDS = 8192


@app.command(
    "record",
    epilog=examples("millstream record kafka://localhost:9092/orders,machines my-log"),
)
def record(
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
    kafka_config: KafkaConfig = None,
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001  # nothing is drawn
    quiet: Quiet = False,
) -> None:
    """Keep what topics hold now in a log; once more goes on where the log ends."""
    from streams.log import LogWriter
    from twin.replay import open_source, read

    console = Console(json_file, quiet=quiet)
    n_new = 0
    with (
        open_source(source, kafka_config=kafka_config) as opened,
        LogWriter(log, fsync="close") as writer,
        console.progress() as bar,
    ):
        begin, end = recorded_position(log), opened.end_position()
        opened.seek(begin)
        task = bar.add_task("records", total=sum(end.to_json().values()))
        for batch in read(opened, end, batch_records=BATCH_RECORDS):
            append(writer, batch)
            n_new += len(batch)
            bar.update(task, completed=sum(opened.position().to_json().values()))
        log_end = writer.end_offset
    console.say(f"{n_new} records added; {log} ends at offset {log_end}")
    console.finish({"records": n_new, "end_offset": log_end, "position": end.to_json()})


def append(writer: "LogWriter", batch: "RecordBatch") -> None:
    """Append a batch, each record with the place it came from.

    Raises
    ------
    LogWriteError
        If the disk is full or fails; the log is as before.
    """
    partition = batch.partition.encode()
    given = batch.headers or ({},) * len(batch)
    headers: list[Headers] = [
        {**one, PARTITION_HEADER: partition, OFFSET_HEADER: b"%d" % offset}
        for one, offset in zip(given, batch.offsets.tolist(), strict=True)
    ]
    writer.append(
        list(batch.values()),
        keys=batch.keys,
        timestamps_us=batch.timestamps_us,
        headers=headers,
    )


def recorded_position(log: Path) -> "Position":
    """Return how far a log has recorded its source.

    Parameters
    ----------
    log : Path
        The log; it is read through.

    Raises
    ------
    OptionError
        If it holds records that were not recorded.
    """
    from streams.log import LogReader
    from streams.records import Position
    from twin.errors import OptionError

    offsets: dict[str, int] = {}
    with LogReader(log) as reader:
        while (batch := reader.poll(0, BATCH_RECORDS)) is not None:
            for index, headers in enumerate(batch.headers or ({},) * len(batch)):
                if PARTITION_HEADER not in headers:
                    msg = (
                        f"log {str(log)!r}: offset {int(batch.offsets[index])} was not "
                        f"recorded from a source; record into a log of its own"
                    )
                    raise OptionError(msg)
                name = headers[PARTITION_HEADER].decode()
                offsets[name] = int(headers[OFFSET_HEADER]) + 1
    return Position(offsets)
