import numpy as np
import pytest

from optimizer import ProblemError
from optimizer.logistics.routing.check import check_routes, routing_cost
from optimizer.logistics.routing.formats.vrplib import read_vrplib
from optimizer.logistics.routing.problem import LATEST, Route

HEAD = """NAME : t
TYPE : {kind}
DIMENSION : 4
EDGE_WEIGHT_TYPE : EUC_2D
{more}
NODE_COORD_SECTION
1 0 0
2 3 4
3 0 1.5
4 6 8
"""
PLAIN = "DEMAND_SECTION\n1 0\n2 2\n3 2\n4 2\nDEPOT_SECTION\n1\n-1\nEOF\n"


def text(kind, more, tail=PLAIN):
    return HEAD.format(kind=kind, more=more) + tail


def test_whole_distances_and_a_vehicle_a_client():
    problem = read_vrplib(text("CVRP", "CAPACITY : 4"), "t.vrp")
    assert problem.distance[0, 0].tolist() == [0, 5, 2, 10]
    assert problem.vehicles.available.tolist() == [3]
    assert problem.clients.close.tolist() == [LATEST] * 3
    routes = [Route(vehicle=0, visits=(0, 2)), Route(vehicle=0, visits=(1,))]
    assert routing_cost(problem, routes) == 20 + 4


def test_fleet_is_grouped_by_type():
    more = "VEHICLES : 3"
    tail = (
        "CAPACITY_SECTION\n1 5\n2 5\n3 9\nVEHICLES_FIXED_COST_SECTION\n1 7\n2 7\n3 8\n"
        "VEHICLES_UNIT_DISTANCE_COST_SECTION\n1 50\n2 50\n3 80\n" + PLAIN
    )
    problem = read_vrplib(text("HFVRP", more, tail), "t.vrp")
    assert problem.vehicles.available.tolist() == [2, 1]
    assert problem.vehicles.fixed_cost.tolist() == [7000, 8000]
    assert problem.scale == 100_000
    assert problem.distance[0, 0, 1] == 5000


def test_depots_permits_and_reloads_are_read():
    tail = (
        "DEMAND_SECTION\n1 0\n2 0\n3 2\n4 2\nVEHICLES_DEPOT_SECTION\n1 1\n2 2\n"
        "VEHICLES_ALLOWED_CLIENTS_SECTION\n1 3 4\n2 4\n"
        "VEHICLES_RELOAD_DEPOT_SECTION\n1 1\n2 1\n"
        "RELEASE_TIME_SECTION\n1 0\n2 0\n3 0\n4 6\nDEPOT_SECTION\n1\n2\nEOF\n"
    )
    more = "VEHICLES : 2\nCAPACITY : 4\nVEHICLES_MAX_DURATION : 30"
    problem = read_vrplib(text("MDVRPTW", more, tail), "t.vrp")
    assert problem.vehicles.start.tolist() == [0, 1]
    assert problem.allowed().tolist() == [[True, True], [False, True]]
    assert problem.vehicles.reload.tolist() == [[True, False], [True, False]]
    assert problem.clients.release.tolist() == [0, 6000]
    assert problem.vehicles.max_duration.tolist() == [30_000, 30_000]


def test_backhauls_come_last():
    tail = PLAIN.replace("3 2\n4", "3 0\n4").replace(
        "DEPOT_SECTION", "BACKHAUL_SECTION\n1 0\n2 0\n3 1\n4 0\nDEPOT_SECTION"
    )
    problem = read_vrplib(text("VRPB", "CAPACITY : 4", tail), "t.vrp")
    assert problem.linehaul_first
    assert problem.clients.pickup[:, 0].tolist() == [0, 1, 0]
    assert check_routes(problem, [Route(vehicle=0, visits=(0, 1, 2))])
    assert not check_routes(problem, [Route(vehicle=0, visits=(0, 2, 1))])


def test_shipments_join_two_clients():
    tail = (
        "PICKUP_AND_DELIVERY_SECTION\n1 0 0 100 0 0 0\n2 5 0 90 1 0 4\n3 2 0 90 1 0 0\n"
        "4 -5 0 95 1 2 0\nDEPOT_SECTION\n1\nEOF\n"
    )
    problem = read_vrplib(
        text("PDPTW", "CAPACITY : 9\nVEHICLES : 1", tail), "t", rounding="round"
    )
    assert problem.shipments.pickup.tolist() == [0]
    assert problem.shipments.delivery.tolist() == [2]
    assert problem.shipments.amount.tolist() == [[5]]
    assert problem.clients.close.tolist() == [90, 90, 95]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("DIMENSION : 4", "", "DIMENSION must be"),
        ("EUC_2D", "GEO", "EDGE_WEIGHT_TYPE must be EUC_2D"),
        ("DEPOT_SECTION\n1\n", "DEPOT_SECTION\n2\n", "DEPOT_SECTION must be 1, 2"),
        ("4 6 8", "", "must have 4 rows"),
    ],
)
def test_wrong_texts_are_refused(old, new, said):
    with pytest.raises(ProblemError, match=said):
        read_vrplib(text("CVRP", "CAPACITY : 4").replace(old, new), "t.vrp")


def test_rounding_may_be_chosen():
    problem = read_vrplib(text("CVRP", "CAPACITY : 4"), "t", rounding="dimacs")
    assert problem.scale == 10.0
    assert np.array_equal(problem.distance[0, 0], [0, 50, 15, 100])


@pytest.mark.parametrize(
    ("more", "tail", "said"),
    [
        (
            "",
            "COLOUR_SECTION\n1 2\n",
            "COLOUR_SECTION is not supported, known are BACK",
        ),
        ("VEHICLES : 0", "", "VEHICLES must be in 1..1000000, was 0"),
        ("VEHICLES : -2", "", "VEHICLES must be in 1..1000000, was -2"),
        ("DIMENSION : 30000000000", "", "DIMENSION is 30000000000, but the sections"),
        ("CAPACITY : 4.5", "", "a capacity must be a multiple of 1, was 4.5"),
        ("", "BACKHAUL_SECTION\n1 0\n2 0.4\n3 0\n4 0\n", "a backhaul must .* was 0.4"),
        ("", "TIME_WINDOW_SECTION\n1 0\n2 0\n3 0\n4 0\n", "2 columns .* had 1"),
        (
            "VEHICLES : 1",
            "VEHICLES_RELOAD_DEPOT_SECTION\n1 7\n",
            "VEHICLES_RELOAD_DEPOT_SECTION must name whole numbers in 1..1, was 7",
        ),
        ("VEHICLES : 1", "VEHICLES_RELOAD_DEPOT_SECTION\n1 0\n", "in 1..1, was 0"),
        ("VEHICLES : 1", "VEHICLES_ALLOWED_CLIENTS_SECTION\n1 9\n", "in 1..4, was 9"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(more, tail, said):
    with pytest.raises(ProblemError, match=said):
        read_vrplib(text("CVRP", more, tail + PLAIN), "t.vrp")


def test_loads_lose_no_decimals():
    tail = PLAIN.replace("3 2", "3 0.4")
    problem = read_vrplib(text("HFVRP", "CAPACITY : 4.5", tail), "t.vrp")
    assert problem.clients.delivery[:, 0].tolist() == [2000, 400, 2000]
    assert problem.vehicles.capacity.tolist() == [[4500]]
    with pytest.raises(ProblemError, match="a demand must be a multiple of 1,"):
        read_vrplib(text("CVRP", "CAPACITY : 4", tail), "t.vrp")
