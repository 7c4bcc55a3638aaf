import pytest

from optimizer import ProblemError
from optimizer.logistics.routing.check import check_routes, routing_cost
from optimizer.logistics.routing.formats.solomon import is_solomon, read_solomon
from optimizer.logistics.routing.problem import Route

TEXT = """T1

VEHICLE
NUMBER     CAPACITY
  2         20

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME

    0      0         0          0          0       200          0
    1      1         1         10          0        50          9
    2      3         4         10         30       100          9
"""


def test_distances_are_cut_to_one_decimal():
    problem = read_solomon(TEXT, "t1.txt")
    assert is_solomon(TEXT)
    assert (problem.vehicles.available[0], problem.vehicles.capacity[0, 0]) == (2, 20)
    routes = [Route(vehicle=0, visits=(0, 1))]
    assert check_routes(problem, routes) == ()
    assert routing_cost(problem, routes) / problem.scale == pytest.approx(1.4 + 3.6 + 5)
    assert problem.clients.service.tolist() == [90, 90]


def test_other_roundings_have_other_units():
    assert read_solomon(TEXT, "t", rounding="exact").scale == 1000.0
    assert read_solomon(TEXT, "t", rounding="round").distance[0, 1, 2] == 4


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    2      3 ", "    2   ", "line 12: expected 7 numbers, got 6"),
        ("         10         30", "         1.5         30", "a demand must be whole"),
        ("  2         20", "", "expected 7 numbers|expected the fleet"),
        ("  2         20", "  2.9       20", "the fleet must be whole, was 2.9"),
        ("    1      1 ", "    x      1 ", "line 11: could not convert .* 'x'"),
    ],
)
def test_wrong_texts_are_refused(old, new, said):
    with pytest.raises(ProblemError, match=said):
        read_solomon(TEXT.replace(old, new), "t1.txt")
