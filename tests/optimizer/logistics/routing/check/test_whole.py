from dataclasses import replace

import pytest

from optimizer.logistics.routing.check.whole import (
    check_route,
    check_routes,
    route_cost,
    route_distance,
    routing_cost,
)
from optimizer.logistics.routing.problem import Breaks, Lock, Names, Route, Shipments

ALL = Route(vehicle=0, visits=(0, 1, 2))


def test_good_plan_has_nothing_wrong_and_its_cost(line, changed):
    assert check_routes(line, [ALL]) == ()
    assert route_distance(line, ALL) == 60
    problem = changed(line, "vehicles", fixed_cost=[100], duration_cost=[2])
    assert route_cost(problem, ALL) == 100 + 60 + 2 * 63


def test_prize_of_who_is_left_out_is_a_cost(line, changed):
    problem = changed(line, "clients", prize=[0, 0, 70], required=[True, True, False])
    one = Route(vehicle=0, visits=(0, 1))
    assert check_routes(problem, [one]) == ()
    assert routing_cost(problem, [one]) == 40 + 70


@pytest.mark.parametrize(
    ("visits", "said"),
    [
        ([(0, 1)], "client 2 is not visited"),
        ([(0, 1, 2), (0,)], "client 0 is visited 2 times"),
        ([(0,), (1,), (2,)], "3 are used, 2 are available"),
        ([(0, 1, 7)], "neither a client nor a depot"),
        ([(0, -1, 1, 2)], "may not load again at depot 0"),
    ],
)
def test_wrong_visits_are_named(line, visits, said):
    routes = [Route(vehicle=0, visits=one) for one in visits]
    assert any(said in text for text in check_routes(line, routes))


@pytest.mark.parametrize(
    ("table", "columns", "said"),
    [
        ("vehicles", {"capacity": [[8]]}, "load 9 of 0 exceeds capacity 8"),
        ("vehicles", {"max_distance": [59]}, "distance 60 exceeds the limit 59"),
        ("vehicles", {"max_duration": [62]}, "duration 63 exceeds the limit 62"),
        ("vehicles", {"close": [62]}, "depot 0 is reached 1 too late"),
        ("clients", {"close": [99, 20, 99]}, "client 1 is reached 1 too late"),
    ],
)
def test_wrong_routes_are_named(line, changed, *, table, columns, said):
    assert any(said in w for w in check_route(changed(line, table, **columns), ALL))


def test_skill_order_and_locks_are_held(line, changed):
    skilled = changed(line, "clients", skills=[[True], [False], [False]])
    skilled = changed(skilled, "vehicles", skills=[[False]])
    named = replace(skilled, names=Names(skills=("cold",), clients=("a", "b", "c")))
    assert "client a needs skill cold" in check_routes(named, [ALL])[0]
    locked = replace(line, locks=(Lock(vehicle=0, visits=(1, 0)),))
    assert "locked visits 1, 0" in check_routes(locked, [ALL])[0]
    back = changed(line, "clients", delivery=[[0], [3], [4]], pickup=[[2], [0], [0]])
    wrong = check_routes(replace(back, linehaul_first=True), [ALL])
    assert [w.split(": ")[1][:12] for w in wrong] == ["a trip begin", "client 1 get"]


def test_shipment_comes_in_order_in_one_trip(line, changed):
    free = changed(line, "clients", delivery=[[0], [3], [0]])
    goods = replace(free, shipments=Shipments(pickup=[2], delivery=[0], amount=[[1]]))
    assert "client 2 must come before 0" in check_routes(goods, [ALL])[0]
    assert not check_routes(goods, [Route(vehicle=0, visits=(2, 1, 0))])


def test_break_without_room_is_named(line, changed):
    problem = changed(line, "clients", service=[500, 1, 1])
    rest = Breaks(vehicle=[0], earliest=[100], latest=[110], duration=[60])
    problem = changed(replace(problem, breaks=rest), "vehicles", close=[600])
    assert "there is no room for break 0" in check_route(problem, ALL)
