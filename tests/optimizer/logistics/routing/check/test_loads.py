from dataclasses import replace

from optimizer.logistics.routing.check.loads import loads_after, trips_of
from optimizer.logistics.routing.problem import Route, Shipments


def test_deliveries_go_down_and_pickups_up(line, changed):
    problem = changed(line, "clients", pickup=[[0], [5], [0]])
    loads = loads_after(problem, Route(vehicle=0, visits=(0, 1, 2)))
    assert loads[:, 0].tolist() == [9, 7, 9, 5, 0]


def test_trips_load_again(line):
    route = Route(vehicle=0, visits=(0, -1, 2, 1))
    assert trips_of(route) == [(0,), (2, 1)]
    assert loads_after(line, route)[:, 0].tolist() == [2, 0, 7, 3, 0, 0]


def test_shipments_are_on_board_in_between(line, changed):
    problem = changed(line, "clients", delivery=[[0], [3], [0]])
    goods = Shipments(pickup=[0], delivery=[2], amount=[[4]])
    loads = loads_after(
        replace(problem, shipments=goods), Route(vehicle=0, visits=(0, 1, 2))
    )
    assert loads[:, 0].tolist() == [3, 7, 4, 0, 0]
