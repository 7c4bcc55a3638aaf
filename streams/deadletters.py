"""What could not be used, with its bytes, its place and the reason. Append only.

A dead letter is never looked at by replay. It is there so that somebody can see what
was wrong, mend the source or the mapping, and feed the bytes in again.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import msgspec
import numpy as np

from streams.codec import Rejected
from streams.log import LogReader, LogWriter
from streams.records import Headers, RecordBatch

# Letters held in memory before they are written: half as many double the frames of a
# very bad import, twice as many double what a crash makes the source say again.
_BUFFERED_MAX = 512
_BUFFERED_BYTES_MAX = 16 << 20
_READ_AT_ONCE = 512
_DIGEST_BYTES = 8  # tells the few letters of one place from each other


class DeadLetter(msgspec.Struct, frozen=True, omit_defaults=True):
    """One record, or one row of a table, that could not be used.

    Attributes
    ----------
    partition : str
        Where the record came from.
    offset : int
        Offset of the record in its partition.
    reason : str
        Why it could not be used, in the same few words for all of its kind: letters are
        counted by it.
    time_us : int
        When that was noted, microseconds UTC.
    raw : bytes
        The record as it came; base64 in the log.
    detail : str
        What exactly was wrong: field, value, what is allowed.
    table : str or None
        Name of the table, for a row of an import.
    row : int or None
        Number of the row in it, or of the event in a record that holds several.
    key, headers : bytes or None, dict or None
        Of the record, for transports that have them.
    record_us : int
        Time stamp of the record, microseconds UTC; 0: not known.
    """

    partition: str
    offset: int
    reason: str
    time_us: int
    raw: bytes
    detail: str = ""
    table: str | None = None
    row: int | None = None
    key: bytes | None = None
    headers: dict[str, bytes] | None = None
    record_us: int = 0

    @property
    def digest(self) -> str:
        """Hash of `raw`: a source that was made anew has other bytes at a place."""
        return hashlib.blake2b(self.raw, digest_size=_DIGEST_BYTES).hexdigest()


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(DeadLetter)


class DeadLetterLog:
    """The dead letters of one stream, in a file log of their own.

    Letters are written in batches: call `flush` before saving a checkpoint that says
    their records are done. After a crash a source may bring some of them again; reading
    gives each (partition, offset, table, row, reason, bytes) once.

    Parameters
    ----------
    folder : Path
        The log; made at the first letter.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with DeadLetterLog(Path(folder)) as letters:
    ...         letters.add("log/0", 7, reason="not JSON", time_us=0, raw=b"{")
    ...         letters.counts()
    {'not JSON': 1}
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer: LogWriter | None = None
        self._buffer: list[DeadLetter] = []
        self._buffered_bytes = 0

    def add(  # noqa: PLR0913  # the fields of a letter
        self,
        partition: str,
        offset: int,
        *,
        reason: str,
        time_us: int,
        raw: bytes | memoryview,
        detail: str = "",
        table: str | None = None,
        row: int | None = None,
        key: bytes | None = None,
        headers: Headers | None = None,
        record_us: int = 0,
    ) -> None:
        """Note a record that cannot be used.

        Parameters
        ----------
        partition, offset : str, int
            Where the record came from.
        reason : str
            Why, in the same few words for all of its kind.
        time_us : int
            Time of noting it, microseconds UTC.
        raw : bytes or memoryview
            The record as it came.
        detail : str
            What exactly was wrong.
        table, row : str or None, int or None
            Name of the table and number of the row, for an import; the number of the
            event in a record that holds several.
        key, headers, record_us : bytes or None, Mapping or None, int
            Key, headers and time stamp (microseconds UTC) of the record: it may mean
            nothing without them.

        Raises
        ------
        LogError
            If another process writes these letters, or the disk is full.
        """
        self._buffer.append(
            DeadLetter(
                partition=partition,
                offset=offset,
                reason=reason,
                time_us=time_us,
                raw=bytes(raw),
                detail=detail,
                table=table,
                row=row,
                key=key,
                headers=dict(headers) if headers else None,
                record_us=record_us,
            )
        )
        self._buffered_bytes += len(raw)
        if (
            len(self._buffer) >= _BUFFERED_MAX
            or self._buffered_bytes >= _BUFFERED_BYTES_MAX
        ):
            self.flush()

    def add_rejected(
        self, records: RecordBatch, one: Rejected, *, time_us: int
    ) -> None:
        """Note a record, or an event of it, that a decoder or an intake refused.

        Parameters
        ----------
        records : RecordBatch
            What was read last: key, headers and time stamp are taken from it, if the
            record is still in it.
        one : Rejected
            Of the same partition.
        time_us : int
            Time of noting it, microseconds UTC.

        Raises
        ------
        LogError
            If another process writes these letters, or the disk is full.
        """
        index = int(np.searchsorted(records.offsets, one.offset))
        # What was refused late may be of a batch before, whose rest is gone.
        is_here = index < len(records) and records.offsets[index] == one.offset
        keys = records.keys if is_here else None
        headers = records.headers if is_here else None
        self.add(
            records.partition,
            one.offset,
            reason=one.reason,
            detail=one.detail,
            time_us=time_us,
            raw=one.value,
            row=one.row,
            key=None if keys is None else keys[index],
            headers=None if headers is None else headers[index],
            record_us=int(records.timestamps_us[index]) if is_here else 0,
        )

    def flush(self) -> None:
        """Write what was added to the disk.

        Raises
        ------
        LogError
            If another process writes these letters, or the disk is full; what was added
            is kept for the next try.
        """
        if not self._buffer:
            return
        if self._writer is None:
            self._writer = LogWriter(self._folder)
        self._writer.append(
            [_ENCODER.encode(letter) for letter in self._buffer],
            timestamps_us=[letter.time_us for letter in self._buffer],
        )
        self._buffer.clear()
        self._buffered_bytes = 0

    def __iter__(self) -> Iterator[DeadLetter]:
        """Yield the letters in the order they were added, each once."""
        self.flush()
        if not self._folder.is_dir():
            return
        seen = set()
        with LogReader(self._folder) as reader:
            while batch := reader.poll(0, _READ_AT_ONCE):
                for letter in map(_DECODER.decode, batch.values()):
                    place = (letter.partition, letter.offset, letter.table, letter.row)
                    identity = (*place, letter.reason, letter.digest)
                    if identity not in seen:
                        seen.add(identity)
                        yield letter

    def counts(self) -> dict[str, int]:
        """Return the number of letters by reason, the most frequent first."""
        return dict(Counter(letter.reason for letter in self).most_common())

    def close(self) -> None:
        """Write what was added and let go; a second call does nothing."""
        self.flush()
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def problem_of(folder: Path) -> str | None:
    """Tell why a folder can take no dead letters.

    Parameters
    ----------
    folder : Path
        Where they should go.

    Returns
    -------
    str or None
        What is wrong with it, and what is allowed; None: it can take them.

    Examples
    --------
    >>> problem_of(Path("new")) is None
    True
    """
    if folder.exists() and not folder.is_dir():
        return "is a file; must be a folder, new or with dead letters"
    if not folder.is_dir() or not any(folder.glob("*.seg")):
        return None
    with LogReader(folder) as reader:
        first = reader.poll(0, 1)
        for value in () if first is None else first.values():
            try:
                _DECODER.decode(value)
            except msgspec.DecodeError:
                return "holds other records; must be a folder, new or with dead letters"
    return None


MARKS = "retried.ndjson"
"""File beside the letters that says which were fed in again, a line each."""

Identity = tuple[str, int, str | None, int | None, str, str]
"""What tells a letter from others."""


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """A letter that was fed in again.

    Attributes
    ----------
    partition, offset, table, row, reason, digest
        Of the letter: what tells it from others.
    time_us : int
        When, microseconds UTC.
    into : str
        The log or topic.
    edited : bool
        Whether the bytes were mended by hand.
    """

    partition: str
    offset: int
    reason: str
    time_us: int
    into: str
    table: str | None = None
    row: int | None = None
    edited: bool = False
    digest: str = ""


def identity(one: DeadLetter | Mark) -> Identity:
    """Return what tells a letter from others.

    Parameters
    ----------
    one : DeadLetter or Mark
        Of the letter.
    """
    return (one.partition, one.offset, one.table, one.row, one.reason, one.digest)


def read_marks(folder: Path) -> dict[Identity, Mark]:
    """Return the letters of a folder that were fed in again.

    Parameters
    ----------
    folder : Path
        Of the letters.

    Returns
    -------
    dict of Identity to Mark
        A line that a crash has torn is left out: its letter is tried once more, and
        its events keep their ids.
    """
    path = folder / MARKS
    if not path.exists():
        return {}
    marks = {}
    for line in path.read_bytes().splitlines():
        try:
            mark = msgspec.json.decode(line, type=Mark)
        except (msgspec.DecodeError, msgspec.ValidationError):
            continue
        marks[identity(mark)] = mark
    return marks


def add_marks(folder: Path, marks: Sequence[Mark]) -> None:
    """Note that letters were fed in again.

    Parameters
    ----------
    folder : Path
        Of the letters.
    marks : sequence of Mark
        One a letter.
    """
    lines = b"".join(b"\n" + msgspec.json.encode(mark) for mark in marks)
    with (folder / MARKS).open("ab") as file:
        # A line begins with its break, so that a torn one does not spoil the next.
        file.write(lines + b"\n")
