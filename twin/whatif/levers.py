"""What may hold an order back, and the network without it.

A lever frees one thing of a network: stock there is enough of, a lane that takes a
second, a group of machines that is quick and never stands, a queue nobody else is in.
"""

from collections import deque
from dataclasses import dataclass
from typing import Literal

import polars as pl

from twin.model.changes.apply import rebuilt
from twin.model.network import Network
from twin.planning import planning_structure

LeverKind = Literal["stock", "lane", "machines", "queue"]

ANY = "*"  # in tables: every site, or every item

LEVERS_MAX = 16
"""Levers tried for an order, the nearest to it first: each costs as many futures as the
promise itself."""

PLENTY = 1000.0
"""Times the quantity of an order that is enough stock of whatever it is made of."""

QUICK = 100.0
"""How much faster free machines are."""


@dataclass(frozen=True, slots=True)
class Lever:
    """One thing that may hold an order back.

    Attributes
    ----------
    kind : str
        What is freed.
    name : str
        In words.
    item, place : str
        The item, or group of machines, and where.
    lanes : tuple of str
        Ids of lanes that are freed.
    """

    kind: LeverKind
    name: str
    item: str
    place: str
    lanes: tuple[str, ...] = ()


def levers_of(
    network: Network, *, item: str, site: str, customer: str
) -> tuple[Lever, ...]:
    """List what may hold an order back, the nearest to the customer first.

    Parameters
    ----------
    network : Network
        With the order or without.
    item, site, customer : str
        What is asked for, where it is shipped from, and to whom.

    Returns
    -------
    tuple of Lever
        At most `LEVERS_MAX`: the queue, stock at the site, the way to the customer;
        then lanes, machines and components, step by step upstream.
    """
    known = _known(network)
    found = [
        Lever("queue", f"orders of others for {item} at {site}", item, site),
        Lever("stock", f"stock of {item} at {site}", item, site),
        *_way(network, item, site, customer),
    ]
    waiting, seen = deque([(item, site)]), set(found)
    while waiting and len(found) < LEVERS_MAX:
        for lever, source in _upstream(network, known, *waiting.popleft()):
            if lever not in seen:
                seen.add(lever)
                found.append(lever)
                waiting.extend(() if source is None else (source,))
    return tuple(found[:LEVERS_MAX])


Point = tuple[str, str]  # item and place


@dataclass(frozen=True, slots=True)
class _Known:
    """How items come to places: lanes and origins, and what is made."""

    lanes: dict[Point, dict[str, list[str]]]  # by origin
    made: set[Point]
    kept: set[Point]


def _known(network: Network) -> _Known:
    structure = planning_structure(network)
    lanes: dict[Point, dict[str, list[str]]] = {}
    made: set[Point] = set()
    items, places = network.items.ids, network.places.ids
    for lane, item, site in zip(
        structure.activity_lane.tolist(),
        structure.activity_item.tolist(),
        structure.activity_site.tolist(),
        strict=True,
    ):
        point = items[item], places[site]
        if lane < 0:
            made.add(point)
            continue
        origin = places[int(network.lanes.from_place_index[lane])]
        ways = lanes.setdefault(point, {}).setdefault(origin, [])
        ways.append(network.lanes.ids[lane])
    points = zip(
        network.stock.item_index.tolist(),
        network.stock.site_index.tolist(),
        strict=True,
    )
    kept = {(items[item], places[site]) for item, site in points}
    return _Known(lanes, made, kept)


def _way(network: Network, item: str, site: str, customer: str) -> list[Lever]:
    lanes = network.tables["lanes"].filter(
        (pl.col("from_place") == site)
        & (pl.col("to_place") == customer)
        & (pl.col("item").fill_null(item).is_in([item, ANY]))
    )
    ids = tuple(lanes["lane"].to_list())
    return [_lane(item, site, customer, ids)] if ids else []


def _lane(item: str, origin: str, target: str, ids: tuple[str, ...]) -> Lever:
    return Lever(
        "lane", f"the way of {item} from {origin} to {target}", item, target, ids
    )


def _upstream(
    network: Network, known: _Known, item: str, site: str
) -> list[tuple[Lever, Point | None]]:
    """Return what brings an item to a site, each with where it comes from."""
    found: list[tuple[Lever, Point | None]] = []
    for origin, ids in known.lanes.get((item, site), {}).items():
        found.append((_lane(item, origin, site, tuple(ids)), None))
        if (item, origin) in known.kept:
            found.append((_stock(item, origin), (item, origin)))
    if (item, site) in known.made:
        found += [
            (Lever("machines", f"machines of {group} at {site}", group, site), None)
            for group in _groups(network, item, site)
        ]
        bills = network.tables["bills"].filter(pl.col("item") == item)
        found += [(_stock(one, site), (one, site)) for one in bills["component"]]
    return found


def _stock(item: str, place: str) -> Lever:
    return Lever("stock", f"stock of {item} at {place}", item, place)


def _groups(network: Network, item: str, site: str) -> list[str]:
    here = pl.col("site").fill_null(ANY).is_in([ANY, site])
    rows = network.tables["routings"].filter((pl.col("item") == item) & here)
    groups: list[str] = rows["machine_group"].unique(maintain_order=True).to_list()
    return groups


def without(network: Network, lever: Lever, *, quantity: float, order: str) -> Network:
    """Return a network in which a lever holds nothing back.

    Parameters
    ----------
    network : Network
        With the order among its open orders.
    lever : Lever
        What is freed.
    quantity : float
        Of the order, units.
    order : str
        Its id: it stays in its queue.

    Returns
    -------
    Network
    """
    free = {
        "stock": _with_stock, "lane": _with_quick_lanes,
        "machines": _with_quick_machines, "queue": _with_empty_queue,
    }[lever.kind]  # fmt: skip
    return rebuilt(network, free(network, lever, quantity, order))


Frames = dict[str, pl.DataFrame]


def _with_stock(network: Network, lever: Lever, quantity: float, order: str) -> Frames:
    del order
    table = network.tables["stock"]
    here = (pl.col("item") == lever.item) & (pl.col("site") == lever.place)
    if not table.filter(here).height:
        row = {"item": lever.item, "site": lever.place, "on_hand": 0.0}
        added = pl.DataFrame([row], schema_overrides={"on_hand": pl.Float64})
        table = pl.concat([table, added], how="diagonal")
    more = pl.col("on_hand").fill_null(0.0) + PLENTY * quantity
    on_hand = pl.when(here).then(more).otherwise("on_hand")
    return {"stock": table.with_columns(on_hand=on_hand)}


def _with_quick_lanes(
    network: Network, lever: Lever, quantity: float, order: str
) -> Frames:
    del quantity, order
    here = pl.col("lane").is_in(list(lever.lanes))
    quick = pl.when(here).then(pl.lit(1.0)).otherwise("lead_time_s")
    room = pl.when(here).then(None).otherwise("capacity_per_period")
    table = network.tables["lanes"].with_columns(
        lead_time_s=quick, capacity_per_period=room
    )
    return {"lanes": table}


def _with_quick_machines(
    network: Network, lever: Lever, quantity: float, order: str
) -> Frames:
    del quantity, order
    here = (pl.col("group") == lever.item) & (pl.col("site") == lever.place)
    speed = pl.col("speed").fill_null(1.0) * pl.when(here).then(QUICK).otherwise(1.0)
    repaired = pl.when(here & pl.col("mttr_s").is_not_null()).then(pl.lit(1.0))
    table = network.tables["machines"].with_columns(
        speed=speed,
        mttr_s=repaired.otherwise("mttr_s"),
        calendar=pl.when(here).then(None).otherwise("calendar"),
    )
    return {"machines": table}


def _with_empty_queue(
    network: Network, lever: Lever, quantity: float, order: str
) -> Frames:
    del quantity
    table = network.tables["open_orders"]
    others = (
        (pl.col("kind") == "customer")
        & (pl.col("item") == lever.item)
        & (pl.col("from_place") == lever.place)
        & (pl.col("order") != order)
    )
    return {"open_orders": table.filter(~others)}
