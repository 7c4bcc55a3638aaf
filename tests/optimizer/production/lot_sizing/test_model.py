"""Tests of `optimizer.production.lot_sizing.model`."""

import numpy as np
import pytest

from optimizer.production.lot_sizing.model import Limits, solve_program
from optimizer.production.lot_sizing.rows import Sheet


def _knapsack(least):
    """Return: take things of 3, 4 and 5 worth 4, 5 and 6, at least `least`."""
    sheet = Sheet()
    columns = sheet.columns(np.array([4.0, 5.0, 6.0]), upper=1.0, integer=True)
    sheet.enter(sheet.rows(1, lower=least), columns, np.array([3.0, 4.0, 5.0]))
    return sheet.arrays()


@pytest.mark.parametrize("solver", ["scip", "highs"])
def test_solve_program_finds_the_best_and_proves_it(solver):
    answer = solve_program(_knapsack(7.5), solver, Limits(5.0))
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(10.0)
    assert answer.bound == pytest.approx(10.0)
    np.testing.assert_allclose(answer.values, [1, 0, 1], atol=1e-6)


@pytest.mark.parametrize("solver", ["scip", "highs"])
def test_solve_program_says_what_is_impossible(solver):
    answer = solve_program(_knapsack(13.0), solver, Limits(5.0))
    assert answer.status == "infeasible"
    assert answer.values is None


def test_solve_program_of_nothing_looks_at_its_rows():
    sheet = Sheet()
    sheet.columns(np.empty(0), upper=1.0)
    sheet.enter(sheet.rows(1, lower=1.0), np.empty(0, dtype=np.int64), 1.0)
    assert solve_program(sheet.arrays(), "scip", Limits(1.0)).status == "infeasible"


def test_solve_program_takes_hints_and_efforts(one_level):
    for solver, effort in (("highs", "small"), ("scip", "relaxed")):
        limits = Limits(5.0, 1, effort=effort)
        hint = np.array([1.0, 0.0, 1.0])
        answer = solve_program(_knapsack(7.5), solver, limits, hint=hint)
        assert answer.bound <= 10.0 + 1e-6
