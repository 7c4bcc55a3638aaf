"""Flows that share lanes: prices of a lane pay for all that its use costs."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from optimizer.logistics.transshipment._kernels.flows import (
    Tree,
    cheaper_flow,
    cheapest_flow,
    tree_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.logistics.transshipment.problem import FloatArray
    from optimizer.logistics.transshipment.search.shipping import Relaxation

__all__ = ["Slopes"]

ROUNDS = 5
"""Rounds of new prices: three times as many use fewer lanes and save less."""

DAMPED = 0.5
"""Share of a new price that counts: with all of it, flows go to and fro."""

DEAREST = 4.0
"""A price is at most that many times one that a single vehicle pays for in full."""

FITTED = 3
"""Rounds in which items follow each other within the vehicles there are."""


class Slopes:
    """Flows of all items at prices that pay for lanes as they are used.

    Parameters
    ----------
    relaxation
        Where it begins; not changed.

    References
    ----------
    Kim, Pardalos (1999), "A solution approach to the fixed charge network flow problem
    using a dynamic slope scaling procedure", Operations Research Letters 24: what a
    lane's use costs, spread over what it carries, is its next price.
    """

    def __init__(self, relaxation: Relaxation) -> None:
        self._relaxation = relaxation
        lanes, lane = relaxation.problem.lanes, relaxation.layout.lane
        self._room = lanes.room[lane]
        self._vehicle_cost = lanes.vehicle_cost[lane]
        self._fixed_cost = lanes.fixed_cost[lane]
        self._most = lanes.vehicles_max[lane] * self._room
        self._next_price = relaxation.price
        self.price = relaxation.price
        self.flow = relaxation.flow
        self.cost = self._softly(self.flow)
        self._trees: list[Tree | None] = [None] * relaxation.problem.n_items
        self._failures: list[BaseException] = []

    def scale(self, ended: Callable[[], bool], *, n_threads: int) -> None:
        """Let flows and prices follow each other; keep the cheapest flows.

        Cost counts parts of vehicles, and lanes as whole.

        Parameters
        ----------
        ended
            Asked before each item.
        n_threads
            Number of threads, >= 1.

        Raises
        ------
        BaseException
            Whatever a thread failed with.
        """
        flow, n_items = self.flow.copy(), self._relaxation.problem.n_items
        self._next_price = self._paying(flow)
        for _ in range(ROUNDS):
            shares = [range(at, n_items, n_threads) for at in range(n_threads)]
            threads = [
                threading.Thread(target=self._solve, args=(share, flow, ended))
                for share in shares[1:]
            ]
            for thread in threads:
                thread.start()
            self._solve(shares[0], flow, ended)
            for thread in threads:
                thread.join()
            if self._failures:
                raise self._failures[0]
            if ended():
                break
            cost = self._softly(flow)
            if cost < self.cost:
                self.cost, self.flow, self.price = cost, flow.copy(), self._next_price
            self._next_price = self._paying(flow)
        self._trees.clear()

    def fitted(self, rng: np.random.Generator, ended: Callable[[], bool]) -> FloatArray:
        """Return flows that fit in the vehicles there may be, one item after another.

        Parameters
        ----------
        rng
            Of the order of items.
        ended
            Asked before each item; what does not fit by then is left as it is.

        Returns
        -------
        ndarray of shape (n_items, n_arcs), float64
            Units.
        """
        relaxation, first = self._relaxation, self._relaxation.layout.first_lane
        flow, price = self.flow.copy(), self.price
        volume, tree = relaxation.problem.volume, tree_of(relaxation.layout.graph)
        loaded = volume @ flow[:, first:]
        for _ in range(FITTED):
            for item in rng.permutation(volume.size).tolist():
                if ended():
                    return flow
                own = flow[item, first:] * volume[item]
                capacity = relaxation.layout.capacity[item].copy()
                free = np.maximum(self._most - loaded + own, 0.0)
                capacity[first:] = free / volume[item]
                cost = self._cost_of(item, price)
                cheapest_flow(
                    relaxation.layout.graph, tree, cost, capacity,
                    relaxation.balance[item], flow[item],
                )  # fmt: skip
                loaded += flow[item, first:] * volume[item] - own
            price = self._damped(price, loaded)
        return flow

    def _solve(self, items: range, flow: FloatArray, ended: Callable[[], bool]) -> None:
        try:
            for item in items:
                if ended():
                    return
                self._solve_one(item, flow[item])
        except BaseException as error:
            self._failures.append(error)

    def _solve_one(self, item: int, flow: FloatArray) -> None:
        layout, tree = self._relaxation.layout, self._trees[item]
        cost, capacity = self._cost_of(item, self._next_price), layout.capacity[item]
        if tree is not None:
            cheaper_flow(layout.graph, tree, cost, capacity, flow)
            return
        tree = self._trees[item] = tree_of(layout.graph)
        balance = self._relaxation.balance[item]
        cheapest_flow(layout.graph, tree, cost, capacity, balance, flow)

    def _cost_of(self, item: int, price: FloatArray) -> FloatArray:
        layout = self._relaxation.layout
        cost: FloatArray = layout.cost[item].copy()
        cost[layout.first_lane :] += price * self._relaxation.problem.volume[item]
        return cost

    def _paying(self, flow: FloatArray) -> FloatArray:
        first = self._relaxation.layout.first_lane
        loaded = self._relaxation.problem.volume @ flow[:, first:]
        return self._damped(self._next_price, loaded)

    def _damped(self, price: FloatArray, loaded: FloatArray) -> FloatArray:
        """Return prices nearer to those that pay; unused lanes keep theirs."""
        used = loaded > 1e-9 * self._room
        share = self._fixed_cost / np.where(used, loaded, 1.0)
        paying = np.where(used, self._vehicle_cost / self._room + share, price)
        dearest = DEAREST * (self._vehicle_cost + self._fixed_cost) / self._room
        return (1.0 - DAMPED) * price + DAMPED * np.minimum(paying, dearest)

    def _softly(self, flow: FloatArray) -> float:
        """Return what flows cost if parts of vehicles could be paid for."""
        layout = self._relaxation.layout
        loaded = self._relaxation.problem.volume @ flow[:, layout.first_lane :]
        used = loaded > 1e-9 * self._room
        return float(
            (layout.cost * flow).sum()
            + (loaded / self._room * self._vehicle_cost).sum()
            + self._fixed_cost[used].sum()
        )
