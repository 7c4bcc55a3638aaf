"""Transitions of orders, stock and shipments, and their judgement."""

import math

from numba import njit

from streams.batch import NO_TIME
from twin.state import tables as t
from twin.state._kernels.rows import (
    EPSILON,
    ORDER_TABLE,
    SHIPMENT_TABLE,
    STOCK_TABLE,
    Rows,
    close_slot,
    contradict,
    entity,
    holds_stock,
    open_slot,
    remember,
    stock_row,
    suspect,
)
from twin.state.tables import Tables


@njit(cache=True)
def order_slot(state: Tables, rows: Rows, name: int) -> int:
    """Slot of an order, opened with nothing known if it is new; -1 for no name."""
    if name < 0:
        return -1
    slot = rows.memo[t.ORDER, name]
    if slot >= 0:
        return slot
    orders = state.orders
    slot = open_slot(state, t.ORDER, orders, rows, name)
    orders[slot].kind = t.ORDER_UNKNOWN
    orders[slot].item = -1
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


@njit(cache=True)
def open_quantity(state: Tables, slot: int) -> float:
    """What is still to be shipped of an open order."""
    orders = state.orders
    if orders[slot].status != t.OPEN or orders[slot].kind == t.ORDER_UNKNOWN:
        return 0.0
    return max(0.0, orders[slot].quantity - orders[slot].shipped)


@njit(cache=True)
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


@njit(cache=True)
def describe_order(state: Tables, rows: Rows, i: int, slot: int) -> None:
    """Take over what an event says of an order; what it leaves out stays."""
    orders = state.orders
    time_us = rows.time_us[i]
    item = entity(state, t.ITEM, rows, rows.item[i], time_us)
    place = entity(state, t.PLACE, rows, rows.place[i], time_us)
    party = entity(state, t.PLACE, rows, rows.party[i], time_us)
    if item >= 0:
        orders[slot].item = item
    if place >= 0:
        orders[slot].place = place
    if party >= 0:
        orders[slot].party = party
    if not math.isnan(rows.value0[i]):
        orders[slot].quantity = rows.value0[i]
    if not math.isnan(rows.value1[i]):
        orders[slot].price = rows.value1[i]
    if not math.isnan(rows.value2[i]):
        orders[slot].priority = rows.value2[i]
    if rows.time0[i] != NO_TIME:
        orders[slot].due_us = rows.time0[i]


@njit(cache=True)
def order_placed(state: Tables, rows: Rows, i: int, customer: bool) -> None:
    """An order of a customer, to a supplier, or to another site."""
    orders = state.orders
    time_us = rows.time_us[i]
    slot = order_slot(state, rows, rows.subject[i])
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


@njit(cache=True)
def order_changed(state: Tables, rows: Rows, i: int, opens: bool) -> None:
    """New terms of an order; a confirmation may be the first that is heard of it."""
    orders = state.orders
    time_us = rows.time_us[i]
    known = rows.memo[t.ORDER, rows.subject[i]] >= 0
    if not known and not opens:
        key = rows.name_hash[rows.subject[i]]
        contradict(state, t.UNKNOWN_ORDER, time_us, ORDER_TABLE, key)
        return
    slot = order_slot(state, rows, rows.subject[i])
    if orders[slot].status != t.OPEN:
        contradict(
            state, t.FACT_ABOUT_CLOSED_ORDER, time_us, ORDER_TABLE,
            orders[slot].hash,
        )  # fmt: skip
        return
    book(state, slot, -1.0, time_us)
    describe_order(state, rows, i, slot)
    if orders[slot].kind == t.ORDER_UNKNOWN:
        orders[slot].kind = t.ORDER_PURCHASE
    book(state, slot, 1.0, time_us)
    suspect(state, ORDER_TABLE, slot)


@njit(cache=True)
def order_cancelled(state: Tables, rows: Rows, i: int) -> None:
    """What is not shipped of an order is no longer wanted."""
    orders = state.orders
    slot = rows.memo[t.ORDER, rows.subject[i]]
    if slot < 0 or orders[slot].status != t.OPEN:
        kind = t.UNKNOWN_ORDER if slot < 0 else t.FACT_ABOUT_CLOSED_ORDER
        key = rows.name_hash[rows.subject[i]]
        contradict(state, kind, rows.time_us[i], ORDER_TABLE, key)
        return
    book(state, slot, -1.0, rows.time_us[i])
    close_slot(state, t.ORDER, orders, rows, slot, t.CANCELLED)


@njit(cache=True)
def stock_counted(state: Tables, rows: Rows, i: int) -> None:
    """A count beats what was computed."""
    time_us = rows.time_us[i]
    item = entity(state, t.ITEM, rows, rows.item[i], time_us)
    place = entity(state, t.PLACE, rows, rows.place[i], time_us)
    if holds_stock(state, place):
        state.stock[stock_row(state, item, place, time_us)].on_hand = rows.value0[i]


@njit(cache=True)
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


@njit(cache=True)
def stock_moved(state: Tables, rows: Rows, i: int) -> None:
    """Stock leaves one place, or appears; it enters another, or is gone."""
    time_us = rows.time_us[i]
    item = entity(state, t.ITEM, rows, rows.item[i], time_us)
    origin = entity(state, t.PLACE, rows, rows.place[i], time_us)
    target = entity(state, t.PLACE, rows, rows.party[i], time_us)
    move_stock(state, item, origin, -rows.value0[i], time_us)
    move_stock(state, item, target, rows.value0[i], time_us)


@njit(cache=True)
def shipment_slot(state: Tables, rows: Rows, name: int) -> int:
    """Slot of a shipment, opened with nothing known if it is new."""
    slot = rows.memo[t.SHIPMENT, name]
    if slot >= 0:
        return slot
    shipments = state.shipments
    slot = open_slot(state, t.SHIPMENT, shipments, rows, name)
    shipments[slot].item = -1
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


@njit(cache=True)
def order_of(state: Tables, rows: Rows, i: int, shipment: int) -> int:
    """Slot of the order a shipment event is for: named by it, or by an earlier one."""
    shipments, orders = state.shipments, state.orders
    if rows.parent[i] >= 0:
        order = order_slot(state, rows, rows.parent[i])
        shipments[shipment].order = order
        shipments[shipment].order_hash = orders[order].hash
        return order
    return living_order(state, shipment)


@njit(cache=True)
def ship_order(state: Tables, order: int, quantity: float, time_us: int) -> None:
    """Add to what was shipped of an order."""
    if order < 0:
        return
    book(state, order, -1.0, time_us)
    state.orders[order].shipped += quantity
    book(state, order, 1.0, time_us)
    suspect(state, ORDER_TABLE, order)


@njit(cache=True)
def deliver_order(state: Tables, order: int, quantity: float, time_us: int) -> None:
    """Add to what was delivered of an order."""
    if order >= 0:
        state.orders[order].delivered += quantity
        state.orders[order].delivered_us = time_us
        suspect(state, ORDER_TABLE, order)


@njit(cache=True)
def living_order(state: Tables, shipment: int) -> int:
    """Slot of the order of a shipment, -1 if there is none or it was used again."""
    order = state.shipments[shipment].order
    if order < 0 or state.orders[order].hash != state.shipments[shipment].order_hash:
        return -1
    return order


@njit(cache=True)
def shipment_dispatched(state: Tables, rows: Rows, i: int) -> None:
    """Goods leave a place and are on the way to another."""
    shipments = state.shipments
    time_us, quantity = rows.time_us[i], rows.value0[i]
    item = entity(state, t.ITEM, rows, rows.item[i], time_us)
    origin = entity(state, t.PLACE, rows, rows.place[i], time_us)
    target = entity(state, t.PLACE, rows, rows.party[i], time_us)
    slot = shipment_slot(state, rows, rows.subject[i])
    if shipments[slot].status != t.OPEN:
        # It was received in full and counted as sent then; its origin did not know.
        key = shipments[slot].hash
        contradict(state, t.FACT_ABOUT_CLOSED_ORDER, time_us, SHIPMENT_TABLE, key)
        move_stock(state, item, origin, -quantity, time_us)
        return
    shipments[slot].item = item
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


@njit(cache=True)
def shipment_received(state: Tables, rows: Rows, i: int) -> None:
    """Goods arrive; whether they were announced is judged when the instant closes."""
    shipments = state.shipments
    time_us, quantity = rows.time_us[i], rows.value0[i]
    item = entity(state, t.ITEM, rows, rows.item[i], time_us)
    place = entity(state, t.PLACE, rows, rows.place[i], time_us)
    entity(state, t.PLACE, rows, rows.party[i], time_us)
    slot = shipment_slot(state, rows, rows.subject[i])
    row = move_stock(state, item, place, quantity, time_us)
    if row >= 0:
        state.stock[row].received += quantity
    if shipments[slot].status == t.OPEN:
        if shipments[slot].destination < 0:
            shipments[slot].item = item
            shipments[slot].destination = place
        shipments[slot].received += quantity
        shipments[slot].received_us = time_us
        announced = shipments[slot].destination  # goods may arrive somewhere else
        if holds_stock(state, announced):
            row = stock_row(state, shipments[slot].item, announced, time_us)
            state.stock[row].in_transit -= quantity
        suspect(state, SHIPMENT_TABLE, slot)
    else:
        key = shipments[slot].hash
        contradict(state, t.FACT_ABOUT_CLOSED_ORDER, time_us, SHIPMENT_TABLE, key)
    order = order_of(state, rows, i, slot)
    if shipments[slot].status != t.OPEN:
        deliver_order(state, order, quantity, time_us)


@njit(cache=True)
def judge_stock(state: Tables, row: int, time_us: int) -> None:
    """Stock at a known site cannot be below nothing."""
    stock = state.stock
    if stock[row].on_hand < -EPSILON and state.places[stock[row].place].kind == 1:
        key = state.items[stock[row].item].hash
        contradict(state, t.NEGATIVE_STOCK, time_us, STOCK_TABLE, key)


@njit(cache=True)
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


@njit(cache=True)
def judge_order(state: Tables, rows: Rows, slot: int, time_us: int) -> None:
    """Close an order that is delivered in full; note facts about unknown orders."""
    orders = state.orders
    if orders[slot].status != t.OPEN:
        return
    key = orders[slot].hash
    if orders[slot].kind == t.ORDER_UNKNOWN:
        contradict(state, t.UNKNOWN_ORDER, time_us, ORDER_TABLE, key)
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
