"""Dead letters for events that are whole and still cannot be applied."""

from typing import Literal

import numpy as np

from streams.codec import DecodedBatch, Rejected, format_times
from streams.events import EVENT_TYPES

FUTURE_REASON = "too far in the future"
LATE_REASON = "late"


class Rejecting:
    """Writes dead letters for events of one batch.

    Parameters
    ----------
    decoded : DecodedBatch
        Where the records and what else was rejected of them are found.
    """

    def __init__(self, decoded: DecodedBatch) -> None:
        self._decoded = decoded
        self._values: dict[int, bytes] = {}  # a record of many events is copied once

    def future(self, event: int, future_s_max: float) -> Rejected:
        """Reject an event that lies too far ahead of its record.

        Parameters
        ----------
        event : int
            Row of `decoded.events`.
        future_s_max : float
            How far it might lie, >= 0.
        """
        appended_us = self._decoded.records.timestamps_us[self._decoded.rows[event]]
        detail = (
            f"time {_text(self._decoded.events.time_us[event])}: must be at most "
            f"{future_s_max:g} s after the record was appended, at "
            f"{_text(appended_us)}"
        )
        return self._rejected(event, FUTURE_REASON, detail)

    def late(self, event: int, mark_us: int) -> Rejected:
        """Reject an event that came too late and is of no type applied late.

        Parameters
        ----------
        event : int
            Row of `decoded.events`.
        mark_us : int
            The watermark it came after, microseconds UTC.
        """
        events = self._decoded.events
        name = EVENT_TYPES[events.type_code[event]].__name__
        detail = (
            f"{name} of {_text(events.time_us[event])}: came after the "
            f"watermark {_text(mark_us)}, and is not applied late"
        )
        return self._rejected(event, LATE_REASON, detail)

    def _rejected(self, event: int, reason: str, detail: str) -> Rejected:
        record = int(self._decoded.rows[event])
        value = self._values.get(record)
        if value is None:
            value = self._values[record] = self._decoded.records.value(record)
        offset = int(self._decoded.records.offsets[record])
        row = row_in_record(self._decoded, event)
        return Rejected(offset, reason, detail, value, row)


def row_in_record(decoded: DecodedBatch, event: int) -> int | None:
    """Tell which event of its record one is, those that were not decoded counted.

    Parameters
    ----------
    decoded : DecodedBatch
        As decoded.
    event : int
        Row of `decoded.events`.

    Returns
    -------
    int or None
        From 0; None: its record holds no other.
    """
    record = int(decoded.rows[event])
    offset = int(decoded.records.offsets[record])
    first, end = (int(np.searchsorted(decoded.rows, record, side)) for side in _SIDES)
    others = [one.row for one in decoded.rejected if one.offset == offset]
    if end - first == 1 and not others:
        return None
    row = event - first
    for other in sorted(other for other in others if other is not None):
        row += other <= row
    return row


_SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")


def _text(time_us: int | np.int64) -> str:
    return format_times(np.array([time_us], np.int64))[0]
