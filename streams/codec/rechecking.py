"""Rows read by layout against the exact decoder, one by one and to the bit.

One row in a thousand is read again. In batches of fifty that is one row now and then,
and arrays made for it would cost more than all the batch.
"""

import struct
from operator import attrgetter
from typing import Any

import numpy as np

from streams.batch import (
    HAS_DETAIL,
    NO_TIME,
    REFERENCE_COLUMNS,
    TIME_COLUMNS,
    VALUE_COLUMNS,
)
from streams.codec.decoded import DecodedBatch
from streams.codec.exact import DEFAULTS, Read, read_alone
from streams.layout import LAYOUTS, ranks
from streams.names import Names, hash64

WHOLE_COLUMNS = (
    "time_us", "type_code", "flags", "id_hash", "source", "sequence", "partition",
    "offset", "code", *REFERENCE_COLUMNS, *TIME_COLUMNS,
)  # fmt: skip
RANKED_BY = ("type_code", "code", "time_us", "time0")
_WHOLE = attrgetter(*WHOLE_COLUMNS)
_VALUES = attrgetter(*VALUE_COLUMNS)
_RANKED_BY = attrgetter(*RANKED_BY)
_BITS = struct.Struct(f"{len(VALUE_COLUMNS)}d")
_NOTHING: dict[str, Any] = {
    "code": -1,
    **dict.fromkeys(REFERENCE_COLUMNS, -1),
    **dict.fromkeys(TIME_COLUMNS, int(NO_TIME)),
    **dict.fromkeys(VALUE_COLUMNS, np.nan),
}


def n_differing(decoded: DecodedBatch, events: range) -> int:
    """Count the events that the exact decoder reads otherwise.

    Parameters
    ----------
    decoded : DecodedBatch
        Events, one of each of its rows.
    events : range
        Which of them to read again.

    Returns
    -------
    int
    """
    found = sum(_differs(decoded, event) for event in events)
    if found:
        return found
    chosen = slice(events.start, events.stop, events.step)
    columns = [np.array(column[chosen]) for column in _RANKED_BY(decoded.events)]
    # The four are right by now, and the rank follows from them alone.
    return int((ranks(*columns) != decoded.events.rank[chosen]).sum())


def _differs(decoded: DecodedBatch, event: int) -> bool:
    index = int(decoded.rows[event])
    read = read_alone(decoded.records, index)
    if read is None:
        return True
    events = decoded.events
    expected, detail = _expected(read, events.names)
    expected["partition"] = decoded.partition_index
    expected["offset"] = decoded.records.offsets.item(index)
    whole = [expected[name] for name in WHOLE_COLUMNS]
    values = [expected[name] for name in VALUE_COLUMNS]
    return (
        whole != [column.item(event) for column in _WHOLE(events)]
        or _BITS.pack(*values)
        != _BITS.pack(*(column.item(event) for column in _VALUES(events)))
        or events.detail_of(event) != detail
    )


def _expected(read: Read, names: Names) -> tuple[dict[str, Any], bytes]:
    """Return the cells of an event by column, without its rank, and its detail."""
    envelope, time_us, sequence, code, event = read
    cells = _NOTHING | {
        "time_us": time_us,
        "type_code": code,
        "id_hash": hash64(envelope.id),
        "source": names.index(envelope.source),
        "sequence": sequence,
    }
    has_detail = False
    for field in LAYOUTS[code]:
        given = getattr(event, field.name)
        if field.column is None:
            has_detail = has_detail or given != DEFAULTS[code][field.name]
        elif field.column == "code":
            cells["code"] = field.choices.index(given)
        elif given is not None:
            is_name = field.column in REFERENCE_COLUMNS
            cells[field.column] = names.index(given) if is_name else given
    cells["flags"] = HAS_DETAIL if has_detail else 0
    return cells, bytes(envelope.data) if has_detail else b""
