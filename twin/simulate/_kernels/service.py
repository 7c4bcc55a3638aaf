"""Who gets the goods at a stock point: customers, and own sites whose orders wait."""

import math

from streams._kernels.compiling import inlined
from twin.simulate import layout as laid
from twin.simulate import tables as t
from twin.simulate._kernels import supply
from twin.simulate._kernels.calendar import push, tie_key
from twin.simulate._kernels.market import (
    ASK,
    DEMAND,
    EPSILON,
    FIFO,
    NEW,
    PROPORTIONAL,
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
from twin.simulate._kernels.trace import NONE, id_of, next_id
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
def apportion(sim: Simulated, point: int) -> None:
    """Say what each who waits gets of stock that is given out in proportion.

    Of whole quantities whole shares, rounded down; what rounding leaves goes in the
    order of arrival, at most one unit to each, or all that an order must have at once.
    """
    stock, total = sim.points[point], 0.0
    at = stock.head
    while at >= 0:
        total += sim.customers[at].remaining
        at = sim.customers[at].next
    left, ratio = stock.on_hand, min(stock.on_hand / total, 1.0)
    at = stock.head
    while at >= 0:
        order = sim.customers[at]
        order.portion = order.remaining * ratio
        if order.target < 0 and order.split == 0:
            order.portion = 0.0
        elif order.remaining % 1.0 == 0.0:
            order.portion = math.floor(order.portion)
        left -= order.portion
        at = order.next
    at = stock.head
    while at >= 0 and left > 0.0:
        order = sim.customers[at]
        more = min(order.remaining - order.portion, left)
        if order.target < 0 and order.split == 0:
            more = order.remaining if left >= order.remaining else 0.0
        elif order.remaining % 1.0 == 0.0:
            more = min(more, 1.0)
        order.portion += more
        left -= more
        at = order.next


@inlined
def serve(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, point: int, now_us: int
) -> None:
    """Ship to those who wait at a stock point, in the order of its queue.

    What cannot be shipped whole and must not be split is waited for by all behind it.
    """
    stock = sim.points[point]
    in_proportion = layout.points[point].allocation == PROPORTIONAL
    if in_proportion and stock.head >= 0 and stock.on_hand > 0.0:
        apportion(sim, point)
    at = stock.head
    while at >= 0 and stock.on_hand > 0.0:
        order = sim.customers[at]
        following = order.next
        most = order.portion if in_proportion else stock.on_hand
        if order.target >= 0:
            supply.serve_site(layout, sim, trace, seed, at, most, now_us)
        else:
            quantity = min(order.remaining, stock.on_hand, most)
            if order.split == 0 and quantity < order.remaining:
                if not in_proportion:
                    break
            elif quantity > 0.0:
                give(layout, sim, trace, seed, at, quantity, now_us)
                if order.remaining <= EPSILON:
                    leave_queue(sim, at)
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
def take_demand(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, k: int, start_us: int,
    now_us: int,
) -> int:  # fmt: skip
    """Open the order of a demand for this period; -1 if nothing is asked for."""
    period, row = sim.clock[t.PERIOD], layout.demands[k]
    if sim.clock[t.DRAWN_PERIOD] == period:
        demand = sim.drawn[k]
    else:
        demand = drawn_demand(layout, seed, period, k)
    quantity = disrupted(layout, seed, period, k, demand, start_us)
    sim.lost[k] = 0.0
    if quantity <= 0.0:
        return NONE
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
    return at


@inlined
def ask(layout: Layout, sim: Simulated, trace: Trace, seed: int, now_us: int) -> None:
    """Demand of a period arises: each customer orders and is served."""
    period = sim.clock[t.PERIOD]
    start_us = now_us - layout.settings[laid.PERIOD_US]
    if layout.settings[laid.HAS_LIMITS] > 0:
        renew_rooms(layout, sim, now_us)
    # Where stock is not given out as orders come, all of the period come first.
    n = len(layout.demands)
    last, j = n, -1
    while j + 1 < last:
        j += 1
        k, at = j % n, NONE
        row = layout.demands[k]
        stock = sim.points[row.point]
        if j < n:
            sim.asked[k] = NONE
            at = take_demand(layout, sim, trace, seed, k, start_us, now_us)
            if at < 0:
                continue
            if layout.points[row.point].allocation != FIFO:
                sim.asked[k] = at
                stock.asked = 1
                last = 2 * n
                continue
        elif sim.asked[k] < 0 or stock.asked == 0:
            continue
        stock.asked = 0
        serve(layout, sim, trace, seed, row.point, now_us)
        if at >= 0 and row.backlogged == 0 and sim.customers[at].remaining > EPSILON:
            sim.lost[k] = lose(sim, trace, at, now_us)
    if last > n:
        for k in range(n):
            at = sim.asked[k]
            lost = at >= 0 and layout.demands[k].backlogged == 0
            if lost and sim.customers[at].remaining > EPSILON:
                sim.lost[k] = lose(sim, trace, at, now_us)
    if sim.clock[t.DRAWN_PERIOD] != t.BY_LAW:
        sum_unfilled(layout, sim)
        sim.clock[t.DRAWN_PERIOD] = t.TO_BE_DRAWN
    if layout.settings[laid.POLICIES] > 0:
        supply.respond(layout, sim, now_us)
    sim.clock[t.PERIOD] = period + 1
    next_us = now_us + layout.settings[laid.PERIOD_US]
    push(sim, next_us, tie_key(DEMAND, NEW, period + 1), ASK, 0, 0)
