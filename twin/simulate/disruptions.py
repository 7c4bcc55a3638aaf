"""What goes wrong: more or less demand, and places, lanes or machines that are down."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.errors import OptionError
from twin.model.network import Network
from twin.model.scenario import Scenario

KINDS = ("demand", "place", "lane", "machine")
"""What a disruption strikes."""


@dataclass(frozen=True, slots=True)
class Disruption:
    """One disruption, in the window [start_us, end_us).

    Attributes
    ----------
    kind : str
        One of `KINDS`. ``demand`` is multiplied; a ``place`` or ``lane`` sends less, or
        nothing before the end; a ``machine`` works on nothing.
    start_us, end_us : int
        Microseconds UTC, start < end.
    targets : tuple of int
        Indices of customers or sites (as places), lanes, or machines. Empty for demand
        is every customer.
    items : tuple of int
        For demand: indices of items; empty is every item.
    factor : float
        What is left, >= 0: of demand, or of every order to a place or lane; a machine
        has no use for it. Orders to a place with nothing left go when it is over.

    Raises
    ------
    OptionError
        If a value is outside what is allowed.
    """

    kind: str
    start_us: int
    end_us: int
    targets: tuple[int, ...] = ()
    items: tuple[int, ...] = ()
    factor: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            msg = f"disruption: kind must be one of {KINDS}, was {self.kind!r}"
            raise OptionError(msg)
        if self.start_us >= self.end_us:
            msg = f"disruption: must end after {self.start_us}, ended at {self.end_us}"
            raise OptionError(msg)
        if not 0.0 <= self.factor < np.inf:
            msg = f"disruption: factor must be finite and >= 0, was {self.factor}"
            raise OptionError(msg)


class DemandFactors:
    """Multiplies the demand of periods that lie in the windows of disruptions.

    Parameters
    ----------
    network : Network
        Its demands.
    disruptions : sequence of Disruption
        Those of other kinds are left out.
    """

    def __init__(self, network: Network, disruptions: Sequence[Disruption]) -> None:
        demands = network.demands
        self._windows: list[tuple[int, int, NDArray[np.float64]]] = []
        for one in disruptions:
            if one.kind == "demand":
                struck = np.ones(len(demands.item_index), np.bool_)
                if one.items:
                    struck &= np.isin(demands.item_index, one.items)
                if one.targets:
                    struck &= np.isin(demands.customer_index, one.targets)
                factors = np.where(struck, one.factor, 1.0)
                self._windows.append((one.start_us, one.end_us, factors))

    def apply(
        self,
        demand: NDArray[np.float64],
        start_us: int,
        *,
        uniform: Callable[[int], float],
    ) -> NDArray[np.float64]:
        """Return the demand of a period that began at `start_us`, disrupted.

        Parameters
        ----------
        demand : ndarray of shape (n_demands,), float64
            As drawn.
        start_us : int
            Begin of the period, microseconds UTC.
        uniform : callable
            Gives a number in (0, 1) for the index of a demand: whole demand stays
            whole, rounded up or down so that its mean is right.

        Returns
        -------
        ndarray of shape (n_demands,), float64
        """
        active = [
            factors
            for first_us, last_us, factors in self._windows
            if first_us <= start_us < last_us
        ]
        if not active:
            return demand
        scaled: NDArray[np.float64] = demand * np.prod(active, axis=0)
        for k in np.flatnonzero((demand % 1.0 == 0.0) & (scaled % 1.0 != 0.0)):
            scaled[k] = np.floor(scaled[k] + uniform(int(k)))
        return scaled


class Outages:
    """When places and lanes are down, or send less.

    Parameters
    ----------
    disruptions : sequence of Disruption
        Those of kind ``place`` and ``lane``.
    """

    def __init__(self, disruptions: Sequence[Disruption]) -> None:
        self._windows: dict[tuple[str, int], list[tuple[int, int, float]]] = {}
        for one in disruptions:
            if one.kind in {"place", "lane"}:
                for target in one.targets:
                    spans = self._windows.setdefault((one.kind, target), [])
                    spans.append((one.start_us, one.end_us, one.factor))

    def __bool__(self) -> bool:
        return bool(self._windows)

    def open_us(self, time_us: int, *, lane: int, origin: int) -> int:
        """Tell when goods can next leave on a lane.

        Parameters
        ----------
        time_us : int
            Microseconds UTC.
        lane, origin : int
            Index of the lane, and of the place where it starts.

        Returns
        -------
        int
            `time_us` itself if nothing is down, else the end of the outage.
        """
        for first_us, last_us, factor in self._spans(lane, origin):
            if factor <= 0.0 and first_us <= time_us < last_us:
                time_us = last_us
        return time_us

    def share(self, time_us: int, *, lane: int, origin: int) -> float:
        """Tell which share of an order is sent.

        Parameters
        ----------
        time_us : int
            Microseconds UTC.
        lane, origin : int
            Index of the lane, and of the place where it starts.

        Returns
        -------
        float
            In [0, 1]: the smallest of the disruptions at that time.
        """
        shares = [
            factor
            for first_us, last_us, factor in self._spans(lane, origin)
            if first_us <= time_us < last_us
        ]
        return min(shares, default=1.0)

    def _spans(self, lane: int, origin: int) -> list[tuple[int, int, float]]:
        of_lane = self._windows.get(("lane", lane), ())
        return sorted([*of_lane, *self._windows.get(("place", origin), ())])


def of_scenario(scenario: Scenario) -> tuple[Disruption, ...]:
    """Return the disruptions of a scenario.

    Parameters
    ----------
    scenario : Scenario
        Shocks of demand, failures of suppliers and of machines.

    Returns
    -------
    tuple of Disruption
    """
    found = []
    kinds = (
        ("demand", scenario.demand_shocks),
        ("place", scenario.supplier_failures),
        ("machine", scenario.machine_failures),
    )
    for kind, rows in kinds:
        for k, first in enumerate(rows.first.tolist()):
            item = int(rows.second[k])
            found.append(
                Disruption(
                    kind=kind,
                    start_us=int(rows.start_us[k]),
                    end_us=int(rows.end_us[k]),
                    targets=() if first < 0 else (first,),
                    items=() if item < 0 else (item,),
                    factor=float(rows.factor[k]),
                )
            )
    return tuple(found)
