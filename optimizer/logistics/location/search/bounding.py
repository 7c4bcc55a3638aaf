"""The Lagrangean bound, and which facilities it shows to be open or closed for sure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.logistics.location._kernels.relaxation import (
    raise_multipliers,
    relax,
    relaxation_of,
)

if TYPE_CHECKING:
    from optimizer.logistics.location._kernels.flows import Network
    from optimizer.logistics.location.problem import BoolArray, FloatArray, IntArray

__all__ = ["Bounding"]

MOST_UNITS = 8_000
"""Demand in the covering knapsacks: time and memory grow with it."""

FIRST_SHARE, LEAST_SHARE, DECAY = 0.15, 1e-5, 0.7
"""Step as a share of the way to the target: where it begins, ends, and its fall."""

PATIENCE = 20
"""Steps without a better bound after which steps become shorter."""

WORTH = 2e-5
"""Share of the bound that a better one must gain to count as better."""

BEYOND = 1e-3
"""The target is that share of the bound above the best cost, so that steps do not end
where the two meet."""

GUESS = 0.1
"""Share by which the target is above the bound while no plan is known."""


class Bounding:
    """Subgradient steps towards the best bound.

    Parameters
    ----------
    network
        Of the problem.
    staged
        Whether it has plants.

    References
    ----------
    Held, Wolfe, Crowder (1974), "Validation of subgradient optimization", Mathematical
    Programming 6; Tragantalerngsak, Holt, Ronnqvist (2000), "An exact method for the
    two-echelon, single-source, capacitated facility location problem", EJOR 123: the
    relaxation of demand and of what passes through depots.
    """

    def __init__(self, network: Network, *, staged: bool) -> None:
        self._network, self._staged = network, staged
        self._r = relaxation_of(network, MOST_UNITS)
        self.bound = -np.inf
        self.reduced: FloatArray = network.fixed.copy()
        self._weaker = -np.inf
        self._share, self._stalled = FIRST_SHARE, 0
        self._start()

    @property
    def done(self) -> bool:
        """Whether steps have become too short to gain anything."""
        return self._share < LEAST_SHARE

    def advance(self, steps: int, cost: float) -> IntArray:
        """Take steps; return what the last relaxation opens.

        Parameters
        ----------
        steps
            Number of steps, >= 1.
        cost
            Of the best plan, infinite if there is none.
        """
        r, network = self._r, self._network
        for _ in range(steps):
            bound, weaker = relax(network, r, self._staged)
            self._keep(bound, weaker)
            if self._stalled > PATIENCE:
                self._share *= DECAY
                self._go_back()
                bound, _ = relax(network, r, self._staged)
            target = cost if np.isfinite(cost) else bound + GUESS * abs(bound)
            away = max(target - bound, 0.0) + BEYOND * abs(bound)
            raise_multipliers(network, r, self._share * away, self._staged)
            if self.done:
                break
        return r.chosen.copy()

    def certain(self, cost: float) -> tuple[BoolArray, BoolArray]:
        """Return facilities closed, and open, in all plans that cost less.

        Parameters
        ----------
        cost
            Of the best plan.
        """
        forced = self._weaker + np.abs(self.reduced) > cost
        return forced & (self.reduced > 0.0), forced & (self.reduced < 0.0)

    def _start(self) -> None:
        network, r = self._network, self._r
        n_plants, n_depots = network.n_plants, network.n_depots
        first = n_plants + n_depots
        last = first + n_plants * n_depots
        supply = network.cost[first:last].reshape(n_plants, n_depots)
        unit = network.cost[last : last + n_depots * network.n_clients]
        r.of_depot[:] = supply.min(axis=0) if self._staged else 0.0
        capacity = np.maximum(network.capacity[n_plants:], 1e-9)
        opened = r.of_depot + network.fixed[n_plants:] / capacity
        service = unit.reshape(n_depots, network.n_clients)
        r.of_client[:] = (service + opened[:, None]).min(axis=0)
        self._best = (r.of_client.copy(), r.of_depot.copy())

    def _keep(self, bound: float, weaker: float) -> None:
        if weaker > self._weaker:
            self._weaker, self.reduced = weaker, self._r.reduced.copy()
        self._stalled += 1
        if bound <= self.bound:
            return
        if bound > self.bound + WORTH * abs(bound):
            self._stalled = 0
        self.bound = bound
        self._best = (self._r.of_client.copy(), self._r.of_depot.copy())

    def _go_back(self) -> None:
        r = self._r
        r.of_client[:], r.of_depot[:] = self._best
        r.client_step[:], r.depot_step[:] = 0.0, 0.0
        self._stalled = 0
