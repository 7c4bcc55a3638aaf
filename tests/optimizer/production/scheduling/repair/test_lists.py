"""Repairs of few moves."""

import numpy as np
import pytest

from optimizer.production.scheduling.repair.disruptions import Breakdown
from optimizer.production.scheduling.repair.first import (
    Room,
    first_repair,
    has_to_stay,
    moved_rows,
)
from optimizer.production.scheduling.repair.lists import ListRepair
from optimizer.production.scheduling.repair.stability import Stability
from optimizer.production.scheduling.repair.upset import upset
from optimizer.production.scheduling.search.laying import rules_of


@pytest.fixture
def search(planned, busiest):
    def make(seed=0, **given):
        down = [Breakdown(machine=busiest, start=40, end=90)]
        after = upset(*planned, down, now=40)
        room = Room(after, rules_of(after.problem), now=40)
        stability = Stability(**given)
        plan = first_repair(room, down, stability)
        stays = has_to_stay(after, stability, now=40)
        found = ListRepair(room, plan, stays, stability=stability, seed=seed, bound=0)
        return room, plan, found

    return make


@pytest.mark.parametrize("changes", [0, 1, 4, 15])
def test_no_plan_moves_more_than_the_budget(search, changes):
    room, first, found = search(changes=changes)
    assert found.improve(80 * 400) == 80 * 400
    plan = found.plan()
    moved = moved_rows(room.upset, plan, 0) & ~plan.displaced
    assert moved.sum() <= changes
    assert found.feasible
    assert plan.faults == 0
    assert plan.cost <= min(first.cost, found.cost)


def test_moves_that_gain_nothing_are_taken_back(search):
    room, _, found = search()
    found.improve(80 * 300)
    plan = found.plan()
    moved = moved_rows(room.upset, plan, 0)
    assert plan.cost <= found.cost
    assert moved.sum() < 60


def test_moves_that_cost_are_few(search):
    room, first, found = search(weight=1000)
    found.improve(80 * 300)
    plan = found.plan()
    count = np.count_nonzero(moved_rows(room.upset, plan, 0) & ~plan.displaced)
    before = np.count_nonzero(moved_rows(room.upset, first, 0) & ~first.displaced)
    assert plan.cost + 1000 * count <= first.cost + 1000 * before


def test_a_better_list_is_taken_over(search):
    _, _, one = search(seed=1, changes=10)
    _, _, other = search(seed=2, changes=10)
    other.improve(80 * 400)
    one.adopt(other.found())
    assert one.cost <= other.cost
    assert one.done == (one.cost <= 0)
    again = one.cost
    one.adopt((again + 1, other.found()[1]))
    assert one.cost == again
