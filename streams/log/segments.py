"""The files of a log: their names, their frames, and where a broken one begins.

A segment is named by the offset of its first record. Which frame holds an offset or a
time is found by walking headers, once, and kept in four arrays (32 bytes a frame).
"""

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from pathlib import Path

from streams.errors import LogCorruptError, LogError
from streams.log.frame import (
    HEADER_BYTES,
    MAGIC,
    FrameHeader,
    decode_header,
    payload_is_whole,
)
from streams.mapped import fetch_pages, map_bytes

PARTITION = "log/0"
"""Name of the one partition of a file log."""

ANY_US = -(2**63)
"""Stands for the time of the first event of a frame that may hold any."""

_SUFFIX = ".seg"
_NAME_DIGITS = 20  # every int64 has its place, and names sort as numbers do


def segment_path(folder: Path, first_offset: int) -> Path:
    """Return where the segment that begins at `first_offset` (>= 0) lies."""
    return folder / f"{first_offset:0{_NAME_DIGITS}d}{_SUFFIX}"


def segment_paths(folder: Path) -> list[Path]:
    """Return the segments of a log, oldest first.

    Raises
    ------
    LogError
        If `folder` is no folder, or a segment has a name that is no offset.
    """
    if not folder.is_dir():
        msg = f"log {str(folder)!r}: there is no such folder"
        raise LogError(msg)
    paths = sorted(folder.glob(f"*{_SUFFIX}"))
    for path in paths:
        if not (path.stem.isdecimal() and len(path.stem) == _NAME_DIGITS):
            msg = f"{path}: a segment is named by {_NAME_DIGITS} digits"
            raise LogError(msg)
    return paths


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the whole frames of a segment end although its bytes go on.

    Attributes
    ----------
    byte : int
        Where the first frame that is not whole begins.
    reason : str
        What is wrong there.
    is_torn : bool
        No whole frame follows: an append was cut off, or is just going on. Else bytes
        inside the segment were changed.
    """

    byte: int
    reason: str
    is_torn: bool


class Segment:
    """One file of a log, indexed as far as it has been walked.

    Parameters
    ----------
    path : Path
        As `segment_path` gives it.

    Attributes
    ----------
    path : Path
        The file.
    first_offset, end_offset : int
        Offset of the first record, and after the last one walked over.
    end_byte : int
        Where the frames walked over end.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.first_offset = int(path.stem)
        self.end_offset = self.first_offset
        self.end_byte = 0
        self._bytes = array("q")
        self._offsets = array("q")
        self._latest_us = array("q")  # running maximum, as times may go back
        self._earliest_us: int | None = None
        self._events_from_us = array("q")  # of each frame, ANY_US if it does not say
        self._checked_byte = 0  # the payloads before were found whole
        self._window: memoryview | None = None

    def __len__(self) -> int:
        return len(self._bytes)

    def walk(self, *, checksums: bool) -> Fault | None:
        """Index the frames that were appended since the last walk.

        Parameters
        ----------
        checksums : bool
            Also read the payloads and check their sums.

        Returns
        -------
        Fault or None
            What stopped the walk before the end of the file.

        Raises
        ------
        LogError
            If a frame was written by a newer version.
        """
        # The size first: what lies below it was written before, whole or torn.
        size = self.path.stat().st_size
        if self.end_byte == size:
            return None
        data = map_bytes(self.path, 0, size)
        while self.end_byte < size:
            found = _find_whole(data, self.end_byte, checksums=checksums)
            if isinstance(found, str):
                torn = not _whole_frame_follows(data, self.end_byte + 1)
                return Fault(self.end_byte, found, torn)
            if found.first_offset != self.end_offset:
                reason = f"offset {found.first_offset}, expected {self.end_offset}"
                return Fault(self.end_byte, reason, is_torn=False)
            is_next = self._checked_byte == self.end_byte
            self._add(found)
            if checksums and is_next:
                self._checked_byte = self.end_byte
        self._window = data  # its pages are there now, for who reads on
        return None

    def _add(self, header: FrameHeader) -> None:
        latest = header.time_us_max
        if self._latest_us:
            latest = max(latest, self._latest_us[-1])
        earliest = header.time_us_min
        if self._earliest_us is not None:
            earliest = min(earliest, self._earliest_us)
        self._earliest_us = earliest
        known = header.has_event_times
        self._events_from_us.append(header.time_us_min if known else ANY_US)
        self._bytes.append(self.end_byte)
        self._offsets.append(header.first_offset)
        self._latest_us.append(latest)
        self.end_byte += header.frame_bytes
        self.end_offset = header.next_offset

    def frame_of_offset(self, offset: int) -> int:
        """Return the byte of the frame with `offset`, between first and end offset."""
        return self._bytes[bisect_right(self._offsets, offset) - 1]

    def frame_of_time(self, time_us: int) -> int | None:
        """Return the byte of the first frame that reaches `time_us`, or None."""
        index = bisect_left(self._latest_us, time_us)
        return self._bytes[index] if index < len(self) else None

    def end_of_events(self, time_us: int) -> int | None:
        """Return the offset behind the last frame with events up to a time, or None.

        A frame that was appended without its event times may hold such an event.
        """
        for index in range(len(self) - 1, -1, -1):
            if self._events_from_us[index] <= time_us:
                is_last = index + 1 == len(self)
                return self.end_offset if is_last else self._offsets[index + 1]
        return None

    def times_us(self) -> tuple[int, int] | None:
        """Return the earliest and latest time of its frames, None if it has none."""
        if self._earliest_us is None:
            return None
        return self._earliest_us, self._latest_us[-1]

    def latest_us_before(self, offset: int) -> int | None:
        """Return the latest time of the frames that end before `offset`, or None."""
        index = bisect_right(self._offsets, offset) - 2
        return self._latest_us[index] if index >= 0 else None

    def read(self, byte: int) -> tuple[FrameHeader, memoryview]:
        """Return header and payload of the frame at `byte`, mapped and not copied.

        The sum of a payload is checked once: here, or by a walk with checksums.

        Raises
        ------
        LogCorruptError
            If it is not whole.
        """
        data = self._mapped(byte + HEADER_BYTES)
        header = decode_header(data[byte : byte + HEADER_BYTES])
        if header is not None:
            data = self._mapped(byte + header.frame_bytes)
            payload = data[byte + HEADER_BYTES : byte + header.frame_bytes]
            checked = byte < self._checked_byte
            if not checked:
                fetch_pages(data, byte, byte + header.frame_bytes)
            if len(payload) == header.payload_bytes and (
                checked or payload_is_whole(header, payload)
            ):
                return header, payload
        raise self.corrupt(byte, "the checksum of the frame is wrong")

    def _mapped(self, end: int) -> memoryview:
        """Return the bytes of the file, at least up to `end` if it has as many."""
        size = self.path.stat().st_size
        window = self._window
        # To touch what a file has lost would end the process: so its size first.
        if window is None or len(window) < min(end, size) or len(window) > size:
            self._window = window = map_bytes(self.path, 0, size)
        return window

    def release(self) -> None:
        """Let go of the mapped file; what was read of it stays until it is let go."""
        self._window = None

    def corrupt(self, byte: int, reason: str) -> LogCorruptError:
        """Make the error that names this segment and a byte of it."""
        return LogCorruptError(f"{self.path}: byte {byte}: {reason}")


def check_sealed(segment: Segment, next_offset: int) -> None:
    """Walk a segment that another one follows.

    Parameters
    ----------
    segment : Segment
        Not the last of its log.
    next_offset : int
        First offset of the segment after it.

    Raises
    ------
    LogCorruptError
        If its frames do not end with its file, or not where the next segment begins.
    """
    fault = segment.walk(checksums=False)
    if fault:
        raise segment.corrupt(fault.byte, fault.reason)
    if segment.end_offset != next_offset:
        reason = (
            f"the segment ends at offset {segment.end_offset}, "
            f"the next one begins at {next_offset}"
        )
        raise segment.corrupt(segment.end_byte, reason)


def _find_whole(data: memoryview, byte: int, *, checksums: bool) -> FrameHeader | str:
    """Return the header of the frame at `byte`, or what is wrong with the frame."""
    header = decode_header(data[byte : byte + HEADER_BYTES])
    if header is None:
        return "no frame begins here"
    payload = data[byte + HEADER_BYTES : byte + header.frame_bytes]
    if len(payload) < header.payload_bytes:
        return "the frame ends after the file"
    if checksums:
        fetch_pages(data, byte, byte + header.frame_bytes)
    if checksums and not payload_is_whole(header, payload):
        return "the checksum of the frame is wrong"
    return header


def _whole_frame_follows(data: memoryview, byte: int) -> bool:
    """Tell whether a whole frame lies behind `byte`.

    It decides between a torn tail, which is normal after a crash and may be cut, and
    changed bytes with good data behind them, which never may.
    """
    tail = bytes(data[byte:])
    at = tail.find(MAGIC)
    while at >= 0:
        header = decode_header(tail[at : at + HEADER_BYTES])
        if header and payload_is_whole(
            header, tail[at + HEADER_BYTES : at + header.frame_bytes]
        ):
            return True
        at = tail.find(MAGIC, at + 1)
    return False
