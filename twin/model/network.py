"""A network as one frozen record: read, checked, in arrays, with a hash.

`load` reads a folder, `build` takes tables from memory; both check everything before
anything is built, and report every problem at once.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from twin.errors import NetworkError, Problem
from twin.model import assemble, derive
from twin.model.cells import empty, typed
from twin.model.columns import Column
from twin.model.laws import EmpiricalLaws
from twin.model.read import ROW, Raw, Rows, read_folder, read_memory
from twin.model.records import (
    Bills,
    Calendars,
    Demands,
    Groups,
    Items,
    Lanes,
    Machines,
    OpenOrders,
    Outputs,
    Pairs,
    Places,
    Pools,
    Profiles,
    Releases,
    Routings,
    Settings,
    Setups,
    Stock,
    Tariffs,
)
from twin.model.references import Tables
from twin.model.rules import check_tables
from twin.model.tables import SETTINGS, TABLES

HASH_BYTES = 16


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Everything that is given about a network.

    Attributes
    ----------
    settings : Settings
        Name, currency, `as_of`, period and so on.
    places, items, bills, routings, machines, calendars, lanes, demands, stock,
    open_orders, profiles, setups, pools, releases, tariffs, outputs : records
        Arrays by table, see `twin.model.records`. Sites are places 0 to
        ``n_sites - 1``, then come suppliers, then customers.
    laws : EmpiricalLaws
        Observed laws.
    group_rules : Groups
        The table ``groups``: how machine groups choose what is next.
    groups, operations, families : tuple of str
        Names of machine groups, of operations and of setup families, sorted.
    production : Pairs
        (item, site) pairs: what can be made where.
    lane_items : Pairs
        (lane, item) pairs: what each lane carries, '*' written out.
    place_index, item_index, machine_index, lane_index, group_index, operation_index,
    family_index, pool_index
        Dense index by id.
    n_sites, n_suppliers, n_customers : int
        Counts of places.
    tables : mapping of str to DataFrame
        Typed tables, sorted by key, defaults filled; ``network`` is the settings.
    hash : str
        32 hexadecimal digits: BLAKE2b of `tables`. It depends neither on the order of
        rows or columns, nor on the format of the files, nor on comments.
    """

    settings: Settings
    places: Places
    items: Items
    bills: Bills
    routings: Routings
    machines: Machines
    calendars: Calendars
    lanes: Lanes
    demands: Demands
    stock: Stock
    open_orders: OpenOrders
    profiles: Profiles
    group_rules: Groups
    setups: Setups
    pools: Pools
    releases: Releases
    tariffs: Tariffs
    outputs: Outputs
    laws: EmpiricalLaws
    groups: tuple[str, ...]
    operations: tuple[str, ...]
    families: tuple[str, ...]
    production: Pairs
    lane_items: Pairs
    place_index: Mapping[str, int]
    item_index: Mapping[str, int]
    machine_index: Mapping[str, int]
    lane_index: Mapping[str, int]
    group_index: Mapping[str, int]
    operation_index: Mapping[str, int]
    family_index: Mapping[str, int]
    pool_index: Mapping[str, int]
    n_sites: int
    n_suppliers: int
    n_customers: int
    tables: Mapping[str, pl.DataFrame]
    hash: str


def load(folder: Path | str) -> Network:
    """Read a network folder.

    Parameters
    ----------
    folder : Path or str
        Holds ``network.toml`` and a CSV or Parquet file a table.

    Returns
    -------
    Network
        Whole and consistent.

    Raises
    ------
    NetworkError
        With every problem of every file.
    """
    return _from_raw(read_folder(Path(folder)), str(folder))


def build(tables: Mapping[str, Rows], settings: Mapping[str, object]) -> Network:
    """Build a network from tables in memory.

    Parameters
    ----------
    tables : mapping of str to DataFrame or sequence of mappings
        By table name, columns as in `twin.model.tables`; missing tables are empty.
    settings : mapping of str to object
        As in ``network.toml``; `name` and `as_of` (a time with zone) are required.

    Returns
    -------
    Network
        The same as from files with this content.

    Raises
    ------
    NetworkError
        With every problem; rows count from 1.

    Examples
    --------
    >>> network = build(
    ...     {
    ...         "sites": [{"site": "S", "kind": "store"}],
    ...         "items": [{"item": "soap", "unit_cost": 2.0}],
    ...         "suppliers": [{"supplier": "V"}],
    ...         "lanes": [{"lane": "VS", "from_place": "V", "to_place": "S",
    ...                    "item": "soap", "lead_time_s": 86400}],
    ...     },
    ...     {"name": "shop", "as_of": "2024-01-01T00:00:00Z"},
    ... )
    >>> network.places.ids, network.lanes.from_place_index.tolist()
    (('S', 'V'), [1])
    """
    return _from_raw(read_memory(tables, settings), "network")


def with_tables(network: Network, frames: Mapping[str, pl.DataFrame]) -> Network:
    """Put other typed tables in place of some, without checking the network anew.

    Parameters
    ----------
    network : Network
        Its tables stand where `frames` has none.
    frames : mapping of str to DataFrame
        Typed as in `Network.tables`, and known to fit: where one refers to an id that
        is not there, nothing says so. `twin.model.changes.apply.rebuilt` checks, and
        takes ten times as long.

    Returns
    -------
    Network
        The same as if it were built from these tables.
    """
    keys = {table.name: list(table.keys) for table in TABLES}
    tables = dict(network.tables)
    for name, frame in frames.items():
        tables[name] = frame.sort(keys[name]) if keys[name] else frame
    return _assemble(tables)


def _from_raw(raw: Raw, where: str) -> Network:
    frames = {}
    problems = list(raw.problems)
    for table in (SETTINGS, *TABLES):
        if table.name in raw.frames:
            frame, found = typed(table, raw.frames[table.name], raw.files[table.name])
            frames[table.name] = frame
            problems += found
        else:
            frames[table.name] = empty(table)
    files = {table.name: raw.files.get(table.name, table.name) for table in TABLES}
    unreadable = {problem.file for problem in raw.problems}
    unread = frozenset(
        t for t in files if t not in raw.frames and files[t] in unreadable
    )
    problems += check_tables(Tables(frames, files, unread))
    if problems:
        raise NetworkError(where, _in_order(problems, raw))
    return _assemble({table.name: _canonical(table.name, frames) for table in
                      (SETTINGS, *TABLES)})  # fmt: skip


def _in_order(problems: list[Problem], raw: Raw) -> tuple[Problem, ...]:
    # By file in the order of the tables, then by row, so that they read like the files.
    names = [raw.files.get(table.name, table.name) for table in (SETTINGS, *TABLES)]
    settings_file = raw.files.get(SETTINGS.name)
    placed = [
        replace(problem, row=raw.lines.get(str(problem.column)))
        if problem.file == settings_file
        else problem
        for problem in problems
    ]

    def place(problem: Problem) -> tuple[int, int]:
        known = names.index(problem.file) if problem.file in names else len(names)
        return known, problem.row or 0

    return tuple(sorted(placed, key=place))


def _canonical(name: str, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    table = SETTINGS if name == SETTINGS.name else None
    keys = [] if table else [key for t in TABLES if t.name == name for key in t.keys]
    frame = frames[name].drop(ROW)
    return frame.sort(keys) if keys else frame


def _assemble(tables: Mapping[str, pl.DataFrame]) -> Network:
    ids = assemble.dense_ids(tables)
    index = {kind: {name: k for k, name in enumerate(ids[kind])} for kind in ids}
    settings = assemble.settings(tables[SETTINGS.name].row(0, named=True))
    items = assemble.record(Items, "items", tables, index)
    parts = derive.Parts(
        places=assemble.places(tables, index, settings.time_zone),
        n_items=len(ids["items"]),
        n_sites=tables["sites"].height,
        bills=assemble.record(Bills, "bills", tables, index),
        routings=assemble.record(Routings, "routings", tables, index),
        machines=assemble.record(Machines, "machines", tables, index),
        lanes=assemble.record(Lanes, "lanes", tables, index),
        demands=_priced(assemble.record(Demands, "demands", tables, index), items),
        stock=assemble.record(Stock, "stock", tables, index),
        outputs=assemble.record(Outputs, "outputs", tables, index),
    )
    made = derive.production(parts)
    kept = derive.points(parts, made)
    return Network(
        settings=settings,
        places=parts.places,
        items=items,
        bills=parts.bills,
        routings=parts.routings,
        machines=parts.machines,
        calendars=assemble.record(Calendars, "calendars", tables, index),
        lanes=parts.lanes,
        demands=parts.demands,
        stock=derive.full_stock(
            parts, kept, unit_cost=items.unit_cost, settings=settings
        ),
        open_orders=assemble.record(OpenOrders, "open_orders", tables, index),
        profiles=assemble.profiles(tables["profiles"], ids["profiles"]),
        group_rules=assemble.record(Groups, "groups", tables, index),
        setups=assemble.record(Setups, "setups", tables, index),
        pools=assemble.record(Pools, "pools", tables, index),
        releases=assemble.record(Releases, "releases", tables, index),
        tariffs=assemble.record(Tariffs, "tariffs", tables, index),
        outputs=parts.outputs,
        laws=assemble.laws(tables["laws"]),
        groups=ids["groups"],
        operations=ids["operations"],
        families=ids["families"],
        production=Pairs(*(axis.astype(np.int32) for axis in np.nonzero(made))),
        lane_items=derive.lane_items(parts, made, kept),
        place_index=index["places"],
        item_index=index["items"],
        machine_index=index["machines"],
        lane_index=index["lanes"],
        group_index=index["groups"],
        operation_index=index["operations"],
        family_index=index["families"],
        pool_index=index["pools"],
        n_sites=parts.n_sites,
        n_suppliers=tables["suppliers"].height,
        n_customers=tables["customers"].height,
        tables=tables,
        hash=content_hash(tables),
    )


def _priced(demands: Demands, items: Items) -> Demands:
    own = items.price[demands.item_index]
    return replace(demands, price=np.where(np.isnan(demands.price), own, demands.price))


def content_hash(tables: Mapping[str, pl.DataFrame]) -> str:
    """Hash typed tables, each sorted by its key.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        As in `Network.tables`.

    Returns
    -------
    str
        32 hexadecimal digits, BLAKE2b over columns in the order of their declaration.
        Extensions count only where they are used, see `twin.model.columns`.

    References
    ----------
    Aumasson, Neves, Wilcox-O'Hearn, Winnerlein (2013), BLAKE2.
    """
    digest = hashlib.blake2b(digest_size=HASH_BYTES)
    for table in (SETTINGS, *TABLES):
        frame = tables[table.name]
        if table.extension and not frame.height:
            continue
        digest.update(f"{table.name}:{frame.height};".encode())
        for column in table.columns:
            if column.extension and is_unused(column, frame[column.name]):
                continue
            digest.update(f"{column.name}:".encode())
            digest.update(_column_bytes(frame[column.name]))
    return digest.hexdigest()


def is_unused(column: Column, values: pl.Series) -> bool:
    """Tell whether every cell of a typed column holds the default.

    Parameters
    ----------
    column : Column
        Of a table.
    values : Series
        Its typed cells.

    Returns
    -------
    bool
        True also for no cells.
    """
    if column.default is None:
        return values.null_count() == len(values)
    return bool((values == column.default).all())


def _column_bytes(values: pl.Series) -> bytes:
    given = values.is_not_null().to_numpy().tobytes()
    if values.dtype == pl.String:
        encoded = [str(value).encode() for value in values.drop_nulls()]
        lengths = np.array([len(text) for text in encoded], "<i8").tobytes()
        return given + lengths + b"".join(encoded)
    # -0.0 + 0.0 is 0.0: equal numbers have equal bytes.
    numbers = values.drop_nulls().cast(pl.Float64).to_numpy() + 0.0
    if values.dtype == pl.Int64:
        return given + values.drop_nulls().to_numpy().astype("<i8").tobytes()
    return given + numbers.astype("<f8").tobytes()
