from dataclasses import replace

import pytest

from optimizer import ProblemError
from optimizer.logistics.routing.formats.solution import (
    numbered_routes,
    read_solution,
    solution_text,
)
from optimizer.logistics.routing.problem import Route, Vehicles

ROUTES = (Route(vehicle=0, visits=(0, -1, 2)), Route(vehicle=0, visits=(1,)))


def test_routes_come_back(line, tmp_path):
    path = tmp_path / "a.sol"
    path.write_text(solution_text(line, ROUTES, 100.0))
    assert path.read_text() == "Route #1: 1 0 3\nRoute #2: 2\nCost: 100\n"
    assert read_solution(line, path) == ROUTES
    assert numbered_routes(line, ROUTES) == [[1, 0, 3], [2]]


def test_each_vehicle_of_a_mixed_fleet_has_its_line(line, tmp_path):
    two = replace(line, vehicles=Vehicles(available=[2, 1], capacity=[[9], [9]]))
    routes = (Route(vehicle=1, visits=(2,)), Route(vehicle=0, visits=(0, 1)))
    path = tmp_path / "a.sol"
    path.write_text(solution_text(two, routes, 82.5))
    assert path.read_text().splitlines()[1:] == [
        "Route #2:",
        "Route #3: 3",
        "Cost: 82.5",
    ]
    assert set(read_solution(two, path)) == set(routes)


def test_unknown_locations_are_refused(line, tmp_path):
    path = tmp_path / "a.sol"
    path.write_text("Route #1: 1 9\n")
    with pytest.raises(ProblemError, match="route 1: expected locations"):
        read_solution(line, path)
