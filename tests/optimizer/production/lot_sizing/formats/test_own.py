"""Tests of `optimizer.production.lot_sizing.formats.own`."""

import json

import numpy as np
import pytest

from optimizer.errors import ProblemError
from optimizer.production.lot_sizing.formats.own import read_own


@pytest.fixture
def given():
    """Return a problem with every field."""
    return {
        "periods": ["mon", "tue"],
        "resources": [
            {
                "id": "saw",
                "capacity": [8, 6],
                "overtime_limit": 2,
                "overtime_cost": 30,
                "carry_over": True,
                "initial_setup": "leg",
            }
        ],
        "items": [
            {
                "id": "table",
                "demand": [2, 3],
                "holding_cost": 1,
                "setup_cost": 5,
                "bill": {"leg": 4},
                "lead_periods": 1,
                "backlog_cost": 2,
                "shelf_life": 3,
            },
            {"id": "leg", "resource": "saw", "unit_time": 0.1, "initial_stock": 40},
        ],
    }


def test_read_own_takes_names_and_fields(given):
    problem = read_own(json.dumps(given), "p")
    assert problem.item_names == ("table", "leg")
    assert problem.period_names == ("mon", "tue")
    assert problem.items.resource.tolist() == [-1, 0]
    assert problem.items.shelf_life.tolist() == [3, -1]
    assert problem.items.backlog_cost.tolist() == [2, np.inf]
    assert problem.resources.overtime_limit.tolist() == [[2, 2]]
    assert problem.resources.initial_setup.tolist() == [1]
    assert problem.bill.quantity.tolist() == [4]
    assert problem.demand.tolist() == [[2, 3], [0, 0]]


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        (("items", 0, "bill"), {"lag": 4}, "component 'lag' is not known"),
        (("items", 1, "resource"), "axe", "item 'leg': resource 'axe' is not known"),
        (("items", 0, "demand"), [1], "item 'table': demand must be 2 numbers, were 1"),
        (
            ("resources", 0, "capacity"),
            [1],
            "resource 'saw': capacity must be a number",
        ),
        (("items", 0, "price"), 1, "unknown field `price`"),
        (("items", 0, "holding_cost"), -1, r"\$.items\[0\].holding_cost"),
        (("periods",), 0, "at least one period"),
    ],
)
def test_read_own_names_what_is_wrong(given, where, value, said):
    at = given
    for key in where[:-1]:
        at = at[key]
    at[where[-1]] = value
    if where == ("periods",):
        given["items"][0]["demand"] = []
        given["resources"][0]["capacity"] = 1
    with pytest.raises(ProblemError, match=said):
        read_own(json.dumps(given), "p")
