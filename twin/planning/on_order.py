"""Items made on order: which customers' orders become production orders, and when.

An item that is assembled or made to order is begun when a customer has ordered it, one
production order for each order of a customer; so is what is made for items to order and
for nothing else. Orders of one setup family wait for each other, see
`twin.planning.made_to_order`, and for the materials they are made of.

References
----------
Hoekstra, Romme (1992), "Integral Logistic Structures", chapter 1: the point up to which
goods are made to forecasts, and from which they are made on order.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.batch import NO_TIME
from twin.errors import OptionError
from twin.model.elements import STRATEGIES
from twin.model.network import Network
from twin.planning.made_to_order import Grouping, Pieces, grouped
from twin.planning.problem import production_by_point
from twin.planning.structure import PlanningStructure
from twin.simulate.routings import RoutingRows
from twin.state import tables as t
from twin.state.state import State

SMALLEST = 1e-6
"""Units below which nothing is missing: rounding."""

LONGEST_S = 100 * 365 * 86_400
"""What an endless wait is taken for, seconds."""

NONE = -1
_TO_STOCK, _, _TO_ORDER = range(len(STRATEGIES))
Point = tuple[int, int]  # item, site


@dataclass(frozen=True, slots=True)
class MadeFor:
    """A production order for an order of a customer.

    Attributes
    ----------
    item, site : int
        Indices of the network.
    quantity : float
        Units to start, > 0.
    order : str
        The customer's.
    arrived_us, due_us : int
        When the customer asked, and for when; microseconds UTC.
    group : int
        Orders of a review with the same number are made together.
    """

    item: int
    site: int
    quantity: float
    order: str
    arrived_us: int
    due_us: int
    group: int = 0


@dataclass(slots=True)
class _Need:
    order: str
    arrived_us: int
    due_us: int
    units: float


def items_on_order(network: Network) -> NDArray[np.bool_]:
    """Say which items are begun only when they are ordered.

    Parameters
    ----------
    network : Network
        With the strategies of its items.

    Returns
    -------
    ndarray of shape (n_items,), bool
        Those assembled or made to order, and what is made for items made to order,
        for nothing else, and asked for by nobody.
    """
    strategy, bills = network.items.strategy, network.bills
    is_made = np.zeros(len(strategy), np.bool_)
    is_made[network.production.first] = True
    asked = np.zeros(len(strategy), np.bool_)
    asked[network.demands.item_index] = True
    through = strategy == _TO_ORDER
    while True:
        used, elsewhere = np.zeros_like(through), np.zeros_like(through)
        used[bills.component_index] = True
        elsewhere[bills.component_index[~through[bills.item_index]]] = True
        more = through | (
            used & ~elsewhere & is_made & ~asked & (strategy == _TO_STOCK)
        )
        if (more == through).all():
            found: NDArray[np.bool_] = through | (strategy != _TO_STOCK)
            return found
        through = more


class OnOrder:
    """Turns orders of customers into production orders, review by review.

    Parameters
    ----------
    structure : PlanningStructure
        Of the network.

    Raises
    ------
    OptionError
        If a site has customers for an item on order that cannot come there.
    """

    def __init__(self, structure: PlanningStructure) -> None:
        self._structure, network = structure, structure.network
        self._network = network
        self.is_on_order = items_on_order(network)
        """Of each item, whether it is begun only when it is ordered."""
        self._family = _families(network)
        self._bills = _bills(network)
        self._reaches = _Reach(network)
        split = structure.n_lane_activities
        self._activity = {
            (int(item), int(site)): split + k
            for k, (item, site) in enumerate(
                zip(
                    structure.activity_item[split:],
                    structure.activity_site[split:],
                    strict=True,
                )
            )
        }
        demands = network.demands
        for item, site in sorted(
            set(
                zip(
                    demands.item_index.tolist(),
                    demands.site_index.tolist(),
                    strict=True,
                )
            )
        ):
            if self.is_on_order[item]:
                self._maker(item, site)

    def kept(self, item: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Say which of these items a plan may begin without an order."""
        free: NDArray[np.bool_] = ~self.is_on_order[item]
        return free

    def release(self, state: State, now_us: int) -> list[MadeFor]:
        """Return what is to be begun at a review.

        Parameters
        ----------
        state : State
            Whose last instant is closed.
        now_us : int
            Time of the review.

        Returns
        -------
        list of MadeFor
            Groups that are full, or of which an order would have to wait too long until
            the next review, those due first before others. An order is left waiting for
            materials that are not there for all of it.
        """
        if not self.is_on_order.any():
            return []
        waiting = self._waiting(state, now_us)
        on_hand = self._structure.view.stock_column(state, "on_hand")
        found: list[MadeFor] = []
        for site, family in sorted({self._key(one) for one in waiting}):
            own = [one for one in waiting if self._key(one) == (site, family)]
            found += self._grouped(self._there(own, on_hand), now_us, len(found))
        first: dict[int, int] = {}
        for one in found:
            first[one.group] = min(first.get(one.group, one.due_us), one.due_us)
        found.sort(key=lambda one: (first[one.group], one.group, one.due_us))
        return found

    def _key(self, one: MadeFor) -> Point:
        return one.site, self._family[one.item, one.site]

    def _maker(self, item: int, site: int) -> int:
        """Return the nearest site that makes an item for another."""
        makers = [s for i, s in self._activity if i == item]
        near = self._reaches.of(item, site)
        found = [(near[s], s) for s in makers if s in near]
        if not found:
            name = self._network.items.ids[item]
            msg = (
                f"item {name!r} is made on order, and no site that makes it is joined "
                f"by lanes to {self._network.places.ids[site]!r}"
            )
            raise OptionError(msg)
        return min(found)[1]

    def _waiting(self, state: State, now_us: int) -> list[MadeFor]:
        """Return what nothing there is, or under way, is for; parts before wholes."""
        view = self._structure.view
        supply = (
            view.stock_column(state, "on_hand")
            + view.stock_column(state, "in_transit")
            + production_by_point(self._structure, state)
        )
        needs = _needs(self._network, self.is_on_order, state, now_us)
        waiting: list[MadeFor] = []
        while needs:
            left = self._uncovered(needs, supply)
            needs = defaultdict(list)
            for point, needed in left.items():
                good = float(self._structure.yield_rate[self._activity[point]])
                for need in needed:
                    units = need.units / good
                    if abs(units - round(units)) > SMALLEST and need.units == round(
                        need.units
                    ):
                        units = float(np.ceil(units))
                    waiting.append(
                        MadeFor(*point, units, need.order, need.arrived_us, need.due_us)
                    )
                    for part, each in self._bills.get(point[0], ()):
                        if self.is_on_order[part]:
                            needs[part, point[1]].append(
                                _Need(
                                    need.order,
                                    need.arrived_us,
                                    need.due_us,
                                    units * each,
                                )
                            )
        return waiting[::-1]

    def _uncovered(
        self, needs: dict[Point, list[_Need]], supply: NDArray[np.float64]
    ) -> dict[Point, list[_Need]]:
        """Take from supply; return what is to be made, by item and site."""
        for own in needs.values():
            own.sort(key=lambda need: (need.arrived_us, need.due_us, need.order))
        for point, own in needs.items():
            self._take(own, point, supply)
        left: dict[Point, list[_Need]] = defaultdict(list)
        for (item, site), own in needs.items():
            for other in self._reaches.of(item, site):
                self._take(own, (item, other), supply)
            still = [need for need in own if need.units > SMALLEST]
            if still:
                maker = self._maker(item, site)
                took_us = round(self._reaches.of(item, site)[maker] * 1e6)
                for need in still:
                    need.due_us -= took_us
                left[item, maker] += still
        for own in left.values():
            own.sort(key=lambda need: (need.arrived_us, need.due_us, need.order))
        return left

    def _take(
        self, needs: list[_Need], point: Point, supply: NDArray[np.float64]
    ) -> None:
        row = int(self._structure.view.point_of[point])
        if row < 0:
            return
        for need in needs:
            taken = min(need.units, max(float(supply[row]), 0.0))
            need.units -= taken
            supply[row] -= taken

    def _there(
        self, waiting: list[MadeFor], on_hand: NDArray[np.float64]
    ) -> list[MadeFor]:
        """Keep what there are materials for, and take those."""
        kept = []
        for one in waiting:
            parts = [
                (int(self._structure.view.point_of[part, one.site]), each)
                for part, each in self._bills.get(one.item, ())
            ]
            if all(
                on_hand[row] + SMALLEST >= each * one.quantity for row, each in parts
            ):
                kept.append(one)
                for row, each in parts:
                    on_hand[row] -= each * one.quantity
        return kept

    def _grouped(
        self, waiting: list[MadeFor], now_us: int, first: int
    ) -> list[MadeFor]:
        """Return those of one family whose group is to begin now."""
        if not waiting:
            return []
        waiting = sorted(waiting, key=lambda one: (one.arrived_us, one.due_us))
        items = self._network.items
        own = sorted({one.item for one in waiting})
        wait_s = float(items.order_wait_s[own].min())
        start_us = waiting[0].arrived_us
        arrived = np.array([one.arrived_us - start_us for one in waiting]) // 1_000_000
        nothing = np.zeros(len(waiting), np.int64)
        groups = grouped(
            Pieces(arrived=arrived, due=nothing, family=nothing, work=nothing + 1),
            Grouping(
                least=int(items.order_batch_min[own].max()),
                longest_wait=round(min(wait_s, LONGEST_S)),
            ),
        )
        next_s = (now_us - start_us + self._network.settings.review_us) / 1e6
        return [
            MadeFor(
                one.item, one.site, one.quantity, one.order, one.arrived_us,
                one.due_us, first + int(group),
            )
            for one, group in zip(waiting, groups.of_piece.tolist(), strict=True)
            if groups.released[group] < next_s
        ]  # fmt: skip


def _needs(
    network: Network, is_on_order: NDArray[np.bool_], state: State, now_us: int
) -> dict[Point, list[_Need]]:
    """Return what customers wait for of items on order, by item and site."""
    used = state.tables.orders[: state.tables.counts[t.ORDER, t.N_USED]]
    rows = used[(used["status"] == t.OPEN) & (used["kind"] == t.ORDER_CUSTOMER)]
    needs: dict[Point, list[_Need]] = defaultdict(list)
    for row in rows:
        item, site = int(row["item"]), int(row["place"])
        units = float(row["quantity"] - row["shipped"])
        known = 0 <= item < len(is_on_order) and 0 <= site < network.n_sites
        if not known or not is_on_order[item] or not units > SMALLEST:
            continue
        arrived_us, due_us = int(row["ordered_us"]), int(row["due_us"])
        arrived_us = now_us if arrived_us == NO_TIME else arrived_us
        due_us = arrived_us if due_us == NO_TIME else due_us
        name = state.names[row["name"]]
        needs[item, site].append(_Need(name, arrived_us, due_us, units))
    return needs


def _families(network: Network) -> dict[Point, int]:
    """Return the setup family of each item at each site; items without one alone."""
    rows_of, routings = RoutingRows(network), network.routings
    made, found = network.production, {}
    for item, site in zip(made.first.tolist(), made.second.tolist(), strict=True):
        rows = rows_of.of(item, site)
        families = routings.setup_family_index[rows]
        families = families[families >= 0]
        own = int(families[0]) if len(families) else NONE - 1 - item
        found[item, site] = own
    return found


def _bills(network: Network) -> dict[int, list[tuple[int, float]]]:
    """Return components of one unit started, what is lost of them included."""
    bills = network.bills
    found: dict[int, list[tuple[int, float]]] = defaultdict(list)
    per_unit = bills.quantity / (1.0 - bills.scrap_rate)
    rows = zip(bills.item_index, bills.component_index, per_unit, strict=True)
    for item, component, quantity in rows:
        found[int(item)].append((int(component), float(quantity)))
    return found


class _Reach:
    """How long goods take from site to site, over as many lanes as it needs."""

    def __init__(self, network: Network) -> None:
        lanes, pairs = network.lanes, network.lane_items
        self._into: dict[Point, list[tuple[float, int]]] = defaultdict(list)
        self._known: dict[Point, dict[int, float]] = {}
        for lane, item in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True):
            origin = int(lanes.from_place_index[lane])
            target = int(lanes.to_place_index[lane])
            if origin < network.n_sites and target < network.n_sites:
                lead_s = float(lanes.lead_time_s[lane])
                self._into[item, target].append((lead_s, origin))

    def of(self, item: int, site: int) -> dict[int, float]:
        """Return the sites an item can come from, itself included, and how long."""
        if (item, site) in self._known:
            return self._known[item, site]
        took_s = {site: 0.0}
        changed = [site]
        while changed:
            at = changed.pop()
            for lead_s, origin in self._into[item, at]:
                if took_s[at] + lead_s < took_s.get(origin, np.inf):
                    took_s[origin] = took_s[at] + lead_s
                    changed.append(origin)
        self._known[item, site] = took_s
        return took_s
