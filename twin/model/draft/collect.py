"""Batches to one table an event type, with the fields of the event as columns."""

from collections.abc import Iterable

import numpy as np
import polars as pl

from streams.batch import NO_REFERENCE, NO_TIME, EventBatch
from streams.events import EVENT_TYPES
from streams.layout import LAYOUTS, FieldLayout

TIME = "time_us"

# Of these only who took part is kept: a sensor may send millions.
THIN_TYPES = {"MachineReading": ("machine",)}

Seen = dict[str, pl.DataFrame]


def collect(batches: Iterable[EventBatch]) -> Seen:
    """Gather the events of batches by type.

    Parameters
    ----------
    batches : iterable of EventBatch
        In any order; they need not share a table of names.

    Returns
    -------
    dict of str to DataFrame
        By type name, for every type: `time_us` and the fields that have a column,
        references as strings, what is not given as null.
    """
    parts: dict[str, list[pl.DataFrame]] = {t.__name__: [] for t in EVENT_TYPES}
    for batch in batches:
        names = pl.Series([batch.names[k] for k in range(len(batch.names))])
        for code in np.unique(batch.type_code):
            rows = np.flatnonzero(batch.type_code == code)
            name = EVENT_TYPES[code].__name__
            frame = _frame(batch.take(rows), LAYOUTS[code], names.cast(pl.String))
            thin = THIN_TYPES.get(name)
            parts[name].append(frame if thin is None else frame.select(thin).unique())
    return {
        name: pl.concat(frames, rechunk=True) if frames else _empty(code)
        for code, (name, frames) in enumerate(parts.items())
    }


def _frame(
    batch: EventBatch, fields: tuple[FieldLayout, ...], names: pl.Series
) -> pl.DataFrame:
    columns = {TIME: pl.Series(batch.time_us)}
    for field in fields:
        if field.column is not None:
            columns[field.name] = _series(batch, field, names)
    return pl.DataFrame(columns)


def _series(batch: EventBatch, field: FieldLayout, names: pl.Series) -> pl.Series:
    assert field.column is not None, "only fields with a column come here"
    values = pl.Series(getattr(batch, field.column))
    if field.kind is not None:
        return names.gather(values.cast(pl.Int64).set(values == NO_REFERENCE, None))
    if field.column == "code":
        choices = pl.Series(field.choices, dtype=pl.String)
        return choices.gather(values.cast(pl.Int64).set(values < 0, None))
    if values.dtype == pl.Float64:
        return values.fill_nan(None)
    return values.set(values == NO_TIME, None)


def _empty(code: int) -> pl.DataFrame:
    schema: dict[str, type[pl.DataType]] = {TIME: pl.Int64}
    for field in LAYOUTS[code]:
        if field.kind is not None or field.column == "code":
            schema[field.name] = pl.String
        elif field.column is not None:
            is_time = field.column.startswith("time")
            schema[field.name] = pl.Int64 if is_time else pl.Float64
    return pl.DataFrame(schema=schema)
