"""A chain of two echelons, a works with two machines, and loops over both."""

import copy
from dataclasses import dataclass

import numpy as np
import pytest

from streams.batch import concatenate
from streams.names import Names
from twin.cycle import Decided
from twin.loop import Loop
from twin.model.network import build
from twin.planning import Planner
from twin.simulate.decisions import Decisions
from twin.simulate.reference.plant import Plant
from twin.state.known import known_entities
from twin.state.state import State

DAY_S = 86_400
DAY_US = 86_400_000_000
SETTINGS = {"name": "two", "as_of": "2024-01-01T00:00:00Z", "time_zone": "UTC"}

# V -> hub -> shop -> M
TWO_ECHELON = {
    "sites": [
        {"site": "hub", "kind": "warehouse", "handling_cost": 0.2},
        {"site": "shop", "kind": "store"},
    ],
    "items": [{"item": "tea", "unit_cost": 4.0}],
    "suppliers": [{"supplier": "V"}],
    "customers": [{"customer": "M"}],
    "lanes": [
        {"lane": "buy", "from_place": "V", "to_place": "hub", "item": "tea",
         "lead_time_s": DAY_S, "price": 3.0, "unit_cost": 0.1, "fixed_cost": 5.0,
         "pipeline_cost_per_day": 0.02},
        {"lane": "ship", "from_place": "hub", "to_place": "shop", "item": "tea",
         "lead_time_s": 2 * DAY_S, "unit_cost": 0.5, "pipeline_cost_per_day": 0.01},
    ],
    "demands": [
        {"customer": "M", "item": "tea", "site": "shop", "mean_per_day": 4,
         "law": "poisson", "price": 10.0, "shortage_cost": 0.5},
    ],
    "stock": [
        {"item": "tea", "site": "hub", "on_hand": 20, "holding_cost_per_day": 0.04},
        {"item": "tea", "site": "shop", "on_hand": 10, "holding_cost_per_day": 0.05},
    ],
}  # fmt: skip

# Two leaves (one in ten lost) and a box make a tea, filled and then packed.
WORKS = {
    "sites": [{"site": "P", "kind": "plant", "handling_cost": 0.3}],
    "items": [
        {"item": "box", "unit_cost": 1.0},
        {"item": "leaf", "unit_cost": 2.0},
        {"item": "tea", "unit_cost": 8.0},
    ],
    "bills": [
        {"item": "tea", "component": "leaf", "quantity": 2, "scrap_rate": 0.1},
        {"item": "tea", "component": "box", "quantity": 1},
    ],
    "routings": [
        {"item": "tea", "step": 1, "operation": "fill", "machine_group": "filling",
         "duration_s": 600, "yield_rate": 0.8},
        {"item": "tea", "step": 2, "operation": "pack", "machine_group": "packing",
         "duration_s": 900, "setup_s": 1800},
    ],
    "machines": [
        {"machine": "F1", "site": "P", "group": "filling", "cost_per_h": 36.0},
        {"machine": "K1", "site": "P", "group": "packing", "speed": 2,
         "cost_per_h": 72.0},
    ],
    "suppliers": [{"supplier": "V"}],
    "customers": [{"customer": "M"}],
    "lanes": [
        {"lane": name, "from_place": "V", "to_place": "P", "item": name,
         "lead_time_s": DAY_S, "price": price}
        for name, price in (("leaf", 2.0), ("box", 1.0))
    ],
    "demands": [
        {"customer": "M", "item": "tea", "site": "P", "mean_per_day": 20,
         "law": "constant", "price": 30.0, "shortage_cost": 1.0},
    ],
    "stock": [
        {"item": "leaf", "site": "P", "on_hand": 100},
        {"item": "box", "site": "P", "on_hand": 80},
        {"item": "tea", "site": "P", "on_hand": 40},
    ],
}  # fmt: skip


def _builder(tables):
    def make(change=None, *, settings=None, **more):
        own = {**copy.deepcopy(tables), **copy.deepcopy(more)}
        if change:
            change(own)
        return build(own, {**SETTINGS, **(settings or {})})

    return make


@pytest.fixture(scope="session")
def two_echelon():
    """Build the chain; `change` edits its tables, keywords replace some."""
    return _builder(TWO_ECHELON)


@pytest.fixture(scope="session")
def works():
    """Build the works, as `two_echelon`."""
    return _builder(WORKS)


class GivenDemand:
    """A path of shape (n_demands, n_periods), nothing after its end."""

    def __init__(self, path):
        self.path = np.atleast_2d(np.asarray(path, np.float64))

    def draw(self, period, served):
        if period < self.path.shape[1]:
            return self.path[:, period]
        return np.zeros(len(self.path))


class Scripted:
    """Decides what was written down, review by review, and nothing after."""

    name = "scripted"
    information = "none"

    def __init__(self, *decisions):
        self.decisions = decisions
        self.reviews = 0
        self.asked = []

    def observe(self, asked):
        self.asked.append(asked.tolist())

    def decide(self, state, now_us):
        self.reviews += 1
        if self.reviews <= len(self.decisions):
            return Decided(self.decisions[self.reviews - 1])
        return Decided(Decisions())


@dataclass
class Run:
    """A finished loop and everything it saw."""

    loop: Loop
    result: object
    reviews: list
    names: Names

    @property
    def events(self):
        return concatenate([review.events for review in self.reviews], self.names)


@pytest.fixture(scope="session")
def given_demand():
    return GivenDemand


@pytest.fixture(scope="session")
def scripted():
    return Scripted


@pytest.fixture(scope="session")
def run_loop():
    """Run a policy for some periods on a plant with given (or drawn) demand."""

    def run(network, policy, n_periods, *, demand=None, seed=0):
        names = Names()
        source = None if demand is None else GivenDemand(demand)
        plant = Plant(network, names, seed=seed, demand=source)
        loop, reviews = Loop(network, plant, policy, names=names), []
        result = loop.run(n_periods, on_review=reviews.append)
        return Run(loop, result, reviews, names)

    return run


@pytest.fixture(scope="session")
def lane_orders():
    """Decisions from (lane, item, quantity) by name."""

    def decide(network, *orders):
        lanes, items, quantities = zip(*orders, strict=True)
        return Decisions(
            lane=np.array([network.lane_index[name] for name in lanes], np.int32),
            item=np.array([network.item_index[name] for name in items], np.int32),
            quantity=np.array(quantities, np.float64),
        )

    return decide


@pytest.fixture(scope="session")
def planner_of():
    """A planner whose solves no clock can stop."""

    def make(network, **options):
        return Planner(network, monotonic_s=lambda: 0.0, **options)

    return make


class Folding:
    """A state of a network and the batches folded into it."""

    def __init__(self, network):
        self.network = network
        self.names = Names()
        self.state = State.of_model(known_entities(network), self.names)
        self.as_of_us = network.settings.as_of_us
        self._n_events = 0

    def batch(self, *timed):
        """Events as (microseconds after `as_of`, event), in canonical order."""
        # Imported late: most tests do without the codec.
        from streams.batch import in_canonical_order  # noqa: PLC0415
        from streams.codec import decode, encode  # noqa: PLC0415
        from streams.records import RecordBatch  # noqa: PLC0415

        first, self._n_events = self._n_events, self._n_events + len(timed)
        values = [
            encode(
                event,
                event_id=str(n),
                source="t",
                time_us=self.as_of_us + after_us,
                sequence=n,
            )
            for n, (after_us, event) in enumerate(timed, start=first)
        ]
        decoded = decode(RecordBatch.of("log/0", values), self.names)
        assert not decoded.rejected, decoded.rejected
        return in_canonical_order(decoded.events)

    def fold(self, *timed):
        """Fold events; returns the batch and the settled state."""
        batch = self.batch(*timed)
        self.state.apply(batch)
        return batch, self.state.settled()


@pytest.fixture(scope="session")
def folding():
    return Folding
