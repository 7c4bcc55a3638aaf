"""Read a file log from an offset or a time, also while it is written."""

import time
from bisect import bisect_right
from pathlib import Path
from typing import Self

import numpy as np

from streams.errors import PositionError
from streams.log.frame import decode_payload
from streams.log.segments import PARTITION, Segment, check_sealed, segment_paths
from streams.records import Position, RecordBatch, check_poll

# How long a poll sleeps before it looks for new frames again: half as long doubles the
# idle load of a follower, twice as long doubles its delay.
_LOOK_AGAIN_S = 0.01


class LogReader:
    """Read the records of a log folder in order.

    A torn tail is no error here: reading ends before it, as it may be an append that
    is just going on. Changed bytes inside the log are an error.

    Parameters
    ----------
    folder : Path
        The log.

    Raises
    ------
    LogError
        If `folder` is no folder.
    LogCorruptError
        If bytes inside the log are not what was written.

    Examples
    --------
    >>> import tempfile
    >>> from streams.log import LogWriter
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with LogWriter(Path(folder)) as log:
    ...         first = log.append([b"one", b"two", b"three"])
    ...     reader = LogReader(Path(folder))
    ...     reader.seek(Position({"log/0": 1}))
    ...     list(reader.poll(0, 10).values())
    [b'two', b'three']
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._segments: list[Segment] = []
        self._frame: RecordBatch | None = None  # the one read last: polls may be small
        self._reading: Segment | None = None  # the one that is mapped
        self._look()
        self._next = self.start_offset

    def _look(self) -> None:
        """Find segments and frames that were appended since."""
        known = len(self._segments)
        paths = segment_paths(self._folder)[known:]
        if paths and known:
            # It was the last one and is now complete: the walk goes on from its end.
            check_sealed(self._segments[-1], int(paths[0].stem))
        self._segments += [Segment(path) for path in paths]
        if not self._segments:
            return
        fault = self._segments[-1].walk(checksums=True)
        if fault and not fault.is_torn:
            raise self._segments[-1].corrupt(fault.byte, fault.reason)

    def _walked(self, index: int) -> Segment:
        """Return a segment with its index complete."""
        segment = self._segments[index]
        if index + 1 < len(self._segments):
            following = self._segments[index + 1].first_offset
            if segment.end_offset != following:
                check_sealed(segment, following)
        return segment

    @property
    def start_offset(self) -> int:
        """Offset of the first record that the log still holds."""
        return self._segments[0].first_offset if self._segments else 0

    @property
    def _end_offset(self) -> int:
        return self._segments[-1].end_offset if self._segments else 0

    def partitions(self) -> tuple[str, ...]:
        """Return the name of the one partition."""
        return (PARTITION,)

    def position(self) -> Position:
        """Return the next offset."""
        return Position({PARTITION: self._next})

    def end_position(self) -> Position:
        """Return the position after the last whole frame.

        Raises
        ------
        LogCorruptError
            If bytes inside the log are not what was written.
        """
        self._look()
        return Position({PARTITION: self._end_offset})

    def seek(self, position: Position) -> None:
        """Continue at `position`; see `Source.seek`."""
        strangers = set(position) - {PARTITION}
        if strangers:
            msg = f"partition {min(strangers)!r}: a file log has only {PARTITION!r}"
            raise PositionError(msg)
        offset = self.start_offset
        if PARTITION in position:
            offset = position.of(PARTITION)
            self._check_offset(offset)
        self._next = offset

    def _check_offset(self, offset: int) -> None:
        if not self.start_offset <= offset <= self._end_offset:
            self._look()
        if not self.start_offset <= offset <= self._end_offset:
            msg = (
                f"log {str(self._folder)!r}: offset must be in "
                f"{self.start_offset}..{self._end_offset}, was {offset}"
            )
            raise PositionError(msg)

    def seek_time(self, time_us: int) -> None:
        """Continue at the first record that may be of `time_us` or later.

        Batches appended with their event times are found by these, as a whole; others
        by the time stamps of their records.

        Parameters
        ----------
        time_us : int
            Microseconds UTC. If nothing is that late, reading continues at the end.

        Raises
        ------
        LogCorruptError
            If bytes inside the log are not what was written.
        """
        self._look()
        for index in range(len(self._segments)):
            segment = self._walked(index)
            byte = segment.frame_of_time(time_us)
            if byte is not None:
                self._next = self._first_of_time(segment, byte, time_us)
                return
        self._next = self._end_offset

    def end_of_events(self, time_us: int) -> Position:
        """Return the position behind the last frame with events up to a time.

        Who wants no later events need not read on from there. Frames that were appended
        without their event times may hold any.

        Parameters
        ----------
        time_us : int
            Microseconds UTC.

        Raises
        ------
        LogCorruptError
            If bytes inside the log are not what was written.
        """
        self._look()
        for index in range(len(self._segments) - 1, -1, -1):
            end = self._walked(index).end_of_events(time_us)
            if end is not None:
                return Position({PARTITION: end})
        return Position({PARTITION: self.start_offset})

    def _first_of_time(self, segment: Segment, byte: int, time_us: int) -> int:
        header, payload = segment.read(byte)
        if header.has_event_times:
            return header.first_offset
        times = decode_payload(header, payload, PARTITION).timestamps_us
        return header.first_offset + int(np.argmax(times >= time_us))

    def poll(self, timeout_s: float, max_records: int) -> RecordBatch | None:
        """Return the next records, at most one frame; see `Source.poll`.

        Raises
        ------
        LogCorruptError
            If bytes inside the log are not what was written.
        """
        check_poll(timeout_s, max_records)
        frame = self._frame_of_next()
        while frame is None and timeout_s > 0:
            time.sleep(min(timeout_s, _LOOK_AGAIN_S))
            timeout_s -= _LOOK_AGAIN_S
            frame = self._frame_of_next()
        if frame is None:
            return None
        skip = self._next - int(frame.offsets[0])
        batch = frame.slice(skip, skip + max_records)
        self._next = batch.next_offset
        return batch

    def _frame_of_next(self) -> RecordBatch | None:
        frame = self._frame
        if frame is None or not frame.offsets[0] <= self._next < frame.next_offset:
            self._frame = frame = self._read_frame()
        return frame

    def _read_frame(self) -> RecordBatch | None:
        if self._next >= self._end_offset:
            self._look()
        if self._next >= self._end_offset:
            return None
        firsts = [segment.first_offset for segment in self._segments]
        segment = self._walked(bisect_right(firsts, self._next) - 1)
        if self._reading not in {None, segment}:
            self._reading.release()
        self._reading = segment
        header, payload = segment.read(segment.frame_of_offset(self._next))
        return decode_payload(header, payload, PARTITION)

    def close(self) -> None:
        """Let go of the segment and the frame read last; no file is held open."""
        self._frame = None
        if self._reading is not None:
            self._reading.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
