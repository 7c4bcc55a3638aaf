"""Problems as arrays."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.workloads.schedules.families import FAMILIES, generated
from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.problem import Locks, Machines, Objective, Setups
from optimizer.production.scheduling.search.laying import rules_of, shop_of


def test_a_shop_has_its_arcs_both_ways():
    shop = shop_of(generated("assembly", 0, n_jobs=3))
    assert np.diff(shop.before_start).tolist() == [0, 0, 0, 3] * 3
    assert np.diff(shop.after_start).tolist() == [1, 1, 1, 0] * 3
    assert shop.before[shop.before_start[3] : shop.before_start[4]].tolist() == [
        0,
        1,
        2,
    ]


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - {"assembly"}))
def test_what_is_more_than_a_shop_is_none(family):
    assert shop_of(generated(family, 0, n_jobs=3)) is None


def test_machines_that_begin_in_a_family_get_rows_of_their_own():
    problem = problem_of_routes([[[(0, 1)]], [[(1, 1)]]], 2, setup=np.zeros((2, 2, 2)))
    time = np.array([[[0, 3], [4, 0]]])
    machines = Machines(matrix=[0, 0], first_family=[-1, 1])
    shop = shop_of(replace(problem, machines=machines, setups=Setups(time=time)))
    assert shop.first_setup.tolist() == [[0, 0], [4, 0]]
    assert shop.matrix.tolist() == [0, 1]


def test_rules_hold_what_the_tables_say():
    problem = problem_of_routes([[[(0, 3), (1, 9)]], [[(1, 2)]]], 2)
    problem = replace(
        problem,
        locks=Locks(operation=[0], machine=[1], start=[4]),
        objective=Objective(makespan=2, tardiness=3, setup=4),
    )
    rules = rules_of(problem)
    assert rules.lock.tolist() == [4, -1]
    assert rules.lock_mode.tolist() == [1, -1]
    assert rules.weights[:3].tolist() == [2, 3, 4]
    assert rules.weights[3] > (2 + 3 * 2) * problem.horizon
    assert rules.mode_start.tolist() == [0, 2, 3]


def test_windows_and_uses_are_grouped():
    problem = generated("operators", 1, n_jobs=2)
    rules = rules_of(problem)
    assert np.diff(rules.use_start).tolist() == [1] * len(problem.modes)
    closed = rules_of(generated("calendars", 1, n_jobs=2))
    first, end = closed.closed_start[2:4]
    assert np.all(np.diff(closed.closed_from[first:end]) > 0)
