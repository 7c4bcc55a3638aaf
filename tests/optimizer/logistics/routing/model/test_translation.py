import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from optimizer.logistics.routing.check import check_routes, routing_cost
from optimizer.logistics.routing.model.translation import Translation
from optimizer.logistics.routing.problem import Lock, Route, Shipments, Vehicles


def cost(plan):
    return plan.distance_cost() + plan.duration_cost() + plan.fixed_vehicle_cost()


def test_routes_go_there_and_back_at_the_same_cost(line, changed):
    problem = changed(line, "vehicles", fixed_cost=[7], duration_cost=[3], reload=[[1]])
    problem = changed(problem, "clients", open=[40, 0, 0], release=[0, 0, 30])
    translation = Translation(problem)
    routes = (Route(vehicle=0, visits=(0, 1, -1, 2)),)
    plan = translation.solution(routes)
    assert translation.routes(plan) == routes
    assert cost(plan) == routing_cost(problem, routes)
    assert plan.is_feasible()


@pytest.mark.parametrize("seed", range(5))
def test_two_judges_agree_on_random_plans(town, changed, seed):
    problem = changed(town(6, seed=seed), "vehicles", duration_cost=[2])
    translation = Translation(problem)
    rng = np.random.Generator(np.random.Philox(seed))
    order = rng.permutation(6).tolist()
    routes = (
        Route(vehicle=0, visits=tuple(order[:3])),
        Route(vehicle=0, visits=tuple(order[3:])),
    )
    plan = translation.solution(routes)
    assert plan.is_feasible() == (not check_routes(problem, routes))
    if plan.is_feasible():
        assert cost(plan) == routing_cost(problem, routes)


def test_closed_roads_stand_for_skills_order_and_locks(line, changed):
    skilled = changed(line, "clients", skills=[[True], [False], [False]])
    skilled = replace(
        skilled,
        vehicles=Vehicles(available=[1, 1], capacity=[[9], [9]], skills=[[1], [0]]),
    )
    translation = Translation(skilled)
    wrong = translation.solution([Route(vehicle=1, visits=(0, 1, 2))])
    assert wrong.distance() > translation.closed
    assert translation.solution([Route(vehicle=0, visits=(0, 1, 2))]).distance() == 60
    locked = Translation(replace(line, locks=(Lock(vehicle=0, visits=(1,)),)))
    right = locked.solution([Route(vehicle=0, visits=(1, 0, 2))])
    assert right.distance() < locked.closed
    assert locked.data.num_vehicles == 2
    back = changed(line, "clients", delivery=[[0], [3], [4]], pickup=[[2], [0], [0]])
    last = Translation(replace(back, linehaul_first=True))
    assert last.solution([Route(vehicle=0, visits=(0, 1, 2))]).distance() > last.closed


def test_shipments_are_shipments(line, changed):
    free = changed(line, "clients", delivery=[[0], [3], [0]])
    problem = replace(free, shipments=Shipments(pickup=[2], delivery=[0], amount=[[1]]))
    translation = Translation(problem)
    routes = (Route(vehicle=0, visits=(2, 1, 0)),)
    plan = translation.solution(routes)
    assert plan.is_feasible()
    assert plan.is_complete()
    assert translation.routes(plan) == routes


def test_import_prints_nothing_and_loads_no_matplotlib():
    code = (
        "import sys, logging; import optimizer.logistics.routing.solve; "
        "logging.getLogger('pyvrp').warning('x'); print('matplotlib' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("False\n", "")
