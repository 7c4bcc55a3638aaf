import numpy as np
import pytest

from optimizer import ProblemError
from twin.planning.location import (
    document_of,
    flow_rows,
    locate_facilities,
    read_location,
    repair_lines,
    repair_location,
)
from twin.planning.searching import search_options

TEXT = "1 2 3\n4\n5\n6\n20 100\n7 8\n9 50\n10 60\n1 2 3\n4 5 6\n"
ASKED = search_options(lambda: 0.0, 1.0, work=100)


@pytest.fixture
def problem(tmp_path):
    path = tmp_path / "sites.txt"
    path.write_text(TEXT)
    return read_location(path)


def test_flows_add_up_to_demand_and_cost(problem):
    plan = locate_facilities(problem, ASKED)
    rows = flow_rows(problem, plan)
    for stage in ("supply", "service"):
        units = [row["quantity"] for row in rows if row["stage"] == stage]
        assert sum(units) == pytest.approx(problem.demand.sum())
    document = document_of(problem, plan)
    opening = problem.plant_fixed_cost[document["open"]["plants"]].sum()
    opening += problem.fixed_cost[document["open"]["depots"]].sum()
    cost = opening + sum(row["cost"] for row in rows)
    assert document["objective"] == pytest.approx(cost)
    assert document["history"][-1]["objective"] == pytest.approx(cost)


def test_repair_is_told_in_words(tmp_path):
    path = tmp_path / "short.txt"
    path.write_text(TEXT.replace("9 50", "1 50"))
    short = read_location(path)
    plan = locate_facilities(short, ASKED)
    assert plan.status == "infeasible"
    repair = repair_location(short, ASKED)
    lines = repair_lines(repair)
    assert lines[0].startswith("conflict: clients ask for 15 units, the 2 depots")
    assert lines[1].startswith("repair: add 4 units of capacity at depot")
    assert lines[2].startswith("price: a plan then costs")
    document = document_of(short, plan, repair)
    assert document["objective"] is None
    assert np.isfinite(document["repair"]["price"])


def test_wrong_file_is_refused(tmp_path):
    with pytest.raises(ProblemError, match="cannot be read"):
        read_location(tmp_path / "none.txt")
