"""From the relaxation to whole vehicles: round up, then save them one by one."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from optimizer.logistics.transshipment._kernels.flows import cheapest_flow, tree_of
from optimizer.logistics.transshipment._kernels.rerouting import (
    Paths,
    Shipping,
    shave_all,
    swap,
)
from optimizer.logistics.transshipment.program import balance_of, layout_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.logistics.transshipment.problem import (
        FloatArray,
        IntArray,
        TransshipmentProblem,
    )

__all__ = ["Relaxation", "ShippingSearch", "relaxed"]

ROUNDING = 1e-7
"""Share of a vehicle that may be over without another one: sums are exact to less."""

SHARES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Shares of a vehicle's cost that saving it may cost, by round: room that is given to
the cheapest savings first saves more than room given to the first."""

TRIED, MOST_TRIES = 4, 16
"""Items looked at to free a vehicle for another, and in the last rounds: twice as many
take twice as long."""

SWAPPED = 0.05
"""Share of lanes and periods that get a vehicle more in a round, one after another."""

OTHERS = 5
"""Lanes nearby that may lose a vehicle for it: more of them take longer each time."""

REOPENED, WINDOW = 2, 6
"""Sites whose lanes are loaded afresh at a time, and periods: twice as many take twice
as long and are seldom better in all."""

JITTER = 0.15
"""Share by which prices of lanes that are loaded afresh differ, at random."""

VAIN_MOST = 3
"""Rounds over all sites without any saving before a search ends."""

FORCED = 1e6
"""A vehicle that must go is worth that many times the dearest unit."""

MOST_CHANGES = 100_000
"""Changes of flow that saving one vehicle may make: enough for any, 2.4 MB."""

SHUFFLED = 0.3
"""Vehicles are tried by what they carry, the emptiest first, blurred by that share of a
vehicle, so that two searches do not try the same."""


class Relaxation:
    """The cheapest flows if parts of vehicles could be paid for.

    Parameters
    ----------
    problem
        What is to be shipped.

    References
    ----------
    Fisher (1981), "The Lagrangian relaxation method for solving integer programming
    problems", Management Science 27(1). Relaxing what joins items (the room in
    vehicles) at the price of a full vehicle leaves one network flow for each item. With
    no fixed costs, that bound is the linear program's.
    """

    def __init__(self, problem: TransshipmentProblem) -> None:
        self.problem = problem
        self.layout = layout_of(problem)
        lanes, lane = problem.lanes, self.layout.lane
        # A lane that is used pays at least that share of its fixed cost a vehicle.
        share = lanes.fixed_cost / np.maximum(lanes.vehicles_max, 1)
        self.price = ((lanes.vehicle_cost + share) / lanes.room)[lane]
        n_items, n_arcs = self.layout.cost.shape
        self.balance = balance_of(problem)
        self.flow = np.zeros((n_items, n_arcs))
        self.potential = np.zeros((n_items, self.layout.graph.n_nodes))
        self.value = np.zeros(n_items)
        self.done = np.zeros(n_items, dtype=np.bool_)

    @property
    def bound(self) -> float:
        """Cost that no plan beats; of the items relaxed so far."""
        return float(self.value.sum())

    def relax(self, items: range, ended: Callable[[], bool]) -> None:
        """Find the cheapest flow of some items, unless it ends before.

        Parameters
        ----------
        items
            Rows.
        ended
            Asked before each of them.
        """
        graph = self.layout.graph
        tree = tree_of(graph)
        first = self.layout.first_lane
        for item in items:
            if ended():
                return
            cost = self.layout.cost[item].copy()
            cost[first:] += self.price * self.problem.volume[item]
            self.value[item] = cheapest_flow(
                graph, tree, cost, self.layout.capacity[item], self.balance[item],
                self.flow[item],
            )  # fmt: skip
            self.potential[item] = tree.potential
            self.done[item] = True

    def ship_nothing(self) -> None:
        """Give items that were not relaxed in time the flow without lanes."""
        graph, first = self.layout.graph, self.layout.first_lane
        tree = tree_of(graph)
        for item in np.flatnonzero(~self.done).tolist():
            capacity = self.layout.capacity[item].copy()
            capacity[first:] = 0.0
            cheapest_flow(
                graph, tree, self.layout.cost[item], capacity, self.balance[item],
                self.flow[item],
            )  # fmt: skip
            self.potential[item] = tree.potential


def relaxed(
    problem: TransshipmentProblem, ended: Callable[[], bool], *, n_threads: int
) -> Relaxation:
    """Return the relaxation of a problem, its items shared out among threads.

    Parameters
    ----------
    problem
        Any.
    ended
        Asked before each item; what is left then ships nothing.
    n_threads
        Number of threads, >= 1.
    """
    relaxation = Relaxation(problem)
    shares = [range(at, problem.n_items, n_threads) for at in range(n_threads)]
    threads = [
        threading.Thread(target=relaxation.relax, args=(share, ended))
        for share in shares[1:]
    ]
    for thread in threads:
        thread.start()
    relaxation.relax(shares[0], ended)
    for thread in threads:
        thread.join()
    relaxation.ship_nothing()
    return relaxation


class ShippingSearch:
    """Save vehicles, from the relaxed flows rounded up.

    Parameters
    ----------
    relaxation
        Where it begins; not changed.
    seed
        Of its random choices, >= 0.
    tries
        Items looked at for each part of a vehicle's load in the first round, >= 1.
    flow
        Units, ndarray of shape (n_items, n_arcs), float64, to begin with; copied.
        Default: those of the relaxation.
    """

    def __init__(
        self,
        relaxation: Relaxation,
        *,
        seed: int,
        tries: int,
        flow: FloatArray | None = None,
    ) -> None:
        problem, layout = relaxation.problem, relaxation.layout
        self._relaxation, self._tries = relaxation, tries
        self._rng = np.random.Generator(np.random.Philox(seed))
        lanes, lane = problem.lanes, layout.lane
        flow = (relaxation.flow if flow is None else flow).copy()
        loaded = problem.volume @ flow[:, layout.first_lane :]
        room = lanes.room[lane]
        graph, n_nodes = layout.graph, layout.graph.n_nodes
        self._s = Shipping(
            graph.tail, graph.head, *_sorted_by(graph.tail, n_nodes),
            *_sorted_by(graph.head, n_nodes), layout.first_lane, problem.volume,
            layout.cost, layout.capacity, relaxation.potential, relaxation.price, room,
            lanes.vehicle_cost[lane], lanes.fixed_cost[lane], flow, loaded,
            np.ceil(loaded / room - ROUNDING).astype(np.int64),
        )  # fmt: skip
        self._most = lanes.vehicles_max[lane]
        n_heap = 2 * graph.tail.size + 2
        self._paths = Paths(
            np.zeros(n_nodes), np.zeros(n_nodes, np.int64), np.zeros(n_nodes, np.int64),
            np.zeros(n_heap, np.int64), np.zeros(n_heap),
            np.zeros(MOST_CHANGES, np.int64), np.zeros(MOST_CHANGES, np.int64),
            np.zeros(MOST_CHANGES),
        )  # fmt: skip
        self._tree = tree_of(graph)
        self._queue = np.empty(0, dtype=np.int64)
        self._rounds, self._vain = 0, 0
        self._ends = np.unique(lanes.to_site[lane])
        self._swapping, self._kept = False, np.zeros(lane.size, dtype=np.int64)
        self._to_site = lanes.to_site[lane]
        self._arrival = layout.period + lanes.lead_periods[lane]
        self.stuck, self.calm = self._ends.size == 0, False
        self.cost = self._counted()

    @property
    def fresh(self) -> bool:
        """Whether a round over all vehicles has just ended."""
        return not self._queue.size

    @property
    def vehicles(self) -> IntArray:
        """Of each lane arc, ndarray of shape (n_lane_arcs,), int64."""
        return self._s.vehicles

    @property
    def flow(self) -> FloatArray:
        """Units, ndarray of shape (n_items, n_arcs), float64."""
        return self._s.flow

    def force(self, ended: Callable[[], bool]) -> None:
        """Take off the vehicles that are too many, at whatever price.

        Parameters
        ----------
        ended
            Asked before each lane; what is too many then ships nothing.
        """
        s = self._s
        over = np.flatnonzero(s.vehicles > self._most)
        for lane in over.tolist():
            while s.vehicles[lane] > self._most[lane] and not ended():
                before = int(s.vehicles[lane])
                kept = float(s.vehicle_cost[lane])
                s.vehicle_cost[lane] = FORCED * self._relaxation.layout.graph.dearest
                self._shave(np.array([lane]))
                s.vehicle_cost[lane] = kept
                if int(s.vehicles[lane]) == before:
                    break
            if s.vehicles[lane] > self._most[lane]:
                self._unload(lane)
        if over.size:
            self.cost = self._counted()

    def improve(self, work: int) -> int:
        """Try to save vehicles; return how many were tried.

        Parameters
        ----------
        work
            Vehicles to try, >= 1.
        """
        if not self._queue.size:
            self._refill()
        lanes, self._queue = self._queue[:work], self._queue[work:]
        if self._swapping:
            saved = sum(self._swap(lane) for lane in lanes.tolist())
        else:
            share = SHARES[min(self._rounds, len(SHARES)) - 1]
            saved = self._shave(lanes, share)
        self.cost -= saved
        return max(int(lanes.size), 1)

    def settle(self, item: int) -> None:
        """Find the cheapest flow of an item in the room that vehicles have for it.

        Parameters
        ----------
        item
            Row.
        """
        s, layout = self._s, self._relaxation.layout
        first, volume = layout.first_lane, s.volume[item]
        own = s.flow[item, first:] * volume
        capacity = s.capacity[item].copy()
        free = s.vehicles * s.room - s.loaded + own
        capacity[first:] = np.maximum(free, 0.0) / volume
        flow = np.zeros(capacity.size)
        cheapest_flow(
            layout.graph, self._tree, s.cost[item], capacity,
            self._relaxation.balance[item], flow,
        )  # fmt: skip
        before = float(s.cost[item] @ s.flow[item])
        after = float(s.cost[item] @ flow)
        if after < before:
            s.flow[item] = flow
            s.loaded[:] += flow[first:] * volume - own
            self.cost += after - before
            self._recount()

    def renew(self, ended: Callable[[], bool]) -> int:
        """Load a few lanes afresh and save vehicles there; undo it if that is no gain.

        Parameters
        ----------
        ended
            Asked now and then; once true, all is as it was.

        Returns
        -------
        int
            Vehicles tried.
        """
        s, tried = self._s, 1
        flow, loaded, vehicles = s.flow.copy(), s.loaded.copy(), s.vehicles.copy()
        before = self._counted()
        opened = self._opened()
        self._reload(opened, ended)
        for share in SHARES[1::2]:
            used = self._emptiest(opened[s.vehicles[opened] > 0])
            if used.size and not ended():
                self._shave(used, share)
                tried += int(used.size)
        after = self._counted()
        if ended() or after >= before - ROUNDING * abs(before):
            s.flow[:], s.loaded[:], s.vehicles[:] = flow, loaded, vehicles
            after, self._vain = before, self._vain + 1
        else:
            self._vain = 0
        self.cost = after
        self.stuck = self._vain >= VAIN_MOST * self._ends.size
        return tried

    def _shave(self, lanes: IntArray, share: float = 1.0) -> float:
        n_items = self._s.volume.size
        order = self._rng.permutation(n_items)
        offsets = self._rng.integers(0, n_items, lanes.size)
        saved: float = shave_all(
            self._s, self._paths, lanes, order, offsets, self._tries, share
        )
        return saved

    def _swap(self, lane: int) -> float:
        """Put a vehicle on a lane arc, for some nearby, if that saves money."""
        s = self._s
        if s.vehicles[lane] >= self._most[lane]:
            return 0.0
        near = self._to_site == self._to_site[lane]
        near &= np.abs(self._arrival - self._arrival[lane]) <= 1
        near &= s.vehicles > 0
        near[lane] = False
        others = np.flatnonzero(near)
        chosen = self._emptiest(others)[:OTHERS]
        n_items = s.volume.size
        saved: float = swap(
            s, self._paths, lane, chosen, self._kept, self._rng.permutation(n_items),
            0, TRIED,
        )  # fmt: skip
        return saved

    def _refill(self) -> None:
        """Queue vehicles to save, the emptiest first, or lanes to get one more.

        The first rounds save the cheapest; then rounds of both kinds alternate.
        """
        s = self._s
        self._rounds += 1
        if self._rounds <= len(SHARES):
            self._queue = self._emptiest(np.flatnonzero(s.vehicles > 0))
            return
        self.calm = self._swapping
        self._swapping = not self._swapping
        if self._swapping:
            some = max(1, int(SWAPPED * s.vehicles.size))
            self._queue = self._rng.permutation(s.vehicles.size)[:some]
            return
        self._queue = self._emptiest(np.flatnonzero(s.vehicles > 0))
        self._tries = min(self._tries + 1, MOST_TRIES)

    def _opened(self) -> IntArray:
        """Choose lane arcs that arrive at sites of one source in a few periods."""
        lanes = self._relaxation.problem.lanes
        site = self._rng.choice(self._ends)
        source = self._rng.choice(lanes.from_site[lanes.to_site == site])
        others = self._rng.permutation(lanes.to_site[lanes.from_site == source])
        sites = np.unique(np.append(others[: REOPENED - 1], site))
        latest = int(self._arrival.max())
        first = int(self._rng.integers(1 - WINDOW // 2, max(latest, 1)))
        there = (self._arrival >= first) & (self._arrival < first + WINDOW)
        return np.flatnonzero(there & np.isin(self._to_site, sites))

    def _reload(self, opened: IntArray, ended: Callable[[], bool]) -> None:
        """Find all flows again, one item after another, some lanes with new vehicles.

        Room there is elsewhere costs nothing, on these lanes what a vehicle costs.
        """
        s, layout = self._s, self._relaxation.layout
        first = layout.first_lane
        paid = s.vehicle_cost + s.fixed_cost / np.maximum(s.vehicles, 1)
        price = np.zeros(s.room.size)
        price[opened] = (paid / s.room)[opened]
        price[opened] *= self._rng.uniform(1.0 - JITTER, 1.0 + JITTER, opened.size)
        most = s.vehicles * s.room
        most[opened] = (self._most * s.room)[opened]
        for item in self._rng.permutation(s.volume.size).tolist():
            if ended():
                return
            own = s.flow[item, first:] * s.volume[item]
            capacity, cost = s.capacity[item].copy(), s.cost[item].copy()
            free = np.maximum(most - s.loaded + own, 0.0)
            capacity[first:] = free / s.volume[item]
            cost[first:] += price * s.volume[item]
            cheapest_flow(
                layout.graph, self._tree, cost, capacity,
                self._relaxation.balance[item], s.flow[item],
            )  # fmt: skip
            s.loaded[:] += s.flow[item, first:] * s.volume[item] - own
        s.vehicles[:] = np.ceil(s.loaded / s.room - ROUNDING).astype(np.int64)

    def _emptiest(self, lanes: IntArray) -> IntArray:
        """Sort lane arcs by what their last vehicle carries, roughly."""
        s = self._s
        carried = s.loaded[lanes] / s.room[lanes] - (s.vehicles[lanes] - 1)
        blurred = carried + self._rng.uniform(0.0, SHUFFLED, lanes.size)
        return lanes[np.argsort(blurred, kind="stable")]

    def _recount(self) -> None:
        s = self._s
        needed = np.ceil(s.loaded / s.room - ROUNDING).astype(np.int64)
        fewer = np.flatnonzero(needed < s.vehicles)
        for lane in fewer.tolist():
            gone = int(s.vehicles[lane] - needed[lane])
            saved = gone * float(s.vehicle_cost[lane])
            saved += float(s.fixed_cost[lane]) if needed[lane] == 0 else 0.0
            self.cost -= saved
            s.vehicles[lane] = needed[lane]

    def _unload(self, lane: int) -> None:
        """Ship nothing on a lane in a period, item by item, all else where it is."""
        s, layout = self._s, self._relaxation.layout
        arc = layout.first_lane + lane
        first = layout.first_lane
        for item in np.flatnonzero(s.flow[:, arc] > 0.0).tolist():
            capacity = s.capacity[item].copy()
            capacity[first:] = s.flow[item, first:]
            capacity[arc] = 0.0
            flow = np.zeros(capacity.size)
            cheapest_flow(
                layout.graph, self._tree, s.cost[item], capacity,
                self._relaxation.balance[item], flow,
            )  # fmt: skip
            s.loaded[:] += (flow[first:] - s.flow[item, first:]) * s.volume[item]
            s.flow[item] = flow
        s.vehicles[:] = np.ceil(s.loaded / s.room - ROUNDING).astype(np.int64)

    def _counted(self) -> float:
        s = self._s
        return float(
            (s.flow * s.cost).sum()
            + (s.vehicles * s.vehicle_cost).sum()
            + s.fixed_cost[s.vehicles > 0].sum()
        )


def _sorted_by(nodes: IntArray, n_nodes: int) -> tuple[IntArray, IntArray]:
    """Return where the arcs of each node begin, and the arcs in order of node."""
    start = np.zeros(n_nodes + 1, dtype=np.int64)
    np.add.at(start, nodes + 1, 1)
    return np.cumsum(start), np.argsort(nodes, kind="stable").astype(np.int64)
