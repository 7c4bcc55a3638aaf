import math
from types import SimpleNamespace

import pytest

from optimizer import OptionsError, Progress
from twin.planning.searching import finite, history_rows, outcome, search_options


def clock_s():
    return 0.0


def test_search_with_work_has_no_time_limit():
    options = search_options(clock_s, 5.0, work=300, seed=7)
    assert (options.time_limit_s, options.work_limit) == (math.inf, 300)
    assert (options.seed, options.monotonic_s) == (7, clock_s)


def test_search_without_work_ends_in_time():
    options = search_options(clock_s, 5.0)
    assert (options.time_limit_s, options.work_limit) == (5.0, None)


def test_search_without_time_is_refused():
    with pytest.raises(OptionsError, match="time_limit_s"):
        search_options(clock_s, 0.0)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_what_json_cannot_tell_is_none(value):
    assert finite(value) is None


def test_whole_numbers_stay_whole():
    assert repr(finite(12)) == "12"


def test_outcome_without_a_plan_has_no_cost():
    found = SimpleNamespace(
        status="infeasible", objective=math.inf, bound=3.0, gap=math.inf, seconds=1 / 3
    )
    assert list(outcome(found).items()) == [
        ("status", "infeasible"),
        ("objective", None),
        ("bound", 3.0),
        ("gap", None),
        ("seconds", 0.333333),
    ]


def test_history_tells_a_missing_bound_as_none():
    line = Progress(seconds=0.1234567, objective=9.0, bound=-math.inf)
    told = [{"seconds": 0.123457, "objective": 9.0, "bound": None}]
    assert history_rows([line]) == told
