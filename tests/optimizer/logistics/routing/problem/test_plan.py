from optimizer.logistics.routing.problem.plan import (
    Route,
    RoutingSolution,
    depot_of,
    reload_at,
)


def test_reloads_are_no_clients():
    route = Route(vehicle=0, visits=(3, reload_at(1), 0))
    assert route.clients == (3, 0)
    assert [depot_of(visit) for visit in route.visits if visit < 0] == [1]


def test_solution_without_routes_costs_infinitely_much():
    assert RoutingSolution(status="unknown").objective == float("inf")
