"""One future of one branch: a policy played on the simulated network from a seed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from streams.names import Names
from twin.cycle import Policy
from twin.errors import OptionError
from twin.kpi import RunMeasures
from twin.loop.closed_loop import Executor, Loop
from twin.loop.play import POLICIES as PLAYED
from twin.loop.play import TERMINAL_SHARE, PlayOptions, make_policy
from twin.model.network import Network
from twin.planning import Planner, PlanningStructure, planning_structure
from twin.simulate.disruptions import Disruption
from twin.simulate.opening.conditions import Conditions
from twin.simulate.reference.plant import Plant
from twin.whatif.branches import Branch
from twin.whatif.measures import RESULT
from twin.whatif.releasing import Releasing
from twin.whatif.series import defined, series_of
from twin.whatif.stock_policy import StockTablePolicy

Array = NDArray[np.float64]
DAY_S = 86_400
TABLE = StockTablePolicy.name
POLICIES = {
    TABLE: "replenishes each stock point by its row of the stock table",
    **PLAYED,
}
"""The policies that futures can be played with, and what each does."""


@dataclass(frozen=True, slots=True)
class FutureOptions:
    """How futures are played.

    Attributes
    ----------
    horizon_s : float
        How long a future is, > 0; at least one review.
    policy : str
        One of `POLICIES`; the default needs no solver.
    quantile, service : float
        Of the policy, see `twin.loop.PlayOptions`; in (0, 1).

    Raises
    ------
    OptionError
        If an option is outside what is allowed.
    """

    horizon_s: float = 28 * DAY_S
    policy: str = TABLE
    quantile: float = 0.6
    service: float = 0.9

    def __post_init__(self) -> None:
        if self.policy not in POLICIES:
            msg = f"policy must be one of {', '.join(POLICIES)}, was {self.policy!r}"
            raise OptionError(msg)
        if not 0.0 < self.horizon_s < np.inf:
            msg = f"horizon_s must be > 0 and finite, was {self.horizon_s}"
            raise OptionError(msg)
        self.of_seed(0, n_periods=1)

    def n_periods(self, network: Network) -> int:
        """Return the reviews of a network in the horizon, at least one."""
        return max(1, round(self.horizon_s * 1e6 / network.settings.review_us))

    def of_seed(self, seed: int, *, n_periods: int) -> PlayOptions:
        """Return what `twin.loop` plays with a seed."""
        played = self.policy if self.policy in PLAYED else "base-stock"
        return PlayOptions(
            policy=played,
            n_periods=n_periods,
            seed=seed,
            quantile=self.quantile,
            service=self.service,
        )


class Engine(Protocol):
    """Makes a simulated network."""

    def __call__(
        self, network: Network, names: Names, seed: int,
        disruptions: Sequence[Disruption], *, begins: Conditions | None,
    ) -> Executor:  # fmt: skip
        """Return one of a network, a table of ids and a seed, as it begins."""
        ...


def reference_engine(
    network: Network, names: Names, seed: int, disruptions: Sequence[Disruption],
    *, begins: Conditions | None = None,
) -> Executor:  # fmt: skip
    """Make the readable engine: slow, and the same to the last bit as any other."""
    return Plant(network, names, seed=seed, disruptions=disruptions, begins=begins)


def compiled_engine(
    network: Network, names: Names, seed: int, disruptions: Sequence[Disruption],
    *, begins: Conditions | None = None,
) -> Executor:  # fmt: skip
    """Make the compiled engine: fast once it is compiled, which is kept on disk."""
    from twin.simulate.compiled.plant import CompiledPlant  # noqa: PLC0415 - compiles

    return CompiledPlant(
        network, names, seed=seed, disruptions=disruptions, begins=begins
    )


ENGINES: dict[str, Engine] = {
    "compiled": compiled_engine,
    "reference": reference_engine,
}
"""Engines by name; both tell the same events, to the last bit."""


class Futures:
    """Plays futures of one branch: call it with a seed.

    What it returns depends on the seed alone, so that futures can be played anywhere
    and in any order.

    Parameters
    ----------
    branch : Branch
        What is simulated.
    options : FutureOptions
        How.
    monotonic_s : callable
        Clock that bounds solves of policies that plan.
    engine : callable
        Makes the simulated network.

    Raises
    ------
    OptionError
        If the network has no demand or no stock points.
    """

    def __init__(
        self,
        branch: Branch,
        options: FutureOptions,
        *,
        monotonic_s: Callable[[], float],
        engine: Engine = reference_engine,
    ) -> None:
        self._branch = branch
        self._options = options
        self._engine = engine
        self._monotonic_s = monotonic_s
        # It only knows the network, and takes longer to make than to use.
        self._structure = _structure_of(branch.network)

    def __call__(self, seed: int) -> dict[str, float]:
        """Play one future.

        Parameters
        ----------
        seed : int
            Of demand, lead times, failures and so on, >= 0. Two branches meet the same
            luck with the same seed.

        Returns
        -------
        dict of str to float
            KPIs by name (NaN where one is not defined), and every period of `SERIES`
            under `series_key`.
        """
        branch, names = self._branch, Names()
        network, n_periods = branch.network, self._options.n_periods(branch.network)
        plant = self._engine(
            network, names, seed, branch.disruptions, begins=branch.begins
        )
        policy = Releasing(self.policy_of(seed), branch.releases)
        loop = Loop(network, plant, policy, names=names)
        start_us = network.settings.as_of_us
        # What happens in the last instant, such as its demand, is in the future too.
        end_us = start_us + n_periods * network.settings.review_us + 1
        measures = RunMeasures(network, names, (start_us, end_us))
        table = loop.run(
            n_periods, on_review=lambda review: measures.book(review.events)
        ).table
        kpis = {name: defined(value) for name, value in measures.measures().items()}
        kpis[RESULT.key] = kpis["profit"] + table.totals()["stock_change"]
        return kpis | series_of(
            table.series("stock_value"),
            table.series("backorder"),
            demanded=table.series("demanded"),
            served=table.series("served"),
        )

    def policy_of(self, seed: int) -> Policy:
        """Return who decides in the future of a seed, before its first review."""
        options, network = self._options, self._branch.network
        if options.policy == TABLE:
            return StockTablePolicy(self._structure, service=options.service)
        play = replace(
            options.of_seed(seed, n_periods=options.n_periods(network)),
            disruptions=self._branch.disruptions,
        )
        # A new one each time: a planner begins where its last plan ended.
        planner = Planner(
            network,
            monotonic_s=self._monotonic_s,
            terminal_share=TERMINAL_SHARE,
            check=True,
        )
        return make_policy(network, play, planner)


def futures_of(
    branch: Branch,
    options: FutureOptions,
    *,
    monotonic_s: Callable[[], float],
    engine: Engine = reference_engine,
) -> Callable[[int], dict[str, float]]:
    """Return what plays futures of a branch: the fastest there is, all give the same.

    Parameters
    ----------
    branch : Branch
        What is simulated.
    options : FutureOptions
        How.
    monotonic_s : callable
        Clock that bounds solves of policies that plan.
    engine : callable
        Makes the simulated network.

    Returns
    -------
    callable
        As `Futures`.

    Raises
    ------
    OptionError
        If the network has no demand or no stock points.
    """
    if engine is not compiled_engine or options.policy != TABLE:
        return Futures(branch, options, monotonic_s=monotonic_s, engine=engine)
    from twin.whatif.stock_futures import (  # noqa: PLC0415 - compiles
        StockFutures,
    )

    return StockFutures(
        branch,
        _structure_of(branch.network),
        service=options.service,
        n_periods=options.n_periods(branch.network),
    )


def _structure_of(network: Network) -> PlanningStructure:
    rows = {"demands": network.demands.item_index, "stock": network.stock.item_index}
    for table, column in rows.items():
        if not len(column):
            msg = f"network {network.settings.name!r}: {table} has no rows"
            raise OptionError(msg)
    return planning_structure(network)
