"""Plays episodes of the chain scenarios with our loop, for each information class.

Parameters were chosen on seeds 10000 to 10011 (`python -m benchmarks chain --part
tune`) and are frozen here; every reported figure is of other seeds.
"""

import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.workloads.chain import (
    BASE_MEAN,
    N_PERIODS,
    Scenario,
    ScenarioDemand,
    certain_demand,
    family_mean,
)
from forecasting import FilterGains
from streams.names import Names
from twin.cycle import ClairvoyantPolicy, PlanPolicy, Policy
from twin.demand import (
    DemandForecaster,
    FamilyForecaster,
    HistoryForecaster,
    MeanForecaster,
)
from twin.loop import Loop, LoopResult, Review
from twin.model.network import Network
from twin.planning import Planner
from twin.simulate.reference.plant import Plant

FAMILIES: tuple[tuple[str, ...], ...] = (
    (),
    ("trend", "seasonal"),
    ("trend", "seasonal", "shock"),
)
"""Those of the published grid."""

GAINS = FilterGains(alpha=0.5, beta=0.15, phi=0.9)
"""How fast the history forecaster follows; not tuned."""


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Cumulative quantiles that plans cover, by information and goodwill.

    Each is the least of those tried whose profit was within 0.2 points of the best.
    Where demand follows past service, a lost customer costs more than his order.
    """

    mean: float = 0.90
    mean_goodwill: float = 0.985
    family: float = 0.90
    family_goodwill: float = 0.985
    history: float = 0.90
    history_goodwill: float = 0.90


class Player:
    """Plays scenarios; keeps the network and the warm planner of each topology.

    Attributes
    ----------
    actions : ndarray of shape (N_PERIODS, n_lanes), float64
        What was ordered in the last episode, for others to carry out.
    promised : float
        Profit that the first plan of the last episode promised.
    """

    def __init__(self, quantiles: Quantiles | None = None) -> None:
        self.quantiles = quantiles or Quantiles()
        self._names = Names()
        self._kept: dict[tuple[str, bool], tuple[Network, Planner]] = {}
        self.actions = np.zeros((N_PERIODS, 0))
        self.promised = float("nan")

    def tuned(self, **changes: float) -> "Player":
        """Return a player with other quantiles that shares the warm planners."""
        other = Player(replace(self.quantiles, **changes))
        other._names, other._kept = self._names, self._kept
        return other

    def prepared(self, scenario: Scenario) -> tuple[Network, Planner]:
        """Return network and planner of a scenario's topology."""
        key = (scenario.topology, scenario.backlogged)
        if key not in self._kept:
            network = scenario.network()
            planner = Planner(network, monotonic_s=time.monotonic)
            self._kept[key] = (network, planner)
        return self._kept[key]

    def clairvoyant(self, scenario: Scenario, seed: int) -> LoopResult:
        """Play knowing all demand (scenarios without goodwill)."""
        _, planner = self.prepared(scenario)
        policy = ClairvoyantPolicy(
            planner,
            certain_demand(scenario, seed),
            horizon=lambda: N_PERIODS - policy.period,
        )
        return self._play(scenario, ScenarioDemand(scenario, seed), policy, seed)

    def mean(self, scenario: Scenario, seed: int) -> LoopResult:
        """Play knowing the mean of demand (and, with goodwill, sentiment now)."""
        demand = ScenarioDemand(scenario, seed)

        def mean_of(period: int, horizon: int) -> NDArray[np.float64]:
            growth = demand.coming_growth(horizon, first=period == 0)
            return (scenario.means()[period : period + horizon] * growth)[None, :]

        certain = scenario.series is not None
        forecaster = MeanForecaster(mean_of, dispersion=0.0 if certain else 1.0)
        chosen = self.quantiles
        quantile = chosen.mean_goodwill if scenario.goodwill else chosen.mean
        return self._planned(scenario, demand, forecaster, (quantile, seed))

    def family(self, scenario: Scenario, seed: int) -> LoopResult:
        """Play knowing the three families of demand, not which; M5 follows none."""
        demand = ScenarioDemand(scenario, seed)
        candidates = np.stack([family_mean(effects) for effects in FAMILIES])

        def factor(horizon: int) -> NDArray[np.float64]:
            return demand.coming_growth(horizon, first=not demand.sentiments)

        forecaster = FamilyForecaster(
            candidates, factor=factor, past_factors=lambda: demand.sentiments
        )
        chosen = self.quantiles
        quantile = chosen.family_goodwill if scenario.goodwill else chosen.family
        return self._planned(scenario, demand, forecaster, (quantile, seed))

    def history(self, scenario: Scenario, seed: int) -> LoopResult:
        """Play knowing past demand alone, and that it begins near 20 a period."""
        forecaster = HistoryForecaster(np.array([BASE_MEAN]), gains=GAINS)
        chosen = self.quantiles
        quantile = chosen.history_goodwill if scenario.goodwill else chosen.history
        demand = ScenarioDemand(scenario, seed)
        return self._planned(scenario, demand, forecaster, (quantile, seed))

    def _planned(
        self,
        scenario: Scenario,
        demand: ScenarioDemand,
        forecaster: DemandForecaster,
        quantile_and_seed: tuple[float, int],
    ) -> LoopResult:
        quantile, seed = quantile_and_seed
        _, planner = self.prepared(scenario)
        policy = PlanPolicy(
            planner,
            forecaster,
            quantile=quantile,
            horizon=lambda: N_PERIODS - policy.period,
        )
        return self._play(scenario, demand, policy, seed)

    def _play(
        self, scenario: Scenario, demand: ScenarioDemand, policy: Policy, seed: int
    ) -> LoopResult:
        network, _ = self.prepared(scenario)
        plant = Plant(network, self._names, seed=seed, demand=demand)
        loop = Loop(network, plant, policy, names=self._names)
        self.actions = np.zeros((N_PERIODS, len(network.lanes.ids)))
        self.promised = float("nan")
        return loop.run(N_PERIODS, on_review=self._note)

    def _note(self, review: Review) -> None:
        decided = review.decided
        np.add.at(
            self.actions[review.index],
            decided.decisions.lane,
            decided.decisions.quantity,
        )
        if review.index == 0 and decided.planned is not None:
            self.promised = decided.planned.solution.objective
