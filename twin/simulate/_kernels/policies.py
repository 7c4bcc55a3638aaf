"""Policies of stock points in the compiled engine: reviews, orders, what waits."""

import math

from streams._kernels.compiling import inlined
from streams.events import TYPE_CODES
from twin.model.tables import POLICIES
from twin.simulate import layout as laid
from twin.simulate import tables as t
from twin.simulate._kernels import shop, supply
from twin.simulate._kernels.calendar import push, tie_key
from twin.simulate._kernels.market import (
    DEMAND,
    EPSILON,
    MAKING,
    arrived,
    enter_queue,
    take_row,
)
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
from twin.simulate.tables import Simulated, Trace

PLACED = TYPE_CODES["PurchaseOrderPlaced"]
_PLAN, _BASE_STOCK, _S_S = (POLICIES.index(p) for p in ("plan", "base_stock", "s_S"))
COST_TICK, POLICY_REVIEW = 5, 6  # ranks
REVIEW, COST, MAKE = 40, 41, 42  # what happens, in the calendar


@inlined
def position(sim: Simulated, point: int) -> float:
    """The inventory position: what is there or comes, less what is asked for."""
    row = sim.points[point]
    coming = row.on_hand + row.on_order + row.in_transit + row.in_production
    return coming + row.wanted - row.backorder - row.owed


@inlined
def needed(layout: Layout, point: int, level: float) -> float:
    """What the policy of a point orders at an inventory position."""
    row = layout.points[point]
    if row.policy == _BASE_STOCK:
        return max(row.order_up_to - level, 0.0)
    if level > row.reorder_point:
        return 0.0
    if row.policy == _S_S:
        return row.order_up_to - level
    lots = math.floor((row.reorder_point - level) / row.order_quantity) + 1.0
    return lots * row.order_quantity


@inlined
def rounded(layout: Layout, lane: int, quantity: float) -> float:
    """A quantity that the lane allows, not below what is needed."""
    row = layout.lanes[lane]
    quantity = max(quantity, row.minimum)
    if row.multiple > 0.0:
        quantity = math.ceil(quantity / row.multiple - EPSILON) * row.multiple
    return quantity


@inlined
def order_from_site(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, lane: int, item: int,
    quantity: float, now_us: int,
) -> None:  # fmt: skip
    """Place an order at an own site, where it waits its turn."""
    row, at = layout.lanes[lane], take_row(sim)
    order = sim.customers[at]
    sim.lanes[lane].n_orders += 1
    order.n = sim.lanes[lane].n_orders
    order.name = id_of(layout, t.LANE_IDS, next_id(sim, layout.taken, t.LANE_IDS))
    order.lane = lane
    order.item = item
    order.remaining = quantity
    order.parts = 0
    order.customer = row.destination
    order.site = row.origin
    order.demand = NONE
    order.point = layout.point_of[item, row.origin]
    order.target = layout.point_of[item, row.destination]
    due_us = now_us + supply.dispatch_us(layout, seed, lane, order.n)
    tell(
        sim, trace, now_us, PLACED, NONE, order.name, reference(layout, t.ITEM, item),
        reference(layout, t.PLACE, row.destination),
        reference(layout, t.PLACE, row.origin), NONE, quantity, row.price, due_us,
    )  # fmt: skip
    sim.points[order.target].on_order += quantity
    sim.points[order.point].owed += quantity
    order.priority = layout.places[row.destination].priority
    order.split = 1
    enter_queue(layout, sim, at)
    arrived(sim, order.point, now_us)


@inlined
def order(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, lane: int, item: int,
    quantity: float, now_us: int,
) -> None:  # fmt: skip
    """Place an order on a lane; a supplier sends at once, an own site when it can."""
    if layout.point_of[item, layout.lanes[lane].origin] >= 0:
        order_from_site(layout, sim, trace, seed, lane, item, quantity, now_us)
    else:
        supply.order_on_lane(layout, sim, trace, seed, lane, item, quantity, now_us)


@inlined
def call_makers(sim: Simulated, point: int, now_us: int) -> None:
    """Have it tried within the instant to make what is wanted of a point."""
    row = sim.points[point]
    if row.wanted > 0.0 and row.making == 0:
        row.making = 1
        push(sim, now_us, tie_key(DEMAND, MAKING, point), MAKE, point, 0)


@inlined
def want(
    layout: Layout, sim: Simulated, recipe: int, quantity: float, now_us: int
) -> None:
    """Ask for production; what components do not allow yet waits for them."""
    row = layout.recipes[recipe]
    sim.points[row.target].wanted += quantity
    for k in range(row.first_component, row.last_component):
        part = layout.components[k]
        sim.points[part.point].owed += quantity * part.per_unit
    call_makers(sim, row.target, now_us)


@inlined
def make(layout: Layout, sim: Simulated, trace: Trace, point: int, now_us: int) -> None:
    """Release what is wanted, as far as components are there."""
    stock = sim.points[point]
    stock.making = 0
    recipe = layout.points[point].recipe
    at = shop.release_order(
        layout, sim, trace, recipe, stock.wanted, NAN, NEVER, now_us
    )
    if at < 0:
        return
    pieces, row = sim.orders[at].pieces, layout.recipes[recipe]
    stock.wanted -= pieces
    if stock.wanted <= EPSILON:
        stock.wanted = 0.0
    for k in range(row.first_component, row.last_component):
        part = layout.components[k]
        sim.points[part.point].owed -= pieces * part.per_unit
    shop.start_later(layout, sim, at, now_us)


@inlined
def call_users(layout: Layout, sim: Simulated, point: int, now_us: int) -> None:
    """Goods came that may be components: production that waits for them is tried."""
    row = layout.points[point]
    for k in range(row.first_user, row.last_user):
        call_makers(sim, layout.recipes[layout.users[k]].target, now_us)


@inlined
def await_review(layout: Layout, sim: Simulated, point: int, at_us: int) -> None:
    """Put the next review of a point into the calendar."""
    n = sim.points[point].n_reviews
    key = tie_key(POLICY_REVIEW, layout.points[point].turn, n)
    push(sim, at_us, key, REVIEW, point, 0)


@inlined
def review(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, point: int, now_us: int
) -> None:
    """Review a stock point and order what its policy says."""
    row = layout.points[point]
    sim.points[point].n_reviews += 1
    await_review(layout, sim, point, now_us + row.review_us)
    quantity = needed(layout, point, position(sim, point))
    if quantity <= EPSILON:
        return
    if row.recipe < 0:
        quantity = rounded(layout, row.lane, quantity)
    sums = sim.sums[point]
    sums.n_orders += 1
    sums.ordered += quantity
    if row.recipe >= 0:
        want(layout, sim, row.recipe, quantity, now_us)
    else:
        order(layout, sim, trace, seed, row.lane, row.item, quantity, now_us)
        supply.respond(layout, sim, now_us)


@inlined
def await_cost(sim: Simulated, at_us: int) -> None:
    """Put the next count of stock into the calendar."""
    n = sim.clock[t.N_COUNTED]
    push(sim, at_us, tie_key(COST_TICK, 0, n), COST, 0, 0)


@inlined
def count(layout: Layout, sim: Simulated, now_us: int) -> None:
    """Add up what is there at the end of a period, after its demand."""
    sim.clock[t.N_COUNTED] += 1
    for point in range(len(sim.points)):
        row, sums = sim.points[point], sim.sums[point]
        sums.on_hand += row.on_hand
        sums.in_transit += row.in_transit
        sums.backorder += row.backorder
    await_cost(sim, now_us + layout.settings[laid.PERIOD_US])


@inlined
def begin(layout: Layout, sim: Simulated, now_us: int) -> None:
    """Put all reviews into the calendar; the first ones are at once."""
    for k in range(len(layout.lanes)):
        sim.lanes[k].room = layout.lanes[k].room
    for k in range(len(layout.places)):
        sim.place_room[k] = layout.places[k].room
    for point in range(len(layout.points)):
        if layout.points[point].policy != _PLAN:
            await_review(layout, sim, point, now_us)
    await_cost(sim, now_us + layout.settings[laid.PERIOD_US])
