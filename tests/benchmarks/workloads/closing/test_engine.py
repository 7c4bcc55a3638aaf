from dataclasses import replace

import numpy as np
import pytest

from benchmarks.workloads.closing.baselines import CLASSES
from benchmarks.workloads.closing.engine import LEVERS, Engine, levels_of
from benchmarks.workloads.closing.frozen import BASELINES, ENGINE
from benchmarks.workloads.closing.network import network_c
from benchmarks.workloads.closing.shipping import Slack
from twin.planning import base_stock_levels, planning_structure

FULL = Engine(
    candidates=((0.9, 2.0), (0.6, 0.0)), safety=(0.5,) * len(CLASSES), rule="spt",
    maintenance_h={"filling": 50.0}, slack=Slack(1, 1, 1), far=8.0, near=2.0, pace=0.9,
)  # fmt: skip


def test_engine_with_one_candidate_judges_nothing():
    judging = replace(FULL, candidates=FULL.candidates[:1], safety=()).judging
    assert [one.name for one in judging.candidates] == ["plan 0.9 + 2, bought 8/2"]
    assert judging.every > 10_000


def test_engine_judges_plans_and_levels():
    judging = FULL.judging
    names = [one.name for one in judging.candidates]
    plans = ["plan 0.9 + 2, bought 8/2", "plan 0.6, bought 8/2"]
    assert names == [*plans, "levels 0.9"]
    assert judging.judge.n_futures == FULL.n_futures


@pytest.mark.parametrize("lever", LEVERS)
def test_each_lever_takes_something_away(lever):
    assert LEVERS[lever](FULL) != FULL
    assert LEVERS[lever](ENGINE) != ENGINE


def test_levels_rise_with_the_safety_of_their_class():
    structure = planning_structure(network_c())
    cover = base_stock_levels(structure, service=0.5)
    safety = tuple(0.25 * k for k in range(len(CLASSES)))
    ratio = levels_of(structure, safety=safety)[cover > 0] / cover[cover > 0]
    assert set(np.round(ratio, 6)) == {1.0 + one for one in safety}


def test_baselines_run_to_failure_and_the_engine_does_not():
    assert all(not one.shop.maintenance_h for one in BASELINES)
    assert {one.shop.rule for one in BASELINES} == {"edd", "critical_ratio"}
    assert set(ENGINE.maintenance_h) == {"filling", "mixing", "packing"}
