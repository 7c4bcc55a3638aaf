"""A small chain, a small workshop, and the fold of what they emit."""

import copy

import numpy as np
import pytest

from streams.batch import concatenate
from streams.names import Names
from twin.model.network import build
from twin.simulate.compiled.plant import CompiledPlant
from twin.simulate.reference.plant import Plant
from twin.state import views
from twin.state.known import known_entities
from twin.state.state import State

DAY_S = 86_400
SETTINGS = {"name": "small", "as_of": "2024-01-01T00:00:00Z", "time_zone": "UTC"}

CHAIN = {
    "sites": [
        {"site": "hub", "kind": "warehouse"},
        {"site": "shop", "kind": "store"},
    ],
    "items": [{"item": "tea", "unit_cost": 4.0, "price": 9.0}],
    "suppliers": [{"supplier": "V"}],
    "customers": [{"customer": "M"}],
    "lanes": [
        {"lane": "a", "from_place": "V", "to_place": "hub", "item": "tea",
         "lead_time_s": 2 * DAY_S, "price": 3.0},
        {"lane": "b", "from_place": "hub", "to_place": "shop", "item": "tea",
         "lead_time_s": DAY_S, "unit_cost": 0.5},
    ],
    "demands": [
        {"customer": "M", "item": "tea", "site": "shop", "mean_per_day": 5}
    ],
    "stock": [
        {"item": "tea", "site": "hub", "on_hand": 10},
        {"item": "tea", "site": "shop", "on_hand": 4},
    ],
}  # fmt: skip

WORKSHOP = {
    "sites": [{"site": "P", "kind": "plant"}],
    "items": [{"item": "box"}, {"item": "leaf"}, {"item": "tea", "price": 9.0}],
    "bills": [
        {"item": "tea", "component": "leaf", "quantity": 2},
        {"item": "tea", "component": "box", "quantity": 1},
    ],
    "routings": [
        {"item": "tea", "step": 1, "operation": "fill", "machine_group": "filling",
         "duration_s": 60},
        {"item": "tea", "step": 2, "operation": "pack", "machine_group": "packing",
         "duration_s": 30, "setup_s": 600},
    ],
    "suppliers": [{"supplier": "V"}],
    "lanes": [
        {"lane": name, "from_place": "V", "to_place": "P", "item": name,
         "lead_time_s": DAY_S}
        for name in ("leaf", "box")
    ],
    "machines": [
        {"machine": "F1", "site": "P", "group": "filling"},
        {"machine": "K1", "site": "P", "group": "packing", "speed": 2},
    ],
    "stock": [
        {"item": "leaf", "site": "P", "on_hand": 100},
        {"item": "box", "site": "P", "on_hand": 80},
    ],
}  # fmt: skip


class Simulation:
    """A plant and the state that its events fold to."""

    def __init__(self, network, **options):
        self.network = network
        self.names = Names()
        self.state = State.of_model(known_entities(network), self.names)
        self.plant = Plant(network, self.names, seed=1, **options)
        self.batches = []

    def advance(self, *, days=1.0):
        batch = self.plant.advance(self.plant.now_us + round(days * DAY_S * 1e6))
        self.batches.append(batch)
        self.state.apply(batch)
        return batch

    def settled(self):
        return self.state.settled()

    def contradictions(self):
        return views.contradictions(self.settled()).height

    def level(self, item, site, counter="on_hand"):
        levels = self.plant.stock
        found = (levels.item == self.network.item_index[item]) & (
            levels.site == self.network.place_index[site]
        )
        return float(getattr(levels, counter)[found][0])

    def assert_same(self):
        """Live state, folded from events, counts what the plant counts."""
        assert self.contradictions() == 0
        levels = self.plant.stock
        stock = self.settled().used()["stock"]
        order = np.lexsort((stock["place"], stock["item"]))
        assert stock["item"][order].tolist() == levels.item.tolist()
        for counter in ("on_hand", "on_order", "in_transit", "backorder"):
            np.testing.assert_allclose(
                stock[counter][order],
                getattr(levels, counter),
                atol=1e-9,
                err_msg=counter,
            )

        folded = self.settled().used()["machines"]
        machines = self.plant._factory._park._machines
        assert [machine.state + 1 for machine in machines] == folded["state"].tolist()
        running = [len(machine.running) for machine in machines]
        assert running == folded["running"].tolist()

    def events(self, type_name):
        """All events of a type so far, as mappings of column to value."""
        from streams.events import TYPE_CODES  # noqa: PLC0415

        batch = concatenate(self.batches, self.names)
        rows = np.flatnonzero(batch.type_code == TYPE_CODES[type_name])
        columns = (
            "time_us", "value0", "value1", "time0", "subject", "place", "party",
            "code",
        )  # fmt: skip
        return [{name: getattr(batch, name)[row] for name in columns} for row in rows]


class FixedDemand:
    """A given path; what was served so far is kept for the test to see."""

    def __init__(self, *periods):
        self.periods = periods
        self.served = []

    def draw(self, period, served):
        self.served.append(served.unfilled.tolist())
        known = period < len(self.periods)
        now = self.periods[period] if known else np.zeros_like(served.unfilled)
        return np.array(now, np.float64).reshape(served.unfilled.shape)


@pytest.fixture(scope="session")
def simulation():
    return Simulation


@pytest.fixture(scope="session")
def fixed_demand():
    return FixedDemand


def _builder(tables, settings):
    def make(change=None, **more):
        own = copy.deepcopy(tables)
        own.update(more)
        if change:
            change(own)
        return build(own, settings)

    return make


@pytest.fixture(scope="session")
def chain():
    """Build the chain; `change` edits its tables, keywords replace some."""
    return _builder(CHAIN, SETTINGS)


@pytest.fixture(scope="session")
def workshop():
    """Build the workshop, as `chain`."""
    return _builder(WORKSHOP, SETTINGS)


BUSY = {
    "bills": [],
    "routings": [
        {"item": "tea", "step": 1, "operation": "fill", "machine_group": "filling",
         "duration_s": 60, "duration_law": "exponential"},
        {"item": "tea", "step": 2, "operation": "pack", "machine_group": "packing",
         "duration_s": 80, "duration_law": "exponential", "setup_s": 10},
    ],
    "machines": [
        {"machine": "F1", "site": "P", "group": "filling", "mttf_s": 2000,
         "mttr_s": 100},
        {"machine": "K1", "site": "P", "group": "packing", "speed": 2},
    ],
    "releases": [
        {"release": "R", "item": "tea", "site": "P", "interval_s": 80,
         "interval_law": "exponential", "due_s": 300}
    ],
}  # fmt: skip


@pytest.fixture(scope="session")
def busy(workshop):
    """Build a workshop with orders that come by themselves; keywords replace tables."""
    return lambda **more: workshop(**BUSY | more)


_REFERENCES = ("subject", "item", "place", "party", "parent", "source")
_TOLD = (
    "time_us", "type_code", "code", "value0", "value1", "value2", "time0", "id_hash",
    "sequence", "rank", "flags",
)  # fmt: skip


def _assert_same_events(wanted, found):
    for name in _TOLD:
        column = getattr(found, name)
        np.testing.assert_array_equal(column, getattr(wanted, name), err_msg=name)
    for name in _REFERENCES:
        ids = [
            [batch.names[k] if k >= 0 else "" for k in getattr(batch, name).tolist()]
            for batch in (wanted, found)
        ]
        assert ids[0] == ids[1], name


@pytest.fixture(scope="session")
def chains_agree():
    """Run a chain in both engines, day by day; return the compiled one and its events.

    Events are equal in every column, counters too, and live state is what both count.
    """

    def compare(network, *, days=12, policies=True, **options):
        run = Simulation(network, policies=policies, **options)
        compiled = CompiledPlant(network, Names(), seed=1, policies=policies, **options)
        for _ in range(days):
            _assert_same_events(run.advance(), compiled.advance(run.plant.now_us))
            np.testing.assert_array_equal(compiled.stock, run.plant.stock)
            for one, other in zip(compiled.sums, run.plant.sums, strict=True):
                np.testing.assert_array_equal(one, other)
        _assert_same_events(
            run.advance(days=1e-9), compiled.advance(run.plant.now_us)
        )  # what is told a microsecond later
        run.assert_same()
        return run

    return compare
