import math

import pytest

from benchmarks.result import Result, holds


@pytest.mark.parametrize(
    ("value", "goal", "met"),
    [
        (0.97, ">= 0.97", True),
        (0.9699, ">= 0.97", False),
        (17.0, "<= 17", True),
        (17.1, "<=17", False),
        (1e-9, "<= 1e-9", True),
        (22.0, "== 22", True),
        (0.0, "> 0", False),
        (-2.0, "< -1", True),
        (math.nan, ">= 0", False),
        (math.nan, "<= 0", False),
    ],
)
def test_goal_against_value(value, goal, met):
    assert Result(name="r", value=value, unit="1", goal=goal).met is met
    assert holds("r", value, goal) is met


def test_met_without_goal_is_unknown():
    assert Result(name="r", value=1.0, unit="1").met is None


@pytest.mark.parametrize("goal", ["about 3", "0.97", ">= x", ">= 0.97 of it", ""])
def test_goal_unreadable_is_refused(goal):
    with pytest.raises(ValueError, match="result 'gap': goal must be one of >=, <="):
        Result(name="gap", value=1.0, unit="1", goal=goal)


def test_record_has_the_agreed_keys():
    record = Result(name="r", value=1.0, unit="s", goal="<= 2", checked=True).record()
    assert set(record) == {
        "name", "value", "unit", "goal", "met", "stretch",
        "peer", "peer_value", "ratio", "spread", "checked",
    }  # fmt: skip
    assert record["met"] is True
    assert record["checked"] is True
