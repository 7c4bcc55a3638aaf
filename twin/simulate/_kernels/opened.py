"""Orders that are open when a compiled simulation begins."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams._kernels.compiling import entry, inlined
from streams.events import TYPE_CODES
from twin.model.tables import ORDER_KINDS
from twin.simulate import layout as laid
from twin.simulate import tables as t
from twin.simulate._kernels import market, stations, supply
from twin.simulate._kernels.calendar import push, tie_key
from twin.simulate._kernels.trace import (
    NAN,
    NEVER,
    NONE,
    id_of,
    next_id,
    reference,
    tell,
)
from twin.simulate.layout import Layout
from twin.simulate.tables import F8, I8, Simulated, Trace

PRODUCTION, CUSTOMER = ORDER_KINDS.index("production"), ORDER_KINDS.index("customer")
RELEASED = TYPE_CODES["ProductionOrderReleased"]
PLACED = TYPE_CODES["PurchaseOrderPlaced"]
# Entities of the orders under way at the start, see the reference.
GOODS, MADE = (1 << 28) - 2, (1 << 28) - 1

I4 = NDArray[np.int32]


class OpenOrders(NamedTuple):
    """The open orders of a network by row, with what it says of each.

    Attributes
    ----------
    kind, item, origin, target : ndarray of shape (n,), int32
        Of `twin.model.tables.ORDER_KINDS`; where goods come from and go to.
    quantity, price : ndarray of shape (n,), float64
        Units; what customers pay for one.
    due_us : ndarray of shape (n,), int64
        Microseconds UTC.
    point : ndarray of shape (n,), int32
        Stock point that serves a customer, or that goods come to.
    demand, lane : ndarray of shape (n,), int32
        Of customers, -1 where there is none.
    step : ndarray of shape (n,), int32
        Place of the next step in its recipe, -1 where it is not known.
    """

    kind: I4
    item: I4
    origin: I4
    target: I4
    quantity: F8
    price: F8
    due_us: I8
    point: I4
    demand: I4
    lane: I4
    step: I4


class Taken(NamedTuple):
    """What a simulation drew of open orders, and where they stand in it.

    Attributes
    ----------
    number : ndarray of shape (n,), int64
        Running numbers of production orders.
    is_begun : ndarray of shape (n,), bool
        Whether it is at its operation already, so that it comes to no step.
    arrives_us : ndarray of shape (n,), int64
        When goods arrive, microseconds UTC; `NEVER`: when they are due.
    at : ndarray of shape (n,), int64
        Row of production orders; filled.
    """

    number: I8
    is_begun: NDArray[np.bool_]
    arrives_us: I8
    at: I8


@entry
def take_over_all(
    layout: Layout, sim: Simulated, trace: Trace, orders: OpenOrders, taken: Taken
) -> None:
    """Make open orders known, and let them end when due, or go on; there is room."""
    now_us = sim.clock[t.NOW_US]
    for k in range(len(orders.kind)):
        due_us = max(orders.due_us[k], now_us + stations.RESPONSE_US)
        if orders.kind[k] == CUSTOMER:
            open_customer(layout, sim, trace, orders, k, due_us)
        elif orders.kind[k] == PRODUCTION:
            know(layout, sim, trace, orders, taken, k, due_us)
        else:
            await_goods(layout, sim, trace, orders, taken, k, due_us)


@inlined
def open_customer(
    layout: Layout, sim: Simulated, trace: Trace, orders: OpenOrders, k: int,
    due_us: int,
) -> None:  # fmt: skip
    """Take over an order of a customer; those who wait are served at once."""
    now_us = sim.clock[t.NOW_US]
    at = market.take_row(sim)
    row = sim.customers[at]
    row.name = reference(layout, t.OPEN_ORDER, k)
    row.remaining = orders.quantity[k]
    row.customer = orders.target[k]
    row.item = orders.item[k]
    row.site = orders.origin[k]
    row.point = orders.point[k]
    row.demand = orders.demand[k]
    row.lane = orders.lane[k]
    market.open_order(layout, sim, trace, at, orders.price[k], due_us, now_us)
    market.arrived(sim, orders.point[k], now_us)


@inlined
def know(
    layout: Layout, sim: Simulated, trace: Trace, orders: OpenOrders, taken: Taken,
    k: int, due_us: int,
) -> None:  # fmt: skip
    """Tell of a production order; let it come to its step, or end when it is due."""
    now_us = sim.clock[t.NOW_US]
    at = sim.clock[t.FREE_ORDER]
    row = sim.orders[at]
    sim.clock[t.FREE_ORDER] = row.next
    sim.clock[t.N_ORDERS] += 1
    row.name = reference(layout, t.OPEN_ORDER, k)
    row.n = k
    row.recipe = row.issues = NONE
    row.pieces = orders.quantity[k]
    row.item = orders.item[k]
    row.site = orders.target[k]
    row.priority = NAN
    row.machine = row.mate = NONE
    row.target = orders.point[k]
    row.released = orders.quantity[k]
    row.released_us = now_us
    row.due_us = due_us
    if layout.settings[laid.POLICIES] > 0:
        sim.points[row.target].in_production += orders.quantity[k]
    if orders.step[k] >= 0:
        row.due_us = orders.due_us[k]
        row.n = taken.number[k]
        row.recipe = layout.recipe_of[orders.item[k], orders.target[k]]
        row.step = orders.step[k]
    tell(
        sim, trace, now_us, RELEASED, NONE, row.name,
        reference(layout, t.ITEM, row.item), reference(layout, t.PLACE, row.site),
        NONE, NONE, orders.quantity[k], NAN, row.due_us,
    )  # fmt: skip
    taken.at[k] = at
    if taken.is_begun[k]:
        return
    if row.recipe < 0:
        key = tie_key(stations.COMPLETION, MADE, k)
        push(sim, due_us, key, stations.FINISH, at, 0)
    else:
        key = tie_key(stations.COMPLETION, layout.settings[laid.STARTS], row.n)
        push(sim, now_us, key, stations.START, at, 0)


@inlined
def await_goods(
    layout: Layout, sim: Simulated, trace: Trace, orders: OpenOrders, taken: Taken,
    k: int, due_us: int,
) -> None:  # fmt: skip
    """Tell of a purchase or transfer, and let it arrive."""
    now_us = sim.clock[t.NOW_US]
    at = sim.clock[t.FREE_GOODS]
    row = sim.goods[at]
    sim.clock[t.FREE_GOODS] = row.next
    sim.clock[t.N_GOODS] += 1
    row.name = reference(layout, t.OPEN_ORDER, k)
    row.n = k
    row.shipment = id_of(
        layout, t.SHIPMENT_IDS, next_id(sim, layout.taken, t.SHIPMENT_IDS)
    )
    row.lane = row.source = NONE
    row.item = orders.item[k]
    row.origin = orders.origin[k]
    row.destination = orders.target[k]
    row.quantity = orders.quantity[k]
    row.target = orders.point[k]
    sim.points[row.target].on_order += orders.quantity[k]
    tell(
        sim, trace, now_us, PLACED, NONE, row.name,
        reference(layout, t.ITEM, row.item),
        reference(layout, t.PLACE, row.destination),
        reference(layout, t.PLACE, row.origin), NONE, orders.quantity[k], NAN, due_us,
    )  # fmt: skip
    arrives_us = taken.arrives_us[k]
    if arrives_us == NEVER:
        arrives_us = due_us
    push(sim, arrives_us, tie_key(supply.COMPLETION, GOODS, k), supply.RECEIVE, at, 0)
