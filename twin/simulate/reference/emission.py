"""From what happens in a simulation to a batch of events, column by column."""

import struct
from collections.abc import Callable
from itertools import count
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.batch import (
    DTYPES,
    HAS_DETAIL,
    NO_TIME,
    NO_VALUE,
    EventBatch,
    empty_batch,
)
from streams.events import Event
from streams.layout import ranks
from streams.names import Names, hash64_numbered

NONE: Final = -1  # no reference
NAN: Final = float(NO_VALUE)
NEVER: Final = int(NO_TIME)

Row = tuple[int, int, int, int, int, int, int, int, float, float, float, int]

_COLUMNS = (
    "time_us", "type_code", "code", "subject", "item", "place", "party", "parent",
    "value0", "value1", "value2", "time0",
)  # fmt: skip
"""The columns a simulation fills, in the order of a row; the rest says nothing."""

# Rows go to columns as bytes, which takes half as long as column by column; many at a
# time spare a fifth of that.
_ROW = np.dtype([(name, np.dtype(DTYPES[name]).newbyteorder("<")) for name in _COLUMNS])
_FORMATS = {"<i2": "h", "<i4": "i", "<i8": "q", "<f8": "d"}
_FORMAT = "".join(_FORMATS[_ROW[name].str] for name in _COLUMNS)
_AT_ONCE = 128  # rows
_one_packed = struct.Struct("<" + _FORMAT).pack
_many_packed = struct.Struct("<" + _AT_ONCE * _FORMAT).pack


def _packed(values: list[Any]) -> bytes:
    # The values of rows, one after another, as the bytes of records of `_ROW`.
    size, n = len(_COLUMNS), _AT_ONCE * len(_COLUMNS)
    many = len(values) // n * n
    parts = [_many_packed(*values[at : at + n]) for at in range(0, many, n)]
    rest = range(many, len(values), size)
    parts += [_one_packed(*values[at : at + size]) for at in rest]
    return b"".join(parts)


_CONSTANT: dict[str, float] = {
    "flags": 0, "partition": 0, "offset": 0, "detail_start": 0, "detail_end": 0,
    "value3": NAN, "time1": NEVER,
}  # fmt: skip


class Emitter:
    """Gathers events as rows and turns them into batches.

    Parameters
    ----------
    names : Names
        Table of ids of the batches.
    source : str
        Name of the producer; its events are numbered from 0.
    told : frozenset of int or None
        Codes of the types of events that are told, None for all. The others are
        counted: an event has the same number whatever else is told.

    Attributes
    ----------
    emit : callable
        Adds an event: takes a value for each of `_COLUMNS`.
    """

    emit: Callable[[Row], None]

    def __init__(
        self, names: Names, source: str = "plant", *, told: frozenset[int] | None = None
    ) -> None:
        self._names = names
        self._source_name = source
        self._source = names.index(source)
        self._values: list[Any] = []  # of all rows
        self._told = told
        self._numbers: list[int] = []  # of the rows, where some events are not told
        # Called for every event, so without a detour.
        self.emit = self._values.extend if told is None else self._counting(told)
        self._details: dict[int, bytes] = {}
        self._sequence = 0

    def emit_with_detail(self, row: Row, event: Event) -> None:
        """Add an event that has fields without a column.

        Parameters
        ----------
        row : tuple
            As for `emit`.
        event : Event
            The same as a record, for the side table.
        """
        if self._told is None or row[1] in self._told:
            self.add_detail(len(self._values) // len(_COLUMNS), event)
        self.emit(row)

    def _counting(self, told: frozenset[int]) -> Callable[[Row], None]:
        # What adds the events that are told, and their numbers.
        number, add, note = count(), self._values.extend, self._numbers.append

        def emit(row: Row) -> None:
            n = next(number)
            if row[1] in told:
                add(row)
                note(n)

        return emit

    def add_detail(self, row: int, event: Event) -> None:
        """Keep an event whole for the side table; `row` counts from the last flush."""
        self._details[row] = msgspec.json.encode(event)

    def flush(self) -> EventBatch:
        """Return all events since the last call, in canonical order.

        Returns
        -------
        EventBatch
        """
        if not self._values:
            return empty_batch(self._names)
        rows = np.frombuffer(_packed(self._values), _ROW)
        self._values.clear()
        columns = {name: rows[name].copy() for name in _COLUMNS}
        if self._told is None:
            return self.batch(columns)
        numbers = np.array(self._numbers, np.int64)
        self._numbers.clear()
        return self._numbered(columns, numbers)

    def batch(self, columns: dict[str, NDArray[Any]]) -> EventBatch:
        """Return events given column by column, in canonical order.

        Parameters
        ----------
        columns : dict of str to ndarray of shape (n,)
            The columns of a row as `emit` takes it, in the order of emission; changed.

        Returns
        -------
        EventBatch
        """
        first, n = self._sequence, len(columns["time_us"])
        self._sequence += n
        return self._numbered(columns, np.arange(first, first + n))

    def _numbered(
        self, columns: dict[str, NDArray[Any]], numbers: NDArray[np.int64]
    ) -> EventBatch:
        n = len(numbers)
        columns["rank"] = ranks(
            columns["type_code"], columns["code"], columns["time_us"], columns["time0"]
        )
        columns["sequence"] = numbers
        # As if the id were read back from the log, see `streams.codec.encoding`.
        columns["id_hash"] = hash64_numbered(f"{self._source_name}/", numbers)
        detail = self._join_details(columns, n)
        # One source, numbered in order: a stable sort leaves the sequence to decide.
        order = np.lexsort((columns["rank"], columns["time_us"]))
        columns = {name: column[order] for name, column in columns.items()}
        columns["source"] = np.full(n, self._source, np.int32)
        for name, value in _CONSTANT.items():
            if name not in columns:
                columns[name] = np.full(n, value, DTYPES[name])
        return EventBatch(names=self._names, detail=detail, **columns)

    def _join_details(self, columns: dict[str, NDArray[Any]], n: int) -> bytes:
        if not self._details:
            return b""
        for name in ("flags", "detail_start", "detail_end"):
            columns[name] = np.zeros(n, DTYPES[name])
        end = 0
        for row, data in self._details.items():
            columns["flags"][row] = HAS_DETAIL
            columns["detail_start"][row] = end
            end += len(data)
            columns["detail_end"][row] = end
        joined = b"".join(self._details.values())
        self._details.clear()
        return joined
