"""The fold of measures: what each event adds, one compiled pass over a batch.

The type codes are constants of the compiled code; `streams.events` never reorders them.
"""

from streams._kernels.compiling import entry, inlined
from streams.events import TYPE_CODES
from twin.kpi import tables as k
from twin.kpi._kernels import orders, shop
from twin.kpi._kernels.levels import END, OPENED, Rows, Terms, leave_state, shift
from twin.kpi.tables import FoldTables

ORDER_RECEIVED = TYPE_CODES["OrderReceived"]
ORDER_CHANGED = TYPE_CODES["OrderChanged"]
ORDER_CANCELLED = TYPE_CODES["OrderCancelled"]
COUNTED = TYPE_CODES["StockCounted"]
MOVED = TYPE_CODES["StockMoved"]
PLACED = TYPE_CODES["PurchaseOrderPlaced"]
DISPATCHED = TYPE_CODES["ShipmentDispatched"]
RECEIVED = TYPE_CODES["ShipmentReceived"]
STARTED = TYPE_CODES["OperationStarted"]
COMPLETED = TYPE_CODES["OperationCompleted"]
MACHINE_CHANGED = TYPE_CODES["MachineStateChanged"]
MAINTENANCE = TYPE_CODES["MaintenanceDone"]
SETUP = TYPE_CODES["SetupCompleted"]
PRODUCTION_RELEASED = TYPE_CODES["ProductionOrderReleased"]
PRODUCTION_CLOSED = TYPE_CODES["ProductionOrderClosed"]


@inlined
def fold_supply(fold: FoldTables, rows: Rows, i: int, terms: Terms) -> bool:
    """Orders, stock and shipments; False if the event is none of these."""
    code = rows.type_code[i]
    if code == ORDER_RECEIVED:
        orders.order_received(fold, rows, i, terms)
    elif code == DISPATCHED:
        orders.shipment_dispatched(fold, rows, i, terms)
    elif code == RECEIVED:
        orders.shipment_received(fold, rows, i, terms)
    elif code == MOVED:
        orders.stock_moved(fold, rows, i, terms)
    elif code == PLACED:
        orders.order_placed(fold, rows, i, terms)
    elif code == ORDER_CANCELLED:
        orders.order_cancelled(fold, rows, i, terms)
    elif code == ORDER_CHANGED:
        orders.order_changed(fold, rows, i, terms)
    elif code == COUNTED:
        orders.stock_counted(fold, rows, i, terms)
    else:
        return False
    return True


@inlined
def fold_shop(fold: FoldTables, rows: Rows, i: int, terms: Terms) -> None:
    """Production orders and machines; other events say nothing of a measure."""
    code = rows.type_code[i]
    if code == STARTED:
        shop.operation_started(fold, rows, i, terms)
    elif code == COMPLETED:
        shop.operation_completed(fold, rows, i, terms)
    elif code == MACHINE_CHANGED:
        shop.machine_changed(fold, rows, i, terms)
    elif code == PRODUCTION_RELEASED:
        shop.released(fold, rows, i, terms)
    elif code == PRODUCTION_CLOSED:
        shop.closed(fold, rows, i, terms)
    elif code in (MAINTENANCE, SETUP):
        shop.paid(fold, rows, i, terms)


@entry
def fold_rows(fold: FoldTables, rows: Rows, terms: Terms) -> None:
    """Fold rows in canonical order; those before the opening or after the window wait.

    What was before is in the opening already, and what comes after changes nothing.
    """
    counts = fold.counts
    for i in range(len(rows.time_us)):
        if rows.time_us[i] < terms.limits[OPENED]:
            counts[k.BEFORE] += 1
        elif rows.time_us[i] >= terms.limits[END]:
            counts[k.AFTER] += 1
        else:
            counts[k.EVENTS] += 1
            if not fold_supply(fold, rows, i, terms):
                fold_shop(fold, rows, i, terms)


@entry
def settle(fold: FoldTables, terms: Terms, until_us: int) -> None:
    """Carry all levels and states on to a time, at which nothing happens."""
    for row in range(len(fold.on_hand)):
        shift(fold.on_hand[row], terms, until_us, 0.0)
    for row in range(len(fold.in_transit)):
        shift(fold.in_transit[row], terms, until_us, 0.0)
    for row in range(len(fold.backlog)):
        shift(fold.backlog[row], terms, until_us, 0.0)
    for row in range(len(fold.wip)):
        shift(fold.wip[row, k.WIP_ORDERS], terms, until_us, 0.0)
        shift(fold.wip[row, k.WIP_UNITS], terms, until_us, 0.0)
    for row in range(len(fold.machines)):
        machine = fold.machines[row]
        leave_state(machine, fold.time_in_state_us, terms, row, until_us)
