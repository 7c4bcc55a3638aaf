import json
from dataclasses import replace

import pytest

from twin.errors import InputError
from twin.planning.routing import (
    document_of,
    judged,
    plan_routes,
    problem_of_file,
    repair_document,
    repair_routes,
    route_name,
    stop_rows,
)
from twin.planning.searching import search_options

DOCUMENT = {
    "depots": [{"name": "D", "x": 0, "y": 0, "close": 500}],
    "clients": [
        {"name": "a", "x": 10, "y": 0, "delivery": 5},
        {"name": "b", "x": 20, "y": 0, "delivery": 3, "open": 40, "service": 2},
    ],
    "vehicles": [{"name": "van", "capacity": 8, "available": 2}],
}
ASKED = search_options(lambda: 0.0, 1.0, work=60)


def problem_of(tmp_path, **changes):
    path = tmp_path / "p.json"
    path.write_text(json.dumps({**DOCUMENT, **changes}))
    return problem_of_file(path)


def test_rows_tell_times_and_loads(tmp_path):
    problem = problem_of(tmp_path)
    plan = plan_routes(problem, ASKED)
    assert plan.objective == 40
    rows = stop_rows(problem, plan)
    assert [row["name"] for row in rows] in (["D", "a", "b", "D"], ["D", "b", "a", "D"])
    by_name = {row["name"]: row for row in rows[1:-1]}
    assert by_name["b"]["start"] >= 40
    assert by_name["b"]["close"] is None
    assert rows[0]["load"] == "8"
    assert (by_name["a"]["x"], by_name["a"]["y"]) == (10.0, 0.0)
    assert route_name(problem, 0, plan.routes[0]) == "route 1"


def test_document_is_json_in_locations(tmp_path):
    problem = problem_of(tmp_path)
    plan = plan_routes(problem, ASKED)
    document = json.loads(json.dumps(document_of(problem, plan), allow_nan=False))
    assert sorted(document["routes"][0]) == [1, 2]
    assert document["vehicles"] == ["van"]
    assert document["distances"] == [40]
    assert document["objective"] == 40


def test_repair_is_told_with_prices(tmp_path):
    vehicles = [
        {"name": "van", "capacity": 8, "available": 1, "close": 30},
        {"name": "cart", "capacity": 1},
    ]
    problem = problem_of(tmp_path, vehicles=vehicles)
    plan = plan_routes(problem, ASKED)
    assert plan.status == "infeasible"
    repair = repair_routes(problem, ASKED)
    told = repair_document(repair)
    assert told["price"] == sum(change["price"] for change in told["changes"]) > 0
    assert any("client b" in text for text in told["conflicts"])
    assert not told["conflicts_cut"]
    assert document_of(problem, plan, repair)["repair"] == told
    assert route_name(repair.problem, 1, repair.plan.routes[0]) == "route 2, van"


def test_conflicts_prove_what_a_search_left_open(tmp_path):
    problem = problem_of(tmp_path, vehicles=[{"name": "cart", "capacity": 1}])
    plan = replace(plan_routes(problem, ASKED), status="unknown", bound=0.0)
    repair = repair_routes(problem, ASKED)
    assert judged(plan, repair).status == "infeasible"
    assert judged(plan, replace(repair, conflicts=())) == plan


def test_unknown_rounding_is_refused(tmp_path):
    with pytest.raises(InputError, match="rounding 'up' must be one of"):
        problem_of_file(tmp_path / "a.txt", rounding="up")
