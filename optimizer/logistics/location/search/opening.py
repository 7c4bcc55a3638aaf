"""Search over which facilities are open, with the cheapest flow for each choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.logistics.location._kernels.exchange import descend, kick
from optimizer.logistics.location._kernels.flows import (
    copy_flows,
    flow_cost,
    flows_of,
    refit,
    reset,
)
from optimizer.logistics.location.search.incumbent import Found
from optimizer.logistics.location.search.network import room_of

if TYPE_CHECKING:
    from optimizer.logistics.location._kernels.flows import Network
    from optimizer.logistics.location.problem import FloatArray, IntArray

__all__ = ["OpenSearch"]

MOST_TRIED = 4
"""Facilities tried in place of one: the fourth best guess rarely wins, a tenth never
paid for its time."""

MOST_KICKED = 4
"""Facilities turned over at once, of each kind of turn: more forget what was good."""

RANK = 10.0
"""Ranks over which the chance of opening a facility falls by e."""


class OpenSearch:
    """Descents from kicked choices, the best one kept.

    Parameters
    ----------
    network
        Of the problem.
    seed
        Of its random choices, >= 0.

    References
    ----------
    Lourenco, Martin, Stutzle (2003), "Iterated local search", Handbook of
    Metaheuristics; Cornuejols, Sridharan, Thizy (1991), "A comparison of heuristics and
    relaxations for the capacitated plant location problem", EJOR 50: add, drop and
    interchange.
    """

    def __init__(self, network: Network, *, seed: int) -> None:
        self._network = network
        self._rng = np.random.Generator(np.random.Philox(seed))
        self._room = room_of(network)
        self._flows, self._best = flows_of(network), flows_of(network)
        self._saved, self._closed = flows_of(network), flows_of(network)
        self._guide: FloatArray = network.fixed.copy()
        self.cost = np.inf
        self._running = np.inf
        reset(network, self._flows)
        refit(network, self._flows)
        self._take(flow_cost(network, self._flows))

    def found(self) -> Found | None:
        """Return the best choice so far, None if all facilities are not enough."""
        if not np.isfinite(self.cost):
            return None
        return Found(self.cost, self._best.open.copy())

    def guide(self, reduced: FloatArray) -> None:
        """Take advice: which facilities seem cheap.

        Parameters
        ----------
        reduced
            ndarray of shape (n_facilities,), float64: money.
        """
        self._guide = reduced
        least = float(reduced.min(initial=0.0))
        self._room = self._room._replace(cheap=reduced - least + 1.0)

    def adopt(self, chosen: IntArray) -> None:
        """Look at a choice from elsewhere, and keep it if it is better.

        Parameters
        ----------
        chosen
            ndarray of shape (n_facilities,), int64: 1 for open.
        """
        self._flows.open[:] = chosen
        refit(self._network, self._flows)
        self._take(flow_cost(self._network, self._flows))
        self._running = np.inf

    def improve(self, work: int) -> int:
        """Search on; return the number of flows fitted.

        Parameters
        ----------
        work
            Flows to fit, >= 1.
        """
        if not np.isfinite(self.cost):
            return work
        done = 0
        while done < work:
            if not np.isfinite(self._running):
                self._kick()
                done += 1
                if not np.isfinite(self._running):
                    continue
            order = self._rng.permutation(self._network.fixed.size)
            cost, fitted, ended = descend(
                self._network, self._flows, self._saved, self._closed, self._room,
                order, self._guide, self._running, MOST_TRIED, work - done,
            )  # fmt: skip
            done += max(fitted, 1)
            self._running = np.inf if ended else cost
            self._take(cost)
        return done

    def _kick(self) -> None:
        copy_flows(self._best, self._flows)
        is_open = self._flows.open.astype(np.bool_)
        opened, closed = np.flatnonzero(is_open), np.flatnonzero(~is_open)
        n = int(self._rng.integers(1, MOST_KICKED))
        away = self._rng.choice(opened, min(n, opened.size), replace=False)
        chance = np.exp(-np.argsort(np.argsort(self._guide[closed])) / RANK)
        n = min(n, closed.size)
        into = (
            self._rng.choice(closed, n, replace=False, p=chance / chance.sum())
            if n
            else closed
        )
        turned = np.concatenate([away, into]).astype(np.int64)
        self._running = kick(self._network, self._flows, self._room, turned)

    def _take(self, cost: float) -> None:
        """Keep a choice that is as good: a search moves on along ties."""
        if cost <= self.cost and np.isfinite(cost):
            self.cost = cost
            copy_flows(self._flows, self._best)
