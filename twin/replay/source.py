"""Sources by name, what tells one from another, and reading one up to a position."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from streams.files import open_file
from streams.log import LogReader
from streams.log.segments import Segment, segment_paths
from streams.records import Position, RecordBatch, Source
from twin.errors import OptionError, ReplayError
from twin.replay.recorded import RecordedLog, begins_recorded

KAFKA = "kafka://"
POLL_S = 1.0
POLLS_MAX = 120
"""Polls in a row without a record, though the end is not reached, before giving up: two
minutes. A source of Kafka knows better why, and gives up before."""

DIGEST_BYTES = 8  # of the beginning of a source

BATCH_RECORDS = 65_536
"""Records read at once; half as many reads a little slower, twice as many take twice
the memory."""


def open_source(
    spec: str, *, kafka_config: Path | None = None, transport: str = "auto"
) -> Source:
    """Open what a user names as a source.

    Parameters
    ----------
    spec : str
        Folder of a log; ``kafka://host:port/topic[,topic]``; or a file: NDJSON, Parquet
        or Arrow, by the end of its name.
    kafka_config : Path or None
        Client properties for Kafka.
    transport : str
        How Kafka's records are read, see `streams.kafka.KafkaSource`.

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
        return _open_kafka(spec, kafka_config, transport)
    path = Path(spec)
    if path.is_dir():
        if not any(path.glob("*.seg")):
            msg = f"source {spec!r}: must be the folder of a log, has no segment in it"
            raise OptionError(msg)
        log = LogReader(path)
        if not begins_recorded(log):
            return log
        log.close()
        return RecordedLog(path)
    if not path.exists():
        msg = (
            f"source {spec!r}: there is no such file or folder; allowed: folder of a "
            f"log, kafka://host:port/topic, NDJSON, Parquet or Arrow file"
        )
        raise OptionError(msg)
    return open_file(path)


def identity_of(spec: str) -> str:
    """Return what tells a source from others, and stays when it grows.

    Parameters
    ----------
    spec : str
        As for `open_source`, which opened it.

    Returns
    -------
    str
        The topics of Kafka; of a log a digest of its first frame, of a file its name
        and a digest of its first line: both may be moved.

    Examples
    --------
    >>> identity_of("kafka://localhost:9092/orders,machines")
    'topics machines, orders'
    """
    if spec.startswith(KAFKA):
        topics = spec.removeprefix(KAFKA).partition("/")[2].split(",")
        return f"topics {', '.join(sorted(topics))}"
    path = Path(spec)
    if path.is_dir():
        with LogReader(path) as reader:
            first = reader.poll(0, BATCH_RECORDS)
        return f"a log that begins with {_digest(first)}"
    with open_file(path) as file:
        first = file.poll(0, 1)
    return f"file {path.name} that begins with {_digest(first)}"


def _digest(first: RecordBatch | None) -> str:
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for value in () if first is None else first.values():
        digest.update(len(value).to_bytes(8) + value)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class TornTail:
    """Bytes at the end of a log that are no whole frame.

    Attributes
    ----------
    n_bytes : int
        How many, at the end of the last segment.
    offset : int
        Of the record that would be the first among them.
    segment : str
        Name of the file.
    """

    n_bytes: int
    offset: int
    segment: str

    def __str__(self) -> str:
        return (
            f"{self.n_bytes} bytes at the end of {self.segment}, from offset "
            f"{self.offset} on, are no whole record and were left out: an append was "
            f"cut off, or is going on; millstream log repair cuts them"
        )


def torn_tail(spec: str) -> TornTail | None:
    """Look for bytes that reading leaves out at the end of a log.

    Parameters
    ----------
    spec : str
        As for `open_source`.

    Returns
    -------
    TornTail or None
        None if all is whole, or it is no log.
    """
    paths = (
        []
        if spec.startswith(KAFKA) or not Path(spec).is_dir()
        else (segment_paths(Path(spec)))
    )
    if not paths:
        return None
    last = Segment(paths[-1])
    fault = last.walk(checksums=True)
    if fault is None or not fault.is_torn:
        return None
    n_bytes = last.path.stat().st_size - fault.byte
    return TornTail(n_bytes, last.end_offset, last.path.name)


def place_text(position: Position) -> str:
    """Name a position as it is typed: an offset, or offsets by partition.

    Examples
    --------
    >>> place_text(Position({"log/0": 12}))
    'offset 12'
    >>> place_text(Position({"orders-0": 12, "orders-1": 40}))
    'orders-0=12,orders-1=40'
    """
    offsets = position.to_json()
    if len(offsets) == 1:
        return f"offset {next(iter(offsets.values()))}"
    return ",".join(f"{name}={offset}" for name, offset in offsets.items()) or "nothing"


def _open_kafka(spec: str, kafka_config: Path | None, transport: Any) -> Source:  # noqa: ANN401 - checked there
    # Importing the client takes as long as a small replay from a file.
    from streams.kafka import (  # noqa: PLC0415
        KafkaSource,
        parse_address,
        read_properties,
    )

    address = parse_address(spec)
    configuration = read_properties(kafka_config, servers=address.servers)
    return KafkaSource(configuration, address.topics, transport=transport)


def read(
    source: Source, end: Position | None, *, batch_records: int = BATCH_RECORDS
) -> Iterator[RecordBatch]:
    """Read a source up to a position.

    Parameters
    ----------
    source : Source
        Read from where it stands.
    end : Position or None
        Where to stop, for example `source.end_position()`; partitions it does not name
        are not read. None: where the source gives nothing more, which is the end of a
        file or a log, found without looking for it first. One of several partitions may
        be read on beyond `end`, and what lies there is dropped.
    batch_records : int
        Most records of a batch, >= 1.

    Returns
    -------
    iterator of RecordBatch
        Never empty, never beyond `end`.

    Raises
    ------
    ReplayError
        If the source gives nothing more, though it has not reached the end.
    """
    polls = read_polls(source, end, batch_records=batch_records)
    return (batch for batch in polls if batch is not None)


def read_polls(
    source: Source, end: Position | None, *, batch_records: int = BATCH_RECORDS
) -> Iterator[RecordBatch | None]:
    """Read a source as `read` does, and say each time when nothing came for a second.

    Parameters
    ----------
    source, end, batch_records
        As of `read`.

    Yields
    ------
    RecordBatch or None
        None: nothing came within a poll, and there may be something else to do.

    Raises
    ------
    ReplayError
        If the source gives nothing more, though it has not reached the end.
    """
    if end is None:
        while (batch := source.poll(0, batch_records)) is not None:
            yield batch
        return
    n_silent = 0
    while not (position := source.position()).reaches(end):
        # No more than what is missing, so that a source of one partition stops there.
        missing = max(end.of(name) - position.of(name) for name in end)
        batch = source.poll(POLL_S, min(batch_records, missing))
        if batch is None:
            n_silent += 1
            if n_silent == POLLS_MAX:
                msg = (
                    f"source gives nothing more at {place_text(source.position())}, "
                    f"before {place_text(end)}"
                )
                raise ReplayError(msg)
            yield None
            continue
        n_silent = 0
        last = int(np.searchsorted(batch.offsets, end.of(batch.partition)))
        if last:
            yield batch.slice(0, last)
