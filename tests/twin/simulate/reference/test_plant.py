import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.batch import concatenate, in_canonical_order
from streams.events import TYPE_CODES
from streams.names import Names
from twin.errors import OptionError
from twin.model.network import build, load
from twin.model.scenario import load_scenario
from twin.model.shipped import example_folder, example_scenario
from twin.simulate.decisions import Decisions
from twin.simulate.disruptions import of_scenario
from twin.simulate.reference.plant import Plant
from twin.state.known import known_entities
from twin.state.state import State

DAY_S = 86_400
SETTINGS = {"name": "random", "as_of": "2024-01-01T00:00:00Z"}
AMOUNTS = st.one_of(st.integers(0, 30).map(float), st.floats(0.01, 30.0))


@st.composite
def networks(draw):
    """Two to four sites in a row, each with lanes from those before, two items."""
    n_sites = draw(st.integers(2, 4))
    names = ["V", *(f"s{k}" for k in range(n_sites))]
    pairs = [(a, b) for b in range(1, n_sites + 1) for a in range(b)]
    kept = [pair for pair in pairs if pair[0] + 1 == pair[1] or draw(st.booleans())]
    yields, capacities = st.sampled_from([1.0, 0.8]), st.sampled_from([None, 20.0])
    sites = [
        {"site": name, "kind": "warehouse", "yield_rate": draw(yields),
         "dispatch_capacity_per_period": draw(capacities)}
        for name in names[1:]
    ]  # fmt: skip
    laws = st.sampled_from([("constant", 0.0), ("gamma", 0.6), ("exponential", 1.0)])
    lanes = []
    for number, (a, b) in enumerate(kept):
        law, cv = draw(laws)
        lanes.append(
            {"lane": f"L{number}", "from_place": names[a], "to_place": names[b],
             "item": "*", "lead_time_s": draw(st.integers(0, 4)) * DAY_S / 2,
             "lead_time_law": law, "lead_time_cv": cv}
        )  # fmt: skip
    demands = [
        {"customer": customer, "item": item, "site": names[-1],
         "mean_per_day": 6.0, "dispersion": 0.3, "backlogged": draw(st.booleans())}
        for customer in ("M", "N") for item in ("x", "y")
    ]  # fmt: skip
    stock = [
        {"item": item, "site": name, "on_hand": draw(AMOUNTS)}
        for item in ("x", "y")
        for name in names[1:]
    ]
    tables = {
        "sites": sites,
        "items": [{"item": "x"}, {"item": "y"}],
        "suppliers": [{"supplier": "V"}],
        "customers": [{"customer": "M"}, {"customer": "N"}],
        "lanes": lanes,
        "demands": demands,
        "stock": stock,
    }
    return build(tables, SETTINGS)


def random_decisions(network, rng):
    pairs, made = network.lane_items, network.production
    on_lane = network.lanes.to_place_index[pairs.first] < network.n_sites
    n, m = int(on_lane.sum()), len(made.first)
    whole = rng.random() < 0.5
    quantity, make = rng.uniform(-5, 25, n).clip(0), rng.uniform(-20, 60, m).clip(0)
    return Decisions(
        lane=pairs.first[on_lane],
        item=pairs.second[on_lane],
        quantity=np.floor(quantity) if whole else quantity,
        make_item=made.first,
        make_site=made.second,
        make_quantity=np.floor(make),
    )


def play(run, n_periods, seed):
    rng = np.random.default_rng(seed)
    for _ in range(n_periods):
        run.plant.release(random_decisions(run.network, rng))
        run.advance()
        run.assert_same()


@given(network=networks(), seed=st.integers(0, 99))
@settings(max_examples=6, deadline=None, derandomize=True)
def test_live_state_counts_what_the_plant_counts(simulation, network, seed):
    run = simulation(network)
    play(run, 8, seed)
    # Conservation: what customers asked is shipped, waits or is lost.
    asked = sum(event["value0"] for event in run.events("OrderReceived"))
    orders = run.settled().used()["orders"]
    customer = orders["kind"] == 1
    assert asked == pytest.approx(orders["quantity"][customer].sum())
    stock = run.settled().used()["stock"]
    assert (stock["on_hand"] > -1e-9).all()
    waiting = (customer & (orders["status"] == 1)).nonzero()[0]
    still = orders["quantity"][waiting] - orders["shipped"][waiting]
    assert still.sum() == pytest.approx(stock["backorder"].sum(), abs=1e-9)
    assert_sorted_log_gives_the_same_hash(run)


def test_the_shipped_network_runs_through_its_scenario(simulation):
    network = load(example_folder())
    scenario = load_scenario(example_scenario(), network)
    run = simulation(network, disruptions=of_scenario(scenario))
    play(run, 10, seed=3)
    kinds = ("OperationCompleted", "ShipmentReceived", "OrderReceived")
    assert all(run.events(kind) for kind in kinds)


def test_the_same_seed_gives_the_same_events(simulation):
    network = load(example_folder())

    def events(seed):
        names = Names()
        plant = Plant(network, names, seed=seed)
        rng = np.random.default_rng(0)
        batches = []
        for _ in range(3):
            plant.release(random_decisions(network, rng))
            batches.append(plant.advance(plant.now_us + network.settings.period_us))
        return concatenate(batches, names)

    first, again, other = events(1), events(1), events(2)
    for name in ("time_us", "type_code", "subject", "value0", "id_hash"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
    assert first.value0.tolist() != other.value0.tolist()


def assert_sorted_log_gives_the_same_hash(run):
    log = in_canonical_order(concatenate(run.batches, run.names))
    at_once = State.of_model(known_entities(run.network), run.names)
    at_once.apply(log)
    assert at_once.settled().digest() == run.settled().digest()


def test_batches_of_the_plant_are_the_log_in_canonical_order(simulation):
    run = simulation(load(example_folder()))
    play(run, 4, seed=5)
    assert_sorted_log_gives_the_same_hash(run)


def test_a_base_stock_policy_costs_what_is_published(
    simulation, chain, fixed_demand, public_data
):
    """One stage of stockpyl, 100 periods, base stock 2: cost 825, no tolerance."""
    traces = json.loads((public_data / "stockpyl_traces.json").read_text())
    node = traces["simple_single_stage"]["nodes"]["0"]

    def single(tables):
        tables["sites"] = tables["sites"][1:]
        tables["lanes"] = [
            {"lane": "a", "from_place": "V", "to_place": "shop", "item": "tea",
             "lead_time_s": DAY_S}
        ]  # fmt: skip
        tables["stock"] = [{"item": "tea", "site": "shop", "on_hand": 2}]

    run = simulation(chain(single), demand=fixed_demand(*node["demand"]))
    cost, levels = 0.0, []
    for _ in node["demand"]:
        run.advance()
        stock = run.plant.stock
        level = float(stock.on_hand[0] - stock.backorder[0])
        levels.append(level)
        cost += max(level, 0.0) * node["h"] + max(-level, 0.0) * node["p"]
        position = level + float(stock.in_transit[0] + stock.on_order[0])
        zero = np.zeros(1, np.int32)
        run.plant.release(Decisions(zero, zero, np.array([2.0 - position])))
    assert levels == node["IL_end"]
    assert cost == 825.0
    run.advance(days=0)
    run.assert_same()


def test_a_plant_does_not_go_back_in_time(simulation, chain):
    run = simulation(chain())
    run.advance()
    now_us = run.plant.now_us
    with pytest.raises(OptionError, match=f"must be >= {now_us}"):
        run.plant.advance(now_us - 1)
    assert len(run.plant.advance(now_us)) == 0


def test_what_is_told_are_the_same_events_as_with_all(workshop, make):
    kinds = {"OrderCancelled", "ProductionOrderClosed", "StockMoved"}
    batches = []
    for told in (None, kinds):
        network = workshop()
        plant = Plant(network, Names(), seed=4, told=told)
        plant.release(make(network, 3, 2, 1))
        start_us = plant.now_us
        batches.append([plant.advance(start_us + k * 10**7) for k in (4, 500)])
    for whole, part in zip(*batches, strict=True):
        rows = np.isin(whole.type_code, [TYPE_CODES[name] for name in kinds])
        assert 0 < rows.sum() < len(rows)
        for name in ("time_us", "type_code", "sequence", "id_hash", "value0", "rank"):
            np.testing.assert_array_equal(
                getattr(part, name), getattr(whole, name)[rows]
            )


def test_unknown_types_of_events_cannot_be_told(workshop):
    with pytest.raises(OptionError, match="'Closed'"):
        Plant(workshop(), Names(), seed=1, told={"Closed"})
