"""`millstream why`, as it is typed, on a plan that was made."""

import csv

import pytest

from twin.cli.app import run
from twin.model import write


@pytest.fixture
def plan(two_echelon, tmp_path):
    def empty_shop(tables):
        tables["stock"][1]["on_hand"] = 0

    write(two_echelon(empty_shop), tmp_path / "chain")
    words = ["plan", str(tmp_path / "chain"), "--out", str(tmp_path / "plan"), "-q"]
    assert run(words) == 0
    return tmp_path / "plan"


def test_every_order_that_is_shipped_is_explained_without_a_gap(plan, command):
    rows = list(csv.DictReader((plan / "sales.csv").read_text().splitlines()))
    shipped = [row["order"] for row in rows if float(row["shipped"]) > 0.0][:6]
    late = 0
    for order in shipped:
        found = command("why", order, plan)
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


def test_mistake_is_named(plan, tmp_path, capsys):
    assert run(["why", "C99999", str(plan)]) == 2
    assert "order 'C99999'" in capsys.readouterr().err
    assert run(["why", "C1", str(tmp_path)]) == 2
    assert "no plan folder" in capsys.readouterr().err
