"""Customers in the compiled engine: their orders, and what is shipped to them."""

import math

from streams._kernels.compiling import inlined
from streams.events import TYPE_CODES
from twin.model.elements import ALLOCATIONS
from twin.simulate import random as streams
from twin.simulate import tables as t
from twin.simulate._kernels.calendar import push, tie_key
from twin.simulate._kernels.counts import demand_quantile
from twin.simulate._kernels.random import drawn, u01
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
from twin.simulate.tables import Records, Simulated, Trace

ORDER_RECEIVED = TYPE_CODES["OrderReceived"]
ORDER_CANCELLED = TYPE_CODES["OrderCancelled"]
DISPATCHED = TYPE_CODES["ShipmentDispatched"]
RECEIVED = TYPE_CODES["ShipmentReceived"]

EPSILON = 1e-9
FIFO, PRIORITY, PROPORTIONAL = (
    ALLOCATIONS.index(rule) for rule in ("fifo", "priority", "proportional")
)
SECOND_US = 1_000_000
LOST = 1  # code of an order cancelled because it is lost, in a trace alone
COMPLETION, DEMAND = 3, 4  # ranks
WAITING, NEW, MAKING = 0, 1, 2  # entities of demand

# What happens to whom, in the calendar.
SERVE, ASK, DELIVER = 20, 21, 22


@inlined
def microseconds(seconds: float) -> int:
    """Round a duration, halves to even as Python does."""
    return round(seconds * SECOND_US)


@inlined
def seconds(
    layout: Layout, row: Records, seed: int, stream: int, entity: int, n: int
) -> float:
    """Draw from the law of a row."""
    return drawn(
        seed, stream, entity, n, row.law, row.mean_s, row.p0, row.p1,
        layout.law_start, layout.law_factor, layout.law_cumulative,
    )  # fmt: skip


@inlined
def lead_us(layout: Layout, seed: int, lane: int, n: int) -> int:
    """Lead time of the n-th order or delivery on a lane."""
    row = layout.lanes[lane]
    return microseconds(seconds(layout, row, seed, streams.LEAD_TIME, lane, n))


@inlined
def arrived(sim: Simulated, point: int, now_us: int) -> None:
    """Goods came to a stock point: those who wait are served within the instant."""
    row = sim.points[point]
    if (row.head >= 0 or row.owed > 0.0) and row.called == 0:
        row.called = 1
        push(sim, now_us, tie_key(DEMAND, WAITING, point), SERVE, point, 0)


@inlined
def take_row(sim: Simulated) -> int:
    """A free row of customers."""
    at = sim.clock[t.FREE_CUSTOMER]
    sim.clock[t.FREE_CUSTOMER] = sim.customers[at].next
    sim.clock[t.N_CUSTOMERS] += 1
    return at


@inlined
def leave_queue(sim: Simulated, at: int) -> None:
    """Take an order out of its queue and free its row."""
    row = sim.customers[at]
    point = sim.points[row.point]
    if row.previous >= 0:
        sim.customers[row.previous].next = row.next
    else:
        point.head = row.next
    if row.next >= 0:
        sim.customers[row.next].previous = row.previous
    else:
        point.tail = row.previous
    row.next = sim.clock[t.FREE_CUSTOMER]
    sim.clock[t.FREE_CUSTOMER] = at
    sim.clock[t.N_CUSTOMERS] -= 1


@inlined
def enter_queue(layout: Layout, sim: Simulated, at: int) -> None:
    """Put an order behind those that wait at its stock point, or are preferred."""
    row = sim.customers[at]
    point = sim.points[row.point]
    before, after = point.tail, NONE
    if layout.points[row.point].allocation == PRIORITY:
        while before >= 0 and sim.customers[before].priority < row.priority:
            after = before
            before = sim.customers[before].previous
    row.previous = before
    row.next = after
    if before >= 0:
        sim.customers[before].next = at
    else:
        point.head = at
    if after >= 0:
        sim.customers[after].previous = at
    else:
        point.tail = at


@inlined
def ship(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, at: int,
    quantity: float, now_us: int,
) -> None:  # fmt: skip
    """Send goods to a customer."""
    order = sim.customers[at]
    lane, lead, cost = order.lane, 0, NAN
    if lane >= 0:
        sim.lanes[lane].n_deliveries += 1
        lead = lead_us(layout, seed, lane, sim.lanes[lane].n_deliveries)
        cost = layout.lanes[lane].unit_cost * quantity
    shipment = id_of(layout, t.SHIPMENT_IDS, next_id(sim, layout.taken, t.SHIPMENT_IDS))
    item = reference(layout, t.ITEM, order.item)
    site = reference(layout, t.PLACE, order.site)
    customer = reference(layout, t.PLACE, order.customer)
    tell(
        sim, trace, now_us, DISPATCHED, NONE, shipment, item, site, customer,
        order.name, quantity, cost, now_us + lead,
    )  # fmt: skip
    waits = order.demand < 0 or layout.demands[order.demand].backlogged == 1
    # Live state may forget a lost order before its goods come.
    parent = order.name if waits or lead == 0 else NONE
    if lead == 0:
        tell(
            sim, trace, now_us, RECEIVED, NONE, shipment, item, customer, site,
            parent, quantity, NAN, NEVER,
        )  # fmt: skip
        return
    place = sim.clock[t.FREE_GOODS]
    goods = sim.goods[place]
    sim.clock[t.FREE_GOODS] = goods.next
    sim.clock[t.N_GOODS] += 1
    goods.name = parent
    goods.shipment = shipment
    goods.quantity = quantity
    goods.item = order.item
    goods.origin = order.site
    goods.destination = order.customer
    goods.target = NONE
    key = tie_key(COMPLETION, lane, sim.lanes[lane].n_deliveries)
    push(sim, now_us + lead, key, DELIVER, place, 0)


@inlined
def open_order(
    layout: Layout, sim: Simulated, trace: Trace, at: int, price: float, due_us: int,
    now_us: int,
) -> None:  # fmt: skip
    """Tell of an order and put it in its queue."""
    row = sim.customers[at]
    tell(
        sim, trace, now_us, ORDER_RECEIVED, NONE, row.name,
        reference(layout, t.ITEM, row.item), reference(layout, t.PLACE, row.site),
        reference(layout, t.PLACE, row.customer), NONE, row.remaining, price, due_us,
    )  # fmt: skip
    row.target = NONE
    row.split = 1
    if row.demand >= 0:
        row.split = layout.demands[row.demand].split
    row.priority = layout.places[row.customer].priority
    enter_queue(layout, sim, at)
    sim.points[row.point].backorder += row.remaining


@inlined
def lose(sim: Simulated, trace: Trace, at: int, now_us: int) -> float:
    """Lose what an order still waits for; return it."""
    row = sim.customers[at]
    sim.points[row.point].backorder -= row.remaining
    tell(
        sim, trace, now_us, ORDER_CANCELLED, LOST, row.name,
        NONE, NONE, NONE, NONE, NAN, NAN, NEVER,
    )  # fmt: skip
    leave_queue(sim, at)
    return row.remaining


@inlined
def drawn_demand(layout: Layout, seed: int, period: int, k: int) -> float:
    """Demand of a period as its law says."""
    row = layout.demands[k]
    mean, u = layout.demand_mean[period, k], u01(seed, streams.DEMAND, k, period)
    return demand_quantile(row.law, mean, row.dispersion, u)


@inlined
def disrupted(
    layout: Layout, seed: int, period: int, k: int, demand: float, start_us: int
) -> float:
    """Demand as disruptions leave it; whole demand stays whole, with the right mean."""
    factor, active = 1.0, False
    for w in range(len(layout.demand_windows)):
        window = layout.demand_windows[w]
        if window.start_us <= start_us < window.end_us:
            factor *= layout.demand_factors[w, k]
            active = True
    if not active:
        return demand
    scaled = demand * factor
    if demand % 1.0 == 0.0 and scaled % 1.0 != 0.0:
        return math.floor(scaled + u01(seed, streams.SHOCK, k, period))
    return scaled


@inlined
def sum_unfilled(layout: Layout, sim: Simulated) -> None:
    """Sum what waits, or was lost in the last period, of each demand.

    Summed anew: a running sum would keep rounding errors of orders long served.
    """
    for k in range(len(layout.demands)):
        sim.unfilled[k] = sim.lost[k]
    for point in range(len(sim.points)):
        at = sim.points[point].head
        while at >= 0:
            row = sim.customers[at]
            if row.demand >= 0:
                sim.unfilled[row.demand] += row.remaining
            at = row.next


@inlined
def deliver(layout: Layout, sim: Simulated, trace: Trace, at: int, now_us: int) -> None:
    """Goods are with a customer."""
    goods = sim.goods[at]
    tell(
        sim, trace, now_us, RECEIVED, NONE, goods.shipment,
        reference(layout, t.ITEM, goods.item),
        reference(layout, t.PLACE, goods.destination),
        reference(layout, t.PLACE, goods.origin),
        goods.name, goods.quantity, NAN, NEVER,
    )  # fmt: skip
    goods.next = sim.clock[t.FREE_GOODS]
    sim.clock[t.FREE_GOODS] = at
    sim.clock[t.N_GOODS] -= 1
