"""Batches from events, and a small log whose truth is known."""

import pytest

from streams.codec import decode, encode
from streams.events import (
    MachineReading,
    OperationCompleted,
    OperationStarted,
    OrderReceived,
    ProductionOrderReleased,
    PurchaseOrderPlaced,
    ShipmentDispatched,
    ShipmentReceived,
    StockCounted,
)
from streams.names import Names
from streams.records import RecordBatch

DAY_S = 86_400


@pytest.fixture
def batch_of():
    """Make a batch of (time_s, event) pairs."""

    def make(timed, names=None):
        values = [
            encode(event, event_id=str(k), source="test", time_us=round(t * 1e6))
            for k, (t, event) in enumerate(timed)
        ]
        decoded = decode(RecordBatch.of("log/0", values), names or Names())
        assert not decoded.rejected
        return decoded.events

    return make


def purchases():
    """Ten receipts of leaf after 1, 2, .. 10 days; one order still open."""
    for k in range(10):
        order = f"po{k}"
        yield (
            k * DAY_S,
            PurchaseOrderPlaced(
                order=order, supplier="V", item="leaf", site="P", quantity=5, price=2.0
            ),
        )
        yield (
            (2 * k + 1) * DAY_S,
            ShipmentReceived(
                shipment=f"r{k}", item="leaf", site="P", quantity=5, order=order
            ),
        )
    yield (
        9 * DAY_S,
        PurchaseOrderPlaced(
            order="open", supplier="V", item="leaf", site="P", quantity=5, price=4.2
        ),
    )


def production():
    """Three orders of tea: fill and pack twice, pack and fill once; 10 s a piece."""
    for k, way in enumerate([("fill", "pack"), ("fill", "pack"), ("pack", "fill")]):
        order, start = f"w{k}", k * DAY_S
        yield (
            start,
            ProductionOrderReleased(
                production_order=order, item="tea", site="P", quantity=4
            ),
        )
        for step, operation in enumerate(way):
            begin = start + 100 * step
            work = {
                "production_order": order,
                "operation": operation,
                "machine": "F1" if operation == "fill" else "K1",
            }
            yield begin, OperationStarted(**work)
            yield begin + 40, OperationCompleted(**work, good=3, scrap=1)
    yield 0, MachineReading(machine="X9", sensor="heat", value=1.0)


def sales():
    """Tea at 4 a day: 8 on every second of 10 days; shipped from P to D in 2 days."""
    for day in range(0, 10, 2):
        yield (
            day * DAY_S,
            OrderReceived(
                order=f"c{day}",
                customer="M",
                item="tea",
                site="D",
                quantity=8,
                price=9.0,
            ),
        )
        yield (
            day * DAY_S,
            ShipmentDispatched(
                shipment=f"s{day}", item="tea", from_site="P", to_site="D", quantity=8
            ),
        )
        yield (
            (day + 2) * DAY_S,
            ShipmentReceived(shipment=f"s{day}", item="tea", site="D", quantity=8),
        )
    yield (
        9 * DAY_S,
        OrderReceived(
            order="c9", customer="N", item="cup", site="D", quantity=1, price=3.0
        ),
    )
    yield 0, StockCounted(item="tea", site="D", quantity=50)


@pytest.fixture
def timed_events():
    """All of it in the order of time."""
    everything = [*purchases(), *production(), *sales()]
    return sorted(everything, key=lambda pair: pair[0])
