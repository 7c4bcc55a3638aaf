"""Lot sizing behind the seam: files in, rows and documents out."""

import pytest

from optimizer import ProblemError
from twin.planning.lot_sizing import (
    document_of,
    loads,
    lot_rows,
    plan_lots,
    read_problem,
    repair_lines,
    repair_lots,
)
from twin.planning.searching import search_options

TEXT = "2 3\n1\n50\n1 1 5 30\n1 2 5 40\n10 20\n10 15\n20 5\n"
ASKED = search_options(lambda: 0.0, 1.0, work=10)


@pytest.fixture
def problem(tmp_path):
    path = tmp_path / "lots.txt"
    path.write_text(TEXT)
    return read_problem(path)


def test_rows_and_document_tell_the_same_plan(problem):
    plan = plan_lots(problem, ASKED)
    rows = lot_rows(problem, plan.quantities)
    document = document_of(problem, plan)
    assert len(rows) == 6
    assert sum(row["quantity"] for row in rows) == pytest.approx(80.0)
    setups = [setup for row in document["setups"] for setup in row]
    assert [row["setup"] for row in rows] == setups
    cost = 30 * sum(document["setups"][0]) + 40 * sum(document["setups"][1])
    cost += sum(document["stock"][0]) + 2 * sum(document["stock"][1])
    assert document["objective"] == pytest.approx(cost)
    assert document["status"] == "optimal"
    name, used, capacity = loads(problem, plan.quantities)[0]
    assert name == "1"
    assert max(used) <= max(capacity) == 50.0


def test_repair_is_told_in_words(tmp_path):
    path = tmp_path / "short.txt"
    path.write_text(TEXT.replace("50", "30"))
    problem = read_problem(path)
    plan = plan_lots(problem, ASKED)
    assert plan.status == "infeasible"
    repair = repair_lots(problem, ASKED)
    lines = repair_lines(repair)
    assert lines[0].startswith("conflict: demand of")
    assert "more of time at 1 each" in lines[1]
    assert lines[-1].startswith("price: ")
    document = document_of(problem, plan, repair)
    assert document["objective"] is None
    assert document["conflicts"][0]["verified"]
    assert "quantities" in document["repair"]["plan"]


def test_wrong_file_is_refused(tmp_path):
    path = tmp_path / "lots.json"
    path.write_text("[]")
    with pytest.raises(ProblemError, match=r"lots\.json: Expected `object`"):
        read_problem(path)
