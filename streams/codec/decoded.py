"""What becomes of a batch of records: events, and what could not be used."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.batch import EventBatch
from streams.records import RecordBatch

NOT_JSON = "not JSON"
BAD_ENVELOPE = "bad envelope"
BAD_DATA = "bad data"
NOT_ARROW = "not Arrow"
REASONS = (NOT_JSON, BAD_ENVELOPE, BAD_DATA, NOT_ARROW)
"""Why a record may be rejected: the few words that letters are counted by."""

ARROW_STREAM = b"\xff\xff\xff\xff"  # how every message of an Arrow IPC stream begins


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that cannot be used, or one event of a record that holds several.

    Attributes
    ----------
    offset : int
        Offset of the record in its partition; the row of a table (the header is row 1).
    reason : str
        Why, in the same few words for all of its kind, to be counted by.
    detail : str
        What exactly: the field, its value and what is allowed.
    value : bytes
        The record, or the one event of it where it can be cut out.
    row : int or None
        Which event of the record, >= 0; None where the record holds one.
    """

    offset: int
    reason: str
    detail: str
    value: bytes
    row: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class DecodedBatch:
    """What became of a batch of records.

    Attributes
    ----------
    records : RecordBatch
        The records themselves: where dead letters of a later step find their bytes.
    events : EventBatch
        The good ones, in the order of their offsets.
    rows : ndarray of shape (len(events),), intp
        The record of `records` each event came from, ascending; a record that holds
        several events comes as often.
    rejected : tuple of Rejected
        The others, in the order of their offsets.
    partition_index : int
        What stands in the column `partition` of the events.
    deduplicated : bool
        Whether no event of the batch comes twice, in it or before, as its writer says
        and the transport vouches (`RecordBatch.unique`).
    ordered : bool
        Whether the events are known to be in canonical order.
    """

    records: RecordBatch
    events: EventBatch
    rows: NDArray[np.intp]
    rejected: tuple[Rejected, ...]
    partition_index: int
    deduplicated: bool = False
    ordered: bool = False
