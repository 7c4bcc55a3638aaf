"""Policies of stock points: reviews, what they order, and what waits for goods."""

import math
from itertools import count

import numpy as np

from streams.events import TYPE_CODES
from twin.model.tables import POLICIES
from twin.simulate.decisions import Decisions
from twin.simulate.random import SECOND_US
from twin.simulate.reference.engine import Engine
from twin.simulate.reference.factory import Factory
from twin.simulate.reference.failures import Pauses
from twin.simulate.reference.market import EPSILON, Market, SiteOrder
from twin.simulate.reference.schedule import (
    COST_TICK,
    DEMAND,
    POLICY_REVIEW,
    tie_key,
)
from twin.simulate.reference.stock import StockSums
from twin.simulate.reference.supply import Supply
from twin.simulate.replenishment import check_replenished, replenishment

PLACED = TYPE_CODES["PurchaseOrderPlaced"]
_PLAN, _BASE_STOCK, _S_S = (POLICIES.index(p) for p in ("plan", "base_stock", "s_S"))

# Entity of production that is tried, after customers and own sites of the instant.
_MAKING = 2


class Policies:
    """Follows the policies of stock points.

    Each point with a policy is reviewed every `review_s`, first at `as_of`, after the
    demand of the instant, and after all points that it replenishes. Its inventory
    position is what is on hand, on order, in transit and in production, less what
    customers and own sites wait for, and less what production that waits has a claim
    to. ``base_stock`` orders up to `order_up_to`; ``s_S`` does when the position is
    at most `reorder_point`; ``r_Q`` then orders as many `order_quantity` as bring it
    above. Less than 1e-9 is not ordered.

    What is made at the site is ordered by a production order, all else over the
    cheapest lane, rounded up to its `minimum` and `multiple`. Orders to own sites wait
    there in one queue with those of customers; production waits for components, and
    takes what customers and own sites of the instant leave. What a supplier cannot send
    for want of capacity is cancelled, as without policies. Capacities of lanes and
    places are those of a period.

    Parameters
    ----------
    engine : Engine
        The simulation.
    market, supply, factory : Market, Supply, Factory
        Who serve, send and make.

    Raises
    ------
    OptionError
        If a stock point with a policy has nothing that replenishes it.
    """

    def __init__(
        self, engine: Engine, market: Market, supply: Supply, factory: Factory
    ) -> None:
        network = engine.network
        self._engine = engine
        self._market = market
        self._supply = supply
        self._factory = factory
        ways = replenishment(network)
        check_replenished(network, ways)
        stock, n_points = network.stock, len(engine.points)
        self._made, self._lane = ways.made.tolist(), ways.lane.tolist()
        self._policy = stock.policy.tolist()
        self._levels: list[tuple[float, float, float]] = list(
            zip(
                stock.reorder_point.tolist(), stock.order_up_to.tolist(),
                stock.order_quantity.tolist(), strict=True,
            )
        )  # fmt: skip
        self._item, self._site = stock.item_index.tolist(), stock.site_index.tolist()
        ends = network.lanes.to_place_index
        self._priority: list[float] = network.places.priority[ends].tolist()
        self._minimum: list[float] = network.lanes.minimum.tolist()
        self._multiple: list[float] = network.lanes.multiple.tolist()
        self._sums = np.zeros((4, n_points))
        self._n_orders = [0] * n_points
        self._n_periods = 0
        self._trying = [False] * n_points
        self._users: list[list[int]] = [[] for _ in range(n_points)]
        made = network.production
        for item, site in zip(made.first.tolist(), made.second.tolist(), strict=True):
            target = engine.points.point(item, site)
            for point, _, _ in factory.recipe(item, site).components:
                self._users[point].append(target)
        self._has_limits = supply.has_limits
        market.sites = self
        for point, review_s in enumerate(stock.review_s.tolist()):
            if self._policy[point] != _PLAN:
                process = self._reviews(
                    point, round(review_s * SECOND_US), int(ways.turn[point])
                )
                engine.schedule.process(process)
        engine.schedule.process(self._counts())

    @property
    def sums(self) -> StockSums:
        """What policies ordered, and stock at the ends of periods, summed."""
        on_hand, in_transit, backorder, ordered = self._sums.copy()
        n_orders = np.array(self._n_orders, np.int64)
        return StockSums(
            self._n_periods, on_hand, in_transit, backorder, ordered, n_orders
        )  # fmt: skip

    def release(self, decisions: Decisions, now_us: int) -> None:
        """Place orders that were decided elsewhere; they wait as those of policies do.

        Parameters
        ----------
        decisions : Decisions
            Orders in the order in which they are placed.
        now_us : int
            Microseconds UTC.

        Raises
        ------
        OptionError
            As for `Supply.release` and `Factory.release`.
        """
        for lane, item, quantity in zip(
            decisions.lane.tolist(), decisions.item.tolist(),
            decisions.quantity.tolist(), strict=True,
        ):  # fmt: skip
            if quantity > 0.0:
                self._order(lane, item, quantity, now_us)
        self._supply.respond(now_us)
        for item, site, quantity in zip(
            decisions.make_item.tolist(), decisions.make_site.tolist(),
            decisions.make_quantity.tolist(), strict=True,
        ):  # fmt: skip
            if quantity > 0.0:
                self._want(item, site, quantity, now_us)

    def renew(self, now_us: int) -> None:
        """Tell that a period ends: who waited for capacity is served."""
        if self._has_limits:
            self._supply.renew()
            for point in range(len(self._engine.points)):
                self._market.arrived(point, now_us)

    def serve(self, order: SiteOrder, most: float, now_us: int) -> bool:
        """Send up to `most` to an own site; return whether it still waits."""
        return self._supply.serve_site(order, most, now_us)

    def served(self, now_us: int) -> None:
        """Tell that goods were given out."""
        self._supply.respond(now_us)

    def came(self, point: int, now_us: int) -> None:
        """Try production that waits for what came, after all demand of the instant."""
        for target in self._users[point]:
            self._try_making(target, now_us)

    def _reviews(self, point: int, review_us: int, turn: int) -> Pauses:
        now_us = self._engine.network.settings.as_of_us
        for n in count():
            key = tie_key(POLICY_REVIEW, turn, n)
            yield self._engine.schedule.wait(now_us + n * review_us, key)
            self._review(point, now_us + n * review_us)

    def _review(self, point: int, now_us: int) -> None:
        quantity = self._needed(point, self._position(point))
        if quantity <= EPSILON:
            return
        item, lane = self._item[point], self._lane[point]
        if not self._made[point]:
            quantity = self._rounded(lane, quantity)
        self._n_orders[point] += 1
        self._sums[3, point] += quantity
        if self._made[point]:
            self._want(item, self._site[point], quantity, now_us)
        else:
            self._order(lane, item, quantity, now_us)
            self._supply.respond(now_us)

    def _position(self, point: int) -> float:
        points = self._engine.points
        coming = (
            points.on_hand[point]
            + points.on_order[point]
            + points.in_transit[point]
            + points.in_production[point]
        )
        waits = points.backorder[point]
        return coming + points.wanted[point] - waits - points.owed[point]

    def _needed(self, point: int, position: float) -> float:
        reorder_point, order_up_to, order_quantity = self._levels[point]
        if self._policy[point] == _BASE_STOCK:
            return max(order_up_to - position, 0.0)
        if position > reorder_point:
            return 0.0
        if self._policy[point] == _S_S:
            return order_up_to - position
        lots = math.floor((reorder_point - position) / order_quantity) + 1
        return lots * order_quantity

    def _rounded(self, lane: int, quantity: float) -> float:
        quantity = max(quantity, self._minimum[lane])
        multiple = self._multiple[lane]
        if multiple > 0.0:
            return math.ceil(quantity / multiple - EPSILON) * multiple
        return quantity

    def _order(self, lane: int, item: int, quantity: float, now_us: int) -> None:
        points = self._engine.points
        order = self._supply.new_order(lane, item, quantity)
        if order.source < 0:
            self._supply.execute(order, now_us)
            return
        self._supply.place(order, now_us, now_us + self._supply.lead_us(lane, order.n))
        points.on_order[order.target] += quantity
        points.owed[order.source] += quantity
        waiting = SiteOrder(
            order.n, order.name, lane, item, order.source, order.target, quantity,
            self._priority[lane],
        )  # fmt: skip
        self._market.wait(waiting, now_us)

    def _want(self, item: int, site: int, quantity: float, now_us: int) -> None:
        points, recipe = self._engine.points, self._factory.recipe(item, site)
        target = points.point(item, site)
        points.wanted[target] += quantity
        for point, _, per_unit in recipe.components:
            points.owed[point] += quantity * per_unit
        self._try_making(target, now_us)

    def _try_making(self, point: int, now_us: int) -> None:
        if self._engine.points.wanted[point] > 0.0 and not self._trying[point]:
            self._trying[point] = True
            key = tie_key(DEMAND, _MAKING, point)
            self._engine.schedule.call(now_us, key, self._make, point)

    def _make(self, point: int, now_us: int) -> None:
        points, item, site = self._engine.points, self._item[point], self._site[point]
        self._trying[point] = False
        pieces = self._factory.make(item, site, points.wanted[point], now_us)
        if pieces <= 0.0:
            return
        points.wanted[point] -= pieces
        if points.wanted[point] <= EPSILON:
            points.wanted[point] = 0.0
        for component, _, per_unit in self._factory.recipe(item, site).components:
            points.owed[component] -= pieces * per_unit

    def _counts(self) -> Pauses:
        settings, schedule = self._engine.network.settings, self._engine.schedule
        points = self._engine.points
        for n in count():
            end_us = settings.as_of_us + (n + 1) * settings.period_us
            yield schedule.wait(end_us, tie_key(COST_TICK, 0, n))
            self._n_periods += 1
            self._sums[0] += points.on_hand
            self._sums[1] += points.in_transit
            self._sums[2] += points.backorder
