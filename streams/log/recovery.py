"""Cut the tail that a crash left behind."""

import os
from dataclasses import dataclass
from pathlib import Path

from streams.log.segments import Segment, check_sealed, segment_paths


@dataclass(frozen=True, slots=True)
class LogRecovery:
    """What opening a log for writing found.

    Attributes
    ----------
    end_offset : int
        Offset of the next record; everything below it is whole.
    bytes_cut : int
        Bytes of an append that was cut off by a crash, now removed; 0 as a rule.
    segment : str or None
        File name of the segment they were cut from.
    byte : int
        Where in it they began.
    """

    end_offset: int
    bytes_cut: int = 0
    segment: str | None = None
    byte: int = 0

    def __str__(self) -> str:
        if not self.bytes_cut:
            return f"nothing to repair; the log ends at offset {self.end_offset}"
        return (
            f"cut {self.bytes_cut} bytes of an unfinished append from byte "
            f"{self.byte} of {self.segment}; the log ends at offset {self.end_offset}"
        )


def recover(folder: Path) -> tuple[LogRecovery, Segment | None]:
    """Check the last segment of a log and cut a torn tail; the caller holds its lock.

    Parameters
    ----------
    folder : Path
        The log.

    Returns
    -------
    LogRecovery
        What was cut.
    Segment or None
        The last segment, walked; None if the log is empty.

    Raises
    ------
    LogCorruptError
        If bytes before whole frames were changed: nothing is cut then.
    """
    paths = segment_paths(folder)
    if not paths:
        return LogRecovery(end_offset=0), None
    last = Segment(paths[-1])
    fault = last.walk(checksums=True)
    if fault and not fault.is_torn:
        raise last.corrupt(fault.byte, fault.reason)
    if len(paths) > 1:
        check_sealed(Segment(paths[-2]), last.first_offset)
    if not fault:
        return LogRecovery(end_offset=last.end_offset), last
    cut = last.path.stat().st_size - last.end_byte
    with last.path.open("r+b") as file:
        file.truncate(last.end_byte)
        os.fsync(file.fileno())
    recovery = LogRecovery(last.end_offset, cut, last.path.name, last.end_byte)
    return recovery, last
