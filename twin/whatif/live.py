"""A live state as the start of futures: carried into the tables of its network.

Carried are stock on hand, customers' open orders, goods that are ordered and not sent,
goods on the way, and open production orders with the step that they are at. What is
worked on since when, and in what condition machines are, is not in these tables: see
`twin.simulate.opening`. An open production order without a routing yields what is left
of it when it is due, or after the planned time from its release.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from streams.batch import NO_TIME
from twin.errors import OptionError
from twin.model.changes.apply import rebuilt
from twin.model.network import Network
from twin.model.tables import SETTINGS
from twin.planning import PlanningStructure, planning_structure
from twin.simulate.opening.conditions import conditions_of, lane_of
from twin.simulate.opening.progress import progress_of
from twin.state import tables as t
from twin.state.state import State
from twin.whatif.branches import Branch

DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Carried:
    """A network that begins as a state is.

    Attributes
    ----------
    network : Network
        With the stock and the open orders of the state, as of its last event.
    counts : dict of str to int
        Rows carried: stock, customer, purchase, transfer, production.
    left_out : tuple of str
        What could not be carried, one sentence each.
    state : State
        What was carried.
    """

    network: Network
    counts: dict[str, int]
    left_out: tuple[str, ...]
    state: State


@dataclass(frozen=True, slots=True)
class _Open:
    order: str
    kind: str
    item: int
    from_place: int
    to_place: int
    quantity: float
    due_us: int
    step: int | None = None
    is_sent: bool = False


def network_of_state(
    network: Network, state: State, *, at_us: int | None = None
) -> Carried:
    """Carry a state into the tables of its network.

    Parameters
    ----------
    network : Network
        The one the state was folded with.
    state : State
        With its last instant closed.
    at_us : int or None
        Time of the state, microseconds UTC; None is that of its last event.

    Returns
    -------
    Carried
        `as_of` is that time; trends of demand go on from there. Open orders of the
        network itself are replaced: those that were real are in the state.

    Raises
    ------
    OptionError
        If nothing was folded, or the time is before the network's `as_of`.
    NetworkError
        If the tables do not make a network.
    """
    last_us = int(state.tables.clock[t.LAST_US])
    now_us = last_us if at_us is None else at_us
    if now_us == NO_TIME:
        msg = "the state has seen no event: there is nothing to begin with"
        raise OptionError(msg)
    if now_us < network.settings.as_of_us:
        msg = f"the state is of {now_us} us, before as_of {network.settings.as_of_us}"
        raise OptionError(msg)
    left_out: list[str] = []
    stock = _stock(network, state, left_out)
    orders = _known(network, _open_orders(network, state, now_us), left_out)
    frames = {
        "stock": stock,
        "open_orders": _frame(network, orders),
        "demands": _aged(network, now_us),
        SETTINGS.name: network.tables[SETTINGS.name].with_columns(
            pl.lit(now_us, pl.Int64).alias("as_of")
        ),
    }
    counts = {"stock": stock.height}
    for kind in ("customer", "purchase", "transfer", "production"):
        counts[kind] = sum(order.kind == kind for order in orders)
    return Carried(rebuilt(network, frames), counts, tuple(left_out), state)


def as_it_is(branch: Branch, carried: Carried) -> Branch:
    """Let a branch begin with what is under way: work, repairs, transit.

    Parameters
    ----------
    branch : Branch
        Of the carried network, changed or not. What is left of all that has begun is
        drawn from its laws.
    carried : Carried
        What a state became.

    Returns
    -------
    Branch
    """
    at_us = carried.network.settings.as_of_us
    begins = conditions_of(carried.state, branch.network, at_us=at_us)
    return replace(branch, begins=begins)


def _stock(network: Network, state: State, left_out: list[str]) -> pl.DataFrame:
    rows = state.used()["stock"]
    n_items, n_sites = len(network.items.ids), network.n_sites
    known = (rows["item"] < n_items) & (rows["place"] < n_sites)
    unknown = int(np.count_nonzero(rows["on_hand"][~known] != 0.0))
    if unknown:
        left_out.append(f"stock of {unknown} items or places the network has not")
    below = rows["on_hand"] < 0.0
    if (known & below).any():
        n = int((known & below).sum())
        left_out.append(f"stock below zero at {n} points, taken as 0")
    seen = pl.DataFrame(
        {
            "item": [network.items.ids[k] for k in rows["item"][known]],
            "site": [network.places.ids[k] for k in rows["place"][known]],
            "seen": np.maximum(rows["on_hand"][known], 0.0),
        },
        schema={"item": pl.String, "site": pl.String, "seen": pl.Float64},
    )
    table = network.tables["stock"]
    joined = table.join(seen, on=["item", "site"], how="left").with_columns(
        pl.coalesce("seen", "on_hand").alias("on_hand")
    )
    new = seen.filter(pl.col("seen") > 0.0).join(table, on=["item", "site"], how="anti")
    added = new.select("item", "site", pl.col("seen").alias("on_hand"))
    # What the table does not say of a new point is empty, and filled with defaults.
    return pl.concat([joined.select(table.columns), added], how="diagonal")


def _open_orders(network: Network, state: State, now_us: int) -> Iterator[_Open]:
    structure = planning_structure(network)
    yield from _lines(network, state, now_us)
    yield from _shipments(network, state)
    yield from _production(structure, network, state, now_us)


def _lines(network: Network, state: State, now_us: int) -> Iterator[_Open]:
    """Orders of customers, and what is ordered and not sent yet."""
    rows = state.used()["orders"]
    for row in rows[rows["status"] == t.OPEN]:
        left = float(row["quantity"] - row["shipped"])
        kind = t.ORDER_KINDS[row["kind"]]
        if not left > 0.0 or kind == "unknown":
            continue
        item, place, party = (int(row[name]) for name in ("item", "place", "party"))
        name = state.names[row["name"]]
        if kind == "customer":
            due_us = _due(row["due_us"], now_us)
            yield _Open(name, kind, item, place, party, left, due_us)
            continue
        lead_us = _lead_us(network, party, place, item)
        expected_us = _due(row["ordered_us"], now_us) + lead_us
        due_us = _due(row["due_us"], expected_us)
        yield _Open(name, kind, item, party, place, left, due_us)


def _shipments(network: Network, state: State) -> Iterator[_Open]:
    """Goods on the way to sites; what is on the way to customers is sold."""
    rows = state.used()["shipments"]
    for row in rows[rows["status"] == t.OPEN]:
        left = float(row["quantity"] - row["received"])
        origin, target = int(row["origin"]), int(row["destination"])
        if not left > 0.0 or target >= network.n_sites:
            continue
        item = int(row["item"])
        bought = 0 <= origin < network.n_sites
        lead_us = _lead_us(network, origin, target, item)
        expected_us = int(row["dispatched_us"]) + lead_us
        due_us = _due(row["due_us"], expected_us)
        kind = "transfer" if bought else "purchase"
        name = state.names[row["name"]]
        yield _Open(name, kind, item, origin, target, left, due_us, is_sent=True)


def _production(
    structure: PlanningStructure, network: Network, state: State, now_us: int
) -> Iterator[_Open]:
    steps = {
        one.name: int(network.routings.step[one.row])
        for one in progress_of(state, network, at_us=now_us)
        if one.row >= 0
    }
    flow_us = {
        (int(item), int(site)): int(lead)
        for item, site, lead, lane in zip(
            structure.activity_item,
            structure.activity_site,
            structure.lead_us,
            structure.activity_lane,
            strict=True,
        )
        if lane < 0
    }
    orders, left = structure.view.in_production(state)
    for row, quantity in zip(orders, left.tolist(), strict=True):
        item, site = int(row["item"]), int(row["place"])
        if quantity > 0.0:
            released_us = _due(row["released_us"], now_us)
            expected_us = released_us + flow_us.get((item, site), 0)
            due_us = _due(row["due_us"], expected_us)
            name = state.names[row["name"]]
            step = steps.get(name)
            yield _Open(name, "production", item, -1, site, quantity, due_us, step)


def _due(known_us: np.int64, expected_us: int) -> int:
    """Return a time if it is known, else what is expected."""
    return expected_us if known_us == NO_TIME else int(known_us)


def _lead_us(network: Network, origin: int, target: int, item: int) -> int:
    """Return the mean lead time of the first lane for it; 0 without one."""
    lane = lane_of(network, origin, target, item)
    return round(float(network.lanes.lead_time_s[lane]) * 1e6) if lane >= 0 else 0


def _known(
    network: Network, orders: Iterator[_Open], left_out: list[str]
) -> list[_Open]:
    n_items, n_places = len(network.items.ids), len(network.places.ids)
    kept, n_strange = [], 0
    for order in orders:
        places = (order.from_place, order.to_place)
        makes = order.kind == "production"
        fits = 0 <= order.item < n_items and all(
            (makes and place < 0) or 0 <= place < n_places for place in places
        )
        kept += [order] if fits else []
        n_strange += not fits
    if n_strange:
        left_out.append(
            f"{n_strange} open orders of items or places the network has not"
        )
    return kept


def _frame(network: Network, orders: list[_Open]) -> pl.DataFrame:
    items, places = network.items.ids, network.places.ids
    ids = _ids(orders)
    rows = []
    for name, order in zip(ids, orders, strict=True):
        origin = None if order.from_place < 0 else places[order.from_place]
        rows.append(
            {
                "order": name,
                "kind": order.kind,
                "item": items[order.item],
                "from_place": origin,
                "to_place": places[order.to_place],
                "quantity": order.quantity,
                "due": order.due_us,
                "step": order.step,
            }
        )
    schema = network.tables["open_orders"].schema
    return pl.DataFrame(rows, schema=schema)


def _ids(orders: list[_Open]) -> list[str]:
    """Return an id for each; `simulate.opening.conditions` finds them by it again."""
    taken: set[str] = set()
    found = [""] * len(orders)
    # What is sent before what is left of its order, which may have the same id.
    for k in sorted(range(len(orders)), key=lambda k: not orders[k].is_sent):
        found[k] = _unused(orders[k].order, taken)
        taken.add(found[k])
    return found


def _unused(name: str, names: set[str]) -> str:
    """Return an id for a line of an order: here each is an order of its own."""
    if name not in names:
        return name
    number = 2
    while f"{name}#{number}" in names:
        number += 1
    return f"{name}#{number}"


def _aged(network: Network, now_us: int) -> pl.DataFrame:
    """Return demand as of a later time: the trend so far is in its mean."""
    days = (now_us - network.settings.as_of_us) / DAY_US
    growth = (1.0 + pl.col("trend_per_day") * days).clip(lower_bound=0.0)
    trend = pl.when(growth > 0.0).then(pl.col("trend_per_day") / growth).otherwise(0.0)
    return network.tables["demands"].with_columns(
        (pl.col("mean_per_day") * growth).alias("mean_per_day"),
        trend.clip(-1.0, 1.0).alias("trend_per_day"),
    )
