import json

import pytest

from optimizer import ProblemError
from optimizer.logistics.routing.formats.reading import read_problem

SOLOMON = "A\nVEHICLE\nNUMBER CAPACITY\n1 9\nCUSTOMER\nCUST NO.\n0 0 0 0 0 99 0\n"
VRPLIB = (
    "DIMENSION : 2\nCAPACITY : 3\nEDGE_WEIGHT_TYPE : EUC_2D\nTYPE : CVRP\n"
    "NODE_COORD_SECTION\n1 0 0\n2 3 4\nEOF\n"
)
OWN = json.dumps(
    {
        "depots": [{"name": "D"}],
        "clients": [],
        "vehicles": [{"name": "v", "capacity": 1}],
    }
)


@pytest.mark.parametrize(
    ("name", "text", "clients"),
    [("a.txt", SOLOMON, 0), ("a.vrp", VRPLIB, 1), ("a.json", OWN, 0)],
)
def test_form_is_told_from_name_and_text(tmp_path, name, text, clients):
    path = tmp_path / name
    path.write_text(text)
    assert read_problem(path).n_clients == clients


def test_other_texts_are_refused(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("hello\n")
    with pytest.raises(ProblemError, match=r"a\.txt, line 1"):
        read_problem(path)


@pytest.mark.parametrize("name", ["a.sol", "a.txt"])
def test_a_plan_is_told_from_an_instance(tmp_path, name):
    path = tmp_path / name
    path.write_text("Route #1: 1 2\nCost 9\n")
    with pytest.raises(ProblemError, match=r"is a plan .*or own \.json$"):
        read_problem(path)
    (tmp_path / "a.vrp").write_text(VRPLIB)
    with pytest.raises(ProblemError, match=r"; a\.vrp beside it looks like one"):
        read_problem(path)
