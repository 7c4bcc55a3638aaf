"""The 22 scenarios of gym-invmgmt as networks of ours, and their demand.

Facts (topology, costs, lead times, demand) are those of gym-invmgmt 0.2.1 (MIT; Barati
2026, arXiv 2605.11355), retold in the tables of a network. Its period begins with
orders; ours ends with demand and reviews then, so that an order placed at review t is
one of its period t, and a lead time of L of its periods is L + 1 of ours.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.model.network import Network, build
from twin.simulate.demand import ServiceSoFar

N_PERIODS = 30
DAY_S = 86_400
BASE_MEAN = 20.0

# site: on hand at the start, holding cost a period, capacity and cost of a factory
SITES: dict[str, dict[str, tuple[float, float, float | None, float]]] = {
    "network": {
        "n1": (100, 0.030, None, 0.0),
        "n2": (110, 0.020, None, 0.0),
        "n3": (80, 0.015, None, 0.0),
        "n4": (400, 0.012, 90, 0.010),
        "n5": (350, 0.013, 90, 0.015),
        "n6": (380, 0.011, 80, 0.012),
    },
    "serial": {
        "n1": (100, 0.030, None, 0.0),
        "n2": (100, 0.020, None, 0.0),
        "n3": (200, 0.010, 100, 0.010),
    },
}
# from, to, lead time in their periods, price, holding cost on the way
LANES: dict[str, tuple[tuple[str, str, int, float, float], ...]] = {
    "network": (
        ("n2", "n1", 5, 1.500, 0.010),
        ("n3", "n1", 3, 1.600, 0.015),
        ("n4", "n2", 8, 1.000, 0.008),
        ("n4", "n3", 10, 0.800, 0.006),
        ("n5", "n2", 9, 0.700, 0.005),
        ("n6", "n2", 11, 0.750, 0.007),
        ("n6", "n3", 12, 0.800, 0.004),
        ("n7", "n4", 0, 0.150, 0.000),
        ("n7", "n5", 1, 0.050, 0.005),
        ("n8", "n5", 2, 0.070, 0.002),
        ("n8", "n6", 0, 0.200, 0.000),
    ),
    "serial": (
        ("n2", "n1", 4, 1.500, 0.010),
        ("n3", "n2", 4, 1.000, 0.005),
        ("n4", "n3", 0, 0.500, 0.000),
    ),
}
_SUPPLIERS = {"network": ("n7", "n8"), "serial": ("n4",)}
RETAIL_PRICE, SHORTAGE_COST = 2.0, 0.1


@dataclass(frozen=True, slots=True)
class Scenario:
    """One row of the published grid.

    Attributes
    ----------
    id : str
        As in the published tables.
    topology : str
        "network" or "serial".
    backlogged, goodwill : bool
        Whether unmet demand waits; whether demand follows past service.
    effects : tuple of str
        Of "trend", "seasonal", "shock".
    series : tuple of float or None
        Demand itself, where it is given and certain.
    published : dict of str to float
        Mean profit by agent over the canonical seeds.
    env : dict
        Arguments of the environment that published it.
    """

    id: str
    topology: str
    backlogged: bool
    goodwill: bool
    effects: tuple[str, ...]
    series: tuple[float, ...] | None
    published: dict[str, float]
    env: dict[str, Any]

    @property
    def oracle(self) -> float:
        """Published profit with all demand known (a heuristic where goodwill)."""
        return self.published["oracle_profit"]

    def network(self) -> Network:
        """Return the scenario as a network."""
        return _network(self.topology, backlogged=self.backlogged)

    def means(self, sentiment: float = 1.0) -> NDArray[np.float64]:
        """Mean demand of every period at a given sentiment, shape (N_PERIODS,)."""
        if self.series is not None:
            return np.maximum(np.array(self.series) * sentiment, 0.0)
        return np.maximum(family_mean(self.effects) * sentiment, 0.1)


@cache
def family_mean(effects: tuple[str, ...]) -> NDArray[np.float64]:
    """Mean demand with some effects, shape (N_PERIODS,), units a period."""
    period = np.arange(N_PERIODS)
    mean = np.full(N_PERIODS, BASE_MEAN)
    if "trend" in effects:
        mean = mean * (1 + 0.05 * period)
    if "seasonal" in effects:
        mean = mean * (1 + 0.5 * np.sin(2 * np.pi / 30 * period))
    if "shock" in effects:
        mean = np.where(period >= N_PERIODS // 2, mean * 2.0, mean)
    mean.setflags(write=False)  # it is shared
    return mean


def load_scenarios(folder: Path) -> tuple[tuple[Scenario, ...], tuple[int, ...]]:
    """Read the grid and the canonical seeds from the folder of public data."""
    grid = json.loads((folder / "chain" / "scenarios.json").read_text())
    published = _published(folder / "chain" / "published.csv")
    scenarios = tuple(_scenario(row, published) for row in grid["scenarios"])
    return scenarios, tuple(grid["seeds"])


def _published(path: Path) -> dict[str, dict[str, float]]:
    header, *rows = (line.split(",") for line in path.read_text().splitlines())
    return {
        row[0]: {
            name: float(value) for name, value in zip(header[1:], row[1:], strict=True)
        }
        for row in rows
    }


def _scenario(row: dict[str, Any], published: dict[str, dict[str, float]]) -> Scenario:
    demand = row["env"]["demand_config"]
    series = demand.get("external_series")
    return Scenario(
        id=row["id"],
        topology=row["env"]["scenario"],
        backlogged=row["env"]["backlog"],
        goodwill=demand["use_goodwill"],
        effects=tuple(demand.get("effects", ())),
        series=tuple(series) if series else None,
        published=published[row["id"]],
        env=row["env"],
    )


def _network(topology: str, *, backlogged: bool) -> Network:
    sites = SITES[topology]
    suppliers = _SUPPLIERS[topology]
    return build(
        {
            "items": [{"item": "unit", "unit_cost": 1.0}],
            "sites": [
                {
                    "site": site,
                    "kind": "plant" if capacity else "warehouse",
                    "dispatch_capacity_per_period": capacity,
                    "handling_cost": cost,
                }
                for site, (_, _, capacity, cost) in sites.items()
            ],
            "suppliers": [{"supplier": name} for name in suppliers],
            "customers": [{"customer": "market"}],
            "lanes": [
                {
                    "lane": f"L{number:02d}",
                    "from_place": origin,
                    "to_place": target,
                    "item": "unit",
                    "lead_time_s": (lead + 1) * DAY_S,
                    # What sites pay one another stays within the network.
                    "price": price if origin in suppliers else 0.0,
                    "pipeline_cost_per_day": on_the_way,
                }
                for number, (origin, target, lead, price, on_the_way) in enumerate(
                    LANES[topology]
                )
            ],
            "stock": [
                {
                    "item": "unit",
                    "site": site,
                    "on_hand": on_hand,
                    "holding_cost_per_day": holding,
                }
                for site, (on_hand, holding, _, _) in sites.items()
            ],
            "demands": [
                {
                    "customer": "market",
                    "item": "unit",
                    "site": "n1",
                    "mean_per_day": BASE_MEAN,
                    "law": "poisson",
                    "price": RETAIL_PRICE,
                    "shortage_cost": SHORTAGE_COST,
                    "backlogged": backlogged,
                }
            ],
        },
        {"name": topology, "as_of": "2026-01-01T00:00:00Z"},
    )


class ScenarioDemand:
    """Demand of one episode, drawn as the published environment draws it.

    One Poisson draw a period from NumPy's generator of the seed. With goodwill the mean
    is scaled by sentiment, which falls by a tenth after a period with unmet demand and
    grows by a hundredth otherwise, within [0.2, 2].
    """

    GROWTH, DECAY, CAP, FLOOR = 1.01, 0.90, 2.0, 0.2

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self._scenario = scenario
        self._rng = np.random.default_rng(seed)
        self.sentiment = 1.0
        self.sentiments: list[float] = []

    def draw(self, period: int, served: ServiceSoFar) -> NDArray[np.float64]:
        """Draw the demand of a period."""
        if period > 0 and self._scenario.goodwill:
            self.sentiment = self._moved(float(served.unfilled.sum()))
        self.sentiments.append(self.sentiment)
        mean = float(self._scenario.means(self.sentiment)[period])
        drawn = self._rng.poisson(mean)
        certain = self._scenario.series is not None
        return np.array([mean if certain else max(0.0, mean + (drawn - mean))])

    def _moved(self, unfilled: float) -> float:
        if unfilled > 0.0:
            return max(self.FLOOR, self.sentiment * self.DECAY)
        return min(self.CAP, self.sentiment * self.GROWTH)

    def coming_growth(self, horizon: int, *, first: bool) -> NDArray[np.float64]:
        """Sentiment of coming periods if all demand is met, shape (horizon,)."""
        if not self._scenario.goodwill:
            return np.ones(horizon)
        steps = np.arange(horizon) + (0 if first else 1)
        return np.minimum(self.CAP, self.sentiment * self.GROWTH**steps)


def certain_demand(scenario: Scenario, seed: int) -> NDArray[np.float64]:
    """All demand of an episode without goodwill, shape (1, N_PERIODS)."""
    demand = ScenarioDemand(scenario, seed)
    nothing = ServiceSoFar(np.zeros(1))
    return np.stack([demand.draw(k, nothing) for k in range(N_PERIODS)], axis=1)
