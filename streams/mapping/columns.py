"""Decoded records spread over the columns that a map names, as text."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from streams.errors import ForeignValueError
from streams.foreign.cells import Getter, cell_text, getter_of
from streams.foreign.connect import decimal_of
from streams.mapping.document import TopicBlock
from streams.mapping.records import Row, Rows
from streams.mapping.tables import ORDINAL, ROW
from streams.mapping.topic_loading import INDEX
from streams.records import RecordBatch

KIND = "__kind__"
NOT_A_LIST = "not a list"
NOT_A_DECIMAL = "not a decimal"
HEADER = "$header."
KEY = "$key"
OF_MESSAGE = {
    "$op": "op",
    "$ts_ms": "ts_ms",
    "$before.": "before.",
    "$after.": "after.",
    "$source.": "source.",
    "$transaction.": "transaction.",
}
TYPED: dict[str, pl.DataType] = {
    "$timestamp": pl.Datetime("us", "UTC"),
    "$offset": pl.Int64(),
    "$partition": pl.String(),
    "$topic": pl.String(),
    INDEX: pl.Int64(),
}
"""Columns that say where a record stands; the others are text out of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Rows of a batch as columns.

    Attributes
    ----------
    frame : polars.DataFrame
        With the number of each row, from 0, as `ROW` and `ORDINAL`.
    records : ndarray of int64
        Place in the batch of the record each row is of.
    places : ndarray of int64
        Place of the item in its list, from 0; 0 where a record is one row.
    """

    frame: pl.DataFrame
    records: NDArray[np.int64]
    places: NDArray[np.int64]


class Columns:
    """Spread rows over the columns that the blocks of a section name.

    Parameters
    ----------
    topic : TopicBlock
        The section.
    names : sequence of str
        The columns, in any order.
    each : str or None
        Path of the list whose items are rows of their own; None: a record is one row.

    Attributes
    ----------
    schema : polars.Schema
        Of the frames, the same for all.
    seen : set of str
        Columns that some record had something in.
    """

    def __init__(
        self, topic: TopicBlock, names: Sequence[str], each: str | None
    ) -> None:
        self._topic = topic
        self._each = each
        self._list = None if each is None else getter_of(each)
        self._nulls = frozenset(topic.null_values)
        self._typed = [name for name in names if name in TYPED]
        self._texts = {name: self._text_of(name) for name in names if name not in TYPED}
        self.seen = set(self._typed)
        texts: dict[str, pl.DataType] = dict.fromkeys(self._texts, pl.String())
        self.schema = pl.Schema(
            {ROW: pl.Int64(), ORDINAL: pl.Int64(), KIND: pl.String()}
            | {name: TYPED[name] for name in self._typed}
            | texts
        )

    def spread(self, rows: Rows, batch: RecordBatch, topic_name: str) -> Spread:
        """Return the rows as columns; what does not fit goes to `rows.rejected`."""
        records: list[int] = []
        places: list[int] = []
        kinds: list[str] = []
        texts: dict[str, list[str | None]] = {name: [] for name in self._texts}
        for row in rows.rows:
            try:
                cells = [self._cells(row, batch, item) for item in self._items(row)]
            except ForeignValueError as error:
                rows.reject(batch, row.index, error)
                continue
            records += [row.index] * len(cells)
            places += range(len(cells))
            kinds += [row.change.kind] * len(cells)
            for place, column in enumerate(texts.values()):
                column.extend(one[place] for one in cells)
        self.seen.update(
            name
            for name in texts.keys() - self.seen
            if any(text is not None for text in texts[name])
        )
        numbers = np.arange(len(records), dtype=np.int64)
        of_record = np.array(records, np.int64)
        of_item = np.array(places, np.int64)
        columns = {ROW: numbers, ORDINAL: numbers, KIND: kinds}
        columns |= {
            name: _typed(name, (of_record, of_item), batch, topic_name)
            for name in self._typed
        }
        frame = pl.DataFrame(columns | texts, schema=self.schema)
        return Spread(frame, of_record, of_item)

    def _items(self, row: Row) -> Iterator[object]:
        if self._list is None:
            yield None
            return
        found = self._list(row.change.row)
        if found is None:
            return  # a record without the list tells of none of its items
        if not isinstance(found, list):
            msg = f"{self._each} = {cell_text(found)!r}: must be a list"
            raise ForeignValueError(NOT_A_LIST, msg)
        yield from found

    def _cells(self, row: Row, batch: RecordBatch, item: object) -> list[str | None]:
        return [text(row, batch, item) for text in self._texts.values()]

    def _text_of(self, name: str) -> "_Text":
        find = self._found(name)
        if name in self._topic.decimals:
            scale = self._topic.decimals[name]
            return lambda row, batch, item: _decimal_text(
                name, find(row, batch, item), scale
            )
        nulls = self._nulls

        def text(row: Row, batch: RecordBatch, item: object) -> str | None:
            value = cell_text(find(row, batch, item))
            return None if value in nulls else value

        return text

    def _found(self, name: str) -> "_Find":
        if name.startswith(HEADER):
            return _header(name.removeprefix(HEADER))
        if name == KEY:
            return lambda row, _batch, _item: row.key
        if name.startswith(f"{KEY}."):
            get = getter_of(name.removeprefix(f"{KEY}."))
            return lambda row, _batch, _item: get(row.key)
        for begin, path in OF_MESSAGE.items():
            if name == begin or (begin.endswith(".") and name.startswith(begin)):
                get = getter_of(path + name.removeprefix(begin))
                return lambda row, _batch, _item: get(row.change.message)
        return self._of_row(name)

    def _of_row(self, name: str) -> "_Find":
        if self._each is not None and name == self._each:
            return lambda _row, _batch, item: item
        if self._each is not None and name.startswith(f"{self._each}."):
            get: Getter = getter_of(name.removeprefix(f"{self._each}."))
            return lambda _row, _batch, item: get(item)
        get = getter_of(name)
        return lambda row, _batch, _item: get(row.change.row)


def _typed(
    name: str,
    at: tuple[NDArray[np.int64], NDArray[np.int64]],
    batch: RecordBatch,
    topic_name: str,
) -> pl.Series:
    records, places = at
    if name == "$timestamp":
        times = batch.timestamps_us[records]
        # A transport that knows no time says 0.
        known = pl.Series(times).set(pl.Series(times == 0), None)
        return known.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    if name in {"$offset", INDEX}:
        return pl.Series(batch.offsets[records] if name == "$offset" else places)
    text = batch.partition if name == "$partition" else topic_name
    return pl.Series([text] * len(records), dtype=pl.String)


_Find = Callable[[Row, RecordBatch, object], object]
_Text = Callable[[Row, RecordBatch, object], str | None]


def _header(name: str) -> _Find:
    def find(row: Row, batch: RecordBatch, _item: object) -> object:
        headers = {} if batch.headers is None else batch.headers[row.index]
        content = headers.get(name)
        return None if content is None else content.decode(errors="replace")

    return find


def _decimal_text(name: str, value: object, scale: int) -> str | None:
    if value is None:
        return None
    try:
        assert isinstance(value, str | bytes)
        return cell_text(decimal_of(value, scale))
    except (AssertionError, ValueError) as error:
        msg = f"{name} = {cell_text(value)!r}: must be a decimal number in bytes"
        raise ForeignValueError(NOT_A_DECIMAL, msg) from error
