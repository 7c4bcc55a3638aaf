"""Who gets the goods at a stock point: customers, and own sites whose orders wait."""

from streams._kernels.compiling import inlined
from twin.simulate import layout as laid
from twin.simulate import tables as t
from twin.simulate._kernels import supply
from twin.simulate._kernels.calendar import push, tie_key
from twin.simulate._kernels.market import (
    ASK,
    DEMAND,
    EPSILON,
    NEW,
    arrived,
    disrupted,
    drawn_demand,
    leave_queue,
    lose,
    open_order,
    ship,
    sum_unfilled,
    take_row,
)
from twin.simulate._kernels.trace import id_of, next_id
from twin.simulate.layout import Layout
from twin.simulate.tables import Simulated, Trace


@inlined
def give(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, at: int,
    quantity: float, now_us: int,
) -> None:  # fmt: skip
    """Ship to a customer from the stock of its point."""
    order = sim.customers[at]
    stock = sim.points[order.point]
    stock.on_hand -= quantity
    ship(layout, sim, trace, seed, at, quantity, now_us)
    order.remaining -= quantity
    stock.backorder -= quantity


@inlined
def serve(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, point: int, now_us: int
) -> None:
    """Ship to those who wait at a stock point, first come first served."""
    stock = sim.points[point]
    at = stock.head
    while at >= 0 and stock.on_hand > 0.0:
        order = sim.customers[at]
        following = order.next
        if order.target < 0:
            quantity = min(order.remaining, stock.on_hand)
            give(layout, sim, trace, seed, at, quantity, now_us)
            if order.remaining <= EPSILON:
                leave_queue(sim, at)
        else:
            supply.serve_site(layout, sim, trace, seed, at, now_us)
        at = following
    if stock.head < 0:
        stock.backorder = 0.0  # without the rounding of many subtractions


@inlined
def renew_rooms(layout: Layout, sim: Simulated, now_us: int) -> None:
    """Capacities are those of a new period: who waited for them is served."""
    for k in range(len(layout.lanes)):
        sim.lanes[k].room = layout.lanes[k].room
    for k in range(len(layout.places)):
        sim.place_room[k] = layout.places[k].room
    for point in range(len(sim.points)):
        arrived(sim, point, now_us)


@inlined
def ask(layout: Layout, sim: Simulated, trace: Trace, seed: int, now_us: int) -> None:
    """Demand of a period arises: each customer orders and is served."""
    period = sim.clock[t.PERIOD]
    start_us = now_us - layout.settings[laid.PERIOD_US]
    if layout.settings[laid.HAS_LIMITS] > 0:
        renew_rooms(layout, sim, now_us)
    for k in range(len(layout.demands)):
        row = layout.demands[k]
        if sim.clock[t.DRAWN_PERIOD] == period:
            demand = sim.drawn[k]
        else:
            demand = drawn_demand(layout, seed, period, k)
        quantity = disrupted(layout, seed, period, k, demand, start_us)
        sim.lost[k] = 0.0
        if quantity <= 0.0:
            continue
        at = take_row(sim)
        order = sim.customers[at]
        number = next_id(sim, layout.taken, t.CUSTOMER_IDS)
        order.name = id_of(layout, t.CUSTOMER_IDS, number)
        order.remaining = quantity
        order.customer = row.customer
        order.item = row.item
        order.site = row.site
        order.point = row.point
        order.demand = k
        order.lane = row.lane
        open_order(layout, sim, trace, at, row.price, now_us + row.usual_us, now_us)
        serve(layout, sim, trace, seed, row.point, now_us)
        if row.backlogged == 0 and order.remaining > EPSILON:
            sim.lost[k] = lose(sim, trace, at, now_us)
    if sim.clock[t.DRAWN_PERIOD] != t.BY_LAW:
        sum_unfilled(layout, sim)
        sim.clock[t.DRAWN_PERIOD] = t.TO_BE_DRAWN
    if layout.settings[laid.POLICIES] > 0:
        supply.respond(layout, sim, now_us)
    sim.clock[t.PERIOD] = period + 1
    next_us = now_us + layout.settings[laid.PERIOD_US]
    push(sim, next_us, tie_key(DEMAND, NEW, period + 1), ASK, 0, 0)
