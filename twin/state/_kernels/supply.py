"""Transitions of orders, stock and shipments, and their judgement."""

import math

from streams._kernels.compiling import inlined
from streams.batch import NO_TIME
from twin.state import tables as t
from twin.state._kernels.rows import (
    EPSILON,
    ORDER_LINES,
    ORDER_TABLE,
    SHIPMENT_TABLE,
    STOCK_TABLE,
    Rows,
    close_slot,
    contradict,
    entity,
    find_line,
    holds_stock,
    open_slot,
    remember,
    stock_row,
    suspect,
)
from twin.state.tables import Tables


@inlined
def order_line(state: Tables, rows: Rows, name: int, item: int, time_us: int) -> int:
    """Slot of the line of an order for an item, opened with nothing known if new.

    A line whose item was not known becomes the one of this item.
    """
    orders = state.orders
    slot = find_line(orders, rows.memo[t.ORDER, name], item)
    if slot < 0:
        return open_order(state, rows, name, item)
    if orders[slot].item < 0:
        orders[slot].item = item  # nothing could be booked of it before
        book(state, slot, 1.0, time_us)
    return slot


@inlined
def open_order(state: Tables, rows: Rows, name: int, item: int) -> int:
    """Open a line of an order of which nothing but the item is known."""
    orders = state.orders
    slot = open_slot(state, t.ORDER, orders, rows, name)
    orders[slot].kind = t.ORDER_UNKNOWN
    orders[slot].asked = 0
    orders[slot].excess = 0
    orders[slot].item = item
    orders[slot].place = -1
    orders[slot].party = -1
    orders[slot].quantity = 0.0
    orders[slot].shipped = 0.0
    orders[slot].delivered = 0.0
    orders[slot].price = math.nan
    orders[slot].priority = math.nan
    orders[slot].ordered_us = NO_TIME
    orders[slot].due_us = NO_TIME
    orders[slot].delivered_us = NO_TIME
    return slot


@inlined
def open_quantity(state: Tables, slot: int) -> float:
    """What is still to be shipped of an open order."""
    orders = state.orders
    if orders[slot].status != t.OPEN or orders[slot].kind == t.ORDER_UNKNOWN:
        return 0.0
    return max(0.0, orders[slot].quantity - orders[slot].shipped)


@inlined
def book(state: Tables, slot: int, sign: float, time_us: int) -> None:
    """Put what is owed of an order on its stock point (+1), or take it off (-1).

    Whoever changes an order takes it off before and puts it on again after: the change
    may name another item, place or kind.
    """
    orders = state.orders
    owed = open_quantity(state, slot)
    item, place = orders[slot].item, orders[slot].place
    if owed == 0.0 or item < 0 or not holds_stock(state, place):
        return
    row = stock_row(state, item, place, time_us)
    if orders[slot].kind == t.ORDER_CUSTOMER:
        state.stock[row].backorder += sign * owed
    else:
        state.stock[row].on_order += sign * owed


@inlined
def notice_order(state: Tables, rows: Rows, i: int) -> int:
    """Make what an event on orders names known; returns the item, -1 for none."""
    time_us = rows.time_us[i]
    item = entity(state, t.ITEM, rows, rows.item[i], time_us)
    entity(state, t.PLACE, rows, rows.place[i], time_us)
    entity(state, t.PLACE, rows, rows.party[i], time_us)
    return item


@inlined
def describe_order(state: Tables, rows: Rows, i: int, slot: int) -> None:
    """Take over what an event says of a line; what it leaves out stays."""
    orders = state.orders
    if rows.place[i] >= 0:
        orders[slot].place = rows.memo[t.PLACE, rows.place[i]]
    if rows.party[i] >= 0:
        orders[slot].party = rows.memo[t.PLACE, rows.party[i]]
    if not math.isnan(rows.value0[i]):
        orders[slot].quantity = rows.value0[i]
        orders[slot].asked = 1
    if not math.isnan(rows.value1[i]):
        orders[slot].price = rows.value1[i]
    if not math.isnan(rows.value2[i]):
        orders[slot].priority = rows.value2[i]
    if rows.time0[i] != NO_TIME:
        orders[slot].due_us = rows.time0[i]


@inlined
def order_placed(state: Tables, rows: Rows, i: int, customer: bool) -> None:
    """A line of an order of a customer, to a supplier, or to another site."""
    orders = state.orders
    time_us = rows.time_us[i]
    item = notice_order(state, rows, i)
    slot = order_line(state, rows, rows.subject[i], item, time_us)
    if orders[slot].status != t.OPEN:
        contradict(
            state, t.FACT_ABOUT_CLOSED_ORDER, time_us, ORDER_TABLE,
            orders[slot].hash,
        )  # fmt: skip
        return
    book(state, slot, -1.0, time_us)
    if orders[slot].ordered_us != NO_TIME:
        contradict(state, t.REPEATED_ORDER, time_us, ORDER_TABLE, orders[slot].hash)
    describe_order(state, rows, i, slot)
    if customer:
        orders[slot].kind = t.ORDER_CUSTOMER
    elif orders[slot].party >= 0 and state.places[orders[slot].party].kind == 1:
        orders[slot].kind = t.ORDER_TRANSFER
    else:
        orders[slot].kind = t.ORDER_PURCHASE
    orders[slot].ordered_us = time_us
    book(state, slot, 1.0, time_us)
    suspect(state, ORDER_TABLE, slot)


@inlined
def first_open(state: Tables, rows: Rows, i: int) -> int:
    """Slot of the first open line of an order; -1, and a contradiction, if none is."""
    orders = state.orders
    slot = rows.memo[t.ORDER, rows.subject[i]]
    kind = t.UNKNOWN_ORDER if slot < 0 else t.FACT_ABOUT_CLOSED_ORDER
    while slot >= 0 and orders[slot].status != t.OPEN:
        slot = orders[slot].next
    if slot < 0:
        key = rows.name_hash[rows.subject[i]]
        contradict(state, kind, rows.time_us[i], ORDER_TABLE, key)
    return slot


@inlined
def change_line(state: Tables, rows: Rows, i: int, slot: int) -> None:
    """New terms of an open line."""
    orders = state.orders
    book(state, slot, -1.0, rows.time_us[i])
    describe_order(state, rows, i, slot)
    if orders[slot].kind == t.ORDER_UNKNOWN:
        orders[slot].kind = t.ORDER_PURCHASE
    book(state, slot, 1.0, rows.time_us[i])


@inlined
def order_changed(state: Tables, rows: Rows, i: int) -> None:
    """New terms of all open lines of an order."""
    orders = state.orders
    notice_order(state, rows, i)
    first = first_open(state, rows, i)
    slot = first
    while slot >= 0:
        if orders[slot].status == t.OPEN:
            change_line(state, rows, i, slot)
        slot = orders[slot].next
    if first >= 0:
        suspect(state, ORDER_LINES, first)


@inlined
def order_confirmed(state: Tables, rows: Rows, i: int) -> None:
    """A confirmation of one line or of all; it may be the first that is heard."""
    orders = state.orders
    time_us = rows.time_us[i]
    if rows.item[i] < 0 and rows.memo[t.ORDER, rows.subject[i]] >= 0:
        order_changed(state, rows, i)
        return
    item = notice_order(state, rows, i)
    slot = order_line(state, rows, rows.subject[i], item, time_us)
    if orders[slot].status != t.OPEN:
        key = orders[slot].hash
        contradict(state, t.FACT_ABOUT_CLOSED_ORDER, time_us, ORDER_TABLE, key)
        return
    change_line(state, rows, i, slot)
    suspect(state, ORDER_TABLE, slot)


@inlined
def order_cancelled(state: Tables, rows: Rows, i: int) -> None:
    """What is not shipped of an order, in all its lines, is no longer wanted."""
    orders = state.orders
    slot = first_open(state, rows, i)
    while slot >= 0:
        if orders[slot].status == t.OPEN:
            book(state, slot, -1.0, rows.time_us[i])
            close_slot(state, t.ORDER, orders, rows, slot, t.CANCELLED)
        slot = orders[slot].next


@inlined
def stock_counted(state: Tables, rows: Rows, i: int) -> None:
    """A count beats what was computed."""
    time_us = rows.time_us[i]
    item = entity(state, t.ITEM, rows, rows.item[i], time_us)
    place = entity(state, t.PLACE, rows, rows.place[i], time_us)
    if holds_stock(state, place):
        state.stock[stock_row(state, item, place, time_us)].on_hand = rows.value0[i]


@inlined
def move_stock(
    state: Tables, item: int, place: int, quantity: float, time_us: int
) -> int:
    """Add to (or take from) the stock of an item at a place; returns the row or -1."""
    if item < 0 or not holds_stock(state, place):
        return -1
    row = stock_row(state, item, place, time_us)
    state.stock[row].on_hand += quantity
    if quantity < 0.0:
        suspect(state, STOCK_TABLE, row)
    return row


@inlined
def stock_moved(state: Tables, rows: Rows, i: int) -> None:
    """Stock leaves one place, or appears; it enters another, or is gone."""
    time_us = rows.time_us[i]
    item = entity(state, t.ITEM, rows, rows.item[i], time_us)
    origin = entity(state, t.PLACE, rows, rows.place[i], time_us)
    target = entity(state, t.PLACE, rows, rows.party[i], time_us)
    move_stock(state, item, origin, -rows.value0[i], time_us)
    move_stock(state, item, target, rows.value0[i], time_us)


@inlined
def shipment_line(state: Tables, rows: Rows, name: int, item: int) -> int:
    """Slot of the line of a shipment for an item, opened with nothing known if new."""
    shipments = state.shipments
    slot = find_line(shipments, rows.memo[t.SHIPMENT, name], item)
    if slot >= 0:
        return slot
    slot = open_slot(state, t.SHIPMENT, shipments, rows, name)
    shipments[slot].item = item
    shipments[slot].origin = -1
    shipments[slot].destination = -1
    shipments[slot].order = -1
    shipments[slot].order_hash = 0
    shipments[slot].quantity = 0.0
    shipments[slot].received = 0.0
    shipments[slot].credited = 0.0
    shipments[slot].dispatched_us = NO_TIME
    shipments[slot].due_us = NO_TIME
    shipments[slot].received_us = NO_TIME
    return slot


@inlined
def order_of(state: Tables, rows: Rows, i: int, shipment: int) -> int:
    """Slot of the line a shipment event is for: named by it, or by an earlier one."""
    shipments, orders = state.shipments, state.orders
    if rows.parent[i] >= 0:
        item = shipments[shipment].item
        order = order_line(state, rows, rows.parent[i], item, rows.time_us[i])
        shipments[shipment].order = order
        shipments[shipment].order_hash = orders[order].hash
        return order
    return living_order(state, shipment)


@inlined
def ship_order(state: Tables, order: int, quantity: float, time_us: int) -> None:
    """Add to what was shipped of an order."""
    if order < 0:
        return
    book(state, order, -1.0, time_us)
    state.orders[order].shipped += quantity
    book(state, order, 1.0, time_us)
    suspect(state, ORDER_TABLE, order)


@inlined
def deliver_order(state: Tables, order: int, quantity: float, time_us: int) -> None:
    """Add to what was delivered of an order."""
    if order >= 0:
        state.orders[order].delivered += quantity
        state.orders[order].delivered_us = time_us
        suspect(state, ORDER_TABLE, order)


@inlined
def living_order(state: Tables, shipment: int) -> int:
    """Slot of the order of a shipment, -1 if there is none or it was used again."""
    shipments, orders = state.shipments, state.orders
    order = shipments[shipment].order
    if order < 0 or orders[order].hash != shipments[shipment].order_hash:
        return -1
    return order if orders[order].item == shipments[shipment].item else -1


@inlined
def shipment_dispatched(state: Tables, rows: Rows, i: int) -> None:
    """Goods leave a place and are on the way to another."""
    shipments = state.shipments
    time_us, quantity = rows.time_us[i], rows.value0[i]
    item = entity(state, t.ITEM, rows, rows.item[i], time_us)
    origin = entity(state, t.PLACE, rows, rows.place[i], time_us)
    target = entity(state, t.PLACE, rows, rows.party[i], time_us)
    slot = shipment_line(state, rows, rows.subject[i], item)
    if shipments[slot].status != t.OPEN:
        # It was received in full and counted as sent then; its origin did not know.
        key = shipments[slot].hash
        contradict(state, t.FACT_ABOUT_CLOSED_ORDER, time_us, SHIPMENT_TABLE, key)
        move_stock(state, item, origin, -quantity, time_us)
        return
    shipments[slot].origin = origin
    shipments[slot].destination = target
    shipments[slot].quantity += quantity
    shipments[slot].dispatched_us = time_us
    shipments[slot].due_us = rows.time0[i]
    ship_order(state, order_of(state, rows, i, slot), quantity, time_us)
    row = move_stock(state, item, origin, -quantity, time_us)
    if row >= 0 and state.places[target].kind == t.PLACE_CUSTOMER:
        state.stock[row].shipped += quantity
    if holds_stock(state, target):
        state.stock[stock_row(state, item, target, time_us)].in_transit += quantity
    suspect(state, SHIPMENT_TABLE, slot)


@inlined
def shipment_received(state: Tables, rows: Rows, i: int) -> None:
    """Goods arrive; whether they were announced is judged when the instant closes."""
    shipments = state.shipments
    time_us, quantity = rows.time_us[i], rows.value0[i]
    item = entity(state, t.ITEM, rows, rows.item[i], time_us)
    place = entity(state, t.PLACE, rows, rows.place[i], time_us)
    entity(state, t.PLACE, rows, rows.party[i], time_us)
    slot = shipment_line(state, rows, rows.subject[i], item)
    row = move_stock(state, item, place, quantity, time_us)
    if row >= 0:
        state.stock[row].received += quantity
    if shipments[slot].status == t.OPEN:
        if shipments[slot].destination < 0:
            shipments[slot].destination = place
        shipments[slot].received += quantity
        shipments[slot].received_us = time_us
        announced = shipments[slot].destination  # goods may arrive somewhere else
        if holds_stock(state, announced):
            row = stock_row(state, item, announced, time_us)
            state.stock[row].in_transit -= quantity
        suspect(state, SHIPMENT_TABLE, slot)
    else:
        key = shipments[slot].hash
        contradict(state, t.FACT_ABOUT_CLOSED_ORDER, time_us, SHIPMENT_TABLE, key)
    order = order_of(state, rows, i, slot)
    if shipments[slot].status != t.OPEN:
        deliver_order(state, order, quantity, time_us)


@inlined
def judge_stock(state: Tables, row: int, time_us: int) -> None:
    """Stock at a known site cannot be below nothing."""
    stock = state.stock
    if stock[row].on_hand < -EPSILON and state.places[stock[row].place].kind == 1:
        key = state.items[stock[row].item].hash
        contradict(state, t.NEGATIVE_STOCK, time_us, STOCK_TABLE, key)


@inlined
def judge_shipment(state: Tables, rows: Rows, slot: int, time_us: int) -> None:
    """Settle receipts without dispatch, note more received than sent, close."""
    shipments = state.shipments
    if shipments[slot].status != t.OPEN:
        return
    order = living_order(state, slot)
    news = shipments[slot].received - shipments[slot].credited
    if news > 0.0:
        deliver_order(state, order, news, shipments[slot].received_us)
        shipments[slot].credited = shipments[slot].received
    missing = shipments[slot].received - shipments[slot].quantity
    if missing > EPSILON:
        if shipments[slot].dispatched_us == NO_TIME:
            # Many sources announce no dispatch: the goods count as sent on arrival.
            ship_order(state, order, missing, time_us)
        else:
            key = shipments[slot].hash
            contradict(state, t.RECEIVED_MORE_THAN_SENT, time_us, SHIPMENT_TABLE, key)
        shipments[slot].quantity += missing
        if holds_stock(state, shipments[slot].destination):
            row = stock_row(
                state, shipments[slot].item, shipments[slot].destination, time_us
            )
            state.stock[row].in_transit += missing
    received = shipments[slot].received_us != NO_TIME
    if received and shipments[slot].received >= shipments[slot].quantity - EPSILON:
        close_slot(state, t.SHIPMENT, shipments, rows, slot, t.CLOSED)
        remember(
            state, t.HISTORY_SHIPMENT, shipments[slot].dispatched_us,
            shipments[slot].received_us, shipments[slot].due_us,
            shipments[slot].destination,
        )  # fmt: skip


@inlined
def judge_excess(state: Tables, slot: int, time_us: int) -> None:
    """Note once that more was shipped of an order, delivered or not, than asked for."""
    orders = state.orders
    if orders[slot].asked == 0 or orders[slot].status not in (t.OPEN, t.CLOSED):
        return
    above = orders[slot].shipped > orders[slot].quantity + EPSILON
    if above and orders[slot].excess == 0:
        key = orders[slot].hash
        contradict(state, t.SHIPPED_MORE_THAN_ORDERED, time_us, ORDER_TABLE, key)
    orders[slot].excess = above


@inlined
def asks_for_nothing(state: Tables, slot: int) -> bool:
    """Whether an order was set to nothing before anything was shipped of it."""
    orders = state.orders
    if orders[slot].asked == 0 or orders[slot].delivered_us != NO_TIME:
        return False
    return max(orders[slot].quantity, orders[slot].shipped) <= EPSILON


@inlined
def judge_order(state: Tables, rows: Rows, slot: int, time_us: int) -> None:
    """Close an order that is delivered in full; note facts about unknown orders."""
    orders = state.orders
    if orders[slot].kind != t.ORDER_UNKNOWN:
        judge_excess(state, slot, time_us)
    if orders[slot].status != t.OPEN:
        return
    key = orders[slot].hash
    if orders[slot].kind == t.ORDER_UNKNOWN:
        contradict(state, t.UNKNOWN_ORDER, time_us, ORDER_TABLE, key)
        return
    if asks_for_nothing(state, slot):
        close_slot(state, t.ORDER, orders, rows, slot, t.CANCELLED)
        return
    delivered_us = orders[slot].delivered_us
    if delivered_us == NO_TIME:
        return
    if orders[slot].delivered < orders[slot].quantity - EPSILON:
        return
    if orders[slot].ordered_us != NO_TIME and delivered_us < orders[slot].ordered_us:
        contradict(state, t.RECEIVED_BEFORE_ORDERED, time_us, ORDER_TABLE, key)
    book(state, slot, -1.0, time_us)
    close_slot(state, t.ORDER, orders, rows, slot, t.CLOSED)
    remember(
        state, orders[slot].kind - 1, orders[slot].ordered_us, delivered_us,
        orders[slot].due_us, orders[slot].place,
    )  # fmt: skip


@inlined
def judge_lines(state: Tables, rows: Rows, slot: int, time_us: int) -> None:
    """Judge a line of an order and all after it."""
    while slot >= 0:
        judge_order(state, rows, slot, time_us)
        slot = state.orders[slot].next
