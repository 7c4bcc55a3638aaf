"""Append to a file log: one writer, whole frames or none."""

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

from streams.errors import InputError, LogError, LogLockedError, LogWriteError
from streams.log.frame import encode_frame
from streams.log.recovery import recover
from streams.log.segments import PARTITION, Segment, segment_path, segment_paths
from streams.records import Headers, Position, Timestamps

SyncPolicy = Literal["batch", "close"]
# Half as much doubles the files of a big log; twice as much doubles what a recovery
# has to read (a second per GB or so).
SEGMENT_BYTES = 64 << 20
_LOCK_NAME = "writer.lock"


class LogWriter:
    """Append batches of records to a log folder.

    Opening it takes the lock of the log, and cuts what a crash left unfinished.

    Parameters
    ----------
    folder : Path
        The log; made if it is not there.
    segment_bytes : int
        Begin a new segment before one grows beyond this, >= 1. A batch is never split.
    fsync : {'batch', 'close'}
        When data is forced to the disk: after every batch, or when a segment is full,
        at `flush` and at `close`. With 'close' a crash of the process loses nothing,
        one of the machine may lose what came after the last `flush`.

    Attributes
    ----------
    recovery : LogRecovery
        What opening found and cut.

    Raises
    ------
    LogLockedError
        If somebody else writes this log.
    LogCorruptError
        If bytes inside its last segment were changed.
    LogWriteError
        If the folder cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with LogWriter(Path(folder)) as log:
    ...         log.append([b"one", b"two"]), log.append([b"three"])
    (0, 2)
    """

    def __init__(
        self,
        folder: Path,
        *,
        segment_bytes: int = SEGMENT_BYTES,
        fsync: SyncPolicy = "batch",
    ) -> None:
        if segment_bytes < 1:
            msg = f"segment_bytes: must be >= 1, was {segment_bytes}"
            raise InputError(msg)
        if fsync not in {"batch", "close"}:
            msg = f"fsync: must be 'batch' or 'close', was {fsync!r}"
            raise InputError(msg)
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._fsync = fsync
        self._file: int | None = None
        self._failure: str | None = None
        self._lock: int | None = _lock(folder)
        try:
            self._open_last()
        except BaseException:
            self._release()
            raise

    def _open_last(self) -> None:
        self.recovery, last = recover(self._folder)
        self._end_offset = self.recovery.end_offset
        self._end_byte = 0 if last is None else last.end_byte
        self._is_unique = self._kind_of(last)
        path = segment_path(self._folder, 0) if last is None else last.path
        self._file = self._open_segment(path)
        self._path = path

    def _kind_of(self, last: Segment | None) -> bool | None:
        """Tell whether the log is unique; None while it is empty."""
        if last is not None and not len(last):
            older = segment_paths(self._folder)[:-1]
            last = Segment(older[-1]) if older else None
            if last is not None:
                last.walk(checksums=False)
        if last is None or not len(last):
            return None
        header, _ = last.read(last.frame_of_offset(last.end_offset))
        return bool(header.is_unique)

    def _open_segment(self, path: Path) -> int:
        try:
            file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        except OSError as error:
            msg = f"{path}: cannot be written: {error.strerror}"
            raise LogWriteError(msg) from error
        try:
            _sync_folder(self._folder)
        except OSError as error:
            os.close(file)
            # The old segment goes on: an empty one after it would claim its offsets.
            if path.stat().st_size == 0:
                path.unlink()
            msg = f"{path}: its folder cannot be forced to the disk: {error.strerror}"
            raise LogWriteError(msg) from error
        return file

    @property
    def end_offset(self) -> int:
        """Offset of the next record."""
        return self._end_offset

    def append(
        self,
        values: Sequence[bytes],
        *,
        keys: Sequence[bytes | None] | None = None,
        timestamps_us: Timestamps | None = None,
        headers: Sequence[Headers] | None = None,
        event_times_us: tuple[int, int] | None = None,
        unique: bool = False,
    ) -> int:
        """Append records as one frame: all of them are in the log afterwards, or none.

        Parameters
        ----------
        values : sequence of bytes
            The records, at least one.
        keys, headers : sequence or None
            One for each record.
        timestamps_us : int, sequence of int or None
            One time for all records, one for each, or None for 0; microseconds UTC.
        event_times_us : (int, int) or None
            Earliest and latest event time among the records, by which `seek_time` finds
            them; None: it goes by the time stamps.
        unique : bool
            Whether the caller has looked that nothing of this is in the log before.
            All of a log is unique, or nothing: readers trust it as a whole.

        Returns
        -------
        int
            Offset of the first record.

        Raises
        ------
        RecordError
            If there is no record, a column has another length, or they are too big.
        LogWriteError
            If the disk is full or fails. The log is as it was, and the same writer may
            try again, unless the message says otherwise.
        LogError
            If the log is unique and this is not, or the other way round.
        """
        self._check_usable()
        if self._is_unique not in {None, unique}:
            what = ("any records", "records without copies")
            msg = (
                f"log {str(self._folder)!r}: is one of {what[not unique]}, and "
                f"{what[unique]} cannot be appended to it; write to a new log"
            )
            raise LogError(msg)
        frame = encode_frame(
            self._end_offset,
            values,
            keys=keys,
            timestamps_us=timestamps_us,
            headers=headers,
            event_times_us=event_times_us,
            unique=unique,
        )
        if self._end_byte and self._end_byte + len(frame) > self._segment_bytes:
            self._roll()
        self._write(frame)
        self._is_unique = unique
        first = self._end_offset
        self._end_offset += len(values)
        self._end_byte += len(frame)
        return first

    def _check_usable(self) -> None:
        if self._failure:
            raise LogWriteError(self._failure)
        if self._file is None:
            msg = f"log {str(self._folder)!r}: is closed"
            raise LogError(msg)

    def _roll(self) -> None:
        self.flush()
        path = segment_path(self._folder, self._end_offset)
        file = self._open_segment(path)
        os.close(self._descriptor())
        self._file, self._path, self._end_byte = file, path, 0

    def _write(self, frame: bytes) -> None:
        try:
            _write_all(self._descriptor(), frame)
            if self._fsync == "batch":
                os.fdatasync(self._descriptor())
        except OSError as error:
            self._cut_back()
            msg = (
                f"{self._path}: could not append {len(frame)} bytes at byte "
                f"{self._end_byte}: {error.strerror}; the log still ends at offset "
                f"{self._end_offset}"
            )
            raise LogWriteError(msg) from error

    def _cut_back(self) -> None:
        """Remove what was written of a frame, or refuse to write ever after."""
        try:
            os.ftruncate(self._descriptor(), self._end_byte)
        except OSError as error:
            self._fail(f"cannot remove an unfinished append: {error.strerror}")

    def _fail(self, reason: str) -> None:
        self._failure = (
            f"{self._path}: {reason}; open the log again, so that it is checked"
        )

    def flush(self) -> Position:
        """Force everything appended to the disk and return the position after it.

        Raises
        ------
        LogWriteError
            If the disk fails; the log must then be opened again.
        """
        self._check_usable()
        try:
            os.fdatasync(self._descriptor())
        except OSError as error:
            # What the disk holds now is unknown, and a second try may lie about it.
            self._fail(f"cannot be forced to the disk: {error.strerror}")
            self._check_usable()
        return Position({PARTITION: self._end_offset})

    def _descriptor(self) -> int:
        assert self._file is not None
        return self._file

    def close(self) -> None:
        """Flush and give the lock back; a second call does nothing."""
        if self._file is None:
            return
        try:
            if self._failure is None:
                self.flush()
        finally:
            self._release()

    def _release(self) -> None:
        for descriptor in (self._file, self._lock):
            if descriptor is not None:
                os.close(descriptor)
        self._file = self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _lock(folder: Path) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / _LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        msg = f"log {str(folder)!r}: cannot be written: {error.strerror}"
        raise LogWriteError(msg) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        msg = f"log {str(folder)!r}: another writer holds it; a log has one at a time"
        raise LogLockedError(msg) from error
    return lock


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
