import json

import pytest

from optimizer.errors import ProblemError
from optimizer.inventory.formats.own import read_inventory

GOOD = {
    "groups": [{"name": "A", "fill": 0.98}],
    "items": [
        {"name": "pump", "demand": {"law": "poisson", "mean": 4}, "group": "A",
         "lead_periods": {"periods": [1, 2], "probability": [0.5, 0.5]},
         "holding_cost": 2, "fixed_cost": 9, "service": {"cycle": 0.9}},
        {"name": "fan", "demand": {"history": [1, 0, 2]}, "lead_periods": 2,
         "shortage_cost": 5, "protection": {"levels": [0.5, 0.9], "values": [3, 6]}},
    ],
    "serial": [
        {"name": "line", "echelon_holding_cost": [1, 1], "lead_periods": [1, 1],
         "shortage_cost": 9, "demand": {"law": "normal", "mean": 9, "sd": 2}},
    ],
    "trees": [
        {"name": "tree", "holding_rate": 0.3, "stages": [
            {"name": "a", "lead_time": 2, "added_cost": 1},
            {"name": "b", "lead_time": 1, "suppliers": {"a": 1}, "service_time_max": 0,
             "demand_sd": 3, "safety_factor": 1.6},
        ]},
    ],
}  # fmt: skip


@pytest.fixture
def written(tmp_path):
    def write(given):
        path = tmp_path / "stock.json"
        path.write_text(json.dumps(given))
        return path

    return write


def test_all_parts_are_read(written):
    found = read_inventory(written(GOOD))
    pump, fan = found.problem.items
    assert pump.lead.mean == 1.5
    assert pump.service.level == 0.9
    assert found.problem.groups["A"].kind == "fill"
    assert fan.demand.mean == 1.0
    assert fan.protection is not None
    assert found.serial["line"].n_stages == 2
    assert found.trees["tree"].down == (1,)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "had nothing to plan; it must be an object with some of items, serial"),
        ({"items": 3}, "items must be a list, was 3"),
        ({"item": []}, "'item' is not known"),
        ({"items": [{"name": "x"}]}, r"items\[0\]: 'demand' is missing"),
        (
            {"items": [{"name": "x", "demand": {"law": "gamma"}}]},
            r"items\[0\]: law must be",
        ),
        (
            {"items": [{"name": "x", "demand": {"mean": 1}, "service": {"best": 1}}]},
            "cycle and fill, was 'best'",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(written, given, said):
    with pytest.raises(ProblemError, match=said):
        read_inventory(written(given))


def test_what_is_no_json_is_told(tmp_path):
    path = tmp_path / "stock.json"
    path.write_text("items:")
    with pytest.raises(ProblemError, match=r"stock.json is not JSON"):
        read_inventory(path)


def test_an_empty_file_is_told_what_it_must_be(tmp_path):
    path = tmp_path / "stock.json"
    path.write_text(" ")
    said = "is empty; it must be an object with some of items"
    with pytest.raises(ProblemError, match=said):
        read_inventory(path)


def test_seasons_and_lots_are_read(written):
    cake = {"name": "cake", "demand": {"mean": 6}, "price": 5, "unit_cost": 2}
    pen = {"name": "pen", "fixed_cost": 8, "demand_rate": 1300, "holding_cost": 0.2}
    found = read_inventory(written({"seasons": [cake], "lots": [pen]}))
    assert found.seasons["cake"].underage_cost == 3.0
    assert found.lots["pen"].demand_rate == 1300.0
    assert found.problem.items == ()
