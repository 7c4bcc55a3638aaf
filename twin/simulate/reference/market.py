"""Customers: their orders, what is shipped to them, what waits and what is lost."""

from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np

from streams.events import TYPE_CODES, OrderCancelled
from twin.errors import OptionError
from twin.simulate.demand import DemandSource, ServiceSoFar
from twin.simulate.disruptions import DemandFactors, Disruption
from twin.simulate.reference.emission import NAN, NEVER, NONE
from twin.simulate.reference.engine import Engine
from twin.simulate.reference.schedule import DEMAND, Appointment, tie_key

ORDER_RECEIVED = TYPE_CODES["OrderReceived"]
ORDER_CANCELLED = TYPE_CODES["OrderCancelled"]
DISPATCHED = TYPE_CODES["ShipmentDispatched"]
RECEIVED = TYPE_CODES["ShipmentReceived"]

EPSILON = 1e-9  # an order with less to come is done, as live state has it

# Goods that came are given to those who wait before new demand of the same instant.
_WAITING, _NEW = 0, 1


@dataclass(slots=True)
class CustomerOrder:
    """An order of a customer; `demand` is -1 for one that was open at the start."""

    name: int
    customer: int
    item: int
    site: int
    remaining: float
    demand: int


class Market:
    """Serves the customers of a network.

    Parameters
    ----------
    engine : Engine
        The simulation.
    source : DemandSource
        What customers ask for.
    disruptions : sequence of Disruption
        Those of demand change it.
    """

    def __init__(
        self, engine: Engine, source: DemandSource, disruptions: Sequence[Disruption]
    ) -> None:
        self._engine = engine
        self._source = source
        demands = engine.network.demands
        self._factors = DemandFactors(engine.network, disruptions)
        self._customer = demands.customer_index.tolist()
        self._item = demands.item_index.tolist()
        self._site = demands.site_index.tolist()
        self._price = demands.price.tolist()
        self._backlogged = demands.backlogged.tolist()
        self._queues: list[deque[CustomerOrder]] = [
            deque() for _ in engine.points.on_hand
        ]
        self._called = [False] * len(engine.points)
        self._demand_points = [
            engine.points.point(item, site)
            for item, site in zip(self._item, self._site, strict=True)
        ]
        self._unfilled = [0.0] * len(self._item)
        self._served = ServiceSoFar(np.zeros(len(self._item)))
        engine.schedule.env.process(self._periods())

    def _periods(self) -> Generator[Appointment, None, None]:
        settings, schedule = self._engine.network.settings, self._engine.schedule
        for period in count():
            end_us = settings.as_of_us + (period + 1) * settings.period_us
            yield schedule.wait(end_us, tie_key(DEMAND, _NEW, period))
            self._ask(period, end_us)

    def _ask(self, period: int, now_us: int) -> None:
        demand = self._source.draw(period, self._served)
        if demand.shape != (len(self._item),) or not (demand >= 0.0).all():
            msg = (
                f"demand of period {period}: must be {len(self._item)} numbers >= 0, "
                f"was {demand}"
            )
            raise OptionError(msg)
        start_us = now_us - self._engine.network.settings.period_us
        demand = self._factors.apply(demand, start_us)
        lost: dict[int, float] = {}
        for k, quantity in enumerate(demand.tolist()):
            point = self._demand_points[k]
            if self._queues[point]:
                self.serve(point, now_us)
            if quantity > 0.0:
                lost[k] = self._take_order(k, quantity, now_us)
        unfilled = np.array(self._unfilled)
        for k, quantity in lost.items():
            unfilled[k] += quantity
        self._served = ServiceSoFar(unfilled)

    def _take_order(self, k: int, quantity: float, now_us: int) -> float:
        # Returns what is lost of it.
        engine, point = self._engine, self._demand_points[k]
        _, name = engine.numbering.next("C")
        order = CustomerOrder(
            name, self._customer[k], self._item[k], self._site[k], quantity, k
        )
        self.open(order, price=self._price[k], due_us=now_us, now_us=now_us)
        self.serve(point, now_us)
        if self._backlogged[k] or order.remaining <= EPSILON:
            return 0.0
        self._queues[point].remove(order)
        engine.points.backorder[point] -= order.remaining
        self._unfilled[k] -= order.remaining
        row = (
            now_us, ORDER_CANCELLED, NONE, name, NONE, NONE, NONE, NONE,
            NAN, NAN, NAN, NEVER,
        )  # fmt: skip
        event = OrderCancelled(order=engine.names[name], reason="lost")
        engine.emitter.emit_with_detail(row, event)
        return order.remaining

    def open(
        self, order: CustomerOrder, *, price: float, due_us: int, now_us: int
    ) -> None:
        """Put an order in its queue.

        Parameters
        ----------
        order : CustomerOrder
            With all its quantity remaining.
        price : float
            Price of a unit, NaN if there is none.
        due_us, now_us : int
            Microseconds UTC.
        """
        engine = self._engine
        point = engine.points.point(order.item, order.site)
        engine.emitter.emit(
            (
                now_us, ORDER_RECEIVED, NONE, order.name,
                engine.item_names[order.item], engine.place_names[order.site],
                engine.place_names[order.customer], NONE,
                order.remaining, price, NAN, due_us,
            )
        )  # fmt: skip
        self._queues[point].append(order)
        engine.points.backorder[point] += order.remaining
        if order.demand >= 0:
            self._unfilled[order.demand] += order.remaining

    def arrived(self, point: int, now_us: int) -> None:
        """Tell that goods came to a stock point: those who wait are served.

        Parameters
        ----------
        point : int
            Number of the stock point.
        now_us : int
            Microseconds UTC.
        """
        if self._queues[point] and not self._called[point]:
            self._called[point] = True
            key = tie_key(DEMAND, _WAITING, point)
            self._engine.schedule.call(now_us, key, self._serve_waiting, point)

    def _serve_waiting(self, point: int, now_us: int) -> None:
        self._called[point] = False
        self.serve(point, now_us)

    def serve(self, point: int, now_us: int) -> None:
        """Ship to the customers of a stock point, first come first served.

        Parameters
        ----------
        point : int
            Number of the stock point.
        now_us : int
            Microseconds UTC.
        """
        queue, points = self._queues[point], self._engine.points
        while queue and points.on_hand[point] > 0.0:
            order = queue[0]
            quantity = min(order.remaining, points.on_hand[point])
            points.on_hand[point] -= quantity
            self._ship(order, quantity, now_us)
            order.remaining -= quantity
            points.backorder[point] -= quantity
            if order.demand >= 0:
                self._unfilled[order.demand] -= quantity
            if order.remaining <= EPSILON:
                queue.popleft()
        if not queue:
            points.backorder[point] = 0.0  # without the rounding of many subtractions

    def _ship(self, order: CustomerOrder, quantity: float, now_us: int) -> None:
        engine = self._engine
        _, shipment = engine.numbering.next("S")
        item = engine.item_names[order.item]
        site = engine.place_names[order.site]
        customer = engine.place_names[order.customer]
        engine.emitter.emit(
            (
                now_us, DISPATCHED, NONE, shipment, item, site, customer, order.name,
                quantity, NAN, NAN, now_us,
            )
        )  # fmt: skip
        engine.emitter.emit(
            (
                now_us, RECEIVED, NONE, shipment, item, customer, site, order.name,
                quantity, NAN, NAN, NEVER,
            )
        )  # fmt: skip
