"""What there is when a fold begins: stock, open orders, machines that run."""

import numpy as np
from numpy.typing import NDArray

from streams.batch import NO_TIME
from twin.kpi import tables as k
from twin.kpi.tables import FoldTables, Records, with_room
from twin.model.network import Network
from twin.state import tables as t
from twin.state.points import NetworkView
from twin.state.state import State


def stand_at_start(fold: FoldTables, network: Network) -> None:
    """Put the initial stock of a network into an empty fold.

    Parameters
    ----------
    fold : FoldTables
        Changed.
    network : Network
        Whose stock is put on hand.
    """
    fold.on_hand["level"] = network.stock.on_hand


def open_from(
    fold: FoldTables, network: Network, state: State, opened_us: int
) -> FoldTables:
    """Put what a state holds into an empty fold.

    Parameters
    ----------
    fold : FoldTables
        Changed, as far as it need not grow.
    network : Network
        The one the state is of.
    state : State
        Its last instant is closed.
    opened_us : int
        Microseconds UTC, after the last event of the state.

    Returns
    -------
    FoldTables
        With room for what is open. How long operations under way were worked on is not
        known of a state: they count from the start that their end names.
    """
    view = NetworkView(network)
    stored = state.tables
    n_open = {
        "lines": _living(stored.orders), "shipments": _living(stored.shipments),
        "production": _living(stored.production),
    }  # fmt: skip
    room = {name: len(n_open.get(name, ())) for name in k.GROWING}
    fold = with_room(fold, room, len(state.names))
    fold.on_hand["level"] = view.stock_column(state, "on_hand")
    slot_of = _open_lines(fold, view, state, n_open["lines"])
    _open_shipments(fold, view, state, slots=n_open["shipments"], line_of=slot_of)
    _open_production(fold, network, state, n_open["production"])
    n_machines = len(network.machines.ids)
    known = stored.machines[:n_machines]
    heard = stored.machine_ids["n_events"][:n_machines] > 0
    fold.machines["state"] = np.where(heard, known["state"], 0)
    fold.machines["running"] = np.where(heard, known["running"], 0)
    fold.machines["since_us"] = opened_us
    return fold


def _living(table: Records) -> NDArray[np.intp]:
    return np.flatnonzero(table["status"] == t.OPEN)


def _names_of(table: Records, indices: NDArray[np.int32]) -> NDArray[np.int32]:
    numbers: NDArray[np.int32] = np.where(indices >= 0, table["name"][indices], -1)
    return numbers


def _chained(
    fold: FoldTables, kind: int, rows: Records, numbers: NDArray[np.int32]
) -> None:
    """Note the first row of each name, and the next of the same name in each row."""
    rows["name"], rows["next"] = numbers, -1
    order = np.argsort(numbers, kind="stable")
    same = numbers[order[1:]] == numbers[order[:-1]]
    rows["next"][order[:-1][same]] = order[1:][same]
    first = np.ones(len(order), np.bool_)
    first[1:] = ~same
    fold.memo[kind, numbers[order[first]]] = order[first]


def _open_lines(
    fold: FoldTables, view: NetworkView, state: State, slots: NDArray[np.intp]
) -> NDArray[np.int32]:
    orders = state.tables.orders[slots]
    lines = fold.lines[: len(slots)]
    fold.counts[k.LINES] = len(slots)
    for name in ("quantity", "shipped", "delivered", "price", "ordered_us", "due_us"):
        lines[name] = orders[name]
    lines["item"] = _names_of(state.tables.items, orders["item"])
    lines["full_us"] = lines["cancelled_us"] = NO_TIME
    lines["at_once"] = 0.0
    lines["point"] = view.points(orders["item"], orders["place"])
    demand = view.demand_rows.find(orders["party"], orders["item"], orders["place"])
    lines["demand"] = demand
    customer = orders["kind"] == t.ORDER_CUSTOMER
    named = orders["kind"] != t.ORDER_UNKNOWN
    supply = np.where(named, k.KIND_SUPPLY, k.KIND_UNKNOWN)
    lines["kind"] = np.where(customer, k.KIND_CUSTOMER, supply)
    _chained(fold, k.ORDER_MEMO, lines, orders["name"])
    owed = orders["quantity"] - np.maximum(orders["shipped"], orders["delivered"])
    waiting = customer & (owed > 0.0)
    rows = np.where(demand >= 0, demand, len(fold.backlog) - 1)
    np.add.at(fold.backlog["level"], rows[waiting], owed[waiting])
    slot_of = np.full(len(state.tables.orders), -1, np.int32)
    slot_of[slots] = np.arange(len(slots))
    return slot_of


def _open_shipments(
    fold: FoldTables,
    view: NetworkView,
    state: State,
    *,
    slots: NDArray[np.intp],
    line_of: NDArray[np.int32],
) -> None:
    sent = state.tables.shipments[slots]
    rows = fold.shipments[: len(slots)]
    fold.counts[k.SHIPMENTS] = len(slots)
    for name in ("quantity", "received", "credited", "dispatched_us", "received_us"):
        rows[name] = sent[name]
    rows["item"] = _names_of(state.tables.items, sent["item"])
    rows["lane"] = lane = view.lanes(sent["origin"], sent["destination"], sent["item"])
    order = sent["order"]
    alive = (order >= 0) & (state.tables.orders["hash"][order] == sent["order_hash"])
    rows["line"] = np.where(alive, line_of[order], -1)
    _chained(fold, k.SHIPMENT_MEMO, rows, sent["name"])
    left = np.maximum(sent["quantity"] - sent["received"], 0.0)
    np.add.at(fold.in_transit["level"], lane[lane >= 0], left[lane >= 0])


def _open_production(
    fold: FoldTables, network: Network, state: State, slots: NDArray[np.intp]
) -> None:
    making = state.tables.production[slots]
    rows = fold.production[: len(slots)]
    fold.counts[k.PRODUCTIONS] = len(slots)
    for name in (
        "quantity", "scrap", "rework", "released_us", "started_us", "due_us", "work_us",
        "item",
    ):  # fmt: skip
        rows[name] = making[name]
    rows["site"] = making["place"]
    rows["closed_us"], rows["running"] = NO_TIME, -1
    _chained(fold, k.PRODUCTION_MEMO, rows, making["name"])
    known = (making["place"] >= 0) & (making["place"] < network.n_sites)
    site = np.where(known, making["place"], network.n_sites)
    np.add.at(fold.wip["level"][:, k.WIP_ORDERS], site, 1.0)
    pieces = np.where(np.isfinite(making["quantity"]), making["quantity"], 0.0)
    np.add.at(fold.wip["level"][:, k.WIP_UNITS], site, pieces)
