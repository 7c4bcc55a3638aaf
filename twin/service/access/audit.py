"""Who did what, what was before and after: a chain in which nothing can be changed.

Beside the chain stand its length and its last hash, so that a tail that was cut off is
noticed, too.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from streams.codec import encode
from streams.events import AuditRecorded
from streams.log import LogReader, LogWriter
from twin.errors import SnapshotCorruptError
from twin.service.access.owned import write_owned

GENESIS = "0" * 64
"""What the first record follows."""

_READ_AT_ONCE = 1024
_DIGEST_BYTES = 32
_HEAD_SUFFIX = ".head"
_CUT = "audit: does not end as it was written; records at its end are gone"


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was done.

    Attributes
    ----------
    number : int
        Counts from 0.
    time_us : int
        Time of day, microseconds UTC.
    who, tenant : str
        Name of the key, and whose data.
    what : str
        For example ``plan.approved``.
    about : str
        Id of what it was done to.
    before, after : Any
        What JSON can hold.
    previous, hash : str
        Hash of the record before, and of this with it: hexadecimal.
    """

    number: int
    time_us: int
    who: str
    tenant: str
    what: str
    about: str = ""
    before: Any = None
    after: Any = None
    previous: str
    hash: str

    def digest(self) -> str:
        """Return the hash that this record should have."""
        rest = msgspec.structs.replace(self, hash="")
        text = msgspec.json.encode(rest, order="deterministic")
        return hashlib.blake2b(text, digest_size=_DIGEST_BYTES).hexdigest()


class Head(msgspec.Struct, frozen=True):
    """Where a chain ends.

    Attributes
    ----------
    number : int
        Records.
    hash : str
        Of the last.
    """

    number: int = 0
    hash: str = GENESIS


class Audit:
    """Audit records as events of a log of their own, each hashed with the one before.

    Parameters
    ----------
    folder : Path
        The log.
    now_us : callable
        Time of day, microseconds UTC.

    Raises
    ------
    SnapshotCorruptError
        If a record was changed, or is missing, be it the last; if the file of the last
        hash is missing, where there are records.

    References
    ----------
    Haber, Stornetta (1991), "How to time-stamp a digital document", Journal of
    Cryptology 3, section 5.1: linking.
    """

    def __init__(self, folder: Path, *, now_us: Callable[[], int]) -> None:
        self._folder = folder
        self._now_us = now_us
        self._lock = threading.Lock()
        self._path = folder.with_name(f"{folder.name}{_HEAD_SUFFIX}")
        self._followers: list[Callable[[AuditRow], None]] = []
        kept = self._kept_head()
        self._head = kept or Head()
        self._log = LogWriter(folder)
        try:
            # A crash may have come between a record and its head.
            for row in self.rows():
                self._head = Head(row.number + 1, row.hash)
            self._check_kept(kept)
            if kept != self._head:
                write_owned(self._path, msgspec.json.encode(self._head))
        except BaseException:
            self._log.close()
            raise

    def _check_kept(self, head: Head | None) -> None:
        if head is None and self._head.number:
            msg = (
                f"audit: {self._path.name} is missing beside {self._head.number} "
                "records, so it cannot be told whether some at their end are gone; put "
                f"it back, or accept them as they are by writing {{}} into {self._path}"
            )
            raise SnapshotCorruptError(msg)

    def _kept_head(self) -> Head | None:
        if not self._path.exists():
            return None
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Head)
        except msgspec.DecodeError as error:
            msg = f"audit: {self._path.name} is no end of a chain: {error}"
            raise SnapshotCorruptError(msg) from error

    def record(
        self, who: str, what: str, *, tenant: str, about: str = "",
        before: Any = None, after: Any = None,  # noqa: ANN401 - JSON
    ) -> AuditRow:  # fmt: skip
        """Write down what is done, before it is answered for."""
        with self._lock:
            row = AuditRow(
                number=self._head.number, time_us=self._now_us(), who=who,
                tenant=tenant, what=what, about=about, before=before, after=after,
                previous=self._head.hash, hash="",
            )  # fmt: skip
            row = msgspec.structs.replace(row, hash=row.digest())
            event = AuditRecorded(
                record=str(row.number), who=who, what=what,
                detail=msgspec.to_builtins(row),
            )  # fmt: skip
            value = encode(
                event, event_id=row.hash, source="millstream.service",
                time_us=row.time_us, sequence=row.number,
            )  # fmt: skip
            self._log.append([value], timestamps_us=row.time_us)
            self._head = Head(row.number + 1, row.hash)
            for told in self._followers:
                told(row)
            write_owned(self._path, msgspec.json.encode(self._head))
        return row

    def follow(self, told: Callable[[AuditRow], None]) -> None:
        """Have every record told, in order: those there are, and each that comes.

        Parameters
        ----------
        told : callable
            Must not record by itself, nor take long: nobody else can meanwhile.

        Raises
        ------
        SnapshotCorruptError
            As `rows`.
        """
        with self._lock:
            for row in self.rows():
                told(row)
            self._followers.append(told)

    def rows(self, *, tenant: str | None = None) -> Iterator[AuditRow]:
        """Yield the records in order, with the chain checked.

        Raises
        ------
        SnapshotCorruptError
            At the first record that is not as it was written.
        """
        last, head, n_rows = GENESIS, self._head, 0
        with LogReader(self._folder) as reader:
            while batch := reader.poll(0.0, _READ_AT_ONCE):
                for value in batch.values():
                    row = _row_of(value)
                    if row.previous != last or row.hash != row.digest():
                        msg = f"audit: record {row.number} was changed or one is gone"
                        raise SnapshotCorruptError(msg)
                    last, n_rows = row.hash, n_rows + 1
                    if n_rows == head.number and last != head.hash:
                        raise SnapshotCorruptError(_CUT)
                    if tenant in {None, row.tenant}:
                        yield row
        if n_rows < head.number:
            raise SnapshotCorruptError(_CUT)

    def close(self) -> None:
        """Let go of the log; a second call does nothing."""
        self._log.close()


def _row_of(value: bytes) -> AuditRow:
    event = msgspec.json.decode(value)
    return msgspec.convert(event["data"]["detail"], AuditRow)
