"""Rows read by layout against the exact decoder, one by one and to the bit.

One row in a thousand is read again. Names and ids of all of them are looked up at once,
as a call of compiled code costs as much as reading a row.
"""

from operator import attrgetter, itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
from streams.names import Names, hash64_all

WHOLE_COLUMNS = (
    "time_us", "type_code", "flags", "id_hash", "source", "sequence", "partition",
    "offset", "code", *REFERENCE_COLUMNS, *TIME_COLUMNS,
)  # fmt: skip
RANKED_BY = ("type_code", "code", "time_us", "time0")
_NAMED_COLUMNS = ("source", *REFERENCE_COLUMNS)
_WHOLE = attrgetter(*WHOLE_COLUMNS)
_VALUES = attrgetter(*VALUE_COLUMNS)
_RANKED_BY = attrgetter(*RANKED_BY)
_WHOLE_CELLS = itemgetter(*WHOLE_COLUMNS)
_VALUE_CELLS = itemgetter(*VALUE_COLUMNS)
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
    chosen = slice(events.start, events.stop, events.step)
    rows = decoded.rows[chosen].tolist()
    read = [read_alone(decoded.records, row) for row in rows]
    kept = [one for one in read if one is not None]
    expected = _expected(kept, decoded.events.names)
    values = np.array([_VALUE_CELLS(cells) for cells in expected], np.float64)
    at = np.flatnonzero([one is not None for one in read])
    same_values = _same_bits(values, _VALUES(decoded.events), at, chosen)
    whole = list(
        zip(*(one[chosen].tolist() for one in _WHOLE(decoded.events)), strict=True)
    )
    found = len(read) - len(kept)
    for place, one, cells, alike in zip(
        at.tolist(), kept, expected, same_values, strict=True
    ):
        cells["partition"] = decoded.partition_index
        cells["offset"] = decoded.records.offsets.item(rows[place])
        detail = bytes(one[0].data) if cells["flags"] else b""
        found += not (
            alike
            and whole[place] == _WHOLE_CELLS(cells)
            and decoded.events.detail_of(events[place]) == detail
        )
    if found:
        return found
    columns = [np.array(column[chosen]) for column in _RANKED_BY(decoded.events)]
    # The four are right by now, and the rank follows from them alone.
    return int((ranks(*columns) != decoded.events.rank[chosen]).sum())


def _same_bits(
    expected: NDArray[np.float64],
    columns: tuple[NDArray[np.float64], ...],
    at: NDArray[np.intp],
    chosen: slice,
) -> list[bool]:
    """Tell of each row whether its values are the same to the bit."""
    if not len(at):
        return []
    found = np.array([column[chosen][at] for column in columns]).T
    differs = np.ascontiguousarray(found).view(np.int64) != expected.view(np.int64)
    alike: list[bool] = (~differs.any(axis=1)).tolist()
    return alike


def _expected(read: list[Read], names: Names) -> list[dict[str, Any]]:
    """Return the cells of events by column, without rank and place."""
    expected = [_cells(one) for one in read]
    texts = [
        cells[name]
        for cells in expected
        for name in _NAMED_COLUMNS
        if cells[name] != -1
    ]
    numbers = iter(names.indices(texts).tolist())
    hashes: list[int] = hash64_all([one[0].id for one in read]).tolist()
    for cells, hashed in zip(expected, hashes, strict=True):
        cells["id_hash"] = hashed
        for name in _NAMED_COLUMNS:
            if cells[name] != -1:
                cells[name] = next(numbers)
    return expected


def _cells(read: Read) -> dict[str, Any]:
    """Return the cells of an event by column; texts of names in place of numbers."""
    envelope, time_us, sequence, code, event = read
    cells = _NOTHING | {
        "time_us": time_us,
        "type_code": code,
        "source": envelope.source,
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
            cells[field.column] = given
    cells["flags"] = HAS_DETAIL if has_detail else 0
    return cells
