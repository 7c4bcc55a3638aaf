"""`millstream diff`, as it is typed."""

import json

import pytest

from twin.cli.app import run
from twin.model import write


@pytest.fixture(scope="module")
def plans(two_echelon, tmp_path_factory):
    """A plan that begins with nothing, and one whose supplier is slow too."""
    folder = tmp_path_factory.mktemp("diff")

    def empty(tables):
        for row in tables["stock"]:
            row["on_hand"] = 0
        tables["demands"][0]["backlogged"] = True

    def slow(tables):
        empty(tables)
        tables["lanes"][0]["lead_time_s"] = 3 * 86_400

    for name, network in (("before", two_echelon(empty)), ("after", two_echelon(slow))):
        write(network, folder / f"{name}_network")
        words = ["plan", str(folder / f"{name}_network"), "--horizon", "10"]
        assert run([*words, "--out", str(folder / name), "-q"]) == 0
    return folder


def test_changes_are_counted_and_told(plans, command, capsys):
    found = command("diff", plans / "before", plans / "after", "--tries", 3)
    assert found["counts"]["customers"].get("later", 0) > 0
    assert len(found["customers"]) == sum(
        n for what, n in found["counts"]["customers"].items() if what != "same"
    )
    assert found["stability"]["orders_kept"] < 1.0
    assert {one["term"] for one in found["money"]} >= {"sales", "shortage", "profit"}
    words = ["diff", str(plans / "before"), str(plans / "after"), "--no-why"]
    assert run(words) == 0
    said = capsys.readouterr().out
    assert "Orders of customers: " in said
    assert "% of orders" in said


def test_a_plan_and_itself_are_the_same(plans, command):
    found = command("diff", plans / "after", plans / "after")
    assert found["customers"] == found["orders"] == found["operations"] == []
    assert found["stability"]["units_moved"] == 0.0


def test_schedules_are_compared_too(tmp_path, command):
    for name, start in (("a", 0), ("b", 7)):
        runs = [{"job": 0, "operation": 0, "machine": 1, "start": start, "end": 9}]
        text = json.dumps({"objective": 9, "operations": runs})
        (tmp_path / f"{name}.json").write_text(text)
    found = command("diff", tmp_path / "a.json", tmp_path / "b.json")
    assert found["counts"] == {"later": 1}
    assert found["operations"][0]["shift"] == 7


def test_mistake_is_named(tmp_path, capsys):
    (tmp_path / "x.json").write_text("[]")
    assert run(["diff", str(tmp_path / "x.json"), str(tmp_path / "x.json")]) == 2
    assert "neither a plan folder nor a schedule" in capsys.readouterr().err
    assert run(["diff", str(tmp_path), str(tmp_path)]) == 2
    assert "plan.json" in capsys.readouterr().err
