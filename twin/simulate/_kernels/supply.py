"""Orders on lanes in the compiled engine: what is dispatched, and what arrives."""

from streams._kernels.compiling import inlined
from streams.events import TYPE_CODES
from twin.simulate import layout as laid
from twin.simulate import tables as t
from twin.simulate._kernels.calendar import push, tie_key
from twin.simulate._kernels.market import (
    EPSILON,
    arrived,
    enter_queue,
    lead_us,
    leave_queue,
    take_row,
)
from twin.simulate._kernels.trace import (
    NAN,
    NEVER,
    NONE,
    id_of,
    next_id,
    note,
    reference,
    tell,
)
from twin.simulate.layout import Layout
from twin.simulate.tables import Simulated, Trace

ORDER_CANCELLED = TYPE_CODES["OrderCancelled"]
STOCK_MOVED = TYPE_CODES["StockMoved"]
PLACED = TYPE_CODES["PurchaseOrderPlaced"]
DELAYED = TYPE_CODES["PurchaseOrderDelayed"]
DISPATCHED = TYPE_CODES["ShipmentDispatched"]
RECEIVED = TYPE_CODES["ShipmentReceived"]
MOVE_RECEIPT, MOVE_SCRAP = 2, 3  # positions in `streams.events.MoveReason`

REPAIR, COMPLETION = 1, 3  # ranks
RESPONSE_US = 1
RECEIVE, DISPATCH_LATE, RESPOND = 30, 31, 32


@inlined
def take_goods(sim: Simulated) -> int:
    """A free row of goods."""
    at = sim.clock[t.FREE_GOODS]
    sim.clock[t.FREE_GOODS] = sim.goods[at].next
    sim.clock[t.N_GOODS] += 1
    return at


@inlined
def free_goods(sim: Simulated, at: int) -> None:
    """Give a row of goods back."""
    sim.goods[at].next = sim.clock[t.FREE_GOODS]
    sim.clock[t.FREE_GOODS] = at
    sim.clock[t.N_GOODS] -= 1


@inlined
def answer(
    sim: Simulated, now_us: int, type_code: int, code: int,
    subject: int, item: int, place: int, party: int, quantity: float,
) -> None:  # fmt: skip
    """Keep a row that answers an order; all of an instant are told together."""
    row = note(
        sim, now_us + RESPONSE_US, type_code, code, subject, item, place, party, NONE,
        quantity,
    )  # fmt: skip
    clock = sim.clock
    if clock[t.RESPONSES_HEAD] >= 0 or clock[t.RESPONDS_US] == now_us + RESPONSE_US:
        sim.pending[clock[t.RESPONSES_TAIL]].next = row
    else:
        clock[t.RESPONSES_HEAD] = row
    clock[t.RESPONSES_TAIL] = row


@inlined
def respond(layout: Layout, sim: Simulated, now_us: int) -> None:
    """Have the answers told a microsecond later."""
    first = sim.clock[t.RESPONSES_HEAD]
    if first >= 0:
        key = tie_key(COMPLETION, len(layout.lanes), 0)
        push(sim, now_us + RESPONSE_US, key, RESPOND, first, 0)
        sim.clock[t.RESPONSES_HEAD] = NONE
        sim.clock[t.RESPONDS_US] = now_us + RESPONSE_US


@inlined
def dispatch_us(layout: Layout, seed: int, lane: int, n: int) -> int:
    """Lead time of an order; what is dispatched never arrives within the instant."""
    return max(lead_us(layout, seed, lane, n), RESPONSE_US)


@inlined
def drawn_lead_us(layout: Layout, seed: int, at: int, sim: Simulated) -> int:
    """Lead time of an order that has a row of goods."""
    order = sim.goods[at]
    return dispatch_us(layout, seed, order.lane, order.n)


@inlined
def place_order(
    layout: Layout, sim: Simulated, trace: Trace, at: int, now_us: int, due_us: int
) -> None:
    """Tell that an order is placed."""
    order = sim.goods[at]
    tell(
        sim, trace, now_us, PLACED, NONE, order.name,
        reference(layout, t.ITEM, order.item),
        reference(layout, t.PLACE, order.destination),
        reference(layout, t.PLACE, order.origin), NONE,
        order.quantity, layout.lanes[order.lane].price, due_us,
    )  # fmt: skip


@inlined
def yield_of(layout: Layout, sim: Simulated, at: int) -> float:
    """Good share of what an order draws; makers had their losses before."""
    order = sim.goods[at]
    if order.source < 0 or layout.recipe_of[order.item, order.origin] >= 0:
        return 1.0
    return layout.places[order.origin].yield_rate


@inlined
def fillable(layout: Layout, sim: Simulated, at: int, room: float) -> float:
    """How much of an order can be sent."""
    order = sim.goods[at]
    quantity = min(order.quantity, room)
    if order.source < 0:
        return quantity
    available = sim.points[order.source].on_hand * yield_of(layout, sim, at)
    return max(0.0, min(quantity, available))


@inlined
def consume(
    layout: Layout, sim: Simulated, at: int, filled: float, now_us: int
) -> None:
    """Take from the stock of the origin what is sent, and what is lost with it."""
    order = sim.goods[at]
    if order.source < 0:
        return
    rate, stock = yield_of(layout, sim, at), sim.points[order.source]
    if rate == 1.0:
        stock.on_hand -= filled
        return
    used = min(filled / rate, stock.on_hand)
    stock.on_hand -= used
    item, site = (
        reference(layout, t.ITEM, order.item),
        reference(layout, t.PLACE, order.origin),
    )
    if used > filled:
        answer(
            sim, now_us, STOCK_MOVED, MOVE_SCRAP, NONE, item, site, NONE, used - filled
        )
    else:
        answer(
            sim, now_us, STOCK_MOVED, MOVE_RECEIPT, NONE, item, NONE, site,
            abs(used - filled),
        )  # fmt: skip


@inlined
def send(
    layout: Layout, sim: Simulated, trace: Trace, at: int, filled: float,
    now_us: int, due_us: int,
) -> None:  # fmt: skip
    """Dispatch what an order is filled with; the rest is cancelled."""
    order = sim.goods[at]
    whole = filled >= order.quantity
    if not whole:
        answer(sim, now_us, ORDER_CANCELLED, NONE, order.name, NONE, NONE, NONE, NAN)
    if filled <= 0.0:
        free_goods(sim, at)
        return
    consume(layout, sim, at, filled, now_us)
    lane = layout.lanes[order.lane]
    order.shipment = id_of(
        layout, t.SHIPMENT_IDS, next_id(sim, layout.taken, t.SHIPMENT_IDS)
    )
    tell(
        sim, trace, now_us, DISPATCHED, NONE, order.shipment,
        reference(layout, t.ITEM, order.item), reference(layout, t.PLACE, order.origin),
        reference(layout, t.PLACE, order.destination), order.name, filled,
        lane.unit_cost * filled + lane.fixed_cost, due_us,
    )  # fmt: skip
    sim.points[order.target].in_transit += filled
    # Live state may forget a cancelled order before its goods come.
    if not whole:
        order.name = NONE
    order.quantity = filled
    key = tie_key(COMPLETION, order.lane, order.n)
    push(sim, due_us, key, RECEIVE, at, 0)


@inlined
def receive(layout: Layout, sim: Simulated, trace: Trace, at: int, now_us: int) -> None:
    """Goods arrive at a site."""
    goods = sim.goods[at]
    stock = sim.points[goods.target]
    # What was under way at the start is on order until it comes.
    if goods.lane >= 0:
        stock.in_transit -= goods.quantity
    else:
        stock.on_order -= goods.quantity
    stock.on_hand += goods.quantity
    tell(
        sim, trace, now_us, RECEIVED, NONE, goods.shipment,
        reference(layout, t.ITEM, goods.item),
        reference(layout, t.PLACE, goods.destination),
        reference(layout, t.PLACE, goods.origin),
        goods.name, goods.quantity, NAN, NEVER,
    )  # fmt: skip
    arrived(sim, goods.target, now_us)
    free_goods(sim, at)


@inlined
def open_us(layout: Layout, sim: Simulated, lane: int, time_us: int) -> int:
    """When goods can next leave on a lane, as far as is known."""
    row = layout.lanes[lane]
    time_us = max(time_us, sim.suppliers[row.origin].until_us)
    for k in range(row.first_window, row.last_window):
        window = layout.lane_windows[k]
        if window.factor <= 0.0 and window.start_us <= time_us < window.end_us:
            time_us = window.end_us
    return time_us


@inlined
def share(layout: Layout, lane: int, time_us: int) -> float:
    """Which share of an order is sent: the least of the disruptions of the time."""
    row, least = layout.lanes[lane], 1.0
    found = False
    for k in range(row.first_window, row.last_window):
        window = layout.lane_windows[k]
        if window.start_us <= time_us < window.end_us:
            least = window.factor if not found else min(least, window.factor)
            found = True
    return least


@inlined
def tell_delay(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, at: int,
    now_us: int, later_us: int,
) -> None:  # fmt: skip
    """Tell that an order is late, and dispatch it when the outage ends."""
    order = sim.goods[at]
    due_us = later_us + drawn_lead_us(layout, seed, at, sim)
    tell(
        sim, trace, now_us, DELAYED, NONE, order.name, NONE, NONE, NONE, NONE,
        NAN, NAN, due_us,
    )  # fmt: skip
    push(sim, later_us, tie_key(REPAIR, order.lane, order.n), DISPATCH_LATE, at, 0)


@inlined
def delay(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, at: int,
    now_us: int, later_us: int,
) -> None:  # fmt: skip
    """Place an order now that is dispatched when an outage ends."""
    order = sim.goods[at]
    lead = drawn_lead_us(layout, seed, at, sim)
    place_order(layout, sim, trace, at, now_us, now_us + lead)
    sim.points[order.target].on_order += order.quantity
    tell_delay(layout, sim, trace, seed, at, now_us, later_us)


@inlined
def dispatch_late(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, at: int, now_us: int
) -> None:
    """The outage of a delayed order is over, unless there is another."""
    order = sim.goods[at]
    later_us = open_us(layout, sim, order.lane, now_us)
    if later_us > now_us:
        tell_delay(layout, sim, trace, seed, at, now_us, later_us)
        return
    sim.points[order.target].on_order -= order.quantity
    filled = fillable(layout, sim, at, float("inf"))
    due_us = now_us + drawn_lead_us(layout, seed, at, sim)
    send(layout, sim, trace, at, filled, now_us, due_us)
    respond(layout, sim, now_us)


@inlined
def order_on_lane(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, lane: int, item: int,
    quantity: float, now_us: int,
) -> None:  # fmt: skip
    """Place an order and dispatch what there is, within what is left of capacities."""
    row, at = layout.lanes[lane], take_goods(sim)
    order = sim.goods[at]
    sim.lanes[lane].n_orders += 1
    order.n = sim.lanes[lane].n_orders
    order.name = id_of(layout, t.LANE_IDS, next_id(sim, layout.taken, t.LANE_IDS))
    order.lane = lane
    order.item = item
    order.quantity = quantity
    order.origin = row.origin
    order.destination = row.destination
    order.source = layout.point_of[item, row.origin]
    order.target = layout.point_of[item, row.destination]
    room = min(sim.lanes[lane].room, sim.place_room[row.origin])
    if layout.settings[laid.HAS_OUTAGES]:
        later_us = open_us(layout, sim, lane, now_us)
        if later_us > now_us:
            delay(layout, sim, trace, seed, at, now_us, later_us)
            return
        room = min(room, share(layout, lane, now_us) * quantity)
    due_us = now_us + drawn_lead_us(layout, seed, at, sim)
    place_order(layout, sim, trace, at, now_us, due_us)
    filled = fillable(layout, sim, at, room)
    send(layout, sim, trace, at, filled, now_us, due_us)
    sim.lanes[lane].room -= filled
    sim.place_room[row.origin] -= filled


@inlined
def goods_of(sim: Simulated, at: int) -> int:
    """A row of goods for what an order of an own site waits for."""
    order, place = sim.customers[at], take_goods(sim)
    goods = sim.goods[place]
    goods.n = order.n
    goods.name = order.name
    goods.lane = order.lane
    goods.item = order.item
    goods.quantity = order.remaining
    goods.parts = order.parts
    goods.origin = order.site
    goods.destination = order.customer
    goods.source = order.point
    goods.target = order.target
    return place


@inlined
def postpone(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, at: int,
    now_us: int, later_us: int,
) -> None:  # fmt: skip
    """The lane of an order that waits is down: it comes back when that is over."""
    place = goods_of(sim, at)
    leave_queue(sim, at)
    tell_delay(layout, sim, trace, seed, place, now_us, later_us)


@inlined
def come_back(layout: Layout, sim: Simulated, place: int, now_us: int) -> None:
    """The outage of a postponed order is over: it waits behind all others."""
    goods, at = sim.goods[place], take_row(sim)
    order = sim.customers[at]
    order.n = goods.n
    order.name = goods.name
    order.lane = goods.lane
    order.item = goods.item
    order.remaining = goods.quantity
    order.parts = goods.parts
    order.site = goods.origin
    order.customer = goods.destination
    order.point = goods.source
    order.target = goods.target
    order.demand = NONE
    free_goods(sim, place)
    order.priority = layout.places[order.customer].priority
    order.split = 1
    enter_queue(layout, sim, at)
    arrived(sim, order.point, now_us)


@inlined
def send_part(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, at: int, most: float,
    now_us: int,
) -> None:  # fmt: skip
    """Dispatch to an own site what there is of its order, up to `most`."""
    order, place = sim.customers[at], goods_of(sim, at)
    goods, lane = sim.goods[place], layout.lanes[order.lane]
    room = min(sim.lanes[order.lane].room, sim.place_room[order.site], most)
    if layout.settings[laid.HAS_OUTAGES]:
        room = min(room, share(layout, order.lane, now_us) * order.remaining)
    filled = fillable(layout, sim, place, room)
    if filled <= 0.0:
        free_goods(sim, place)
        return
    cost = lane.unit_cost * filled
    if order.parts == 0:
        cost += lane.fixed_cost
    else:
        # A later part takes the next number of the lane.
        sim.lanes[order.lane].n_orders += 1
        goods.n = sim.lanes[order.lane].n_orders
    due_us = now_us + drawn_lead_us(layout, seed, place, sim)
    consume(layout, sim, place, filled, now_us)
    number = next_id(sim, layout.taken, t.SHIPMENT_IDS)
    goods.shipment = id_of(layout, t.SHIPMENT_IDS, number)
    tell(
        sim, trace, now_us, DISPATCHED, NONE, goods.shipment,
        reference(layout, t.ITEM, goods.item), reference(layout, t.PLACE, goods.origin),
        reference(layout, t.PLACE, goods.destination), order.name, filled, cost, due_us,
    )  # fmt: skip
    goods.quantity = filled
    order.parts += 1
    order.remaining -= filled
    sim.points[order.point].owed -= filled
    sim.points[order.target].on_order -= filled
    sim.points[order.target].in_transit += filled
    sim.lanes[order.lane].room -= filled
    sim.place_room[order.site] -= filled
    push(sim, due_us, tie_key(COMPLETION, order.lane, goods.n), RECEIVE, place, 0)


@inlined
def serve_site(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, at: int, most: float,
    now_us: int,
) -> None:  # fmt: skip
    """Send up to `most` to an own site that waits, unless its lane is down."""
    order = sim.customers[at]
    if layout.settings[laid.HAS_OUTAGES]:
        later_us = open_us(layout, sim, order.lane, now_us)
        if later_us > now_us:
            postpone(layout, sim, trace, seed, at, now_us, later_us)
            return
    send_part(layout, sim, trace, seed, at, most, now_us)
    if order.remaining <= EPSILON:
        sim.points[order.point].owed -= order.remaining
        sim.points[order.target].on_order -= order.remaining
        leave_queue(sim, at)
