"""A plan as a folder: a CSV file a table, and what it comes to as JSON."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from twin.errors import InputError
from twin.masterplan.firm import FirmOrders, firm_orders
from twin.masterplan.grounds import write_grounds
from twin.masterplan.making import MasterPlan
from twin.masterplan.shortages import shortages
from twin.masterplan.tables import ORDERS
from twin.masterplan.to_order import made_to_order
from twin.model.network import Network

PLAN_FILE = "plan.json"
ORDERS_FILE = "orders.csv"
# Tables of what is planned on top of a plan, if at all.
_TRIPS = ("trips", "stops")
_QUANTITIES = ("quantity", "shipped", "good", "scrap", "pieces", "priority", "on_hand")
_LATER = ("priority", "due_us", "made_for", "firm")


def write_plan(plan: MasterPlan, folder: Path) -> tuple[Path, ...]:
    """Write a plan; the files of a plan that is there already are replaced.

    Parameters
    ----------
    plan : MasterPlan
        As made.
    folder : Path
        Made if it is not there.

    Returns
    -------
    tuple of Path
        What was written: a CSV file for each table of the plan, ``stock.csv`` (units at
        the ends of reviews), ``pegs.csv``, ``made_to_order.csv``, ``plan.json``, and
        what `twin.masterplan.saved` carries it out again with; a table without rows has
        its header. Times are microseconds UTC in columns that end with ``_us``, and ISO
        8601 in those beside them. Trips of an earlier plan are removed, as they are
        none of this one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in _TRIPS:
        (folder / f"{name}.csv").unlink(missing_ok=True)
    tables = plan.tables.by_name() | {
        "stock": stock_table(plan),
        "pegs": plan.pegs,
        "made_to_order": made_to_order(plan.network, plan.tables),
    }
    written = write_tables(tables, folder)
    path = folder / PLAN_FILE
    path.write_bytes(msgspec.json.format(msgspec.json.encode(summary(plan)), indent=2))
    return (*written, path, *write_grounds(plan, folder))


def write_tables(tables: Mapping[str, pl.DataFrame], folder: Path) -> tuple[Path, ...]:
    """Write tables into a plan folder, one CSV file each.

    Parameters
    ----------
    tables : mapping of str to polars.DataFrame
        By name; columns that end with ``_us`` are times.
    folder : Path
        Is there.
    """
    written = []
    for name, frame in tables.items():
        path = folder / f"{name}.csv"
        _readable(frame).write_csv(path)
        written.append(path)
    return tuple(written)


def read_orders(folder: Path) -> pl.DataFrame:
    """Read the orders of a plan folder, as `twin.masterplan.execute` takes them.

    Parameters
    ----------
    folder : Path
        As written by `write_plan`.

    Raises
    ------
    InputError
        If there is no such file, or it lacks a column.
    """
    path = folder / ORDERS_FILE
    try:
        frame = pl.read_csv(path, schema_overrides=ORDERS)
    except (OSError, pl.exceptions.PolarsError) as error:
        msg = f"{path}: not the orders of a plan: {error}"
        raise InputError(msg) from error
    # Folders of plans from before these columns have none of what they say.
    empty = {name: pl.lit(None, ORDERS[name]) for name in _LATER}
    frame = frame.with_columns(
        column.alias(name)
        for name, column in empty.items()
        if name not in frame.columns
    )
    missing = [name for name in ORDERS if name not in frame.columns]
    if missing:
        msg = f"{path}: must have columns {', '.join(ORDERS)}, lacks {missing[0]!r}"
        raise InputError(msg)
    text = [name for name, kind in ORDERS.items() if kind == pl.String]
    return frame.select(*ORDERS).with_columns(pl.col(text).fill_null(""))


def read_tables(folder: Path, names: Sequence[str]) -> dict[str, pl.DataFrame]:
    """Read tables of a plan folder.

    Parameters
    ----------
    folder : Path
        As written by `write_plan`.
    names : sequence of str
        Of its CSV files, without the ending.

    Returns
    -------
    dict of str to polars.DataFrame
        As the plan has them: times in columns that end with ``_us``, ids that are empty
        as empty texts.

    Raises
    ------
    InputError
        If it is no plan folder.
    """
    found = {}
    for name in names:
        path = folder / f"{name}.csv"
        try:
            found[name] = _as_planned(pl.read_csv(path, infer_schema_length=None))
        except (OSError, pl.exceptions.PolarsError) as error:
            msg = f"{folder}: no plan folder, it lacks a readable {path.name}: {error}"
            raise InputError(msg) from error
    return found


def _as_planned(frame: pl.DataFrame) -> pl.DataFrame:
    # A file without rows, or whose ids are all empty or numbers, tells no types.
    names = frame.columns
    whole = [name for name in names if name.endswith("_us") or name == "review"]
    units = [name for name in names if name in _QUANTITIES]
    ids = [name for name in names if name not in {*whole, *units}]
    return frame.with_columns(
        pl.col(whole).cast(pl.Int64),
        pl.col(units).cast(pl.Float64),
        pl.col(ids).cast(pl.String).fill_null(""),
    )


def read_summary(folder: Path) -> dict[str, Any]:
    """Read what a plan folder says that its plan is of and comes to.

    Parameters
    ----------
    folder : Path
        As written by `write_plan`.

    Raises
    ------
    InputError
        If it is no plan folder.
    """
    path = folder / PLAN_FILE
    try:
        told: dict[str, Any] = msgspec.json.decode(path.read_bytes(), type=dict)
    except (OSError, msgspec.MsgspecError) as error:
        msg = f"{path}: not a plan: {error}"
        raise InputError(msg) from error
    return told


def read_firm(folder: Path, network: Network, *, n_periods: int) -> FirmOrders:
    """Read what the plan of a folder says is firm.

    Parameters
    ----------
    folder : Path
        As written by `write_plan`.
    network : Network
        Of the new plan.
    n_periods : int
        Reviews of the new plan.

    Raises
    ------
    InputError
        If the folder holds no plan.
    OptionError
        If a firm order cannot be kept, see `twin.masterplan.firm`.
    """
    path = folder / PLAN_FILE
    try:
        until_us = int(msgspec.json.decode(path.read_bytes())["fence_us"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"{path}: not a plan with a time fence: {error!r}"
        raise InputError(msg) from error
    orders = read_orders(folder)
    return firm_orders(orders, network, until_us=until_us, n_periods=n_periods)


def stock_table(plan: MasterPlan) -> pl.DataFrame:
    """Return the stock projection.

    Parameters
    ----------
    plan : MasterPlan
        As made.

    Returns
    -------
    polars.DataFrame
        ``item, place, review, end_us, on_hand``: units at the ends of reviews.
    """
    stock, network = plan.network.stock, plan.network
    periods = plan.result.table.periods
    n_points = len(stock.item_index)
    items = [network.items.ids[k] for k in stock.item_index.tolist()]
    places = [network.places.ids[k] for k in stock.site_index.tolist()]
    return pl.DataFrame(
        {
            "item": items * len(periods),
            "place": places * len(periods),
            "review": [k for k in range(len(periods)) for _ in range(n_points)],
            "end_us": [one.time_us for one in periods for _ in range(n_points)],
            "on_hand": plan.result.table.stock_by_point.ravel(),
        }
    )


def summary(plan: MasterPlan) -> dict[str, Any]:
    """Say in JSON what a plan is of and comes to.

    Parameters
    ----------
    plan : MasterPlan
        As made.
    """
    network = plan.network
    counts = plan.tables.orders["kind"].value_counts().iter_rows()
    return {
        "network": network.settings.name,
        "network_hash": network.hash,
        "currency": network.settings.currency,
        "start_us": network.settings.as_of_us,
        "review_us": network.settings.review_us,
        "n_periods": plan.n_periods,
        "fence_us": plan.fence_us,
        "state_hash": plan.result.state_hash,
        "orders": {str(kind): int(count) for kind, count in sorted(counts)},
        "kpis": {
            name: value if math.isfinite(value) else None
            for name, value in plan.result.table.totals().items()
        },
        "shortages": msgspec.to_builtins(shortages(plan)),
    }


def _readable(frame: pl.DataFrame) -> pl.DataFrame:
    times = [name for name in frame.columns if name.endswith("_us")]
    return frame.with_columns(
        pl.from_epoch(pl.col(name), time_unit="us")
        .dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ")
        .alias(name.removesuffix("_us"))
        for name in times
    )
