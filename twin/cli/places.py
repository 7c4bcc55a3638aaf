"""Offsets, positions and times as they are typed after `--from`, `--to` and `--at`."""

from typing import TYPE_CHECKING

from twin.errors import OptionError

if TYPE_CHECKING:
    from streams.records import Position, Source


def parse_place(text: str, source: "Source") -> "Position | int":
    """Read an offset, offsets by partition, or a time.

    Parameters
    ----------
    text : str
        ``1200`` (of the only partition), ``orders-0=12,orders-1=40``, or an RFC 3339
        time with a zone.
    source : Source
        Whose partitions are meant.

    Returns
    -------
    Position or int
        A position, or a time in microseconds UTC.

    Raises
    ------
    OptionError
        If it is none of these, or names a partition that the source does not have.
    """
    from streams.codec import parse_time
    from streams.errors import EnvelopeError
    from streams.records import Position

    if text.isdecimal():
        return Position({_only(source, text): int(text)})
    if "=" in text:
        return _offsets(text, source)
    try:
        return parse_time(text)
    except EnvelopeError as error:
        msg = (
            f"{text!r} is no place in a source; allowed: an offset such as 1200, "
            f"offsets such as orders-0=12,orders-1=40, or a time such as "
            f"2024-05-01T06:00:00Z"
        )
        raise OptionError(msg) from error


def _only(source: "Source", text: str) -> str:
    names = source.partitions()
    if len(names) != 1:
        example = ",".join(f"{name}={text}" for name in names)
        msg = (
            f"offset {text}: the source has {len(names)} partitions, so each is "
            f"named, such as {example}"
        )
        raise OptionError(msg)
    return names[0]


def _offsets(text: str, source: "Source") -> "Position":
    from streams.records import Position

    offsets: dict[str, int] = {}
    for part in text.split(","):
        name, _, number = part.rpartition("=")
        if name not in source.partitions() or not number.isdecimal():
            allowed = ", ".join(source.partitions())
            msg = f"{part!r} must be PARTITION=OFFSET, with one of {allowed}"
            raise OptionError(msg)
        offsets[name] = int(number)
    return Position(offsets)


def time_of_place(text: str | None) -> int | None:
    """Return the time that is named as a place in a log.

    Parameters
    ----------
    text : str or None
        As `parse_place` takes it.

    Returns
    -------
    int or None
        Microseconds UTC; None for nothing and for offsets.

    Examples
    --------
    >>> time_of_place("1970-01-01T00:00:01Z"), time_of_place("1200")
    (1000000, None)
    """
    from streams.codec import parse_time

    if text is None or text.isdecimal() or "=" in text:
        return None
    return parse_time(text)
