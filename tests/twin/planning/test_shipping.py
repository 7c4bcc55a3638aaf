import json
from dataclasses import replace

import pytest

from optimizer import ProblemError
from optimizer.logistics.transshipment import check_shipments
from twin.planning.searching import search_options
from twin.planning.shipping import (
    after,
    costs_of,
    document_of,
    plan_shipments,
    read_shipments,
    repair_lines,
    repair_shipments,
    shipment_rows,
    vehicle_rows,
    without_pooling,
)

ASKED = search_options(lambda: 0.0, 1.0, work=50)
TEXT = {
    "periods": 3,
    "sites": [{"id": "plant"}, {"id": "shop", "firm": "other"}],
    "items": [{"id": "pump", "holding_cost": 0.1, "shortage_cost": 9}],
    "lanes": [
        {"from": "plant", "to": "shop", "room": 10, "vehicle_cost": 7, "unit_cost": 0.5}
    ],
    "stock": [{"site": "plant", "item": "pump", "units": 12}],
    "demand": [{"site": "shop", "item": "pump", "units": [0, 6, 4]}],
}


@pytest.fixture
def given(tmp_path):
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(TEXT))
    return read_shipments(path)


def test_rows_and_costs_add_up(given):
    problem, names = given
    plan = plan_shipments(problem, ASKED)
    rows = shipment_rows(problem, names, plan)
    assert sum(row["units"] for row in rows) == pytest.approx(10.0)
    assert {row["to"] for row in rows} == {"shop"}
    assert all(row["between_firms"] for row in vehicle_rows(problem, names, plan))
    assert sum(costs_of(problem, plan).values()) == pytest.approx(plan.objective)
    apart = plan_shipments(without_pooling(problem), ASKED)
    document = document_of(problem, names, plan, apart=apart)
    assert document["served"] == pytest.approx(1.0)
    assert document["short"] == []
    assert document["pooling"]["saved"] == pytest.approx(
        apart.objective - plan.objective
    )
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_repair_is_told_in_words(given):
    problem, names = given
    short = replace(problem, stock=problem.stock - [[4.0], [0.0]], full_service=True)
    plan = plan_shipments(short, ASKED)
    assert plan.status == "infeasible"
    repair = repair_shipments(short, ASKED)
    lines = repair_lines(short, names, repair)
    assert lines[0] == (
        "conflict: 6 of pump at shop in period 2 and 4 of pump at shop in period 3: "
        "2 cannot be there in time"
    )
    assert lines[1].startswith("repair: leave 2 of pump at shop in period")
    assert lines[1].endswith("unserved (costs 18)")
    assert lines[2].startswith("price: with that, all costs")
    document = document_of(short, names, plan, repair=repair)
    assert document["objective"] is None
    assert document["repair"]["price"] == pytest.approx(repair.price)
    assert after(repair).short.sum() == pytest.approx(2.0)
    assert len(document["repair"]["plan"]["short"]) == len(repair.losses)


@pytest.mark.parametrize("stopped", [False, True])
def test_plan_of_a_repair_counts_each_loss_once(given, stopped):
    short = replace(given[0], stock=given[0].stock - [[4.0], [0.0]], full_service=True)
    repair = repair_shipments(short, ASKED, cancelled=lambda: stopped)
    assert repair.cheapest is not stopped
    plan = after(repair)
    relaxed = replace(short, full_service=False)
    # Who stops at once ships nothing.
    assert plan.short.sum() == pytest.approx(10.0 if stopped else 2.0)
    assert check_shipments(relaxed, plan) == ()
    assert plan.objective == repair.price


def test_few_units_are_told_beside_items_of_many(tmp_path):
    items = [{"id": name, "shortage_cost": 9} for name in ("screw", "machine")]
    many = {
        "items": items,
        "lanes": [{"from": "plant", "to": "shop", "room": 1e8, "vehicle_cost": 1}],
        "stock": [
            {"site": "plant", "item": "screw", "units": 2e7},
            {"site": "plant", "item": "machine", "units": 1},
        ],
        "demand": [
            {"site": "shop", "item": "screw", "units": [0, 0, 2e7]},
            {"site": "shop", "item": "machine", "units": [0, 0, 2]},
        ],
    }
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(TEXT | many))
    problem, names = read_shipments(path)
    document = document_of(problem, names, plan_shipments(problem, ASKED))
    shipped = {row["item"]: row["units"] for row in document["shipments"]}
    assert shipped == pytest.approx({"screw": 2e7, "machine": 1.0})
    assert [(row["item"], row["units"]) for row in document["short"]] == [
        ("machine", pytest.approx(1.0))
    ]
    repair = repair_shipments(replace(problem, full_service=True), ASKED)
    ((lost, units),) = [(one.item, one.units) for one in repair.losses]
    assert (names.items[lost], units) == ("machine", pytest.approx(1.0))


def test_wrong_file_is_refused(tmp_path):
    with pytest.raises(ProblemError, match="cannot be read"):
        read_shipments(tmp_path / "none.json")
