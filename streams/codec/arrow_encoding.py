"""Events to messages of Arrow IPC, in our own form and in the natural one."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.batch import (
    DTYPES,
    HAS_DETAIL,
    NO_REFERENCE,
    NO_TIME,
    REFERENCE_COLUMNS,
    TIME_COLUMNS,
    VALUE_COLUMNS,
    EventBatch,
)
from streams.codec.arrow_columnar import (
    COLUMNS_KEY,
    COLUMNS_VERSION,
    DEDUPLICATED_KEY,
    NO,
    ORDERED_KEY,
    YES,
)
from streams.codec.arrow_table import TYPE_NAMES
from streams.errors import EncodeError
from streams.layout import LAYOUTS, FieldLayout
from streams.names import Names

# How many times the names of a message its dictionary may hold: half as many make more
# dictionaries, twice as many longer ones.
WASTE_MAX = 4
_ALWAYS = ("time_us", "type_code", "id_hash")


class _Entries(NamedTuple):
    numbers: NDArray[np.intp]  # of the names, each once
    hashes: NDArray[np.uint64]  # of the names
    written: Any  # the same as an array of Arrow


class Dictionaries:
    """The dictionaries of the messages of one writer, kept while they serve.

    They grow at their ends, as a reader numbers only what is new behind the entries of
    the message before.

    Attributes
    ----------
    n_written : int
        How many dictionaries were made so far.
    """

    def __init__(self) -> None:
        self._kept: dict[str, _Entries] = {}
        self.n_written = 0

    def forget(self) -> None:
        """Begin anew: the names were numbered otherwise, see `Names.keep`."""
        self._kept.clear()

    def of(self, name: str, column: NDArray[np.int32], names: Names) -> Any:  # noqa: ANN401
        """Write a column of references with a dictionary of their names.

        Parameters
        ----------
        name : str
            Of the column.
        column : ndarray of shape (n,), int32
            Numbers of names, negative for none.
        names : Names
            What they point into.

        Returns
        -------
        pyarrow.DictionaryArray
            Its entries are each there once, some maybe for other messages.
        """
        used = np.zeros(len(names) + 1, np.bool_)  # the last for rows without any
        used[column] = True
        used[NO_REFERENCE] = False
        entries = self._entries(name, np.flatnonzero(used), names)
        place = np.zeros(len(names) + 1, np.int32)
        place[entries.numbers] = np.arange(len(entries.numbers), dtype=np.int32)
        import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

        absent = column < 0
        indices = pa.array(place[column], mask=absent if absent.any() else None)
        return pa.DictionaryArray.from_arrays(indices, entries.written)

    def _entries(self, name: str, used: NDArray[np.intp], names: Names) -> _Entries:
        kept = self._kept.get(name)
        if kept is not None and _still_names(kept, names):
            new = np.setdiff1d(used, kept.numbers, assume_unique=True)
            if len(kept.numbers) + len(new) <= len(used) * WASTE_MAX:
                if not len(new):
                    return kept
                used = np.concatenate([kept.numbers, new])
        import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

        texts = pa.array([names[number] for number in used.tolist()], pa.string())
        self._kept[name] = made = _Entries(used, names.hashes[used], texts)
        self.n_written += 1
        return made


def _still_names(entries: _Entries, names: Names) -> bool:
    """Tell whether the names have the numbers they had: some may be forgotten."""
    if not len(entries.numbers) or int(entries.numbers.max()) >= len(names):
        return False
    return np.array_equal(names.hashes[entries.numbers], entries.hashes)


def encode_arrow(
    batch: EventBatch,
    ids: Sequence[str] | None = None,
    *,
    deduplicated: bool = False,
    ordered: bool = False,
    dictionaries: Dictionaries | None = None,
) -> bytes:
    """Write columns as one message of Arrow IPC in our own form.

    Parameters
    ----------
    batch : EventBatch
        What is to be written, 1k to 10k events are best; offsets and partitions are
        not, as they are those of the message later.
    ids : sequence of str or None
        Event ids, one for each row; None: their hashes alone are written.
    deduplicated : bool
        Whether no event comes twice, in this message or in those before it.
    ordered : bool
        Whether the events are in canonical order, and behind those of the messages
        before.
    dictionaries : Dictionaries or None
        Those of the messages before, to be used again; None: new ones.

    Returns
    -------
    bytes
        An Arrow IPC stream with one batch. Columns in which no row has anything are
        left out.

    Raises
    ------
    EncodeError
        If ids are not one for each row, or a row has no source.
    """
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

    if ids is not None and len(ids) != len(batch):
        msg = f"ids: must be one for each of {len(batch)} events, were {len(ids)}"
        raise EncodeError(msg)
    if len(batch) and int(batch.source.min()) < 0:
        msg = f"row {int(batch.source.argmin())}: must name a source, has none"
        raise EncodeError(msg)
    arrays = _columns(batch, dictionaries or Dictionaries())
    if ids is not None:
        arrays["id"] = pa.array(ids, pa.string())
    metadata = {
        COLUMNS_KEY: COLUMNS_VERSION,
        DEDUPLICATED_KEY: YES if deduplicated else NO,
        ORDERED_KEY: YES if ordered else NO,
    }
    return _stream(arrays, metadata)


def _stream(arrays: dict[str, Any], metadata: dict[bytes, bytes]) -> bytes:
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

    table = pa.record_batch(list(arrays.values()), names=list(arrays))
    table = table.replace_schema_metadata(metadata)
    buffer = pa.BufferOutputStream()
    with pa.ipc.new_stream(buffer, table.schema) as stream:
        stream.write_batch(table)
    written: bytes = buffer.getvalue().to_pybytes()
    return written


def _columns(batch: EventBatch, dictionaries: Dictionaries) -> dict[str, Any]:
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

    arrays: dict[str, Any] = {}
    for name in DTYPES:
        column = getattr(batch, name)
        if name in _ALWAYS or (name in _NOTHING and _is_given(name, column)):
            arrays[name] = pa.array(column)
        elif name == "source" or (name in REFERENCE_COLUMNS and (column >= 0).any()):
            arrays[name] = dictionaries.of(name, column, batch.names)
    with_detail = (batch.flags & HAS_DETAIL) != 0
    if with_detail.any():
        details = [
            batch.detail_of(row) if given else None
            for row, given in enumerate(with_detail.tolist())
        ]
        arrays["detail"] = pa.array(details, pa.large_binary())
    return arrays


_NOTHING: dict[str, Any] = {
    "code": -1,
    "sequence": 0,
    **dict.fromkeys(VALUE_COLUMNS, None),  # NaN, that equals nothing
    **dict.fromkeys(TIME_COLUMNS, NO_TIME),
}


def _is_given(name: str, column: NDArray[Any]) -> bool:
    nothing = _NOTHING[name]
    if nothing is None:
        return not bool(np.isnan(column).all())
    return bool((column != nothing).any())


def encode_rows(batch: EventBatch, ids: Sequence[str]) -> bytes:
    """Write columns as one message of Arrow IPC in the natural form.

    It is the form a producer writes with the tools of Arrow; this shows it, and serves
    tests. Events with detail are not written so.

    Parameters
    ----------
    batch : EventBatch
        What is to be written; no row has detail.
    ids : sequence of str
        Event ids, one for each row.

    Returns
    -------
    bytes
        An Arrow IPC stream with one batch: the envelope, and a column for every field
        of the types in it.

    Raises
    ------
    EncodeError
        If ids are not one for each row, a row has detail or no source.
    """
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

    if len(ids) != len(batch):
        msg = f"ids: must be one for each of {len(batch)} events, were {len(ids)}"
        raise EncodeError(msg)
    if (batch.flags & HAS_DETAIL).any():
        row = int(np.flatnonzero(batch.flags & HAS_DETAIL)[0])
        msg = f"row {row}: must have no detail; write it with encode_arrow or encode"
        raise EncodeError(msg)
    names = batch.names
    types = np.array(TYPE_NAMES, object)[batch.type_code]
    arrays: dict[str, Any] = {
        "id": pa.array(ids, pa.string()),
        "source": pa.array([names[one] for one in batch.source.tolist()], pa.string()),
        "type": pa.array(types.tolist(), pa.string()).dictionary_encode(),
        "time": pa.array(batch.time_us).cast(pa.timestamp("us", "UTC")),
        "sequence": pa.array(batch.sequence),
    }
    fields: dict[str, list[Any]] = {}
    kinds: dict[str, Any] = {}
    for code in np.unique(batch.type_code).tolist():
        rows = np.flatnonzero(batch.type_code == code)
        for field in LAYOUTS[code]:
            if field.column is None:
                continue
            values = fields.setdefault(field.name, [None] * len(batch))
            kinds[field.name] = _kind(field)
            for row, value in zip(
                rows.tolist(), _values(batch, field, rows), strict=True
            ):
                values[row] = value
    for name, values in fields.items():
        arrays[name] = pa.array(values, kinds[name])
    return _stream(arrays, {})


def _kind(field: FieldLayout) -> Any:  # noqa: ANN401
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

    if field.column in VALUE_COLUMNS:
        return pa.float64()
    return pa.int64() if field.column in TIME_COLUMNS else pa.string()


def _values(batch: EventBatch, field: FieldLayout, rows: NDArray[np.intp]) -> list[Any]:
    column = getattr(batch, str(field.column))[rows]
    if field.column in REFERENCE_COLUMNS:
        return [None if n < 0 else batch.names[n] for n in column.tolist()]
    if field.column in TIME_COLUMNS:
        return [None if time == NO_TIME else time for time in column.tolist()]
    if field.column == "code":
        return [None if code < 0 else field.choices[code] for code in column.tolist()]
    return [None if np.isnan(value) else value for value in column.tolist()]
