"""Orders that are under way when a compiled simulation begins."""

import numpy as np

from streams.events import TYPE_CODES
from twin.model.elements import NO_STEP
from twin.model.network import Network
from twin.model.tables import ORDER_KINDS
from twin.simulate import layout as laid
from twin.simulate import tables as t
from twin.simulate._kernels import run, stations, supply
from twin.simulate._kernels.trace import NAN, NONE
from twin.simulate.demand import delivery_lanes
from twin.simulate.laying.rows import check_point
from twin.simulate.layout import Layout
from twin.simulate.tables import Simulated, Trace

PRODUCTION, CUSTOMER = ORDER_KINDS.index("production"), ORDER_KINDS.index("customer")
RELEASED = TYPE_CODES["ProductionOrderReleased"]
PLACED = TYPE_CODES["PurchaseOrderPlaced"]
# Entities of the orders under way at the start, see the reference.
_GOODS, _MADE = (1 << 28) - 2, (1 << 28) - 1


def take_over_orders(
    network: Network, layout: Layout, sim: Simulated, trace: Trace
) -> None:
    """Make the open orders of a network known, and let them end when due, or go on.

    Parameters
    ----------
    network : Network
        Its open orders.
    layout, sim, trace : Layout, Simulated, array of records
        Of a simulation that has just begun; there must be room.
    """
    orders, now_us = network.open_orders, network.settings.as_of_us
    lane_of = delivery_lanes(network)
    for k in range(len(orders.ids)):
        due_us = max(int(orders.due_us[k]), now_us + stations.RESPONSE_US)
        if orders.kind[k] == CUSTOMER:
            at = _customer(network, layout, sim, k=k, lane_of=lane_of)
            price = float(network.items.price[orders.item_index[k]])
            run.open_customer(layout, sim, trace, at, price, due_us)
        elif orders.kind[k] == PRODUCTION:
            _produce(network, layout, sim, trace, k=k, due_us=due_us)
        else:
            _await(network, layout, sim, trace, k=k, due_us=due_us)


def _name(layout: Layout, kind: int, index: int) -> int:
    return int(layout.settings[laid.FIRST_NAME + kind]) + index


def _tell(trace: Trace, sim: Simulated, **columns: float) -> None:
    if not len(trace.time_us):
        return
    row = sim.clock[t.N_TRACED]
    sim.clock[t.N_TRACED] += 1
    told = {"code": NONE, "party": NONE, "parent": NONE, "value1": NAN} | columns
    for name, value in told.items():
        getattr(trace, name)[row] = value


def _customer(
    network: Network, layout: Layout, sim: Simulated, *, k: int,
    lane_of: dict[tuple[int, int, int], int],
) -> int:  # fmt: skip
    orders, demands = network.open_orders, network.demands
    item, site = int(orders.item_index[k]), int(orders.from_place_index[k])
    customer = int(orders.to_place_index[k])
    at = int(sim.clock[t.FREE_CUSTOMER])
    row = sim.customers[at]
    sim.clock[t.FREE_CUSTOMER] = row["next"]
    sim.clock[t.N_CUSTOMERS] += 1
    same = (
        (demands.customer_index == customer)
        & (demands.item_index == item)
        & (demands.site_index == site)
    )
    found = np.flatnonzero(same)
    row["name"] = _name(layout, t.OPEN_ORDER, k)
    row["remaining"] = orders.quantity[k]
    row["customer"], row["item"], row["site"] = customer, item, site
    row["point"] = check_point(network, layout, item, site)
    row["demand"] = found[-1] if len(found) else NONE
    row["lane"] = lane_of.get((site, customer, item), NONE)
    return at


def _produce(
    network: Network, layout: Layout, sim: Simulated, trace: Trace,
    *, k: int, due_us: int,
) -> None:  # fmt: skip
    orders, now_us = network.open_orders, network.settings.as_of_us
    item, site = int(orders.item_index[k]), int(orders.to_place_index[k])
    at = int(sim.clock[t.FREE_ORDER])
    row = sim.orders[at]
    sim.clock[t.FREE_ORDER] = row["next"]
    sim.clock[t.N_ORDERS] += 1
    row["name"], row["n"] = _name(layout, t.OPEN_ORDER, k), k
    row["recipe"], row["issues"] = NONE, NONE
    row["pieces"], row["item"], row["site"] = orders.quantity[k], item, site
    row["priority"] = NAN
    row["machine"] = NONE
    row["target"] = check_point(network, layout, item, site)
    row["released"], row["released_us"] = orders.quantity[k], now_us
    row["due_us"] = due_us
    if layout.settings[laid.POLICIES]:
        sim.points["in_production"][row["target"]] += orders.quantity[k]
    goes_on = int(orders.step[k]) != NO_STEP
    if goes_on:
        row["due_us"] = due_us = int(orders.due_us[k])
    _tell(
        trace, sim, time_us=now_us, type_code=RELEASED, subject=int(row["name"]),
        item=_name(layout, t.ITEM, item), place=_name(layout, t.PLACE, site),
        value0=orders.quantity[k], time0=due_us,
    )  # fmt: skip
    if not goes_on:
        run.appoint(sim, due_us, stations.COMPLETION, _MADE, k, stations.FINISH, at)
        return
    row["n"] = n = t.OPENED + k
    row["recipe"] = recipe = layout.recipe_of[item, site]
    first, last = (layout.recipes[name][recipe] for name in ("first_step", "last_step"))
    steps = network.routings.step[layout.steps["row"][first:last]]
    row["step"] = np.searchsorted(steps, orders.step[k])
    starts = int(layout.settings[laid.STARTS])
    run.appoint(sim, now_us, stations.COMPLETION, starts, n, stations.START, at)


def _await(
    network: Network, layout: Layout, sim: Simulated, trace: Trace,
    *, k: int, due_us: int,
) -> None:  # fmt: skip
    orders, now_us = network.open_orders, network.settings.as_of_us
    item, origin = int(orders.item_index[k]), int(orders.from_place_index[k])
    destination = int(orders.to_place_index[k])
    at = int(sim.clock[t.FREE_GOODS])
    row = sim.goods[at]
    sim.clock[t.FREE_GOODS] = row["next"]
    sim.clock[t.N_GOODS] += 1
    row["name"], row["n"] = _name(layout, t.OPEN_ORDER, k), k
    row["shipment"] = run.give_number(layout, sim, t.SHIPMENT_IDS)
    row["lane"], row["item"], row["source"] = NONE, item, NONE
    row["origin"], row["destination"] = origin, destination
    row["quantity"] = orders.quantity[k]
    row["target"] = check_point(network, layout, item, destination)
    sim.points["on_order"][row["target"]] += orders.quantity[k]
    _tell(
        trace, sim, time_us=now_us, type_code=PLACED, subject=int(row["name"]),
        item=_name(layout, t.ITEM, item), place=_name(layout, t.PLACE, destination),
        party=_name(layout, t.PLACE, origin), value0=orders.quantity[k], time0=due_us,
    )  # fmt: skip
    run.appoint(sim, due_us, supply.COMPLETION, _GOODS, k, supply.RECEIVE, at)
