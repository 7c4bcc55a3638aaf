"""Typed tables to arrays with dense indices."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from twin.model import records
from twin.model.columns import ANY, Column
from twin.model.laws import EXPONENTIAL, LAW_NAMES, EmpiricalLaws, empirical_laws
from twin.model.tables import BY_NAME, PLACE_TABLES, SITES, SUPPLIERS, TABLES

Record = TypeVar("Record")
Indices = Mapping[str, Mapping[str, int]]

SECOND_US = 1_000_000
# Arrays of a table carry a suffix where a cell is translated.
SUFFIXES = {"clock": "_s", "time": "_us"}


def field_name(column: Column) -> str:
    """Return the name of the array of a column.

    Examples
    --------
    >>> from twin.model.tables import BY_NAME
    >>> field_name(BY_NAME["lanes"].column("from_place"))
    'from_place_index'
    """
    if column.refers_to or column.pool:
        return f"{column.name}_index"
    return column.name + SUFFIXES.get(column.kind, "")


def settings(row: Mapping[str, Any]) -> records.Settings:
    """Return the settings of a network from its typed row."""
    return records.Settings(
        name=row["name"],
        currency=row["currency"],
        time_zone=row["time_zone"],
        as_of_us=row["as_of"],
        period_us=round(row["period_s"] * SECOND_US),
        review_us=round(row["review_s"] * SECOND_US),
        horizon_periods=row["horizon_periods"],
        holding_rate_per_year=row["holding_rate_per_year"],
        approval=row["approval"],
    )


def dense_ids(tables: Mapping[str, pl.DataFrame]) -> dict[str, tuple[str, ...]]:
    """List the ids of every kind in the order of their indices.

    Returns
    -------
    dict of str to tuple of str
        ``places`` is sites, suppliers, customers; the other kinds are sorted:
        ``items machines lanes open_orders calendars profiles laws pools releases
        tariffs groups operations families``.
    """
    firsts = ("items", "machines", "lanes", "open_orders", "pools")
    gathered = ("calendars", "profiles", "laws", "releases", "tariffs")
    ids = {name: _distinct(tables, name) for name in (*firsts, *gathered)}
    ids["places"] = tuple(
        place for name in PLACE_TABLES for place in _distinct(tables, name)
    )
    for table in TABLES:
        for column in table.columns:
            if column.pool:
                values = _names(column, tables[table.name][column.name])
                old = ids.get(column.pool, ())
                ids[column.pool] = tuple(sorted(values.union(old)))
    return ids


def record(
    record_type: type[Record], table: str, tables: Mapping[str, pl.DataFrame],
    indices: Indices,
) -> Record:  # fmt: skip
    """Turn a typed table into its record.

    Parameters
    ----------
    record_type : type
        A class of `twin.model.records`.
    table : str
        Name of the table.
    tables : mapping of str to DataFrame
        Typed and sorted.
    indices : mapping
        Index of every id by kind, see `dense_ids`.

    Returns
    -------
    Record
        With an array for each of its fields.
    """
    frame = tables[table]
    wanted = {f.name for f in fields(record_type)}  # type: ignore[arg-type]
    values: dict[str, Any] = {
        field_name(column): _array(column, frame[column.name], indices)
        for column in BY_NAME[table].columns
        if field_name(column) in wanted
    }
    if "ids" in wanted:
        values["ids"] = tuple(indices[table])
    # A table with several rows an id, such as the shifts of a calendar.
    first = BY_NAME[table].columns[0].name
    if f"{first}_index" in wanted and f"{first}_index" not in values:
        rows = [indices[table][name] for name in frame[first]]
        values[f"{first}_index"] = np.array(rows, np.int32)
    return record_type(**values)


def places(
    tables: Mapping[str, pl.DataFrame], indices: Indices, time_zone: str
) -> records.Places:
    """Join sites, suppliers and customers into one record."""
    sites, suppliers, customers = (tables[name] for name in PLACE_TABLES)
    kinds = [
        *(records.PLACE_KINDS.index(kind) for kind in sites["kind"]),
        *[records.SUPPLIER] * suppliers.height,
        *[records.CUSTOMER] * customers.height,
    ]
    neutral = {
        "dispatch_capacity_per_period": np.inf,
        "handling_cost": 0.0,
        "yield_rate": 1.0,
        "priority": 1.0,
        "latitude_deg": np.nan,
        "longitude_deg": np.nan,
        "mttf_s": np.inf,
        "mttr_s": 0.0,
        "failure_cv": 0.0,
        "repair_cv": 0.0,
    }
    frames = (sites, suppliers, customers)
    values: dict[str, Any] = {
        name: _joined(name, frames, empty) for name, empty in neutral.items()
    }
    for column in (SITES.column("calendar"), SITES.column("tariff")):
        values[field_name(column)] = _spread(column, frames, (-1, indices))
    for column in (SUPPLIERS.column("failure_law"), SUPPLIERS.column("repair_law")):
        values[column.name] = _spread(column, frames, (EXPONENTIAL, indices))
    zones = sites["time_zone"].fill_null(time_zone)
    n_others = suppliers.height + customers.height
    return records.Places(
        ids=tuple(indices["places"]),
        kind=np.array(kinds, np.int8),
        time_zone=(*zones, *[time_zone] * n_others),
        **values,
    )


def profiles(frame: pl.DataFrame, ids: Sequence[str]) -> records.Profiles:
    """Gather profiles, each scaled to a mean of 1."""
    factors = [
        _array_of(frame.filter(pl.col("profile") == name)["factor"]) for name in ids
    ]
    start = np.cumsum([0, *(len(values) for values in factors)])
    scaled = [values / values.mean() for values in factors]
    joined = np.concatenate([*scaled, np.zeros(0)])
    return records.Profiles(tuple(ids), start.astype(np.int32), joined)


def laws(frame: pl.DataFrame) -> EmpiricalLaws:
    """Gather observed laws."""
    names = frame["law"].to_list()
    factors, weights = _array_of(frame["factor"]), _array_of(frame["weight"])
    return empirical_laws(names, factors, weights)


def _array_of(series: pl.Series) -> NDArray[np.float64]:
    return series.fill_null(np.nan).to_numpy().astype(np.float64)


def _array(column: Column, values: pl.Series, indices: Indices) -> Any:  # noqa: ANN401
    index = _index_of(column, indices)
    if index is not None:
        return np.array([index.get(value, -1) for value in values], np.int32)
    if column.kind == "integer" and not math.isnan(column.absent):
        values = values.fill_null(int(column.absent))
    if column.kind == "choice":
        return np.array([column.choices.index(value) for value in values], np.int8)
    if column.kind == "number":
        return values.fill_null(column.absent).to_numpy().astype(np.float64)
    if column.kind in _WHOLE:
        return values.to_numpy().astype(_WHOLE[column.kind])
    return tuple(values)


_WHOLE = {"integer": np.int64, "clock": np.int64, "time": np.int64, "flag": np.bool_}


def _index_of(column: Column, indices: Indices) -> Mapping[str, int] | None:
    if column.pool:
        # Empty is -1 as everywhere, so that '*' needs a code of its own here.
        own = {ANY: records.ANY_FAMILY} if column.wildcard else {}
        return {**indices[column.pool], **own}
    if column.refers_to:
        name = column.refers_to[0]
        return indices["places" if name in PLACE_TABLES else name]
    if column.kind == "law":
        observed = {law: len(LAW_NAMES) + k for law, k in indices["laws"].items()}
        return observed | {law: k for k, law in enumerate(LAW_NAMES)}
    return None


def _distinct(tables: Mapping[str, pl.DataFrame], name: str) -> tuple[str, ...]:
    first = BY_NAME[name].columns[0].name
    return tuple(sorted(set(tables[name][first])))


def _names(column: Column, values: pl.Series) -> set[str]:
    names = set(values.drop_nulls())
    return names - {ANY, ""} if column.wildcard else names


def _spread(
    column: Column, frames: tuple[pl.DataFrame, ...], codes: tuple[int, Indices]
) -> NDArray[np.int32]:
    # Codes of a column that one kind of place has; the others take `empty`.
    empty, indices = codes
    parts = [
        _array(column, frame[column.name], indices)
        if column.name in frame.columns
        else np.full(frame.height, empty, np.int32)
        for frame in frames
    ]
    return np.concatenate(parts)


def _joined(
    name: str, frames: tuple[pl.DataFrame, ...], empty: float
) -> NDArray[np.float64]:
    parts = [
        frame[name].fill_null(empty).to_numpy().astype(np.float64)
        if name in frame.columns
        else np.full(frame.height, empty)
        for frame in frames
    ]
    return np.concatenate(parts)
