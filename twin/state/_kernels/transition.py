"""The transition of state: what each event changes, compiled.

`apply_rows` runs it over rows of a batch in canonical order; it is the only code that
changes state, for live, replayed and simulated events alike.

An instant may hold effects before their causes (a receipt ranks before the dispatch of
the same microsecond), so doubtful rows are noted as suspects and judged when the
instant closes: when an event with a later time arrives, or `close_instant` is called.

The type codes are constants of the compiled code; `streams.events` never reorders them.
"""

import numpy as np
from numpy.typing import NDArray

from streams._kernels.compiling import entry, inlined
from streams.events import TYPE_CODES
from twin.state import tables as t
from twin.state._kernels import rows as r
from twin.state._kernels import shop, supply
from twin.state._kernels.rows import Rows, entity
from twin.state.tables import Tables

ORDER_RECEIVED = TYPE_CODES["OrderReceived"]
ORDER_CHANGED = TYPE_CODES["OrderChanged"]
ORDER_CANCELLED = TYPE_CODES["OrderCancelled"]
STOCK_COUNTED = TYPE_CODES["StockCounted"]
STOCK_MOVED = TYPE_CODES["StockMoved"]
PURCHASE_PLACED = TYPE_CODES["PurchaseOrderPlaced"]
PURCHASE_CONFIRMED = TYPE_CODES["PurchaseOrderConfirmed"]
PURCHASE_DELAYED = TYPE_CODES["PurchaseOrderDelayed"]
DISPATCHED = TYPE_CODES["ShipmentDispatched"]
RECEIVED = TYPE_CODES["ShipmentReceived"]
STARTED = TYPE_CODES["OperationStarted"]
COMPLETED = TYPE_CODES["OperationCompleted"]
MACHINE_CHANGED = TYPE_CODES["MachineStateChanged"]
READING = TYPE_CODES["MachineReading"]
MAINTENANCE = TYPE_CODES["MaintenanceDone"]
SETUP = TYPE_CODES["SetupCompleted"]
RELEASED = TYPE_CODES["ProductionOrderReleased"]
PRODUCTION_CLOSED = TYPE_CODES["ProductionOrderClosed"]
FORECAST = TYPE_CODES["ForecastIssued"]
PRICE = TYPE_CODES["PriceChanged"]
INSPECTION = TYPE_CODES["InspectionRecorded"]


@inlined
def apply_supply(state: Tables, rows: Rows, i: int, code: int) -> bool:
    """Orders, stock and shipments; False if the event is none of these."""
    if code == ORDER_RECEIVED:
        supply.order_placed(state, rows, i, True)
    elif code == DISPATCHED:
        supply.shipment_dispatched(state, rows, i)
    elif code == RECEIVED:
        supply.shipment_received(state, rows, i)
    elif code == STOCK_MOVED:
        supply.stock_moved(state, rows, i)
    elif code == STOCK_COUNTED:
        supply.stock_counted(state, rows, i)
    elif code == PURCHASE_PLACED:
        supply.order_placed(state, rows, i, False)
    elif code == PURCHASE_CONFIRMED:
        supply.order_confirmed(state, rows, i)
    elif code in (PURCHASE_DELAYED, ORDER_CHANGED):
        supply.order_changed(state, rows, i)
    elif code == ORDER_CANCELLED:
        supply.order_cancelled(state, rows, i)
    else:
        return False
    return True


@inlined
def apply_shop(state: Tables, rows: Rows, i: int, code: int) -> bool:
    """Production orders and machines; False if the event is none of these."""
    if code == STARTED:
        shop.operation_started(state, rows, i)
    elif code == COMPLETED:
        shop.operation_completed(state, rows, i)
    elif code == MACHINE_CHANGED:
        shop.machine_changed(state, rows, i)
    elif code == RELEASED:
        shop.production_released(state, rows, i)
    elif code == PRODUCTION_CLOSED:
        shop.production_closed(state, rows, i)
    elif code == SETUP:
        shop.machine_set_up(state, rows, i)
    elif code == MAINTENANCE:
        shop.machine_maintained(state, rows, i)
    else:
        return False
    return True


@inlined
def notice(state: Tables, rows: Rows, i: int, code: int) -> None:
    """Events that change no table here still make their items and places known."""
    if code in (FORECAST, PRICE, INSPECTION):
        entity(state, t.ITEM, rows, rows.item[i], rows.time_us[i])
        entity(state, t.PLACE, rows, rows.place[i], rows.time_us[i])


@inlined
def judge(state: Tables, rows: Rows) -> None:
    """Judge the suspects of the instant that is over."""
    suspects, counts = state.suspects, state.counts
    time_us = state.clock[t.LAST_US]
    n = 0
    # Judging may add suspects: a receipt without dispatch touches its order.
    while n < counts[t.SUSPECTED, t.N_USED]:
        table, row = suspects[n].table, suspects[n].row
        if table == r.STOCK_TABLE:
            supply.judge_stock(state, row, time_us)
        elif table == r.SHIPMENT_TABLE:
            supply.judge_shipment(state, rows, row, time_us)
        elif table == r.ORDER_TABLE:
            supply.judge_order(state, rows, row, time_us)
        elif table == r.ORDER_LINES:
            supply.judge_lines(state, rows, row, time_us)
        elif table == r.PRODUCTION_TABLE:
            shop.judge_production(state, rows, row, time_us)
        else:
            shop.judge_machine(state, row)
        n += 1
    counts[t.SUSPECTED, t.N_USED] = 0


@entry
def close_instant(state: Tables, rows: Rows) -> None:
    """Judge what is left when no event follows."""
    judge(state, rows)


@entry
def apply_rows(
    state: Tables, rows: Rows, order: NDArray[np.int64], span: tuple[int, int]
) -> None:
    """Fold events [start, stop) of a batch into state.

    `order` gives their rows; empty: as they stand.
    """
    clock = state.clock
    start, stop = span
    for at in range(start, stop):
        i = order[at] if len(order) else at
        time_us = rows.time_us[i]
        if time_us < clock[t.AS_OF_US]:
            clock[t.N_SKIPPED] += 1
            continue
        if time_us > clock[t.LAST_US]:
            if state.counts[t.SUSPECTED, t.N_USED] > 0:
                judge(state, rows)
            clock[t.LAST_US] = time_us
        elif time_us < clock[t.LAST_US]:
            clock[t.N_CORRECTIONS] += 1
        code = rows.type_code[i]
        clock[t.N_EVENTS] += 1
        state.type_counts[code] += 1
        # Most events of a plant are readings: they are not tried against the others.
        if code == READING:
            shop.machine_read(state, rows, i)
            continue
        if apply_supply(state, rows, i, code):
            continue
        if apply_shop(state, rows, i, code):
            continue
        notice(state, rows, i, code)
