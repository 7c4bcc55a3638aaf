"""Customers: their orders, what is shipped to them, what waits and what is lost."""

import math
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from streams.events import TYPE_CODES, OrderCancelled
from twin.errors import OptionError
from twin.model.elements import ALLOCATIONS
from twin.simulate.demand import DemandSource, ServiceSoFar, delivery_lanes
from twin.simulate.disruptions import DemandFactors, Disruption
from twin.simulate.random import LEAD_TIME, SECOND_US, SHOCK
from twin.simulate.reference.emission import NAN, NEVER, NONE, Row
from twin.simulate.reference.engine import Engine, lead_time_laws
from twin.simulate.reference.schedule import COMPLETION, DEMAND, Pause, tie_key

ORDER_RECEIVED = TYPE_CODES["OrderReceived"]
ORDER_CANCELLED = TYPE_CODES["OrderCancelled"]
DISPATCHED = TYPE_CODES["ShipmentDispatched"]
RECEIVED = TYPE_CODES["ShipmentReceived"]

EPSILON = 1e-9  # an order with less to come is done, as live state has it

# Goods that came are given to those who wait before new demand of the same instant.
_WAITING, _NEW = 0, 1

_FIFO, _PRIORITY, _PROPORTIONAL = (
    ALLOCATIONS.index(rule) for rule in ("fifo", "priority", "proportional")
)


@dataclass(slots=True)
class CustomerOrder:
    """An order of a customer; `demand` is -1 if the network has none.

    Those of more `priority` are served first where stock is given out so; what must not
    be split is shipped whole.
    """

    name: int
    customer: int
    item: int
    site: int
    remaining: float
    demand: int
    priority: float = 1.0
    split: bool = True


@dataclass(slots=True)
class SiteOrder:
    """An order of an own site that waits for goods, `n`-th of all on its lane.

    It had `parts` shipments; `source` and `target` are stock points.
    """

    n: int
    name: int
    lane: int
    item: int
    source: int
    target: int
    remaining: float
    priority: float
    parts: int = 0


def _is_whole(order: CustomerOrder | SiteOrder) -> bool:
    return isinstance(order, CustomerOrder) and not order.split


class Sites(Protocol):
    """What happens to orders of own sites, where policies are followed."""

    def renew(self, now_us: int) -> None:
        """Tell that a period ends: capacities are those of the next."""
        ...

    def serve(self, order: SiteOrder, most: float, now_us: int) -> bool:
        """Send what there is, up to `most`; return whether the order waits here."""
        ...

    def served(self, now_us: int) -> None:
        """Tell that goods were given out."""
        ...

    def came(self, point: int, now_us: int) -> None:
        """Tell that those who waited were served from goods that came."""
        ...


class Market:
    """Serves the customers of a network.

    Goods are with the customer at once, or after the lead time of the lane from the
    site to the customer, if there is one; an order is due that long after it came.

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
        self._split = demands.split.tolist()
        self._priority = engine.network.places.priority.tolist()
        self._allocation = engine.network.stock.allocation.tolist()
        self.sites: Sites | None = None
        self._queues: list[deque[CustomerOrder | SiteOrder]] = [
            deque() for _ in engine.points.on_hand
        ]
        self._called = [False] * len(engine.points)
        self._made_for: dict[int, list[tuple[int, float]]] = {}
        self._demand_points = [
            engine.points.point(item, site)
            for item, site in zip(self._item, self._site, strict=True)
        ]
        self._delivery = delivery_lanes(engine.network)
        self._laws = lead_time_laws(engine.network)
        self._n_deliveries = [0] * len(self._laws)
        rows = zip(self._customer, self._item, self._site, strict=True)
        self._demand_of = {row: k for k, row in enumerate(rows)}
        self._usual_us = [self._usual(k) for k in range(len(self._item))]
        self._served = ServiceSoFar(np.zeros(len(self._item)))
        engine.schedule.process(self._periods())

    def _usual(self, k: int) -> int:
        # Mean time from a site to a customer.
        key = (self._site[k], self._customer[k], self._item[k])
        lane = self._delivery.get(key, NONE)
        return 0 if lane < 0 else round(self._laws[lane].mean_s * SECOND_US)

    def demand_of(self, customer: int, item: int, site: int) -> int:
        """Return the index of a demand, -1 if the network has none like it."""
        return self._demand_of.get((customer, item, site), NONE)

    def _periods(self) -> Generator[Pause, None, None]:
        settings, schedule = self._engine.network.settings, self._engine.schedule
        for period in count():
            end_us = settings.as_of_us + (period + 1) * settings.period_us
            yield schedule.wait(end_us, tie_key(DEMAND, _NEW, period))
            self._ask(period, end_us)

    def _ask(self, period: int, now_us: int) -> None:
        if self.sites is not None:
            self.sites.renew(now_us)
        if period == 0:
            self._served = ServiceSoFar(self._unfilled({}))  # what was open at `as_of`
        demand = self._source.draw(period, self._served)
        if demand.shape != (len(self._item),) or not (demand >= 0.0).all():
            msg = (
                f"demand of period {period}: must be {len(self._item)} numbers >= 0, "
                f"was {demand}"
            )
            raise OptionError(msg)
        start_us = now_us - self._engine.network.settings.period_us
        demand = self._factors.apply(
            demand,
            start_us,
            uniform=lambda k: self._engine.sampler.uniform(SHOCK, k, period),
        )
        lost: dict[int, float] = {}
        later: dict[int, CustomerOrder] = {}
        for k, quantity in enumerate(demand.tolist()):
            if quantity > 0.0:
                order = self._take_order(k, quantity, now_us)
                if self._allocation[self._demand_points[k]] != _FIFO:
                    later[k] = order
                    continue
                self.serve(self._demand_points[k], now_us)
                lost[k] = self._lose(order, now_us)
        # Where stock is not given out as orders come, all of the period came first.
        for point in dict.fromkeys(self._demand_points[k] for k in later):
            self.serve(point, now_us)
        for k, order in later.items():
            lost[k] = self._lose(order, now_us)
        self._served = ServiceSoFar(self._unfilled(lost))
        if self.sites is not None:
            self.sites.served(now_us)

    def _unfilled(self, lost: dict[int, float]) -> NDArray[np.float64]:
        # Summed anew: a running sum would keep rounding errors of orders long served,
        # and demand that follows service asks whether anything at all is unfilled.
        unfilled = np.zeros(len(self._item))
        for k, quantity in lost.items():
            unfilled[k] = quantity
        for queue in self._queues:
            for order in queue:
                if isinstance(order, CustomerOrder) and order.demand >= 0:
                    unfilled[order.demand] += order.remaining
        return unfilled

    def _take_order(self, k: int, quantity: float, now_us: int) -> CustomerOrder:
        engine = self._engine
        _, name = engine.numbering.next("C")
        order = CustomerOrder(
            name, self._customer[k], self._item[k], self._site[k], quantity, k
        )
        due_us = now_us + self._usual_us[k]
        self.open(order, price=self._price[k], due_us=due_us, now_us=now_us)
        return order

    def _lose(self, order: CustomerOrder, now_us: int) -> float:
        # What does not wait for stock is lost; returns it.
        if self._backlogged[order.demand] or order.remaining <= EPSILON:
            return 0.0
        engine, point = self._engine, self._demand_points[order.demand]
        self._queues[point].remove(order)
        engine.points.backorder[point] -= order.remaining
        row = (
            now_us, ORDER_CANCELLED, NONE, order.name, NONE, NONE, NONE, NONE,
            NAN, NAN, NAN, NEVER,
        )  # fmt: skip
        event = OrderCancelled(order=engine.names[order.name], reason="lost")
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
        order.split = order.demand < 0 or self._split[order.demand]
        order.priority = self._priority[order.customer]
        self._enter(point, order)
        engine.points.backorder[point] += order.remaining

    def arrived(self, point: int, now_us: int) -> None:
        """Tell that goods came to a stock point: those who wait are served.

        Parameters
        ----------
        point : int
            Number of the stock point.
        now_us : int
            Microseconds UTC.
        """
        waits = self._queues[point] or self._engine.points.owed[point] > 0.0
        if waits and not self._called[point]:
            self._called[point] = True
            key = tie_key(DEMAND, _WAITING, point)
            self._engine.schedule.call(now_us, key, self._serve_waiting, point)
        elif not waits:
            self._made_for.pop(point, None)

    def made_for(self, point: int, order: int, quantity: float) -> None:
        """Keep goods that come now for the order of a customer, if it waits there.

        Parameters
        ----------
        point : int
            Number of the stock point.
        order : int
            Name of the order.
        quantity : float
            Units.
        """
        self._made_for.setdefault(point, []).append((order, quantity))

    def _serve_made_for(self, point: int, now_us: int) -> None:
        # Before others, and no more than was made for it.
        on_hand, queue = self._engine.points.on_hand, self._queues[point]
        for name, made in self._made_for.pop(point, ()):
            for order in queue:
                if order.name != name or not isinstance(order, CustomerOrder):
                    continue
                quantity = min(order.remaining, made, on_hand[point])
                if quantity > 0.0 and (order.split or quantity >= order.remaining):
                    self._give(order, point, quantity=quantity, now_us=now_us)
                if order.remaining <= EPSILON:
                    queue.remove(order)
                break

    def _serve_waiting(self, point: int, now_us: int) -> None:
        self._called[point] = False
        if point in self._made_for:
            self._serve_made_for(point, now_us)
        self.serve(point, now_us)
        if self.sites is not None:
            self.sites.served(now_us)
            self.sites.came(point, now_us)

    def wait(self, order: SiteOrder, now_us: int) -> None:
        """Put an order of an own site behind all that wait; it is served at once.

        Parameters
        ----------
        order : SiteOrder
            The order.
        now_us : int
            Microseconds UTC.
        """
        self._enter(order.source, order)
        self.arrived(order.source, now_us)

    def _enter(self, point: int, order: CustomerOrder | SiteOrder) -> None:
        # Behind all that wait, or are preferred.
        queue = self._queues[point]
        k = len(queue)
        if self._allocation[point] == _PRIORITY:
            while k and queue[k - 1].priority < order.priority:
                k -= 1
        queue.insert(k, order)

    def serve(self, point: int, now_us: int) -> None:
        """Ship to those who wait at a stock point, in the order of its queue.

        An order that must not be split is shipped when it can be as a whole; until then
        all behind it wait, too, unless stock is given out in proportion.

        Parameters
        ----------
        point : int
            Number of the stock point.
        now_us : int
            Microseconds UTC.
        """
        queue, points = self._queues[point], self._engine.points
        portions = self._portions(point)
        k = 0
        while k < len(queue) and points.on_hand[point] > 0.0:
            order, most = queue[k], points.on_hand[point]
            if portions is not None:
                most = portions.popleft()
            if isinstance(order, SiteOrder):
                assert self.sites is not None, "else sites do not wait"
                waits = self.sites.serve(order, most, now_us)
            else:
                quantity = min(order.remaining, points.on_hand[point], most)
                whole = quantity >= order.remaining
                if not (order.split or whole or portions is not None):
                    break
                if quantity > 0.0 and (order.split or whole):
                    self._give(order, point, quantity=quantity, now_us=now_us)
                waits = order.remaining > EPSILON
            if waits:
                k += 1
            else:
                del queue[k]
        if not queue:
            points.backorder[point] = 0.0  # without the rounding of many subtractions

    def _portions(self, point: int) -> deque[float] | None:
        # What each who waits gets of stock that is given out in proportion.
        on_hand, queue = self._engine.points.on_hand[point], self._queues[point]
        if self._allocation[point] != _PROPORTIONAL or on_hand <= 0.0 or not queue:
            return None
        total = 0.0
        for order in queue:
            total += order.remaining
        ratio, left = min(on_hand / total, 1.0), on_hand
        portions = []
        for order in queue:
            portion = order.remaining * ratio
            if _is_whole(order):
                portion = 0.0
            elif order.remaining.is_integer():
                portion = float(math.floor(portion))
            left -= portion
            portions.append(portion)
        # What rounding leaves goes by arrival: a unit, or all that must come at once.
        for k, order in enumerate(queue):
            if left <= 0.0:
                break
            more = min(order.remaining - portions[k], left)
            if _is_whole(order):
                more = order.remaining if left >= order.remaining else 0.0
            elif order.remaining.is_integer():
                more = min(more, 1.0)
            portions[k] += more
            left -= more
        return deque(portions)

    def _give(
        self, order: CustomerOrder, point: int, *, quantity: float, now_us: int
    ) -> None:
        points = self._engine.points
        points.on_hand[point] -= quantity
        self._ship(order, quantity, now_us)
        order.remaining -= quantity
        points.backorder[point] -= quantity

    def _ship(self, order: CustomerOrder, quantity: float, now_us: int) -> None:
        engine = self._engine
        lane = self._delivery.get((order.site, order.customer, order.item), NONE)
        lead_us, cost = 0, NAN
        if lane >= 0:
            n = self._n_deliveries[lane] = self._n_deliveries[lane] + 1
            law = self._laws[lane]
            lead_us = engine.sampler.duration_us(law, LEAD_TIME, lane, n)
            cost = float(engine.network.lanes.unit_cost[lane]) * quantity
        _, shipment = engine.numbering.next("S")
        item = engine.item_names[order.item]
        site = engine.place_names[order.site]
        customer = engine.place_names[order.customer]
        engine.emitter.emit(
            (
                now_us, DISPATCHED, NONE, shipment, item, site, customer, order.name,
                quantity, cost, NAN, now_us + lead_us,
            )
        )  # fmt: skip
        waits = order.demand < 0 or self._backlogged[order.demand]
        # Live state may forget a lost order before its goods come.
        parent = order.name if waits or lead_us == 0 else NONE
        received: Row = (
            now_us + lead_us, RECEIVED, NONE, shipment, item, customer, site, parent,
            quantity, NAN, NAN, NEVER,
        )  # fmt: skip
        if lead_us == 0:
            engine.emitter.emit(received)
        else:
            key = tie_key(COMPLETION, lane, self._n_deliveries[lane])
            engine.schedule.call(now_us + lead_us, key, self._deliver, received)

    def _deliver(self, received: Row, _now_us: int) -> None:
        self._engine.emitter.emit(received)
