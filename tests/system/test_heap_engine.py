"""A third opinion on queues, shops and chains: a plain heap runs them the same."""

import numpy as np
import pytest

from benchmarks.workloads.heap_engine import HeapChain, HeapShop
from streams.events import TYPE_CODES
from streams.names import Names
from twin.model.network import build
from twin.simulate.compiled.plant import CompiledPlant
from twin.simulate.decisions import Decisions
from twin.simulate.reference.plant import Plant

SETTINGS = {
    "name": "third opinion", "as_of": "2024-01-01T00:00:00Z", "period_s": 600,
    "review_s": 600, "horizon_periods": 1,
}  # fmt: skip
SECOND_US = 1_000_000
LAWS = ("exponential", "constant")
N_REVIEWS = 40


def shop(law, *, n_items, n_machines, seed, spare=0):
    """Whole tens of seconds by a constant law: much happens at once."""
    rng = np.random.default_rng(seed)
    groups = [f"g{k}" for k in range(n_machines)]
    machines = [
        {"machine": f"m{k}", "site": "P", "group": group, "speed": (1, 2)[k % 2]}
        for k, group in enumerate(groups + groups[:spare])
    ]
    if n_machines > 1:
        for machine in machines:
            machine |= {"mttf_s": 3000, "mttr_s": 300}
    tables = {
        "sites": [{"site": "P", "kind": "plant"}],
        "items": [{"item": f"i{k}"} for k in range(n_items)],
        "machines": machines,
        "routings": [
            {"item": f"i{k}", "site": "P", "step": step, "operation": "o",
             "machine_group": group, "setup_s": 10 * int(rng.integers(2)),
             "duration_s": 10 * int(rng.integers(1, 8)), "duration_law": law}
            for k in range(n_items)
            for step, group in enumerate(rng.permutation(groups).tolist())
        ],
        "releases": [
            {"release": f"R{k}", "item": f"i{k}", "site": "P", "interval_law": law,
             "interval_s": n_items * 10 * int(rng.integers(5, 9))}
            for k in range(n_items)
        ],
    }  # fmt: skip
    return build(tables, SETTINGS)


def chain(law, *, seed):
    rng = np.random.default_rng(seed)
    lanes = [("V", "W"), ("W", "S"), ("W", "R"), ("V", "R")]
    tables = {
        "sites": [
            {"site": "W", "kind": "warehouse"},
            {"site": "S", "kind": "store"},
            {"site": "R", "kind": "store"},
        ],
        "items": [{"item": "tea"}, {"item": "box"}],
        "suppliers": [{"supplier": "V"}],
        "customers": [{"customer": "C"}, {"customer": "D"}],
        "lanes": [
            {"lane": f"{a}{b}", "from_place": a, "to_place": b,
             "lead_time_s": 600 * int(rng.integers(0, 4)), "lead_time_law": law}
            for a, b in lanes
        ],
        "demands": [
            {"customer": customer, "item": item, "site": site, "law": "poisson",
             "mean_per_day": 144 * int(rng.integers(1, 5))}
            for customer in "CD" for item in ("tea", "box") for site in "SR"
        ],
        "stock": [
            {"item": item, "site": site, "on_hand": int(rng.integers(0, 30))}
            for item in ("tea", "box") for site in "WSR"
        ],
    }  # fmt: skip
    return build(tables, SETTINGS)


def rows(batches, kind, *columns):
    """The columns of all events of a type, names as they are, in their order."""
    found = []
    for batch in batches:
        for row in np.flatnonzero(batch.type_code == TYPE_CODES[kind]).tolist():
            values = [getattr(batch, column)[row].item() for column in columns]
            found.append(
                tuple(
                    batch.names[v] if c in {"subject", "item", "place", "party"} else v
                    for c, v in zip(columns, values, strict=True)
                )
            )
    return found


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("size", [(1, 1, 0), (5, 4, 0), (6, 3, 2)], ids=str)
def test_operations_of_queues_and_shops_end_when_a_heap_says(law, seed, size):
    n_items, n_machines, spare = size
    network = shop(law, n_items=n_items, n_machines=n_machines, seed=seed, spare=spare)
    until_us = network.settings.as_of_us + 20_000 * SECOND_US
    heap = HeapShop(network, seed)
    heap.run(until_us)
    wanted = [
        (at_us, network.machines.ids[machine], f"M{order}")
        for at_us, machine, order in heap.ends
    ]
    assert len(wanted) > 200
    for engine in (Plant, CompiledPlant):
        told = [engine(network, Names(), seed=seed).advance(until_us)]
        found = rows(told, "OperationCompleted", "time_us", "place", "subject")
        assert found == wanted


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("seed", range(4))
def test_receipts_and_sales_of_a_chain_are_those_of_a_heap(law, seed):
    network = chain(law, seed=seed)
    heap = HeapChain(network, seed)
    engines = [engine(network, Names(), seed=seed) for engine in (Plant, CompiledPlant)]
    rng = np.random.default_rng(seed)
    told = [[], []]
    for review in range(N_REVIEWS):
        n = int(rng.integers(0, 6))
        decisions = Decisions(
            lane=rng.integers(0, 4, n).astype(np.int32),
            item=rng.integers(0, 2, n).astype(np.int32),
            quantity=rng.integers(0, 25, n).astype(float),
        )
        until_us = network.settings.as_of_us + (review + 1) * 600 * SECOND_US
        for plant, batches in zip((heap, *engines), ([], *told), strict=True):
            plant.run(until_us) if plant is heap else batches.append(
                plant.advance(until_us)
            )
            plant.release(decisions)
    for plant, batches in zip(engines, told, strict=True):
        assert_chain_is(heap, plant, batches)


def assert_chain_is(heap, plant, batches):
    network = heap.network
    places = network.places.ids
    customers = network.demands.customer_index
    sites = places[: network.n_sites]
    columns = ("time_us", "party", "place", "value0")
    received = rows(batches, "ShipmentReceived", *columns)
    lanes = network.lanes
    wanted = [
        (at_us, places[lanes.from_place_index[lane]],
         places[lanes.to_place_index[lane]], quantity)
        for at_us, lane, _, quantity in heap.receipts
    ]  # fmt: skip
    assert [row for row in received if row[2] in sites] == wanted
    assert len(wanted) > 30
    sold = rows(batches, "ShipmentDispatched", *columns)
    wanted = [
        (at_us, places[customers[k]], places[network.demands.site_index[k]], quantity)
        for at_us, k, quantity in heap.sales
    ]
    assert [row for row in sold if row[1] not in sites] == wanted
    assert len(wanted) > 100
    assert plant.stock.on_hand.tolist() == heap.on_hand
