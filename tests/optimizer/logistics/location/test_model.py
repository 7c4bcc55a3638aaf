import numpy as np
import pytest

from optimizer.logistics.location import LocationProblem
from optimizer.logistics.location.model import LocationModel, Opening


@pytest.mark.parametrize("engine", ["highs", "scip"])
def test_whole_program_equals_brute_force(staged, best_by_force, engine):
    problem = staged(7)
    answer = LocationModel(problem).solve(engine=engine, time_limit_s=20.0)
    assert answer.objective == pytest.approx(best_by_force(problem))
    assert answer.bound == pytest.approx(answer.objective)


def test_single_source_equals_brute_force(direct, best_assignment):
    problem = direct(7)
    answer = LocationModel(problem).solve(engine="highs", time_limit_s=20.0)
    assert answer.objective == pytest.approx(best_assignment(problem))


def test_left_out_facilities_stay_closed(staged):
    problem = staged(7, tight=4.0)
    opening = Opening(np.arange(3), np.array([1, 2, 3]))
    answer = LocationModel(problem, opening).solve(engine="highs", time_limit_s=20.0)
    assert not answer.open_depots[0]
    assert answer.service[0].max() == 0.0


def test_too_little_capacity_is_proven():
    problem = LocationProblem(
        capacity=np.array([1.0]),
        fixed_cost=np.array([1.0]),
        demand=np.array([2.0]),
        service_cost=np.array([[1.0]]),
    )
    answer = LocationModel(problem).solve(engine="highs", time_limit_s=5.0)
    assert answer.proven_infeasible
    assert answer.open_depots is None
