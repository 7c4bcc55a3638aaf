"""The same actions and demand in our plant and in the published environment."""

import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.workloads.chain import N_PERIODS, Scenario, ScenarioDemand
from streams.names import Names
from twin.cycle import Decided
from twin.loop import Loop
from twin.simulate.decisions import Decisions
from twin.simulate.reference.plant import Plant
from twin.state.state import State

PEER = "gym-invmgmt 0.2.1"
LARGEST_ORDER = 60.0
LEAST_VARIANCE = 1e-8


class FixedActions:
    """A policy that orders what it is told: shape (N_PERIODS, n_lanes), units."""

    name = "fixed actions"
    information = "none"

    def __init__(self, actions: NDArray[np.float64]) -> None:
        self._actions = actions
        self._period = 0

    def observe(self, asked: NDArray[np.float64]) -> None:
        """Move on to the next period."""
        del asked
        self._period += 1

    def decide(self, state: State, now_us: int) -> Decided:
        """Order the row of this period, in the order of the lanes."""
        del state, now_us
        quantity = self._actions[self._period]
        n = len(quantity)
        lane = np.arange(n, dtype=np.int32)
        return Decided(Decisions(lane, np.zeros(n, np.int32), quantity))


def largest_difference(scenarios: tuple[Scenario, ...], n_episodes: int) -> float:
    """Play random episodes twice and return the largest difference in profit.

    Episode k is scenario k modulo their number, with demand of seed k and actions of a
    generator of seed k: uniform orders, two in five of them zero.
    """
    worst = 0.0
    names = Names()
    environments = [published_environment(scenario) for scenario in scenarios]
    networks = [scenario.network() for scenario in scenarios]
    for episode in range(n_episodes):
        which = episode % len(scenarios)
        scenario, network = scenarios[which], networks[which]
        rng = np.random.default_rng(episode)
        shape = (N_PERIODS, len(network.lanes.ids))
        actions = rng.uniform(0.0, LARGEST_ORDER, shape) * (rng.random(shape) < 0.6)
        demand = ScenarioDemand(scenario, episode)
        plant = Plant(network, names, seed=episode, demand=demand)
        ours = Loop(network, plant, FixedActions(actions), names=names).run(N_PERIODS)
        theirs = their_profit(environments[which], actions, episode)
        worst = max(worst, abs(ours.profit - theirs))
    return worst


def published_environment(scenario: Scenario) -> Any:
    """Make the environment that published a scenario."""
    from gym_invmgmt import CoreEnv  # noqa: PLC0415  # only the benchmarks have it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return CoreEnv(**scenario.env)


class Service(NamedTuple):
    """One episode in the published environment, measured as its tables are.

    `fill_rate` is what was sold over what was asked for, at most 1; `bullwhip` the
    variance of all orders of a period over that of demand, 1 where demand is constant.
    """

    profit: float
    fill_rate: float
    bullwhip: float


def their_service(environment: Any, actions: NDArray[np.float64], seed: int) -> Service:
    """Carry out orders in the published environment, shape (N_PERIODS, n_lanes)."""
    profit, network = their_profit(environment, actions, seed), environment.network
    asked = environment.D.sum(axis=1)
    links = [network.network_map[link] for link in network.retail_links]
    sold = float(environment.S[:, links].sum())
    variance = float(np.var(asked))
    orders = float(np.var(actions.sum(axis=1)))
    return Service(
        profit,
        min(1.0, sold / float(asked.sum())),
        orders / variance if variance > LEAST_VARIANCE else 1.0,
    )


def their_profit(environment: Any, actions: NDArray[np.float64], seed: int) -> float:
    """Carry out orders in the published environment, shape (N_PERIODS, n_lanes)."""
    # Its links and our lanes are listed in the same, published, order.
    environment.reset(seed=seed)
    total = 0.0
    for row in actions:
        _, profit, _, _, _ = environment.step(row)
        total += profit
    return total
