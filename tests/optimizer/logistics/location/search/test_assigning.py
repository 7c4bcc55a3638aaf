import numpy as np
import pytest

from optimizer.logistics.location.search.assigning import AssignSearch


def test_assignment_keeps_capacity_and_reaches_the_best(direct, best_assignment):
    problem = direct(3)
    search = AssignSearch(problem, seed=0)
    search.improve(200)
    found = search.found()
    load = np.bincount(found.chosen, weights=problem.demand, minlength=4)
    assert (load <= problem.capacity).all()
    assert found.cost == pytest.approx(best_assignment(problem))


def test_assignment_from_elsewhere_is_taken(direct):
    problem = direct(4)
    good, fresh = AssignSearch(problem, seed=0), AssignSearch(problem, seed=5)
    good.improve(200)
    fresh.adopt(good.found().chosen)
    assert fresh.found().cost <= good.found().cost
