"""The reference loop: orjson and dictionaries, as anybody would write it at first."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from twin.state import tables as t
from twin.state.state import State

# By machine: readings, state, since, good, scrap. By (item, site): on hand, backorder.
# Open production orders, and what is open of orders and on the way of shipments.
Folded = dict[str, dict[Any, Any]]


def empty() -> Folded:
    """Return the state before the first event."""
    return {name: {} for name in ("machines", "stock", "orders", "work", "shipments")}


def fold_json(folded: Folded, values: Iterable[bytes]) -> None:
    """Fold structured CloudEvents, one after the other."""
    import orjson  # noqa: PLC0415 - a peer, and not needed to compare states

    for value in values:
        fold(folded, orjson.loads(value))


def fold(folded: Folded, event: dict[str, Any]) -> None:  # noqa: C901 - a plain loop
    """Fold one event; of a machine's states the latest by event time stands."""
    kind, data = event["type"], event["data"]
    if kind == "MachineReading":
        machine(folded, data)[0] += 1
    elif kind == "MachineStateChanged":
        known = machine(folded, data)
        if event["time"] >= known[2]:
            known[1], known[2] = data["state"], event["time"]
    elif kind == "OperationCompleted":
        known = machine(folded, data)
        known[3] += data["good"]
        known[4] += data["scrap"]
    elif kind == "StockMoved":
        stock(folded, data["item"], data["to_site"])[0] += data["quantity"]
    elif kind == "OrderReceived":
        folded["orders"][data["order"]] = data["quantity"]
        stock(folded, data["item"], data["site"])[1] += data["quantity"]
    elif kind == "ShipmentDispatched":
        point = stock(folded, data["item"], data["from_site"])
        point[0] -= data["quantity"]
        point[1] -= data["quantity"]
        folded["shipments"][data["shipment"]] = data["quantity"]
    elif kind == "ShipmentReceived":
        del folded["shipments"][data["shipment"]], folded["orders"][data["order"]]
    elif kind == "ProductionOrderReleased":
        folded["work"][data["production_order"]] = data["quantity"]
    elif kind == "ProductionOrderClosed":
        del folded["work"][data["production_order"]]


def machine(folded: Folded, data: dict[str, Any]) -> list[Any]:
    """Return what is known of a machine."""
    return folded["machines"].setdefault(data["machine"], [0, "", "", 0.0, 0.0])


def stock(folded: Folded, item: str, site: str) -> list[float]:
    """Return what is on hand and owed of an item at a site."""
    return folded["stock"].setdefault((item, site), [0.0, 0.0])


def differences(folded: Folded, state: State) -> list[str]:
    """Name every part of the twin's state that differs from the reference.

    The columns of `state` are read directly, entity by entity.
    """
    ours, names = state.used(), state.names
    words = t.MACHINE_STATES
    machines = {
        names[directory["name"]]: [
            int(row["n_readings"]), words[row["state"]], row["good"], row["scrap"],
        ]
        for directory, row in zip(ours["machine_ids"], ours["machines"], strict=True)
    }  # fmt: skip
    items = [names[number] for number in ours["items"]["name"]]
    places = [names[number] for number in ours["places"]["name"]]
    points = {
        (items[row["item"]], places[row["place"]]): [row["on_hand"], row["backorder"]]
        for row in ours["stock"]
    }
    found = {
        "machines": machines,
        "stock": points,
        "orders": _open(state, "orders"),
        "work": _open(state, "production"),
        "shipments": _open(state, "shipments"),
    }
    expected = folded | {
        "machines": {
            name: [known[0], known[1], known[3], known[4]]
            for name, known in folded["machines"].items()
        }
    }
    return [name for name, part in found.items() if part != expected[name]]


def _open(state: State, table: str) -> dict[str, float]:
    rows = state.used()[table]
    living = rows[rows["status"] == t.OPEN]
    quantities = np.asarray(living["quantity"]).tolist()
    return dict(zip([state.names[n] for n in living["name"]], quantities, strict=True))
