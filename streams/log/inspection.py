"""Look a log over: what it holds, and whether every byte is what was written."""

from dataclasses import dataclass
from pathlib import Path

from streams.log.segments import Fault, Segment, segment_paths


@dataclass(frozen=True, slots=True)
class LogProblem:
    """One place of a log that is not what was written.

    Attributes
    ----------
    segment : str
        File name.
    byte : int
        Where in it.
    reason : str
        What is wrong.
    is_torn : bool
        An append that was cut off (opening the log for writing cuts it) or that is
        just going on; else damage.
    """

    segment: str
    byte: int
    reason: str
    is_torn: bool


@dataclass(frozen=True, slots=True)
class LogStat:
    """What a log holds.

    Attributes
    ----------
    start_offset, end_offset : int
        Offset of the first record, and after the last one.
    n_frames, n_segments : int
        Batches appended, and files.
    n_bytes : int
        Length of all files.
    time_us_min, time_us_max : int or None
        Earliest and latest event time (time stamp of batches appended without),
        microseconds UTC; None for an empty log.
    problems : tuple of LogProblem
        Places that are not what was written, one a segment at most.
    """

    start_offset: int
    end_offset: int
    n_frames: int
    n_segments: int
    n_bytes: int
    time_us_min: int | None
    time_us_max: int | None
    problems: tuple[LogProblem, ...]

    @property
    def n_records(self) -> int:
        """Number of records."""
        return self.end_offset - self.start_offset


def stat(folder: Path) -> LogStat:
    """Count what a log holds, from the headers of its frames.

    Parameters
    ----------
    folder : Path
        The log.

    Returns
    -------
    LogStat

    Raises
    ------
    LogError
        If `folder` is no folder.
    """
    return _inspect(folder, checksums=False)


def verify(folder: Path) -> LogStat:
    """Read every byte of a log and check every sum.

    Parameters
    ----------
    folder : Path
        The log.

    Returns
    -------
    LogStat
        Its `problems` are empty if every byte is what was written.

    Raises
    ------
    LogError
        If `folder` is no folder.
    """
    return _inspect(folder, checksums=True)


def _inspect(folder: Path, *, checksums: bool) -> LogStat:
    segments = [Segment(path) for path in segment_paths(folder)]
    faults = [segment.walk(checksums=checksums) for segment in segments]
    times = [times for s in segments if (times := s.times_us()) is not None]
    return LogStat(
        start_offset=segments[0].first_offset if segments else 0,
        end_offset=segments[-1].end_offset if segments else 0,
        n_frames=sum(map(len, segments)),
        n_segments=len(segments),
        n_bytes=sum(segment.path.stat().st_size for segment in segments),
        time_us_min=min((earliest for earliest, _ in times), default=None),
        time_us_max=max((latest for _, latest in times), default=None),
        problems=_problems(segments, faults),
    )


def _problems(
    segments: list[Segment], faults: list[Fault | None]
) -> tuple[LogProblem, ...]:
    found = []
    for index, (segment, fault) in enumerate(zip(segments, faults, strict=True)):
        sealed = index + 1 < len(segments)
        if fault:
            torn = fault.is_torn and not sealed
            found.append(LogProblem(segment.path.name, fault.byte, fault.reason, torn))
        elif sealed and segment.end_offset != segments[index + 1].first_offset:
            reason = f"ends at offset {segment.end_offset}, not where the next begins"
            found.append(
                LogProblem(segment.path.name, segment.end_byte, reason, is_torn=False)
            )
    return tuple(found)
