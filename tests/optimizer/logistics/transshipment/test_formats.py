import json

import numpy as np
import pytest

from optimizer import ProblemError
from optimizer.logistics.transshipment import parse_shipments, read_shipments


@pytest.fixture
def given():
    """Return a problem with every field."""
    return {
        "periods": ["mon", "tue"],
        "sites": [
            {"id": "plant", "firm": "A", "latitude_deg": 48.0, "longitude_deg": 9.0},
            {"id": "shop", "firm": "B"},
        ],
        "items": [
            {"id": "pump", "volume": 2, "holding_cost": 0.1, "shortage_cost": 9},
            {"id": "valve", "shortage_cost": 4},
        ],
        "lanes": [
            {
                "from": "plant", "to": "shop", "room": 10, "vehicle_cost": 7,
                "lead_periods": 1, "fixed_cost": 2, "unit_cost": 0.5,
                "vehicles_max": 3,
            }
        ],
        "stock": [{"site": "shop", "item": "pump", "units": 4}],
        "supply": [{"site": "plant", "item": "pump", "units": [5, 6]}],
        "demand": [{"site": "shop", "item": "valve", "units": [1, 2]}],
        "costs": [
            {"site": "shop", "shortage_cost": 20},
            {"site": "shop", "item": "valve", "holding_cost": 0.3},
        ],
        "fairness": 0.5,
        "full_service": True,
    }  # fmt: skip


def test_every_field_is_taken(given):
    problem, names = parse_shipments(json.dumps(given), "p")
    assert names.sites == ("plant", "shop")
    assert names.items == ("pump", "valve")
    assert names.periods == ("mon", "tue")
    assert names.firms == ("A", "B")
    assert names.positions[0] == (48.0, 9.0)
    assert np.isnan(names.positions[1]).all()
    lanes = problem.lanes
    assert lanes.from_site.tolist() == [0]
    assert lanes.to_site.tolist() == [1]
    assert lanes.vehicles_max.tolist() == [3]
    assert lanes.unit_cost.tolist() == [0.5]
    assert problem.volume.tolist() == [2.0, 1.0]
    assert problem.stock.tolist() == [[0.0, 0.0], [4.0, 0.0]]
    assert problem.supply[0].tolist() == [[5.0, 6.0], [0.0, 0.0]]
    assert problem.demand[1].tolist() == [[0.0, 0.0], [1.0, 2.0]]
    assert problem.shortage_cost.tolist() == [[9.0, 4.0], [20.0, 20.0]]
    assert problem.holding_cost.tolist() == [[0.1, 0.0], [0.1, 0.3]]
    assert problem.firm.tolist() == [0, 1]
    assert (problem.fairness, problem.full_service) == (0.5, True)


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        (
            ("lanes", 0, "to"),
            "shp",
            r"p: lanes\[0\].to: there is no site 'shp', sites are 'plant', 'shop'$",
        ),
        (
            ("stock", 0, "item"),
            "pmp",
            r"stock\[0\]: there is no item 'pmp', items are 'pump', 'valve'$",
        ),
        (("demand", 0, "units"), [1], r"demand\[0\]: units must have 2 numbers"),
        (("sites", 1, "id"), "plant", r"sites\[1\]: site 'plant' is there twice"),
        (("periods",), ["mon", "mon"], r"periods\[1\]: period 'mon' is there twice"),
        (("lanes", 0, "room"), 0, r"> 0.*lanes\[0\].room"),
        (("lanes", 0, "to"), "plant", "to_site.* must differ from from_site"),
        (("fairness",), -1, "fairness"),
        (("sites",), [], "sites must not be empty"),
        (("cost",), [], "unknown field `cost`"),
    ],
)
def test_what_is_wrong_is_named(given, where, value, said):
    at = given
    for key in where[:-1]:
        at = at[key]
    at[where[-1]] = value
    with pytest.raises(ProblemError, match=said):
        parse_shipments(json.dumps(given), "p")


def test_of_many_names_a_few_are_listed(given):
    given["sites"] += [{"id": f"s{n}"} for n in range(9)]
    given["stock"][0]["site"] = "s9"
    with pytest.raises(ProblemError, match=r"sites are 'plant', .* 's5' and 3 more$"):
        parse_shipments(json.dumps(given), "p")


def test_number_of_periods_names_them_from_one(given, tmp_path):
    given |= {"periods": 2}
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(given))
    _, names = read_shipments(path)
    assert names.periods == ("1", "2")
    with pytest.raises(ProblemError, match=r"none.json cannot be read"):
        read_shipments(tmp_path / "none.json")
