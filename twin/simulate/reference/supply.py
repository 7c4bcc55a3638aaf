"""Lanes: orders to suppliers and other sites, what is dispatched and what arrives."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from streams.events import TYPE_CODES
from twin.errors import OptionError
from twin.simulate.decisions import Decisions
from twin.simulate.disruptions import Disruption, Outages
from twin.simulate.random import LEAD_TIME
from twin.simulate.reference.emission import NAN, NEVER, NONE, Row
from twin.simulate.reference.engine import Engine, lead_time_laws
from twin.simulate.reference.market import EPSILON, Market, SiteOrder
from twin.simulate.reference.schedule import (
    COMPLETION,
    REPAIR,
    RESPONSE_US,
    tie_key,
)
from twin.simulate.reference.suppliers import SupplierOutages

ORDER_CANCELLED = TYPE_CODES["OrderCancelled"]
STOCK_MOVED = TYPE_CODES["StockMoved"]
PLACED = TYPE_CODES["PurchaseOrderPlaced"]
DELAYED = TYPE_CODES["PurchaseOrderDelayed"]
DISPATCHED = TYPE_CODES["ShipmentDispatched"]
RECEIVED = TYPE_CODES["ShipmentReceived"]
# Entity of the orders under way at the start; no lane, machine or site has it.
_OPENING = (1 << 28) - 2
MOVE_RECEIPT, MOVE_SCRAP = 2, 3  # positions in `streams.events.MoveReason`


@dataclass(frozen=True, slots=True)
class LaneOrder:
    """An order on a lane, `n`-th of all; `source` and `target` are stock points.

    `source` is -1 if the lane starts at a supplier.
    """

    n: int
    name: int
    lane: int
    item: int
    source: int
    target: int
    quantity: float


@dataclass(frozen=True, slots=True)
class Arrival:
    """Goods on the way; `order` is `NONE` if the rest of it was cancelled."""

    shipment: int
    order: int
    lane: int
    item: int
    target: int
    quantity: float


@dataclass(frozen=True, slots=True)
class OpenLaneOrder:
    """An order under way at the start, the `n`-th of them, between two places."""

    n: int
    name: int
    item: int
    origin: int
    destination: int
    quantity: float


class Supply:
    """Executes orders on lanes.

    Parameters
    ----------
    engine : Engine
        The simulation.
    market : Market
        Is told of what arrives.
    disruptions : sequence of Disruption
        Those of places and lanes delay dispatch.
    release_periods : float
        For how many periods what is left of a capacity has to do.
    """

    def __init__(
        self,
        engine: Engine,
        market: Market,
        disruptions: Sequence[Disruption],
        *,
        release_periods: float,
    ) -> None:
        self._engine = engine
        self._market = market
        self._outages = Outages(disruptions)
        self._suppliers = SupplierOutages(engine)
        network = engine.network
        lanes, places = network.lanes, network.places
        self._origin = lanes.from_place_index.tolist()
        self._destination = lanes.to_place_index.tolist()
        self._price = lanes.price.tolist()
        self._unit_cost = lanes.unit_cost.tolist()
        self._fixed_cost = lanes.fixed_cost.tolist()
        periods = release_periods
        self._lane_capacity = (lanes.capacity_per_period * periods).tolist()
        self._place_capacity = (places.dispatch_capacity_per_period * periods).tolist()
        self.renew()
        self._yield_rate = places.yield_rate.tolist()
        made = network.production
        self._made = set(zip(made.first.tolist(), made.second.tolist(), strict=True))
        self._laws = lead_time_laws(network)
        self._n_orders = [0] * len(self._laws)
        self._responses: list[Row] = []
        self._answers_us = self._responds_us = NEVER

    @property
    def has_limits(self) -> bool:
        """Whether goods may wait for a capacity, or for the end of an outage."""
        rooms = (*self._lane_capacity, *self._place_capacity)
        return bool(self._outages) or any(map(math.isfinite, rooms))

    def renew(self) -> None:
        """Make capacities those of a new release."""
        self._lane_room = self._lane_capacity.copy()
        self._place_room = self._place_capacity.copy()

    def open(
        self, order: OpenLaneOrder, *, due_us: int, now_us: int, arrives_us: int
    ) -> None:
        """Take over an order that was under way at the start.

        Parameters
        ----------
        order : OpenLaneOrder
            The order.
        due_us, now_us, arrives_us : int
            Microseconds UTC; it arrives after `now_us`.
        """
        engine = self._engine
        target = engine.points.point(order.item, order.destination)
        engine.points.on_order[target] += order.quantity
        engine.emitter.emit(
            (
                now_us, PLACED, NONE, order.name, engine.item_names[order.item],
                engine.place_names[order.destination],
                engine.place_names[order.origin], NONE,
                order.quantity, NAN, NAN, due_us,
            )
        )  # fmt: skip
        _, shipment = engine.numbering.next("S")

        def arrive(order: OpenLaneOrder, at_us: int) -> None:
            engine.points.on_order[target] -= order.quantity
            engine.points.on_hand[target] += order.quantity
            engine.emitter.emit(
                (
                    at_us, RECEIVED, NONE, shipment, engine.item_names[order.item],
                    engine.place_names[order.destination],
                    engine.place_names[order.origin], order.name,
                    order.quantity, NAN, NAN, NEVER,
                )
            )  # fmt: skip
            self._market.arrived(target, at_us)

        key = tie_key(COMPLETION, _OPENING, order.n)
        engine.schedule.call(arrives_us, key, arrive, order)

    def release(self, decisions: Decisions, now_us: int) -> None:
        """Place orders and dispatch what there is, in the order given.

        Parameters
        ----------
        decisions : Decisions
            Orders on lanes; production is not looked at.
        now_us : int
            Microseconds UTC.

        Raises
        ------
        OptionError
            If a lane does not exist or ends where the item is not kept.
        """
        self.renew()
        columns = (decisions.lane, decisions.item, decisions.quantity)
        for lane, item, quantity, name in zip(
            *(column.tolist() for column in columns),
            decisions.name or [""] * len(decisions.lane),
            strict=True,
        ):
            if quantity > 0.0:
                self.execute(self.new_order(lane, item, quantity, name), now_us)
        self.respond(now_us)

    def execute(self, order: LaneOrder, now_us: int) -> None:
        """Place an order and dispatch what there is; the rest of it is cancelled."""
        lane, origin = order.lane, self._origin[order.lane]
        room = min(self._lane_room[lane], self._place_room[origin])
        if self._outages or self._suppliers:
            open_us = self._open_us(lane, now_us)
            if open_us > now_us:
                self._delay(order, now_us, open_us)
                return
            share = self._outages.share(now_us, lane=lane, origin=origin)
            room = min(room, share * order.quantity)
        filled = self._dispatch(order, now_us, room)
        self._lane_room[lane] -= filled
        self._place_room[origin] -= filled

    def new_order(
        self, lane: int, item: int, quantity: float, known_as: str = ""
    ) -> LaneOrder:
        """Give an order its number, and its name unless it has one.

        Parameters
        ----------
        lane, item : int
            Indices of the network.
        quantity : float
            > 0, in the base unit of the item.
        known_as : str
            Its name; empty for the next of the numbering.

        Returns
        -------
        LaneOrder

        Raises
        ------
        OptionError
            If the lane does not exist or ends where the item is not kept.
        """
        engine, network = self._engine, self._engine.network
        if not 0 <= lane < len(self._laws):
            msg = f"lane must be in 0..{len(self._laws) - 1}, was {lane}"
            raise OptionError(msg)
        if self._destination[lane] >= network.n_sites + network.n_suppliers:
            msg = (
                f"lane {network.lanes.ids[lane]!r} ends at a customer: goods go there "
                f"for orders of the customer, not by decision"
            )
            raise OptionError(msg)
        origin = self._origin[lane]
        source = engine.points.point(item, origin) if origin < network.n_sites else NONE
        target = engine.points.point(item, self._destination[lane])
        self._n_orders[lane] += 1
        _, name = engine.numbering.next("P")
        name = engine.names.index(known_as) if known_as else name
        n = self._n_orders[lane]
        return LaneOrder(n, name, lane, item, source, target, quantity)

    def lead_us(self, lane: int, n: int) -> int:
        """Return the lead time of the n-th order of a lane, at least a microsecond."""
        law = self._laws[lane]
        drawn = self._engine.sampler.duration_us(law, LEAD_TIME, lane, n)
        return max(drawn, RESPONSE_US)

    def place(self, order: LaneOrder, now_us: int, due_us: int) -> None:
        """Tell that an order is placed.

        Parameters
        ----------
        order : LaneOrder
            The order.
        now_us, due_us : int
            Microseconds UTC.
        """
        engine = self._engine
        engine.emitter.emit(
            (
                now_us, PLACED, NONE, order.name, engine.item_names[order.item],
                engine.place_names[self._destination[order.lane]],
                engine.place_names[self._origin[order.lane]], NONE,
                order.quantity, self._price[order.lane], NAN, due_us,
            )
        )  # fmt: skip

    def _delay(self, order: LaneOrder, now_us: int, open_us: int) -> None:
        # Placed now, told at once to be late, dispatched when the outage ends.
        engine = self._engine
        lead_us = self.lead_us(order.lane, order.n)
        self.place(order, now_us, now_us + lead_us)
        engine.points.on_order[order.target] += order.quantity
        self._tell_delay(order.name, now_us, open_us + lead_us)
        key = tie_key(REPAIR, order.lane, order.n)
        engine.schedule.call(open_us, key, self._dispatch_late, order)

    def _tell_delay(self, name: int, now_us: int, due_us: int) -> None:
        self._engine.emitter.emit(
            (
                now_us, DELAYED, NONE, name, NONE, NONE, NONE, NONE,
                NAN, NAN, NAN, due_us,
            )
        )  # fmt: skip

    def _dispatch_late(self, order: LaneOrder, now_us: int) -> None:
        open_us = self._open_us(order.lane, now_us)
        if open_us > now_us:
            # The supplier is down again.
            late_us = open_us + self.lead_us(order.lane, order.n)
            self._tell_delay(order.name, now_us, late_us)
            key = tie_key(REPAIR, order.lane, order.n)
            self._engine.schedule.call(open_us, key, self._dispatch_late, order)
            return
        self._engine.points.on_order[order.target] -= order.quantity
        filled = self._fill(order, float("inf"))
        self._send(order, filled, now_us, now_us + self.lead_us(order.lane, order.n))
        self.respond(now_us)

    def _dispatch(self, order: LaneOrder, now_us: int, room: float) -> float:
        due_us = now_us + self.lead_us(order.lane, order.n)
        self.place(order, now_us, due_us)
        filled = self._fill(order, room)
        self._send(order, filled, now_us, due_us)
        return filled

    def _yield_of(self, order: LaneOrder) -> float:
        # A site that makes an item by bill or routing has had its losses there.
        origin = self._origin[order.lane]
        if order.source < 0 or (order.item, origin) in self._made:
            return 1.0
        rate: float = self._yield_rate[origin]
        return rate

    def _fill(self, order: LaneOrder, room: float) -> float:
        quantity = min(order.quantity, room)
        if order.source < 0:
            return quantity
        available = self._engine.points.on_hand[order.source] * self._yield_of(order)
        return max(0.0, min(quantity, available))

    def _send(self, order: LaneOrder, filled: float, now_us: int, due_us: int) -> None:
        if filled < order.quantity:
            self._answer(
                now_us,
                (
                    now_us + RESPONSE_US, ORDER_CANCELLED, NONE, order.name,
                    NONE, NONE, NONE, NONE, NAN, NAN, NAN, NEVER,
                ),
            )  # fmt: skip
        if filled <= 0.0:
            return
        # Live state may forget a cancelled order before its goods come.
        named = order.name if filled >= order.quantity else NONE
        cost = self._unit_cost[order.lane] * filled + self._fixed_cost[order.lane]
        self._ship(
            order, filled, named=named, cost=cost, now_us=now_us, due_us=due_us
        )  # fmt: skip

    def _ship(
        self, order: LaneOrder, filled: float, *,
        named: int, cost: float, now_us: int, due_us: int,
    ) -> None:  # fmt: skip
        # `named` is what the receipt says it is for.
        engine, lane = self._engine, order.lane
        self._consume(order, filled, now_us)
        _, shipment = engine.numbering.next("S")
        engine.emitter.emit(
            (
                now_us, DISPATCHED, NONE, shipment, engine.item_names[order.item],
                engine.place_names[self._origin[lane]],
                engine.place_names[self._destination[lane]], order.name,
                filled, cost, NAN, due_us,
            )
        )  # fmt: skip
        engine.points.in_transit[order.target] += filled
        arrival = Arrival(shipment, named, lane, order.item, order.target, filled)
        key = tie_key(COMPLETION, lane, order.n)
        engine.schedule.call(due_us, key, self._receive, arrival)

    def _open_us(self, lane: int, now_us: int) -> int:
        # When goods can next leave on a lane, as far as is known.
        origin = self._origin[lane]
        up_us = max(now_us, self._suppliers.until_us(origin))
        return self._outages.open_us(up_us, lane=lane, origin=origin)

    def serve_site(self, order: SiteOrder, most: float, now_us: int) -> bool:
        """Send what there is to an own site that waits, up to `most`.

        If its lane is down, the order comes back when that is over, behind all that
        wait then.

        Parameters
        ----------
        order : SiteOrder
            First of those that still wait at its point.
        most : float
            In the base unit of the item.
        now_us : int
            Microseconds UTC.

        Returns
        -------
        bool
            Whether it still waits at its point.
        """
        lane, origin = order.lane, self._origin[order.lane]
        room = min(self._lane_room[lane], self._place_room[origin], most)
        if self._outages or self._suppliers:
            open_us = self._open_us(lane, now_us)
            if open_us > now_us:
                due_us = open_us + self.lead_us(lane, order.n)
                self._tell_delay(order.name, now_us, due_us)
                key = tie_key(REPAIR, lane, order.n)
                self._engine.schedule.call(open_us, key, self._market.wait, order)
                return False
            share = self._outages.share(now_us, lane=lane, origin=origin)
            room = min(room, share * order.remaining)
        self._send_part(order, room, now_us)
        points = self._engine.points
        if order.remaining > EPSILON:
            return True
        points.owed[order.source] -= order.remaining
        points.on_order[order.target] -= order.remaining
        return False

    def _send_part(self, order: SiteOrder, room: float, now_us: int) -> None:
        points, lane = self._engine.points, order.lane
        sent = LaneOrder(
            order.n, order.name, lane, order.item,
            order.source, order.target, order.remaining,
        )  # fmt: skip
        filled = self._fill(sent, room)
        if filled <= 0.0:
            return
        cost = self._unit_cost[lane] * filled
        if order.parts == 0:
            cost += self._fixed_cost[lane]
        else:
            # A later part takes the next number of the lane.
            self._n_orders[lane] += 1
            sent = replace(sent, n=self._n_orders[lane])
        due_us = now_us + self.lead_us(sent.lane, sent.n)
        self._ship(
            sent, filled, named=order.name, cost=cost, now_us=now_us, due_us=due_us
        )  # fmt: skip
        order.parts += 1
        order.remaining -= filled
        points.owed[order.source] -= filled
        points.on_order[order.target] -= filled
        self._lane_room[lane] -= filled
        self._place_room[self._origin[lane]] -= filled

    def _consume(self, order: LaneOrder, filled: float, now_us: int) -> None:
        if order.source < 0:
            return
        points, rate = self._engine.points, self._yield_of(order)
        if rate == 1.0:
            points.on_hand[order.source] -= filled
            return
        used = min(filled / rate, points.on_hand[order.source])
        points.on_hand[order.source] -= used
        site = self._engine.place_names[self._origin[order.lane]]
        item = self._engine.item_names[order.item]
        scrapped = used > filled
        self._answer(
            now_us,
            (
                now_us + RESPONSE_US, STOCK_MOVED,
                MOVE_SCRAP if scrapped else MOVE_RECEIPT, NONE, item,
                site if scrapped else NONE, NONE if scrapped else site, NONE,
                abs(used - filled), NAN, NAN, NEVER,
            ),
        )  # fmt: skip

    def _answer(self, now_us: int, row: Row) -> None:
        # All answers of an instant are told together.
        if self._answers_us != now_us:
            self._responses, self._answers_us = [], now_us
        self._responses.append(row)

    def respond(self, now_us: int) -> None:
        """Have what answers the orders of the instant told a microsecond later."""
        later_us = now_us + RESPONSE_US
        if self._answers_us == now_us and self._responds_us != later_us:
            self._responds_us = later_us
            key = tie_key(COMPLETION, len(self._laws), 0)
            self._engine.schedule.call(later_us, key, self._emit, self._responses)

    def _emit(self, rows: list[Row], _now_us: int) -> None:
        for row in rows:
            self._engine.emitter.emit(row)

    def _receive(self, arrival: Arrival, now_us: int) -> None:
        engine = self._engine
        engine.points.in_transit[arrival.target] -= arrival.quantity
        engine.points.on_hand[arrival.target] += arrival.quantity
        engine.emitter.emit(
            (
                now_us, RECEIVED, NONE, arrival.shipment,
                engine.item_names[arrival.item],
                engine.place_names[self._destination[arrival.lane]],
                engine.place_names[self._origin[arrival.lane]], arrival.order,
                arrival.quantity, NAN, NAN, NEVER,
            )
        )  # fmt: skip
        self._market.arrived(arrival.target, now_us)
