"""Orders, stock and shipments, compiled: what measures of service and cost need.

Within an instant effects may stand before their causes (a receipt ranks before the
dispatch of the same microsecond), so nothing here depends on the order of an instant.
"""

import math
from typing import get_args

from streams._kernels.compiling import inlined
from streams.batch import NO_TIME
from streams.events import MoveReason
from twin.kpi import tables as k
from twin.kpi._kernels.levels import (
    AT_ONCE,
    BUCKET,
    START,
    Rows,
    Terms,
    inside,
    shift,
)
from twin.kpi.tables import F8, FoldTables

EPSILON = 1e-9  # quantities nearer than this are equal, as in live state

_REASONS = get_args(MoveReason)
MOVE_TRANSFER = _REASONS.index("transfer")
MOVE_RECEIPT = _REASONS.index("receipt")


@inlined
def line_slot(fold: FoldTables, name: int, item: int) -> int:
    """Slot of the line of an order for an item, opened with nothing known if new."""
    lines = fold.lines
    last, slot = -1, fold.memo[k.ORDER_MEMO, name]
    while slot >= 0:
        if lines[slot].item == item or lines[slot].item < 0:
            lines[slot].item = item
            return slot
        last, slot = slot, lines[slot].next
    slot = fold.counts[k.LINES]
    fold.counts[k.LINES] += 1
    line = lines[slot]
    line.name, line.item, line.point, line.demand, line.next = name, item, -1, -1, -1
    line.quantity = line.shipped = line.delivered = line.at_once = 0.0
    line.price = math.nan
    line.ordered_us = line.due_us = line.full_us = line.cancelled_us = NO_TIME
    line.kind = k.KIND_UNKNOWN
    if last < 0:
        fold.memo[k.ORDER_MEMO, name] = slot
    else:
        lines[last].next = slot
    return slot


@inlined
def owe(fold: FoldTables, terms: Terms, slot: int, time_us: int, sign: float) -> None:
    """Put what a customer waits for on the backlog (+1), or take it off (-1)."""
    line = fold.lines[slot]
    if line.kind != k.KIND_CUSTOMER or line.cancelled_us != NO_TIME:
        return
    # Where no dispatch is told, goods count as sent when they arrive.
    owed = line.quantity - max(line.shipped, line.delivered)
    if owed > 0.0:
        # What no demand of the network asks for has the last row.
        row = line.demand if line.demand >= 0 else len(fold.backlog) - 1
        shift(fold.backlog[row], terms, time_us, sign * owed)


@inlined
def judge_line(fold: FoldTables, terms: Terms, slot: int, time_us: int) -> None:
    """Note when a line is delivered in full, and what was shipped of it at once."""
    line = fold.lines[slot]
    if line.ordered_us == NO_TIME:
        return
    if time_us <= line.ordered_us + terms.limits[AT_ONCE]:
        line.at_once = max(line.shipped, line.delivered)
    is_full = line.delivered >= line.quantity - EPSILON
    if is_full and line.full_us == NO_TIME:
        line.full_us = time_us
    elif not is_full:
        line.full_us = NO_TIME


@inlined
def count_flow(flows: F8, row: int, terms: Terms, time_us: int, worth: float) -> None:
    """Add to the flow of a site in the bucket of a time."""
    bucket = (time_us - terms.limits[START]) // terms.limits[BUCKET]
    if row >= 0 and bucket < flows.shape[1]:
        flows[row, bucket] += worth


@inlined
def order_received(fold: FoldTables, rows: Rows, i: int, terms: Terms) -> None:
    """A customer asks for a line."""
    time_us, quantity = rows.time_us[i], rows.value0[i]
    slot = line_slot(fold, rows.subject[i], rows.item[i])
    line = fold.lines[slot]
    if line.ordered_us == NO_TIME and inside(terms, time_us):
        site = rows.site[i] if rows.site[i] < terms.n_sites else -1
        count_flow(fold.asked, site, terms, time_us, quantity * rows.worth[i])
    owe(fold, terms, slot, time_us, -1.0)
    line.kind = k.KIND_CUSTOMER
    line.quantity, line.price = quantity, rows.value1[i]
    line.point, line.demand = rows.origin[i], rows.demand[i]
    line.due_us = rows.time0[i]
    if line.ordered_us == NO_TIME:
        line.ordered_us = time_us
    owe(fold, terms, slot, time_us, 1.0)
    judge_line(fold, terms, slot, time_us)


@inlined
def order_placed(fold: FoldTables, rows: Rows, i: int, terms: Terms) -> None:
    """A site orders from a supplier or from another site."""
    time_us = rows.time_us[i]
    line = fold.lines[line_slot(fold, rows.subject[i], rows.item[i])]
    if line.ordered_us == NO_TIME and inside(terms, time_us):
        worth = rows.value0[i] * rows.worth[i]
        site, party = rows.site[i], rows.party[i]
        if 0 <= site < terms.n_sites:
            count_flow(fold.placed, site, terms, time_us, worth)
            if party < 0 or party >= terms.n_sites:
                count_flow(fold.placed, terms.n_sites, terms, time_us, worth)
    line.kind = k.KIND_SUPPLY
    line.quantity, line.price = rows.value0[i], rows.value1[i]
    line.ordered_us, line.due_us = time_us, rows.time0[i]


@inlined
def order_changed(fold: FoldTables, rows: Rows, i: int, terms: Terms) -> None:
    """New terms of the open lines of an order."""
    time_us, slot = rows.time_us[i], fold.memo[k.ORDER_MEMO, rows.subject[i]]
    while slot >= 0:
        line = fold.lines[slot]
        if line.cancelled_us == NO_TIME and line.full_us == NO_TIME:
            owe(fold, terms, slot, time_us, -1.0)
            if not math.isnan(rows.value0[i]):
                line.quantity = rows.value0[i]
            if not math.isnan(rows.value1[i]):
                line.price = rows.value1[i]
            if rows.time0[i] != NO_TIME:
                line.due_us = rows.time0[i]
            owe(fold, terms, slot, time_us, 1.0)
            judge_line(fold, terms, slot, time_us)
        slot = line.next


@inlined
def order_cancelled(fold: FoldTables, rows: Rows, i: int, terms: Terms) -> None:
    """What was not shipped of an order is no longer waited for."""
    time_us, slot = rows.time_us[i], fold.memo[k.ORDER_MEMO, rows.subject[i]]
    while slot >= 0:
        line = fold.lines[slot]
        if line.cancelled_us == NO_TIME and line.full_us == NO_TIME:
            owe(fold, terms, slot, time_us, -1.0)
            line.cancelled_us = time_us
        slot = line.next


@inlined
def move(
    fold: FoldTables, terms: Terms, point: int, time_us: int, units: float
) -> None:
    """Change what is on hand; what is no stock point of the network has no level."""
    if point >= 0:
        shift(fold.on_hand[point], terms, time_us, units)


@inlined
def arrive(fold: FoldTables, terms: Terms, point: int, time_us: int) -> None:
    """Remember a replenishment of a point that serves customers."""
    if point < 0 or terms.serves[point] == 0:
        return
    row = fold.counts[k.ARRIVALS]
    fold.counts[k.ARRIVALS] += 1
    fold.arrivals[row].point, fold.arrivals[row].time_us = point, time_us


@inlined
def stock_counted(fold: FoldTables, rows: Rows, i: int, terms: Terms) -> None:
    """A count beats what was computed."""
    point = rows.origin[i]
    if point >= 0:
        change = rows.value0[i] - fold.on_hand[point].level
        shift(fold.on_hand[point], terms, rows.time_us[i], change)


@inlined
def stock_moved(fold: FoldTables, rows: Rows, i: int, terms: Terms) -> None:
    """Stock leaves a place, enters one, or both."""
    time_us, quantity, target = rows.time_us[i], rows.value0[i], rows.target[i]
    move(fold, terms, rows.origin[i], time_us, -quantity)
    move(fold, terms, target, time_us, quantity)
    if rows.code[i] in (MOVE_TRANSFER, MOVE_RECEIPT):
        arrive(fold, terms, target, time_us)
    made = rows.code[i] == MOVE_RECEIPT and rows.parent[i] >= 0
    if made and target >= 0 and inside(terms, time_us):
        fold.point_flows[target].made += quantity


@inlined
def shipment_slot(fold: FoldTables, name: int, item: int) -> int:
    """Slot of the line of a shipment for an item, opened with nothing known if new."""
    shipments = fold.shipments
    last, slot = -1, fold.memo[k.SHIPMENT_MEMO, name]
    while slot >= 0:
        if shipments[slot].item == item:
            return slot
        last, slot = slot, shipments[slot].next
    slot = fold.counts[k.SHIPMENTS]
    fold.counts[k.SHIPMENTS] += 1
    new = shipments[slot]
    new.name, new.item, new.lane, new.line, new.next = name, item, -1, -1, -1
    new.quantity = new.received = new.credited = 0.0
    new.dispatched_us = new.received_us = NO_TIME
    if last < 0:
        fold.memo[k.SHIPMENT_MEMO, name] = slot
    else:
        shipments[last].next = slot
    return slot


@inlined
def credit(fold: FoldTables, rows: Rows, i: int, terms: Terms, slot: int) -> int:
    """Tell the order of a shipment what was received of it; returns its line or -1."""
    shipment = fold.shipments[slot]
    if rows.parent[i] >= 0:
        shipment.line = line_slot(fold, rows.parent[i], shipment.item)
    line = shipment.line
    news = shipment.received - shipment.credited
    if line >= 0 and news > 0.0:
        owe(fold, terms, line, shipment.received_us, -1.0)
        fold.lines[line].delivered += news
        shipment.credited = shipment.received
        owe(fold, terms, line, shipment.received_us, 1.0)
        judge_line(fold, terms, line, shipment.received_us)
    return line


@inlined
def on_the_way(fold: FoldTables, slot: int) -> float:
    """What of a shipment is known to be under way."""
    shipment = fold.shipments[slot]
    return max(0.0, shipment.quantity - shipment.received)


@inlined
def shipment_dispatched(fold: FoldTables, rows: Rows, i: int, terms: Terms) -> None:
    """Goods leave a place."""
    time_us, quantity = rows.time_us[i], rows.value0[i]
    slot = shipment_slot(fold, rows.subject[i], rows.item[i])
    shipment, lane = fold.shipments[slot], rows.lane[i]
    before = on_the_way(fold, slot)
    shipment.quantity += quantity
    shipment.lane = lane
    if shipment.dispatched_us == NO_TIME:
        shipment.dispatched_us = time_us
    if lane >= 0:
        change = on_the_way(fold, slot) - before
        shift(fold.in_transit[lane], terms, time_us, change)
    line = credit(fold, rows, i, terms, slot)
    if line >= 0:
        owe(fold, terms, line, time_us, -1.0)
        fold.lines[line].shipped += quantity
        owe(fold, terms, line, time_us, 1.0)
        judge_line(fold, terms, line, time_us)
    move(fold, terms, rows.origin[i], time_us, -quantity)
    if inside(terms, time_us):
        book_dispatch(fold, rows, i, terms, line)


@inlined
def book_dispatch(
    fold: FoldTables, rows: Rows, i: int, terms: Terms, line: int
) -> None:
    """Count what was sent, what was sold of it, and what it cost."""
    quantity, lane, point = rows.value0[i], rows.lane[i], rows.origin[i]
    price, kind = math.nan, k.KIND_UNKNOWN
    if line >= 0:
        price, kind = fold.lines[line].price, fold.lines[line].kind
    if lane >= 0:
        flow, paid = fold.lane_flows[lane], rows.value1[i]
        flow.sent += quantity
        listed = terms.lane_unit_cost[lane] * quantity + terms.lane_fixed_cost[lane]
        flow.cost += listed if math.isnan(paid) else paid
        agreed = kind == k.KIND_SUPPLY and not math.isnan(price)
        flow.purchase += (price if agreed else terms.lane_price[lane]) * quantity
    if point < 0:
        return
    fold.point_flows[point].sent += quantity
    if rows.party[i] >= terms.first_customer:
        if (kind != k.KIND_CUSTOMER or math.isnan(price)) and rows.demand[i] >= 0:
            price = terms.demand_price[rows.demand[i]]
        fold.point_flows[point].sold += quantity
        if not math.isnan(price):
            fold.point_flows[point].sales += price * quantity


@inlined
def shipment_received(fold: FoldTables, rows: Rows, i: int, terms: Terms) -> None:
    """Goods arrive, announced or not."""
    time_us, quantity = rows.time_us[i], rows.value0[i]
    slot = shipment_slot(fold, rows.subject[i], rows.item[i])
    shipment = fold.shipments[slot]
    before = on_the_way(fold, slot)
    shipment.received += quantity
    shipment.received_us = time_us
    if shipment.lane >= 0:
        change = on_the_way(fold, slot) - before
        shift(fold.in_transit[shipment.lane], terms, time_us, change)
    credit(fold, rows, i, terms, slot)
    move(fold, terms, rows.origin[i], time_us, quantity)
    arrive(fold, terms, rows.origin[i], time_us)
