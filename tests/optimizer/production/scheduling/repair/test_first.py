"""The first repair."""

import numpy as np
import pytest

from optimizer.production.scheduling.problem import NONE
from optimizer.production.scheduling.repair.disruptions import (
    Breakdown,
    LateMaterial,
    RushJob,
    RushMode,
    RushOperation,
)
from optimizer.production.scheduling.repair.first import (
    Room,
    first_repair,
    has_to_stay,
    moved_rows,
)
from optimizer.production.scheduling.repair.stability import Stability
from optimizer.production.scheduling.repair.upset import upset
from optimizer.production.scheduling.search.laying import rules_of


@pytest.fixture
def rooms(planned):
    def make(disruptions, *, now, hold=()):
        after = upset(*planned, disruptions, now=now)
        return Room(after, rules_of(after.problem), hold=hold, now=now)

    return make


def test_without_a_disruption_nothing_moves(rooms):
    room = rooms([], now=30)
    plan = first_repair(room, [], Stability())
    assert not moved_rows(room.upset, plan, 0).any()
    assert not plan.displaced.any()
    assert plan.faults == 0


def test_least_repairs_move_only_what_was_displaced(rooms, busiest):
    down = [Breakdown(machine=busiest, start=40, end=90)]
    room = rooms(down, now=40)
    plan = first_repair(room, down, Stability(changes=0))
    moved = moved_rows(room.upset, plan, 0)
    assert moved.any()
    assert not np.any(moved & ~plan.displaced)
    machine = room.upset.problem.modes.machine
    hit = (
        (machine[room.upset.mode] == busiest)
        & (room.upset.start < 90)
        & (room.upset.end > 40)
    )
    assert np.all(plan.displaced[hit])
    # All else that is displaced waits for something displaced in its job.
    others = np.flatnonzero(plan.displaced & ~hit)
    assert np.all(plan.displaced[others - 1])
    on = machine[plan.mode] == busiest
    assert not np.any(on & (plan.start < 90) & (plan.end > 40))


def test_a_wider_budget_takes_the_better_of_both(rooms, busiest):
    down = [Breakdown(machine=busiest, start=40, end=90)]
    costs = [
        first_repair(rooms(down, now=40), down, Stability(changes=changes)).cost
        for changes in (0, 20, None)
    ]
    assert costs == sorted(costs, reverse=True)


def test_frozen_and_held_operations_stay(rooms, busiest):
    down = [Breakdown(machine=busiest, start=40, end=90)]
    held = (busiest + 1) % 20
    room = rooms(down, now=40, hold=(held,))
    stability = Stability(freeze=30, hold=(held,))
    stays = has_to_stay(room.upset, stability, now=40)
    assert np.all(stays[room.upset.start < 70])
    plan = first_repair(room, down, stability)
    moved = moved_rows(room.upset, plan, 0)
    assert not np.any(moved & stays & ~plan.displaced)


def test_held_machines_lose_the_modes_of_others(rooms, planned):
    problem, plan = planned
    room = rooms([], now=0, hold=(4,))
    machine = problem.modes.machine
    left = np.isin(np.arange(machine.size), room.mode_rows)
    assert np.all(left[plan.mode])
    gone = problem.modes.operation[~left]
    assert np.all(machine[~left] == 4)
    assert np.all(machine[plan.mode[gone]] != 4)
    assert np.array_equal(room.mode_rows[room.mode], plan.mode)


def test_a_rush_job_is_put_in_without_touching_what_must_stay(rooms):
    steps = tuple(
        RushOperation(modes=(RushMode(machine=x, duration=9),)) for x in (3, 7, 3)
    )
    rush = [RushJob(operations=steps)]
    room = rooms(rush, now=25)
    tight = first_repair(room, rush, Stability(changes=0))
    assert not moved_rows(room.upset, tight, 0).any()
    assert np.all(tight.mode[-3:] != NONE)
    assert np.all(tight.start[-3:] >= 25)
    assert np.all(tight.start[-2:] >= tight.end[-3:-1])
    assert first_repair(room, rush, Stability()).cost <= tight.cost


def test_what_waits_for_late_material_is_displaced(rooms, planned):
    start = planned[1].start
    late = [LateMaterial(job=4, release=int(start[45]) + 3, operation=45)]
    room = rooms(late, now=10)
    plan = first_repair(room, late, Stability())
    assert plan.displaced[45]
    assert plan.start[45] >= start[45] + 3
