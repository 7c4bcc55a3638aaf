"""Sources by name, and reading one up to a position."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from streams.files import open_file
from streams.log import LogReader
from streams.records import Position, RecordBatch, Source
from twin.errors import OptionError, ReplayError
from twin.replay.recorded import RecordedLog, is_recorded

KAFKA = "kafka://"
POLL_S = 1.0
POLLS_MAX = 30
"""Polls in a row without a record, though the end is not reached, before giving up."""

BATCH_RECORDS = 65_536
"""Records read at once; half as many reads a little slower, twice as many take twice
the memory."""


def open_source(spec: str, *, kafka_config: Path | None = None) -> Source:
    """Open what a user names as a source.

    Parameters
    ----------
    spec : str
        Folder of a log; ``kafka://host:port/topic[,topic]``; or a file: NDJSON, Parquet
        or Arrow, by the end of its name.
    kafka_config : Path or None
        Client properties for Kafka.

    Returns
    -------
    Source

    Raises
    ------
    OptionError
        If there is nothing of this name, or a folder that is no log.
    StreamError
        If it cannot be opened.
    """
    if spec.startswith(KAFKA):
        return _open_kafka(spec, kafka_config)
    path = Path(spec)
    if path.is_dir():
        if not any(path.glob("*.seg")):
            msg = f"source {spec!r}: must be the folder of a log, has no segment in it"
            raise OptionError(msg)
        return RecordedLog(path) if is_recorded(path) else LogReader(path)
    if not path.exists():
        msg = (
            f"source {spec!r}: there is no such file or folder; allowed: folder of a "
            f"log, kafka://host:port/topic, NDJSON, Parquet or Arrow file"
        )
        raise OptionError(msg)
    return open_file(path)


def _open_kafka(spec: str, kafka_config: Path | None) -> Source:
    # Importing the client takes as long as a small replay from a file.
    from streams.kafka import (  # noqa: PLC0415
        KafkaSource,
        parse_address,
        read_properties,
    )

    address = parse_address(spec)
    configuration = read_properties(kafka_config, servers=address.servers)
    return KafkaSource(configuration, address.topics)


def read(
    source: Source, end: Position, *, batch_records: int = BATCH_RECORDS
) -> Iterator[RecordBatch]:
    """Read a source up to a position.

    Parameters
    ----------
    source : Source
        Read from where it stands.
    end : Position
        Where to stop, for example `source.end_position()`; partitions it does not name
        are not read. One of several partitions may be read on beyond it, and what lies
        there is dropped.
    batch_records : int
        Most records of a batch, >= 1.

    Yields
    ------
    RecordBatch
        Never empty, never beyond `end`.

    Raises
    ------
    ReplayError
        If the source gives nothing more, though it has not reached the end.
    """
    n_silent = 0
    while not (position := source.position()).reaches(end):
        # No more than what is missing, so that a source of one partition stops there.
        missing = max(end.of(name) - position.of(name) for name in end)
        batch = source.poll(POLL_S, min(batch_records, missing))
        if batch is None:
            n_silent += 1
            if n_silent == POLLS_MAX:
                msg = f"source gives nothing more at {source.position()}, before {end}"
                raise ReplayError(msg)
            continue
        n_silent = 0
        last = int(np.searchsorted(batch.offsets, end.of(batch.partition)))
        if last:
            yield batch.slice(0, last)
