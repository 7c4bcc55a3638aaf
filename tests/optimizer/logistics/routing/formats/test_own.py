import json

import pytest

from optimizer import ProblemError
from optimizer.logistics.routing.formats.own import read_own

DOCUMENT = {
    "depots": [{"name": "D", "x": 1, "y": 0, "close": 500}],
    "clients": [
        {"name": "a", "x": 10, "y": 0, "delivery": [5, 1], "skills": ["cold"]},
        {"name": "b", "x": 0, "y": 30, "pickup": [2, 0], "prize": 40},
        {"name": "c", "x": 5, "y": 5},
    ],
    "vehicles": [
        {
            "name": "van", "capacity": [8, 2], "available": 2, "skills": ["cold"],
            "reload": ["D"], "breaks": [{"earliest": 10, "latest": 20, "duration": 5}],
        },
        {"name": "car", "capacity": [3, 3], "end": "D", "distance_cost": 2},
    ],
    "shipments": [{"pickup": "c", "delivery": "d", "amount": [1, 1]}],
    "locks": [{"vehicle": "car", "visits": ["b"]}],
    "loads": ["pallets", "boxes"],
}  # fmt: skip
DOCUMENT["clients"].append({"name": "d", "x": 6, "y": 6})


def read(**changes):
    return read_own(json.dumps({**DOCUMENT, **changes}), "p.json")


def test_everything_is_called_by_name():
    problem = read()
    assert problem.allowed().tolist() == [[True] * 4, [False, True, True, True]]
    assert problem.clients.required.tolist() == [True, False, True, True]
    assert problem.vehicles.reload.tolist() == [[True], [False]]
    assert problem.breaks.vehicle.tolist() == [0]
    assert problem.locks[0].visits == (1,)
    assert problem.shipments.amount.tolist() == [[1, 1]]
    assert problem.distance[0, 0].tolist() == [0, 9, 30, 6, 8]
    assert problem.names.of("dimensions", 1) == "boxes"


def test_matrices_may_be_given():
    matrix = [[abs(a - b) for a in range(5)] for b in range(5)]
    problem = read(distance=matrix, duration=[matrix])
    assert problem.distance.shape == problem.duration.shape == (1, 5, 5)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"locks": [{"vehicle": "bus", "visits": ["b"]}]}, "vehicle 'bus' is not one"),
        ({"colour": 1}, "unknown field"),
        ({"depots": [{"name": "D"}, {"name": "D"}]}, "'D' is named twice"),
        ({"distance": [[0, 1], [1]]}, "rows of a matrix"),
        ({"vehicles": [{"name": "v", "capacity": 4}]}, "must have 1 amounts, had 2"),
        ({"vehicles": []}, "vehicles must not be empty"),
        ({"depots": []}, "depots must not be empty"),
        ({"depots": [{"name": "D", "open": 10**30}]}, "depots.0..open"),
        ({"distance": [[0, 1.5]]}, "distance: Expected `int`, got `float`.*0..1"),
        ({"duration": [[0, None]]}, "duration: Expected `int`, got `null`"),
        ({"distance": [[[0, {}]]]}, "distance: Expected `int`, got `object`"),
        ({"distance": [[0, 10**30]]}, "distance: Expected `int`"),
    ],
)
def test_wrong_documents_are_refused(changes, said):
    with pytest.raises(ProblemError, match=said):
        read(**changes)
