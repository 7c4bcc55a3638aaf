"""Policies by name, on drawn demand."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from streams.batch import concatenate
from streams.codec import decode
from streams.events import TYPE_CODES
from streams.log import LogReader, LogWriter
from streams.names import Names
from twin.cycle import BaseStockPolicy, ClairvoyantPolicy, PlanPolicy
from twin.errors import OptionError
from twin.judging import JudgeOptions, JudgingOptions, LevelCandidate
from twin.loop.play import (
    POLICIES,
    PlayOptions,
    demand_to_come,
    make_policy,
    play,
    run_name,
)
from twin.planning import base_stock_levels, planner
from twin.replay import state_at
from twin.simulate.disruptions import Disruption
from twin.state import tables as t


def still():
    return 0.0


def short(tables):
    tables["stock"][0]["on_hand"] = 60
    tables["stock"][1]["on_hand"] = 20


@pytest.fixture
def chain(two_echelon):
    return two_echelon(short, settings={"horizon_periods": 10})


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_policy_plays_the_same_for_the_same_options(chain, policy):
    options = PlayOptions(policy=policy, n_periods=8, seed=3, quantile=0.95)
    first, again = (play(chain, options, monotonic_s=still) for _ in range(2))
    assert first.policy == policy
    assert len(first.table.periods) == 8
    assert first.state_hash == again.state_hash
    assert first.table.totals()["fill_rate"] > 0.9


def test_every_policy_meets_the_same_demand(chain):
    asked = {
        play(
            chain, PlayOptions(policy=policy, n_periods=6, seed=5), monotonic_s=still
        ).demand.tobytes()
        for policy in POLICIES
    }
    assert len(asked) == 1


def test_name_of_a_run_says_what_it_decides_by(chain):
    first = PlayOptions(policy="base-stock", seed=3)
    assert run_name(chain, first) == run_name(chain, replace(first, n_periods=5))
    assert run_name(chain, first).startswith(f"{chain.hash}/base-stock/3/")
    window = {"kind": "demand", "start_us": 1, "end_us": 2}
    others = [
        replace(first, seed=4), replace(first, policy="mpc"),
        replace(first, quantile=0.7), replace(first, service=0.8),
        replace(first, forecasts="refitted"),
        replace(first, disruptions=[Disruption(**window)]),
        replace(first, disruptions=[Disruption(**window, factor=0.5)]),
    ]  # fmt: skip
    names = {run_name(chain, one) for one in (first, *others)}
    assert len(names) == 1 + len(others)


def test_name_of_a_judged_run_is_that_of_its_settings(chain):
    def judged(levels, kind=tuple):
        judging = JudgingOptions(candidates=kind([LevelCandidate(levels=levels)]))
        return PlayOptions(policy="judged", judging=judging)

    first = judged(partial(base_stock_levels, service=0.8))
    again = judged(partial(base_stock_levels, service=0.8), list)
    other = judged(partial(base_stock_levels, service=0.7))
    assert run_name(chain, first) == run_name(chain, again) != run_name(chain, other)
    with pytest.raises(OptionError, match="judging must hold"):
        run_name(chain, judged(lambda _: np.zeros(2)))


def test_demand_to_come_is_the_demand_that_came(chain):
    start_us = chain.settings.as_of_us
    double = Disruption(
        kind="demand", start_us=start_us + 2 * 86_400_000_000,
        end_us=start_us + 4 * 86_400_000_000, factor=2.0,
    )  # fmt: skip
    options = PlayOptions(policy="base-stock", n_periods=6, disruptions=(double,))
    coming = demand_to_come(chain, options, n_periods=6)
    came = play(chain, options, monotonic_s=still).demand
    assert coming.tolist() == came.tolist()
    calm = demand_to_come(chain, PlayOptions(), n_periods=6)
    assert coming[0, 2] > calm[0, 2]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("mpc", PlanPolicy),
        ("base-stock", BaseStockPolicy),
        ("clairvoyant", ClairvoyantPolicy),
    ],
)
def test_name_chooses_the_policy(chain, planner_of, name, kind):
    options = PlayOptions(policy=name, n_periods=2)
    assert isinstance(make_policy(chain, options, planner_of(chain)), kind)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (
            {"policy": "luck"},
            "policy must be one of mpc, judged, base-stock, clairvoyant, was",
        ),
        ({"n_periods": 0}, "n_periods must be >= 1, was 0"),
        ({"quantile": 1.0}, "quantile must be above 0 and below 1, was 1.0"),
        ({"forecasts": "x"}, "forecasts must be one of fixed, refitted, was 'x'"),
        ({"service": 0.0}, "service must be above 0 and below 1, was 0.0"),
    ],
)
def test_wrong_option_is_named(option, message):
    with pytest.raises(OptionError, match=message):
        PlayOptions(**option)


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_log_of_a_play_replays_to_its_state(chain, tmp_path, policy):
    options = PlayOptions(policy=policy, n_periods=5, seed=1)
    indices = []

    def on_review(review, policy):
        indices.append(review.index)

    with LogWriter(tmp_path, fsync="close") as log:
        result = play(chain, options, monotonic_s=still, log=log, on_review=on_review)
    with LogReader(tmp_path) as source:
        replayed = state_at(source, chain)
    assert replayed.digest() == result.state_hash
    assert replayed.tables.clock[t.N_EVENTS] == result.n_events
    assert indices == [0, 1, 2, 3, 4]


def test_forecasts_are_the_same_from_the_log(chain, planner_of, tmp_path):
    options = PlayOptions(n_periods=40, seed=1, forecasts="refitted")
    policies = []
    with LogWriter(tmp_path, fsync="close") as log:
        result = play(
            chain, options, monotonic_s=still, log=log,
            on_review=lambda _, policy: policies.append(policy),
        )  # fmt: skip
    played = policies[-1].forecaster
    assert played.n_refits > 0
    with LogReader(tmp_path) as source:
        names, parts = Names(), []
        while (records := source.poll(0.0, 100_000)) is not None:
            parts.append(decode(records, names).events)
    events = concatenate(parts, names)
    # Each review begins with its plan; what follows happened until the next.
    review = np.cumsum(events.type_code == TYPE_CODES["PlanReleased"]) - 1
    ordered = events.type_code == TYPE_CODES["OrderReceived"]
    assert len(chain.demands.item_index) == 1
    asked = np.bincount(review[ordered], events.value0[ordered], minlength=40)
    assert asked.tolist() == result.demand[0].tolist()
    again = make_policy(chain, options, planner_of(chain)).forecaster
    for units in asked:
        again.observe(np.array([units]))
    assert again.state_hash() == played.state_hash()


def no_demand(tables):
    tables.update(demands=[], customers=[])


def one_plant(tables):
    for table in list(tables):
        tables[table] = tables[table][:1] if table == "sites" else []


@pytest.mark.parametrize("change", [no_demand, one_plant])
@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_network_with_nothing_to_plan_is_refused(works, planner_of, change, policy):
    network = works(change)
    options = PlayOptions(policy=policy, n_periods=2)
    message = "^network 'two': nothing to plan: demands has no rows$"
    with pytest.raises(OptionError, match=message):
        play(network, options, monotonic_s=still)
    with pytest.raises(OptionError, match=message):
        make_policy(network, options, planner_of(network))


def no_lanes(tables):
    tables.update(lanes=[], suppliers=[], bills=[])
    for table in ("items", "stock"):
        tables[table] = [row for row in tables[table] if row["item"] == "tea"]


def no_production(tables):
    tables.update(bills=[], routings=[], machines=[])
    tables["lanes"].append(
        {"lane": "tea", "from_place": "V", "to_place": "P", "item": "tea",
         "lead_time_s": 86_400, "price": 2.0}
    )  # fmt: skip


@pytest.mark.parametrize("change", [no_lanes, no_production])
@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_network_needs_no_lanes_or_no_production(works, change, policy):
    options = PlayOptions(policy=policy, n_periods=4)
    result = play(works(change), options, monotonic_s=still)
    # More than the 40 at the start: what is missing is made, or bought.
    assert result.table.totals()["fill_rate"] == 1.0
    assert result.demand.sum() == 80.0


DAY_S = 86_400


def steady(tables):
    """Ten a day, every day; what is not served at once is lost."""
    tables["demands"][0].update(mean_per_day=10, law="constant", backlogged=False)


@pytest.mark.parametrize("backlogged", [False, True])
@pytest.mark.parametrize("lead_days", [1, 5, 9])
@pytest.mark.parametrize("review_days", [1, 3, 7])
def test_who_knows_demand_beats_fixed_levels(
    two_echelon, review_days, lead_days, backlogged
):
    def shop_alone(tables):
        steady(tables)
        tables["demands"][0]["backlogged"] = backlogged
        lane = tables["lanes"][0] | {
            "to_place": "shop",
            "lead_time_s": lead_days * DAY_S,
        }
        # Lasts until the first order is there.
        stock = tables["stock"][1] | {"on_hand": 10.0 * (lead_days + review_days)}
        tables.update(lanes=[lane], sites=tables["sites"][1:], stock=[stock])

    settings = {"review_s": review_days * DAY_S, "horizon_periods": 8}
    beats_fixed_levels(two_echelon(shop_alone, settings=settings))


@pytest.mark.parametrize("lead_days", [(3, 2), (5, 5)])
@pytest.mark.parametrize("review_days", [1, 3, 7])
def test_who_knows_demand_beats_fixed_levels_of_a_chain(
    two_echelon, review_days, lead_days
):
    def enough(tables):
        steady(tables)
        for table, days in zip(tables["lanes"], lead_days, strict=True):
            table["lead_time_s"] = days * DAY_S
        for row in tables["stock"]:
            row["on_hand"] = 200

    settings = {"review_s": review_days * DAY_S, "horizon_periods": 8}
    beats_fixed_levels(two_echelon(enough, settings=settings))


def test_weekly_review_orders_before_the_shelf_is_empty(two_echelon):
    def week_in_stock(tables):
        steady(tables)
        lane = tables["lanes"][0] | {"to_place": "shop", "lead_time_s": 5 * DAY_S}
        stock = tables["stock"][1] | {"on_hand": 70.0}
        tables.update(lanes=[lane], sites=tables["sites"][1:], stock=[stock])

    settings = {"review_s": 7 * DAY_S, "horizon_periods": 8}
    beats_fixed_levels(two_echelon(week_in_stock, settings=settings))


def beats_fixed_levels(network):
    """Play both where stock suffices: nobody waits, and knowing demand earns more."""
    fixed, knowing = (
        play(network, PlayOptions(policy=policy, n_periods=9), monotonic_s=still)
        for policy in ("base-stock", "clairvoyant")
    )
    assert fixed.table.totals()["fill_rate"] == 1.0
    assert knowing.table.totals()["fill_rate"] == 1.0
    assert knowing.profit >= fixed.profit - 1e-6 * abs(fixed.profit)


def test_information_of_mpc_names_master_data(chain, planner_of):
    policy = make_policy(chain, PlayOptions(policy="mpc"), planner_of(chain))
    assert policy.information == "history, first level and calendar"


def test_plans_out_of_time_are_counted(chain, monkeypatch):
    options = PlayOptions(policy="mpc", n_periods=4)
    assert play(chain, options, monotonic_s=still).unfinished_plans == 0
    solve = planner.plan_replenishment

    def stopped(problem, options, **rest):
        found = solve(problem, options, **rest)
        return replace(found, status="feasible", bound=np.inf)

    monkeypatch.setattr(planner, "plan_replenishment", stopped)
    assert play(chain, options, monotonic_s=still).unfinished_plans == 4
    fixed = PlayOptions(policy="base-stock", n_periods=4)
    assert play(chain, fixed, monotonic_s=still).unfinished_plans == 0


def test_judged_tells_its_verdicts_and_names_runs_by_what_it_judges(chain):
    judging = JudgingOptions(every=2, judge=JudgeOptions(n_futures=2, horizon=3))
    options = PlayOptions(policy="judged", n_periods=4, judging=judging)
    result = play(chain, options, monotonic_s=still)
    assert len(result.verdicts) == 2
    names = {one.name for one in judging.candidates}
    assert {one.chosen for one in result.verdicts} <= names
    assert run_name(chain, options) != run_name(chain, PlayOptions(policy="judged"))
    plain = PlayOptions(policy="mpc", judging=judging)
    assert run_name(chain, plain) == run_name(chain, PlayOptions(policy="mpc"))
