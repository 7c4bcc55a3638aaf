"""Tests of `optimizer.production.lot_sizing.watching`."""

import time

import pytest

from optimizer.production.lot_sizing import watching
from optimizer.production.lot_sizing.model import Limits, solve_program
from optimizer.production.lot_sizing.program import lay_out
from optimizer.production.lot_sizing.watching import LEFT_BEHIND, solve_watched


@pytest.fixture
def arrays(one_level):
    return lay_out(one_level(3), "location").arrays


@pytest.fixture
def slow_solver(monkeypatch):
    """Stand in for a solver that looks at no clock for a second."""

    def solve(*_args, **_keywords):
        time.sleep(1.0)

    monkeypatch.setattr(watching, "solve_program", solve)


def test_watched_solve_gives_the_solvers_answer(arrays):
    watched = solve_watched(
        arrays,
        "highs",
        Limits(20.0),
        monotonic_s=time.perf_counter,
        cancelled=lambda: False,
    )
    own = solve_program(arrays, "highs", Limits(20.0))
    assert (watched.status, watched.objective) == ("optimal", own.objective)


def test_late_solver_is_left_behind(arrays, slow_solver, in_time):
    def solve():
        return solve_watched(
            arrays,
            "highs",
            Limits(0.1),
            monotonic_s=time.perf_counter,
            cancelled=lambda: False,
        )

    assert in_time(solve, 0.8) is LEFT_BEHIND


def test_cancelled_solve_is_left_behind(arrays, slow_solver, in_time):
    def solve():
        asked = iter([False, False])
        return solve_watched(
            arrays,
            "highs",
            Limits(60.0),
            monotonic_s=time.perf_counter,
            cancelled=lambda: next(asked, True),
        )

    assert in_time(solve, 0.8) is LEFT_BEHIND


def test_failure_of_a_solver_is_seen(arrays):
    with pytest.raises(KeyError):
        solve_watched(
            arrays,
            "none",
            Limits(1.0),
            monotonic_s=time.perf_counter,
            cancelled=lambda: False,
        )
