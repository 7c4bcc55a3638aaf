"""What a simulated plant answers to the orders it is given."""

from collections.abc import Sequence

import numpy as np

from streams.batch import EventBatch
from streams.events import TYPE_CODES, OrderAcknowledged, OrderDispatched

PLACED = TYPE_CODES["PurchaseOrderPlaced"]
RELEASED = TYPE_CODES["ProductionOrderReleased"]
NO_COMPONENTS = "no components"


def answers_of(
    orders: Sequence[OrderDispatched], events: EventBatch, *, now_us: int
) -> tuple[OrderAcknowledged, ...]:
    """Find under which id a simulated plant carries out each order.

    A plant takes orders in the order given, at the time of the release. It takes every
    order on a lane, and none to make something of which there are no components.

    Parameters
    ----------
    orders : sequence of OrderDispatched
        What was released.
    events : EventBatch
        What happened since then, in canonical order.
    now_us : int
        Time of the release, microseconds UTC.

    Returns
    -------
    tuple of OrderAcknowledged
        One for each order.
    """
    lanes = _begun(events, PLACED, now_us)
    makes = _begun(events, RELEASED, now_us)
    answers = []
    for order in orders:
        queue = makes if order.kind == "production" else lanes
        if queue and queue[-1][1:] == (order.item, order.site):
            own = queue.pop()[0]
            answers.append(OrderAcknowledged(order=order.order, executed_as=own))
            continue
        answers.append(
            OrderAcknowledged(
                order=order.order, answer="rejected", reason=NO_COMPONENTS
            )
        )
    return tuple(answers)


def _begun(
    events: EventBatch, code: int, now_us: int
) -> list[tuple[str, str | None, str | None]]:
    """Return what a type of events tells of the release, the first one last."""
    rows = np.flatnonzero((events.type_code == code) & (events.time_us == now_us))
    names = events.names
    found = [
        (names[subject], _name(events, item), _name(events, place))
        for subject, item, place in zip(
            events.subject[rows].tolist(),
            events.item[rows].tolist(),
            events.place[rows].tolist(),
            strict=True,
        )
    ]
    return found[::-1]


def _name(events: EventBatch, number: int) -> str | None:
    return None if number < 0 else events.names[number]
