"""Schedules changed by hand: what a page needs, and what the checker says."""

import pytest

from twin.errors import InputError
from twin.planning.shop_schedule import held, judged, rules_document, shop_problem

ORDERS = [
    {"order": "A", "kind": "production", "item": "tea", "to_place": "P",
     "quantity": 10, "due": "2024-01-03T00:00:00Z", "step": 1}
]  # fmt: skip


@pytest.fixture
def shop(works):
    return shop_problem(works(open_orders=ORDERS))


@pytest.fixture
def rows(shop):
    """Both operations, one after the other."""
    operations = rules_document(shop)["operations"]
    machine, duration = operations[0]["modes"][0]
    first = {"machine": machine, "start": 0}
    second = {"machine": operations[1]["modes"][0][0], "start": duration}
    placed = zip(operations, (first, second), strict=True)
    return [
        {"job": one["job"], "operation": one["operation"], **where}
        for one, where in placed
    ]


def test_rules_hold_what_binds_the_shop(shop):
    rules = rules_document(shop)
    assert [row["job"] for row in rules["operations"]] == ["A", "A"]
    assert rules["arcs"] == [[0, 1]]
    assert rules["jobs"][0]["due"] == 2 * 86_400
    names = {row["name"] for row in rules["machines"]}
    assert all(mode[0] in names for row in rules["operations"] for mode in row["modes"])
    assert not any(row["begun"] for row in rules["operations"])


@pytest.fixture
def waiting(works):
    """A shop whose filler is maintained, with an order that waits for its leaf."""

    def change(tables):
        tables["machines"][0].update(maintenance_every_s=40_000, maintenance_s=600)
        for row in tables["stock"]:
            row["on_hand"] = 0 if row["item"] in {"tea", "leaf"} else row["on_hand"]
        tables["open_orders"] = [
            {"order": "X", "kind": "customer", "item": "tea", "from_place": "P",
             "to_place": "M", "quantity": 4, "due": "2024-01-03T00:00:00Z"},
            {"order": "L", "kind": "purchase", "item": "leaf", "from_place": "V",
             "to_place": "P", "quantity": 90, "due": "2024-01-02T00:00:00Z"},
        ]  # fmt: skip

    return shop_problem(works(change))


def test_rules_tell_maintenance_and_materials(waiting):
    rules = rules_document(waiting)
    first, second, *_ = rules["stops"]
    assert first == {
        "machine": "F1", "start": 40_000, "end": 40_600, "cause": "maintenance",
    }  # fmt: skip
    assert second["start"] == 80_000
    assert ("F1", 40_000, 40_600) in rules["closed"]
    assert {one["machine"] for one in rules["stops"]} == {"F1"}
    (job,) = rules["jobs"]
    assert job["materials"] == [{"item": "leaf", "order": "L", "from": 86_400}]
    assert job["release"] == 86_400


def test_work_in_maintenance_and_before_its_material_is_a_fault(waiting):
    def at(start):
        rules = rules_document(waiting)
        rows = [
            {"job": one["job"], "operation": one["operation"],
             "machine": one["modes"][0][0], "start": start + 40_000 * step}
            for step, one in enumerate(rules["operations"])
        ]  # fmt: skip
        return judged(waiting, rows, from_us=waiting.at_us)

    assert at(86_400)["feasible"]
    assert not at(86_399)["feasible"]
    assert not at(120_100)["feasible"]
    assert at(120_600)["feasible"]


def test_a_schedule_that_holds_is_feasible_with_its_cost(shop, rows):
    found = judged(shop, rows, from_us=shop.at_us)
    assert found["feasible"]
    assert found["faults"] == []
    assert found["tardiness"] == 0
    assert found["makespan"] == found["objective"] > rows[1]["start"]


def test_an_operation_before_the_one_it_waits_for_is_a_fault(shop, rows):
    rows[1]["start"] -= 1
    found = judged(shop, rows, from_us=shop.at_us)
    assert not found["feasible"]
    assert found["faults"]


def test_a_lock_that_is_moved_is_a_fault(shop, rows):
    kept = [tuple(rows[0].values())]
    locked = held(shop, kept, from_us=shop.at_us)
    rows[0]["start"] += 60
    rows[1]["start"] += 60
    assert judged(shop, rows, from_us=shop.at_us)["feasible"]
    assert not judged(locked, rows, from_us=shop.at_us)["feasible"]


def test_starts_are_of_the_time_they_were_told_from(shop, rows):
    for row in rows:
        row["start"] += 100
    now = judged(shop, rows, from_us=shop.at_us - 100_000_000)
    assert now["makespan"] + 100 == judged(shop, rows, from_us=shop.at_us)["makespan"]


def test_what_is_missing_or_not_known_is_told(shop, rows):
    with pytest.raises(InputError, match="missing"):
        judged(shop, rows[:1], from_us=shop.at_us)
    with pytest.raises(InputError, match="does not do it"):
        judged(shop, [{**rows[0], "machine": "nowhere"}], from_us=shop.at_us)
    with pytest.raises(InputError, match="allowed"):
        judged(shop, [{**rows[0], "job": "Z"}], from_us=shop.at_us)
