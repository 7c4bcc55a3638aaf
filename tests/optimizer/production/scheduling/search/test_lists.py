"""Search over lists, as the solve calls it."""

import numpy as np
import pytest

from benchmarks.workloads.schedules.families import generated
from optimizer.production.scheduling.formats.projects import read_patterson
from optimizer.production.scheduling.formats.text import Lines
from optimizer.production.scheduling.search.laying import rules_of
from optimizer.production.scheduling.search.lists import (
    ListSearch,
    is_project,
    mirrored,
)

PROJECT = "5 1\n3\n0 0 3 2 3 4\n3 2 1 5\n4 1 1 5\n2 2 1 5\n0 0 0\n"


@pytest.fixture
def project():
    return read_patterson(Lines(PROJECT, "p"))


def test_projects_are_told_from_shops(project):
    assert is_project(rules_of(project))
    assert not is_project(rules_of(generated("assembly", 0, n_jobs=2)))


def test_turned_round_twice_is_the_same(project):
    rules = rules_of(project)
    mirror = mirrored(rules)
    assert mirror.before_start.tolist() == rules.after_start.tolist()
    assert mirrored(mirror).before.tolist() == rules.before.tolist()


def test_a_small_project_is_solved(project):
    search = ListSearch(rules_of(project), project.order, seed=0, bound=0)
    search.improve(2_000)
    assert search.cost == 5
    assert search.feasible
    start, end, mode = search.schedule()
    assert end.max() == 5
    assert mode.tolist() == [0, 1, 2, 3, 4]
    assert start[0] == 0


def test_better_schedules_are_adopted_and_worse_ones_not():
    problem = generated("tardiness", 5, n_jobs=20)
    rules = rules_of(problem)
    good = ListSearch(rules, problem.order, seed=1, bound=0)
    good.improve(40_000)
    start, _, mode = good.schedule()
    other = ListSearch(rules, problem.order, seed=2, bound=0)
    before = other.cost
    other.adopt(start, mode)
    assert other.cost <= good.cost < before
    kept = other.cost
    other.adopt(np.argsort(problem.order), mode)
    assert other.cost == kept


def test_faults_are_told_where_no_list_keeps_the_deadline():
    problem = generated("maintenance", 0, n_jobs=2)
    object.__setattr__(problem.jobs, "deadline", np.full(len(problem.jobs), 1))
    search = ListSearch(rules_of(problem), problem.order, seed=0, bound=0)
    assert not search.feasible
    assert search.faults > 0
    assert not search.done
