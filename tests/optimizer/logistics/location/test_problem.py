import numpy as np
import pytest

from optimizer import ProblemError
from optimizer.logistics.location import LocationProblem
from optimizer.logistics.location.problem import missing_units

GIVEN = {
    "capacity": np.ones(2),
    "fixed_cost": np.ones(2),
    "demand": np.ones(3),
    "service_cost": np.ones((2, 3)),
}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"capacity": [-1.0, 1.0]}, r"capacity\[0\] must be finite and >= 0, was -1"),
        ({"fixed_cost": np.ones(3)}, r"fixed_cost must have shape \(2,\), had \(3,\)"),
        ({"service_cost": np.full((2, 3), np.nan)}, r"service_cost\[0, 0\] must be"),
        ({"demand": ["a", "b", "c"]}, "demand must be an array of numbers"),
        ({"demand": np.array([1.0, 0.0, 1.0])}, "client 1 must be 0, as it asks for 0"),
        (
            {
                "plant_capacity": np.ones(1),
                "plant_fixed_cost": np.ones(1),
                "supply_cost": np.ones((1, 2)),
                "single_source": True,
            },
            "single_source must be False",
        ),
    ],
)
def test_wrong_entries_are_named(changes, told):
    with pytest.raises(ProblemError, match=told):
        LocationProblem(**{**GIVEN, **changes})


def test_arrays_are_copies_and_read_only():
    capacity = np.ones(2)
    problem = LocationProblem(**{**GIVEN, "capacity": capacity})
    capacity[0] = 9.0
    assert problem.capacity[0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        problem.capacity[0] = 2.0


def test_missing_units_are_more_than_rounding():
    demand = np.array([0.1, 0.2])
    assert missing_units(demand, np.array([0.3])) == 0.0
    assert missing_units(demand, np.array([0.2])) == pytest.approx(0.1)
    assert missing_units(demand, np.array([0.3 - 1e-9])) > 0.0
