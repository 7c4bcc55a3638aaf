"""Where a replay writes what it read: a log of events, or a topic."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from twin.errors import OptionError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.batch import EventBatch
    from streams.codec import Rejected
    from streams.names import Names
    from streams.records import RecordBatch, Sink
    from twin.replay import Twin
    from twin.replay.into import Written

KAFKA = "kafka://"
TAP = "into"
"""Name of the projection that only looks on."""

PART_EVENTS = 65_536
"""Events gathered before they are written: fewer make short records, twice as many take
twice the memory."""


class EventTap:
    """Looks on as a projection of a twin, and keeps the events it is shown.

    Its events are those that are folded: each once, in canonical order.

    Parameters
    ----------
    names : Names
        What the events point into.
    on_rename : callable
        Told when the names were renumbered.
    """

    def __init__(self, names: "Names", on_rename: Callable[[], None]) -> None:
        self._names = names
        self._on_rename = on_rename
        self._kept: list[EventBatch] = []
        self.n_kept = 0

    def take(self) -> "EventBatch":
        """Return what was kept, as one batch, and keep it no longer."""
        from streams.batch import concatenate

        kept, self._kept, self.n_kept = self._kept, [], 0
        return concatenate(kept, self._names)

    def apply(self, batch: "EventBatch") -> None:
        """Keep a batch."""
        if len(batch):
            self._kept.append(batch)
            self.n_kept += len(batch)

    def close_instant(self) -> None:
        """Do nothing: every event is there already."""

    def fork(self) -> Self:
        """Return one that keeps for itself what is only provisional."""
        return type(self)(self._names, _nobody)

    def used_names(self) -> "NDArray[np.int32]":
        """Return the numbers of names of the events kept."""
        from streams.ingest.run import NAMED_COLUMNS

        columns = [getattr(part, name) for part in self._kept for name in NAMED_COLUMNS]
        numbers = np.unique(np.concatenate([np.empty(0, np.int32), *columns]))
        return numbers[numbers >= 0].astype(np.int32)

    def rename(self, mapping: "NDArray[np.int32]") -> None:
        """Follow names that were renumbered."""
        from streams.ingest.run import NAMED_COLUMNS

        numbers = np.append(mapping, np.int32(-1))  # the last: no name
        self._kept = [
            replace(part, **{n: numbers[getattr(part, n)] for n in NAMED_COLUMNS})
            for part in self._kept
        ]
        self._on_rename()

    def snapshot(self) -> "dict[str, NDArray[np.generic]]":
        """Return nothing: what is kept was written, or is written soon."""
        return {}

    def restore(self, arrays: "dict[str, NDArray[np.generic]]") -> None:
        """Do nothing."""

    def digest(self) -> str:
        """Return nothing: it holds no state."""
        return ""


def _nobody() -> None:
    pass


def write_events(twin: "Twin", steps: Iterator[object], log: Path) -> "Written":
    """Fold everything, and write what is folded into a log.

    Parameters
    ----------
    twin : Twin
        It is finished in the end: nothing more can be folded.
    steps : iterator
        Each item is a step of reading that has been folded into the twin.
    log : Path
        Folder of the log, new or written this way.

    Returns
    -------
    Written

    Raises
    ------
    OptionError
        If the folder holds another log.
    LogWriteError, LogLockedError
        If the log cannot be written.
    """
    from streams.codec.arrow_encoding import Dictionaries
    from twin.replay.into import write_log

    dictionaries = Dictionaries()
    tap = EventTap(twin.names, dictionaries.forget)
    projections: dict[str, Any] = twin.projections
    projections[TAP] = tap

    def parts() -> Iterator["EventBatch"]:
        for _ in steps:
            if tap.n_kept >= PART_EVENTS:
                yield tap.take()
        twin.finish()
        yield tap.take()

    try:
        return write_log(parts(), log, dictionaries=dictionaries)
    finally:
        del projections[TAP]


class TopicTarget:
    """Republishes records to a topic: those that can be used, as they came.

    Parameters
    ----------
    sink : Sink
        Where to.
    """

    def __init__(self, sink: "Sink") -> None:
        self._sink = sink
        self.n_records = 0
        self.n_left_out = 0

    def append(self, records: "RecordBatch", rejected: "tuple[Rejected, ...]") -> None:
        """Send what can be used, with keys, headers and time stamps.

        Parameters
        ----------
        records : RecordBatch
            As they were read.
        rejected : tuple of Rejected
            Those that were refused whole are left out.
        """
        from streams.codec.decoded import REASONS

        refused = {
            one.offset for one in rejected if one.row is None and one.reason in REASONS
        }
        rows = [
            row
            for row, offset in enumerate(records.offsets.tolist())
            if offset not in refused and records.ends[row] > records.starts[row]
        ]
        self.n_left_out += len(records) - len(rows)
        self.n_records += len(rows)
        if rows:
            self._send(records, rows)

    def _send(self, records: "RecordBatch", rows: list[int]) -> None:
        keys, headers = records.keys, records.headers
        times = records.timestamps_us[rows]
        self._sink.append(
            [records.value(row) for row in rows],
            keys=None if keys is None else [keys[row] for row in rows],
            headers=None if headers is None else [headers[row] for row in rows],
            # Zero is a transport's "not known": the client then takes its own time.
            timestamps_us=times if (times > 0).all() else None,
        )

    def flush(self) -> None:
        """Wait until everything is acknowledged.

        Raises
        ------
        DeliveryError
            If something is not.
        """
        self._sink.flush()


def open_topic(address: str, kafka_config: Path | None) -> "Sink":
    """Open a topic to write to.

    Parameters
    ----------
    address : str
        ``kafka://host:port/topic``, of one topic.
    kafka_config : Path or None
        Client properties.

    Returns
    -------
    Sink
        Idempotent: the client's retries put nothing in twice.

    Raises
    ------
    OptionError
        If the address names several topics.
    StreamError
        If it cannot be opened.
    """
    from streams.kafka import KafkaSink, parse_address, read_properties

    found = parse_address(address)
    if len(found.topics) != 1:
        msg = f"--into {address}: must name one topic, names {len(found.topics)}"
        raise OptionError(msg)
    configuration = read_properties(kafka_config, servers=found.servers)
    return KafkaSink(configuration, found.topics[0])


@dataclass(frozen=True, slots=True)
class Into:
    """What was written where: a part of the result.

    Attributes
    ----------
    target : str
        As it was given.
    events : int or None
        Written to a log.
    records : int
        Written to a log or a topic.
    duplicates : int or None
        Events that the log had already.
    left_out : int or None
        Records that a topic did not get, because they are of no use.
    """

    target: str
    events: int | None
    records: int
    duplicates: int | None
    left_out: int | None

    def __str__(self) -> str:
        """Say it in a line."""
        if self.events is None:
            return (
                f"{self.records} records sent to {self.target}, "
                f"{self.left_out} left out as of no use"
            )
        return (
            f"{self.events} events written to {self.target} in {self.records} records, "
            f"{self.duplicates} left out as known"
        )


def check_target(target: str, source: str) -> None:
    """Refuse a target that is the source itself.

    Raises
    ------
    OptionError
        If both are one.
    """
    is_topic = target.startswith(KAFKA)
    if target == source or (not is_topic and Path(target) == Path(source)):
        msg = f"--into {target}: is the source itself; name another log or topic"
        raise OptionError(msg)
