"""A simulated network: time goes on, decisions come in, events come out."""

from collections.abc import Collection, Sequence

import numpy as np

from streams.batch import EventBatch
from streams.names import Names
from twin.errors import OptionError
from twin.model.network import Network
from twin.simulate.decisions import Decisions
from twin.simulate.demand import DemandSource, LawDemand
from twin.simulate.disruptions import Disruption
from twin.simulate.opening.conditions import Conditions
from twin.simulate.opening.residuals import begun
from twin.simulate.reference.engine import Engine
from twin.simulate.reference.factory import Factory
from twin.simulate.reference.machines import MachinePark
from twin.simulate.reference.market import Market
from twin.simulate.reference.opening import take_over_orders
from twin.simulate.reference.policies import Policies
from twin.simulate.reference.releases import start_releases
from twin.simulate.reference.stock import StockLevels, StockSums
from twin.simulate.reference.supply import Supply


class Plant:
    """A simulated network that emits the events a real one would.

    Demand of period k arises at `as_of` + (k + 1) periods, after the receipts of that
    instant; a release at the same instant follows it. Orders on lanes are filled in the
    order given, from what is on hand at the origin and what is left of the capacities
    of lane and origin in this release; the rest is cancelled a microsecond later.
    Production orders follow: their components are taken, and the quantity is cut to
    what these allow. Customers are served first come first served; what is not served
    waits or is lost, as the demand says.

    With `policies`, stock points follow the policies that the network states, see
    `twin.simulate.reference.policies.Policies`; then no order to an own site is
    cancelled, all wait, and production orders wait for components.

    A site that makes an item neither by bill nor by routing, and has a `yield_rate`,
    uses up 1 / yield_rate units of stock for a unit it dispatches.

    Parameters
    ----------
    network : Network
        What is simulated, from its `as_of` on.
    names : Names
        Table of ids of the emitted events.
    seed : int
        Of all random numbers; any number of 64 bits.
    demand : DemandSource or None
        What customers ask for; None draws from the laws of the network.
    disruptions : sequence of Disruption
        What goes wrong.
    policies : bool
        Whether the policies of stock points are followed.
    told : collection of str or None
        Types of events that are told, None for all: long runs of which some are of
        interest are quicker, and take less memory. Events are the same.
    begins : Conditions or None
        What is under way at the start, see `twin.simulate.opening`; None: machines are
        new, and orders come to their steps.

    Raises
    ------
    OptionError
        If a type of events is not known, or a policy is followed and nothing
        replenishes its stock point.
    """

    def __init__(
        self,
        network: Network,
        names: Names,
        *,
        seed: int,
        demand: DemandSource | None = None,
        disruptions: Sequence[Disruption] = (),
        policies: bool = False,
        told: Collection[str] | None = None,
        begins: Conditions | None = None,
    ) -> None:
        beginning = None if begins is None else begun(network, begins, seed=seed)
        self._engine = Engine.of_network(network, names, seed=seed, told=told)
        source = LawDemand(network, seed) if demand is None else demand
        self._market = Market(self._engine, source, disruptions)
        settings = network.settings
        # A release is for the time until the next review.
        periods = 1.0 if policies else settings.review_us / settings.period_us
        self._supply = Supply(
            self._engine, self._market, disruptions, release_periods=periods
        )
        park = MachinePark(self._engine, disruptions, beginning)
        self._factory = Factory(self._engine, self._market, park)
        self._policies: Policies | None = None
        if policies:
            self._policies = Policies(
                self._engine, self._market, self._supply, self._factory
            )
        start_releases(self._engine, self._factory, beginning)
        take_over_orders(
            self._engine, self._market, self._supply, (self._factory, park),
            beginning=beginning,
        )  # fmt: skip
        self._now_us = network.settings.as_of_us
        self._engine.schedule.advance(self._now_us)

    def reserve(self, names: Collection[str]) -> None:
        """Keep names for orders that decisions will bring; called before the first.

        Parameters
        ----------
        names : collection of str
            No new order gets one of these.
        """
        self._engine.numbering.reserved |= set(names)

    @property
    def now_us(self) -> int:
        """Time up to which the network was simulated, microseconds UTC."""
        return self._now_us

    @property
    def stock(self) -> StockLevels:
        """Counters of all stock points now, in the order of `Network.stock`."""
        return self._engine.points.levels()

    @property
    def sums(self) -> StockSums:
        """What policies ordered, and stock at the ends of periods, summed.

        Without policies all is 0.
        """
        if self._policies is None:
            nothing = np.zeros(len(self._engine.points))
            count = nothing.astype(np.int64)
            return StockSums(0, nothing, nothing, nothing, nothing, count)
        return self._policies.sums

    def advance(self, until_us: int) -> EventBatch:
        """Let time go on; everything of the instant `until_us` but a release happens.

        Parameters
        ----------
        until_us : int
            Microseconds UTC, not before `now_us`.

        Returns
        -------
        EventBatch
            All events since the last call, those of releases included, in canonical
            order.

        Raises
        ------
        OptionError
            If `until_us` is in the past.
        """
        if until_us < self._now_us:
            msg = f"until_us must be >= {self._now_us} (now), was {until_us}"
            raise OptionError(msg)
        self._engine.schedule.advance(until_us)
        self._now_us = until_us
        return self._engine.emitter.flush()

    def release(self, decisions: Decisions) -> None:
        """Place orders and dispatch goods now.

        Parameters
        ----------
        decisions : Decisions
            What was decided; its events come with the next `advance`.

        Raises
        ------
        OptionError
            If an order names a lane that does not exist, an item that is not kept
            where the lane ends, or one that is not made at the site.
        """
        if self._policies is not None:
            self._policies.release(decisions, self._now_us)
            return
        self._supply.release(decisions, self._now_us)
        self._factory.release(decisions, self._now_us)
