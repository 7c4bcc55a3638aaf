"""Repairs by tabu search."""

from dataclasses import replace

import numpy as np

from optimizer.production.scheduling.problem import Jobs, Machines, Setups
from optimizer.production.scheduling.repair.shops import ShopRepair


def searched(room, left):
    wanted = (room.upset.mode, room.upset.start)
    return ShopRepair(left, wanted, weight=1, seed=0, bound=0)


def test_machines_are_ready_after_what_has_begun_and_the_breakdown(opened, busiest):
    room, first, left = opened()
    ready = left.shop.first_setup[:, 0]
    assert ready[busiest] == 90
    assert ready.min() >= 40
    machine = room.upset.problem.modes.machine
    for row in np.flatnonzero(room.upset.begun & ~first.displaced):
        assert ready[machine[first.mode[row]]] >= first.end[row]
    assert not np.any(room.upset.begun[left.rows] & ~first.displaced[left.rows])


def test_what_is_more_than_a_shop_is_left_to_lists(opened, planned):
    problem, _ = planned
    assert opened(start=60)[2] is None
    dated = Jobs(release=np.zeros(8, dtype=np.int64), deadline=np.full(8, 5000))
    assert opened(problem=replace(problem, jobs=dated))[2] is None
    modes = problem.modes
    early = replace(modes, early=np.minimum(modes.duration, 1))
    assert opened(problem=replace(problem, modes=early))[2] is None
    whole = replace(problem.machines, whole_setup=np.ones(20, dtype=np.int64))
    assert opened(problem=replace(problem, machines=whole))[2] is None


def test_plans_get_shorter_and_stay_near(opened):
    room, first, left = opened(freeze=10)
    search = searched(room, left)
    search.improve(200_000)
    plan = search.plan(0)
    assert plan.cost == search.cost <= first.cost
    assert search.feasible
    assert plan.end.max() == plan.cost
    # With all the time of the first repair, nearly all is where it was.
    relaxed = search.plan(first.cost)
    assert relaxed.cost <= first.cost
    old = room.upset.mode
    assert np.sum(relaxed.mode != old) <= np.sum(plan.mode != old)


def test_a_better_plan_is_taken_over(opened):
    room, _, left = opened()
    one, other = searched(room, left), searched(room, left)
    other.improve(200_000)
    one.adopt(other.found())
    assert one.cost == other.cost
    assert one.done is False


def test_the_first_setup_follows_what_has_begun(opened, planned):
    problem, _ = planned
    time = np.array([[[0, 0], [0, 0]]])
    machines = Machines(matrix=np.zeros(20, dtype=np.int64))
    rich = replace(problem, machines=machines, setups=Setups(time=time))
    plain, with_setups = opened()[2].shop, opened(problem=rich)[2].shop
    assert np.array_equal(plain.first_setup[:, :1], with_setups.first_setup[:, :1])
    assert with_setups.setup.shape == (20, 2, 2)
