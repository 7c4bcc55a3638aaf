"""Whole loops: repeatable, replayable, and bounded by who knows most."""

from types import SimpleNamespace

import numpy as np
import pytest

from streams.batch import empty_batch
from streams.names import Names
from twin.cycle import BaseStockPolicy, ClairvoyantPolicy, PlanPolicy
from twin.demand import MeanForecaster, law_means
from twin.loop import Loop
from twin.planning import base_stock_levels, planning_structure
from twin.simulate.reference.plant import Plant
from twin.state import tables as t
from twin.state import views
from twin.state.known import known_entities
from twin.state.state import State

N_PERIODS = 12
DEMAND = np.array([[4, 0, 7, 3, 9, 2, 5, 5, 8, 1, 6, 4.0]])


def without_fixed_costs(tables):
    # Plans are linear: what an order costs whatever its size is not in them.
    tables["lanes"][0]["fixed_cost"] = 0.0


def lost(tables):
    without_fixed_costs(tables)
    tables["demands"][0]["backlogged"] = False


def limited(tables):
    without_fixed_costs(tables)
    tables["sites"][0]["dispatch_capacity_per_period"] = 5
    tables["lanes"][0]["capacity_per_period"] = 4
    tables["stock"][0]["on_hand"] = 6


def delivered(tables):
    without_fixed_costs(tables)
    tables["sites"][1]["handling_cost"] = 0.7
    tables["lanes"].append(
        {"lane": "bring", "from_place": "shop", "to_place": "M", "item": "tea",
         "lead_time_s": 1.5 * 86_400, "unit_cost": 0.4, "pipeline_cost_per_day": 0.1}
    )  # fmt: skip


def lossy(tables):
    without_fixed_costs(tables)
    tables["sites"][0]["yield_rate"] = 0.8


@pytest.fixture
def clairvoyant(planner_of):
    def make(network, demand):
        n_periods = demand.shape[1]
        policy = ClairvoyantPolicy(
            planner_of(network), demand, horizon=lambda: n_periods - policy.period
        )
        return policy

    return make


@pytest.fixture
def mpc(planner_of):
    def make(network, n_periods=N_PERIODS, quantile=0.9):
        policy = PlanPolicy(
            planner_of(network),
            MeanForecaster(law_means(network)),
            quantile=quantile,
            horizon=lambda: n_periods - policy.period,
        )
        return policy

    return make


@pytest.fixture
def policies(clairvoyant, mpc, scripted):
    return SimpleNamespace(clairvoyant=clairvoyant, mpc=mpc, nothing=scripted)


@pytest.mark.parametrize(
    "change", [without_fixed_costs, lost, limited, delivered, lossy]
)
def test_clairvoyant_profit_of_the_loop_is_the_objective_of_its_plan(
    two_echelon, run_loop, clairvoyant, change
):
    network = two_echelon(change)
    run = run_loop(network, clairvoyant(network, DEMAND), N_PERIODS, demand=DEMAND)
    plans = [review.decided.planned.solution for review in run.reviews]
    # Goods delivered after the end cost nothing there, but are planned to.
    tail = 0.0
    if change is delivered:
        tail = -0.1 * run.reviews[-1].events.value0[_last_deliveries(run)].sum()
    assert plans[0].status == "optimal"
    assert run.result.profit + tail == pytest.approx(plans[0].objective, abs=1e-6)


def _last_deliveries(run):
    events, names = run.reviews[-1].events, run.names
    last_us = run.reviews[-1].measures.time_us
    return (events.party == names.index("M")) & (events.time_us == last_us) & (
        events.place == names.index("shop")
    ) & (events.parent >= 0) & np.isfinite(events.value1)  # fmt: skip


def test_each_plan_keeps_the_promise_of_the_one_before(
    two_echelon, run_loop, clairvoyant
):
    network = two_echelon(limited)
    run = run_loop(network, clairvoyant(network, DEMAND), N_PERIODS, demand=DEMAND)
    earned = np.cumsum([0.0, *run.result.table.series("profit")])
    promised = [review.decided.planned.solution.objective for review in run.reviews]
    assert earned[:-1] + promised == pytest.approx(np.full(N_PERIODS, promised[0]))


@pytest.mark.parametrize("change", [without_fixed_costs, lost, limited])
def test_who_knows_more_earns_more(two_echelon, run_loop, policies, change):
    network = two_echelon(change)
    best, planned, nothing = (
        run_loop(network, policy, N_PERIODS, demand=DEMAND).result.profit
        for policy in (
            policies.clairvoyant(network, DEMAND),
            policies.mpc(network),
            policies.nothing(),
        )
    )
    assert best >= planned - 1e-6
    assert planned > nothing


def test_clairvoyant_bounds_every_policy_on_drawn_demand(
    two_echelon, run_loop, policies
):
    network = two_echelon(without_fixed_costs)
    structure = planning_structure(network)
    levels = base_stock_levels(structure, service=0.95)
    for seed in range(3):
        idle = run_loop(network, policies.nothing(), N_PERIODS, seed=seed)
        demand = idle.result.demand
        knowing = policies.clairvoyant(network, demand)
        best = run_loop(network, knowing, N_PERIODS, seed=seed).result.profit
        for policy in (policies.mpc(network), BaseStockPolicy(structure, levels)):
            result = run_loop(network, policy, N_PERIODS, seed=seed).result
            assert result.demand.tolist() == demand.tolist()
            assert result.profit <= best + 1e-6


def test_same_seed_gives_the_same_state_and_another_does_not(
    two_echelon, run_loop, mpc
):
    network = two_echelon()
    first, again, other = (
        run_loop(network, mpc(network), N_PERIODS, seed=seed).result
        for seed in (7, 7, 8)
    )
    assert first.state_hash == again.state_hash
    assert first.profit == again.profit
    assert first.n_events == again.n_events
    assert other.state_hash != first.state_hash


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_events_of_a_loop_fold_to_its_state_in_any_batches(
    two_echelon, run_loop, mpc, size
):
    network = two_echelon()
    run = run_loop(network, mpc(network), N_PERIODS, seed=3)
    events = run.events
    state = State.of_model(known_entities(network), run.names)
    for start in range(0, len(events), size):
        state.apply(events.take(slice(start, start + size)))
    assert state.settled().digest() == run.result.state_hash
    assert len(events) == run.result.n_events


def test_works_run_without_contradictions_and_replay(works, run_loop, mpc):
    network = works()
    policy = mpc(network, 6)
    run = run_loop(network, policy, 6, seed=1)
    state = State.of_model(known_entities(network), run.names)
    state.apply(run.events)
    assert state.settled().digest() == run.result.state_hash
    assert views.contradictions(state.settled()).height == 0
    assert run.result.table.series("sales").sum() > 40 * 30


def test_loop_counts_what_the_plant_counts(two_echelon, run_loop, mpc):
    network = two_echelon()
    run = run_loop(network, mpc(network), N_PERIODS, seed=2)
    settled = run.loop.state.settled()
    levels = run.loop.plant.stock
    view = run.loop.view
    assert view.stock_column(settled, "on_hand") == pytest.approx(levels.on_hand)
    assert view.stock_column(settled, "in_transit") == pytest.approx(levels.in_transit)
    assert settled.tables.clock[t.N_CORRECTIONS] == 0


def test_reviews_tell_what_happened_between_them(two_echelon, run_loop, scripted):
    network = two_echelon(settings={"review_s": 2 * 86_400})
    policy = scripted()
    run = run_loop(network, policy, 3, demand=[1, 2, 3, 4, 5, 6])
    review_us = network.settings.review_us
    starts = [network.settings.as_of_us + k * review_us for k in range(3)]
    assert [review.now_us for review in run.reviews] == starts
    assert [review.index for review in run.reviews] == [0, 1, 2]
    assert [review.asked.tolist() for review in run.reviews] == [[3.0], [7.0], [11.0]]
    assert policy.asked == [[3.0], [7.0], [11.0]]
    assert run.result.demand.tolist() == [[3.0, 7.0, 11.0]]
    for review in run.reviews:
        assert (review.events.time_us >= review.now_us).all()
        assert (review.events.time_us <= review.now_us + review_us).all()


def test_first_decision_knows_what_is_under_way(two_echelon, run_loop, clairvoyant):
    def coming(tables):
        without_fixed_costs(tables)
        tables["open_orders"] = [
            {"order": "T", "kind": "transfer", "item": "tea", "from_place": "hub",
             "to_place": "shop", "quantity": 30, "due": "2024-01-02T00:00:00Z"},
            {"order": "C", "kind": "customer", "item": "tea", "from_place": "shop",
             "to_place": "M", "quantity": 4, "due": "2024-01-02T00:00:00Z"},
        ]  # fmt: skip

    network = two_echelon(coming)
    demand = np.full((1, 4), 8.0)
    run = run_loop(network, clairvoyant(network, demand), 4, demand=demand)
    # 10 on hand less 4 for C, and 30 tomorrow, are enough for 32: nothing is ordered.
    first = run.reviews[0].decided
    assert len(first.decisions.lane) == 0
    assert first.planned.solution.sales.tolist() == [[8.0] * 4]
    # The order of C is one of the first period, and was served at once.
    assert run.result.demand.tolist() == [[12.0, 8.0, 8.0, 8.0]]
    assert run.result.table.series("served").tolist() == [12.0, 8.0, 8.0, 8.0]
    state = State.of_model(known_entities(network), run.names)
    state.apply(run.events)
    assert state.settled().digest() == run.result.state_hash


class Recorder:
    """Keeps batches; decides nothing worth an event."""

    def __init__(self, names):
        self.names = names
        self.kept = []

    def decided(self, index, now_us, decided, **orders):
        return empty_batch(self.names)

    def happened(self, events):
        self.kept.append(events)


def test_recorder_gets_every_event_once(two_echelon, scripted):
    network, names = two_echelon(), Names()
    plant = Plant(network, names, seed=4)
    recorder = Recorder(names)
    loop = Loop(network, plant, scripted(), names=names, recorder=recorder)
    result = loop.run(5)
    assert sum(map(len, recorder.kept)) == result.n_events
    state = State.of_model(known_entities(network), names)
    for batch in recorder.kept:
        state.apply(batch)
    assert state.settled().digest() == result.state_hash


def test_loop_of_no_periods_has_an_empty_table(two_echelon, scripted):
    network, names = two_echelon(), Names()
    result = Loop(network, Plant(network, names, seed=0), scripted(), names=names).run(
        0
    )
    assert result.profit == 0.0
    assert result.table.periods == ()
    assert result.demand.shape == (1, 0)
