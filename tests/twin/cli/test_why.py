"""`millstream why`, as it is typed, on a plan that was made."""

import csv
import json

import pytest

from twin.cli.app import run
from twin.model import write


@pytest.fixture(scope="module")
def plan(two_echelon, tmp_path_factory):
    """An empty shop; M waits, N does not."""
    folder = tmp_path_factory.mktemp("why")

    def empty_shop(tables):
        tables["stock"][1]["on_hand"] = 0
        tables["customers"].append({"customer": "N"})
        one = tables["demands"][0]
        tables["demands"] = [one | {"backlogged": True},
                             one | {"customer": "N", "backlogged": False}]  # fmt: skip

    write(two_echelon(empty_shop), folder / "chain")
    words = ["plan", str(folder / "chain"), "--out", str(folder / "plan"), "-q"]
    assert run([*words, "--horizon", "7"]) == 0
    return folder / "plan"


def test_every_order_that_is_shipped_is_explained_without_a_gap(plan, command):
    rows = list(csv.DictReader((plan / "sales.csv").read_text().splitlines()))
    shipped = [row["order"] for row in rows if float(row["shipped"]) > 0.0][:6]
    late = 0
    for order in shipped:
        found = command("why", order, plan, "--no-fixes")
        segments = found["segments"]
        late += bool(segments)
        total = sum(one["end_us"] - one["start_us"] for one in segments)
        assert total == found["delivered_us"] - found["asked_us"]
    assert late


def test_what_binds_is_said(plan, capsys):
    rows = csv.DictReader((plan / "sales.csv").read_text().splitlines())
    first = next(row["order"] for row in rows if float(row["shipped"]) > 0.0)
    assert run(["why", first, str(plan)]) == 0
    assert "bound by " in capsys.readouterr().out


def test_what_binds_is_found_by_removing_it(plan, command, capsys):
    rows = csv.DictReader((plan / "sales.csv").read_text().splitlines())
    first = next(row["order"] for row in rows if float(row["shipped"]) > 0.0)
    found = command("why", first, plan)
    assert found["constraint"]["kind"] == "lane"
    assert found["tried"][0]["gain_days"] > 0.0
    assert found["fixes"][0]["gain_days"] > 0.0
    assert found["pegging"]


def test_network_is_planned_for_the_question(plan, command):
    network = plan.parent / "chain"
    found = command("why", "C1", network, "--horizon", 7, "--no-fixes")
    assert found["order"] == "C1"
    words = ["why", "C1", str(plan), "--at", "5"]
    assert run(words) == 2


def test_order_that_is_never_served_is_explained_too(plan, tmp_path, capsys):
    rows = list(csv.DictReader((plan / "sales.csv").read_text().splitlines()))
    never = [row["order"] for row in rows if float(row["shipped"]) == 0.0]
    answer = tmp_path / "answer.json"
    assert run(["why", never[0], str(plan), "--json", str(answer)]) == 3
    said = capsys.readouterr().out
    assert "the plan ships nothing of it" in said
    assert "; next comes " in said
    told = json.loads(answer.read_text())
    assert told["delivered_us"] is None
    assert told["segments"] == []
    assert (told["shortage"]["item"], told["shortage"]["site"]) == ("tea", "shop")
    assert told["shortage"]["chain"]


def test_mistake_is_named(plan, tmp_path, capsys):
    assert run(["why", "C99999", str(plan)]) == 2
    assert "order 'C99999'" in capsys.readouterr().err
    assert run(["why", "C1", str(tmp_path)]) == 2
    assert "no plan folder" in capsys.readouterr().err
