"""A whole table to events: columns, ids, and the rows that do not fit."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from streams.batch import (
    HAS_DETAIL,
    NO_TIME,
    REFERENCE_COLUMNS,
    EventBatch,
    concatenate,
    empty_columns,
)
from streams.events import TYPE_CODES
from streams.layout import LAYOUTS, ranks
from streams.mapping.document import EventBlock, Mapping
from streams.mapping.loading import check_header
from streams.mapping.ragged import RaggedRow
from streams.mapping.rows import DETAIL, ID, REASON, TIME, BlockReader, fields_of
from streams.mapping.tables import ORDINAL, ROW, read_table, unpivoted
from streams.names import Names, hash64

WRONG_WIDTH = "wrong number of cells"
ID_DIGEST_BYTES = 12  # of the content of a row: no two alike among 10**12 rows


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that does not fit a block.

    Attributes
    ----------
    row : int
        Its number as a spreadsheet shows it: the header is row 1 (of a Parquet file,
        which has none, the first row is 1).
    block : str
        Name of the block; empty where the row is as a whole none of the table.
    reason : str
        Why, in the same few words for all of its kind, to be counted by.
    detail : str
        What exactly: the field, the column, its value and what is allowed.
    value : bytes
        The cells of the row as JSON, by column; of a row of the wrong width as a list.
    """

    row: int
    block: str
    reason: str
    detail: str
    value: bytes


@dataclass(frozen=True, slots=True, eq=False)
class MappedTable:
    """What became of a table.

    Attributes
    ----------
    events : EventBatch
        Block by block, in the order of the rows; not yet in canonical order.
    ids : list of str
        Event ids, one for each.
    rejected : tuple of RejectedRow
        Rows that do not fit, by their number.
    n_rows : int
        Rows of the table.
    n_unused : int
        Rows (after unpivoting) that no block wanted.
    """

    events: EventBatch
    ids: list[str]
    rejected: tuple[RejectedRow, ...]
    n_rows: int
    n_unused: int


def map_table(path: Path, mapping: Mapping, names: Names) -> MappedTable:
    """Read a table and turn it into events.

    The sequence of an event is its place in the table, so that what stands in one row
    of one instant keeps the order of the blocks. The id is that of the block's template
    or made from the row's content, and which one of its like it is: the same rows give
    the same ids, also where a later export of the table has others above them.

    Parameters
    ----------
    path : Path
        CSV, Parquet or Excel.
    mapping : Mapping
        What its rows mean.
    names : Names
        Table that the references point into; it grows.

    Returns
    -------
    MappedTable

    Raises
    ------
    TableError
        If the table cannot be read.
    MappingError
        If the mapping names a column the table does not have.
    """
    read = read_table(path, mapping.table)
    wide = read.frame
    header = [column for column in wide.columns if column not in {ROW, ORDINAL}]
    check_header(mapping, header, path.name)
    table = wide if mapping.unpivot is None else unpivoted(wide, mapping.unpivot)
    mapped = [
        _map_block(table, mapping, index, names) for index in range(len(mapping.events))
    ]
    ids = [event_id for block in mapped for event_id in block[1]]
    rejected = [letter for block in mapped for letter in block[2]]
    rejected += [_of_ragged(row) for row in read.ragged]
    events = concatenate([block[0] for block in mapped], names)
    used = np.any([block[3] for block in mapped], axis=0)
    return MappedTable(
        events=events,
        ids=ids,
        rejected=tuple(sorted(rejected, key=lambda letter: letter.row)),
        n_rows=wide.height + len(read.ragged),
        n_unused=int((~used).sum()),
    )


_MappedBlock = tuple[EventBatch, list[str], list[RejectedRow], NDArray[np.bool_]]


def _map_block(
    table: pl.DataFrame, mapping: Mapping, index: int, names: Names
) -> _MappedBlock:
    block = mapping.events[index]
    reader = BlockReader(mapping, block, table.schema)
    is_chosen = table.select(reader.chosen().alias("chosen")).to_series()
    chosen = table.filter(is_chosen)
    good, wrong = reader.read(chosen)
    good = good.with_columns(_ids(block, good, mapping.source))
    rejected = list(_rejected(block, wrong, chosen))
    events = _to_columns(good, mapping, index, names)
    used = np.broadcast_to(is_chosen.to_numpy(), (table.height,))
    return events, good[ID].to_list(), rejected, used


def _ids(block: EventBlock, good: pl.DataFrame, source: str) -> pl.Series:
    if block.id is not None:
        return good[ID]
    # Joined by characters that no cell holds, so that ("a", "bc") is not ("ab", "c").
    content = good.select(
        pl.concat_str(
            [
                pl.lit(source),
                *(
                    pl.col(f.name).cast(pl.String).fill_null("\x1e")
                    for f in fields_of(block)
                ),
            ],
            separator="\x1f",
        ).alias(ID)
    )
    nth = content.select(pl.int_range(1, pl.len() + 1).over(ID)).to_series()
    ids = [
        f"{block.name}-{_digest(text)}" + (f"-{n}" if n > 1 else "")
        for text, n in zip(content[ID].to_list(), nth.to_list(), strict=True)
    ]
    return pl.Series(ID, ids, pl.String)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=ID_DIGEST_BYTES).hexdigest()


def _rejected(
    block: EventBlock, wrong: pl.DataFrame, chosen: pl.DataFrame
) -> Iterator[RejectedRow]:
    if not wrong.height:
        return
    cells = chosen.drop(ORDINAL).unique(ROW, keep="first", maintain_order=True)
    joined = wrong.join(cells, on=ROW, how="left", maintain_order="left")
    for row in joined.iter_rows(named=True):
        number, reason, detail = row.pop(ROW), row.pop(REASON), row.pop(DETAIL)
        value = msgspec.json.encode(row, enc_hook=str)
        yield RejectedRow(number, block.name, reason, detail, value)


def _of_ragged(ragged: RaggedRow) -> RejectedRow:
    n_cells = len(ragged.cells)
    detail = f"{n_cells} cells: must be as many as in the header, {ragged.n_columns}"
    value = msgspec.json.encode(ragged.cells)
    return RejectedRow(ragged.row, "", WRONG_WIDTH, detail, value)


def _to_columns(
    good: pl.DataFrame, mapping: Mapping, index: int, names: Names
) -> EventBatch:
    block = mapping.events[index]
    code = TYPE_CODES[block.type]
    columns: dict[str, NDArray[Any]] = dict(empty_columns(good.height))
    columns["time_us"] = good[TIME].to_numpy().astype(np.int64)
    columns["type_code"][:] = code
    columns["id_hash"][:] = [hash64(event_id) for event_id in good[ID].to_list()]
    columns["source"][:] = names.index(mapping.source)
    places = good[ORDINAL].to_numpy() * len(mapping.events) + index
    columns["sequence"] = places.astype(np.int64)
    for field in LAYOUTS[code]:
        if field.name not in block.fields or field.column is None:
            continue
        values = good[field.name]
        if field.column in REFERENCE_COLUMNS:
            columns[field.column] = names.indices(values.to_list())
        elif field.column == "code":
            numbers = {word: number for number, word in enumerate(field.choices)}
            columns["code"][:] = [numbers.get(word, -1) for word in values.to_list()]
        elif values.dtype.is_integer():
            columns[field.column] = values.fill_null(int(NO_TIME)).to_numpy().copy()
        else:
            columns[field.column] = values.fill_null(np.nan).to_numpy().copy()
    detail = _fill_details(columns, good, block, code)
    columns["rank"] = ranks(
        columns["type_code"], columns["code"], columns["time_us"], columns["time0"]
    )
    return EventBatch(names=names, detail=detail, **columns)


def _fill_details(
    columns: dict[str, NDArray[Any]], good: pl.DataFrame, block: EventBlock, code: int
) -> bytes:
    """Write the whole data of rows that have a field without column, as JSON."""
    detail_fields = [
        f.name for f in LAYOUTS[code] if f.column is None and f.name in block.fields
    ]
    if not detail_fields:
        return b""
    given = good.select(pl.any_horizontal(pl.col(detail_fields).is_not_null()))
    rows = np.flatnonzero(given.to_series().to_numpy())
    records = good.select(list(block.fields))[rows.tolist()].iter_rows(named=True)
    parts = [
        msgspec.json.encode({k: v for k, v in record.items() if v is not None})
        for record in records
    ]
    ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
    columns["detail_end"][rows] = ends
    columns["detail_start"][rows] = ends - [len(part) for part in parts]
    columns["flags"][rows] |= HAS_DETAIL
    return b"".join(parts)
