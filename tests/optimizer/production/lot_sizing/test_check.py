"""Tests of `optimizer.production.lot_sizing.check`."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.production.lot_sizing import Items, Quantities, Resources
from optimizer.production.lot_sizing.check import check_plan, plan_cost
from optimizer.production.lot_sizing.problem import LotSizingProblem


@pytest.fixture
def problem():
    """Return one item, three periods, everything allowed at a price."""
    return LotSizingProblem(
        items=Items(
            holding_cost=np.array([1.0]),
            setup_cost=np.array([10.0]),
            setup_time=np.array([2.0]),
            unit_cost=np.array([0.5]),
            backlog_cost=np.array([3.0]),
            lost_cost=np.array([7.0]),
            minimum_lot=np.array([4.0]),
            shelf_life=np.array([1]),
        ),
        resources=Resources(
            capacity=np.full((1, 3), 12.0),
            overtime_limit=np.full((1, 3), 5.0),
            overtime_cost=np.array([2.0]),
            carry_over=np.array([True]),
        ),
        demand=np.array([[5.0, 8.0, 6.0]]),
    )


@pytest.fixture
def plan():
    """Return a plan that keeps every rule: 13 units, 6 units, one turned down."""
    return Quantities(
        setups=np.array([[True, False, True]]),
        carried=np.zeros((1, 3), dtype=np.bool_),
        quantities=np.array([[12.0, 0.0, 7.0]]),
        stock=np.array([[7.0, 0.0, 1.0]]),
        backlog=np.array([[0.0, 0.0, 0.0]]),
        lost=np.array([[0.0, 1.0, 0.0]]),
        discarded=np.zeros((1, 3)),
        overtime=np.array([[2.0, 0.0, 0.0]]),
    )


def test_check_passes_a_plan_that_keeps_every_rule(problem, plan):
    assert check_plan(problem, plan) == ()


def test_cost_by_hand(problem, plan):
    # Two setups, 19 units, 8 unit-periods in stock, one unit lost, 2 of overtime.
    assert plan_cost(problem, plan) == pytest.approx(20 + 9.5 + 8 + 7 + 4)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"stock": [[8.0, 0.0, 1.0]]}, "period 1: stock less backlog is 8"),
        ({"setups": [[True, False, False]]}, "made without a setup"),
        ({"setups": [[True, True, True]]}, "lot of 0 is below the minimum of 4"),
        ({"overtime": [[0.0, 0.0, 0.0]]}, "14 of capacity is used, 12 is there"),
        ({"overtime": [[6.0, 0.0, 0.0]]}, "overtime 6 is not in 0..5"),
        ({"lost": [[0.0, 9.0, 0.0]]}, "9 units turned down, more than allowed"),
        ({"backlog": [[0.0, 0.0, 2.0]]}, "still waits at the end"),
        ({"carried": [[True, False, False]]}, "kept that was not there at the end"),
        ({"quantities": [[-1.0, 0.0, 7.0]]}, "quantities -1 < 0"),
    ],
)
def test_check_tells_a_broken_rule(problem, plan, change, said):
    arrays = {name: np.array(values) for name, values in change.items()}
    broken = plan._replace(**arrays)
    assert any(said in sentence for sentence in check_plan(problem, broken))


def test_check_tells_a_wrong_shape_and_no_number(problem, plan):
    wrong = plan._replace(stock=np.zeros((2, 3)), lost=np.full((1, 3), np.nan))
    said = check_plan(problem, wrong)
    assert "stock: shape must be (1, 3), was (2, 3)" in said
    assert "lost: entries must be finite" in said


def test_check_tells_demand_that_waits_where_it_must_not(problem, plan):
    items = replace(problem.items, backlog_cost=np.array([np.inf]))
    late = plan._replace(
        quantities=np.array([[11.0, 0.0, 8.0]]),
        stock=np.array([[6.0, 0.0, 1.0]]),
        backlog=np.array([[0.0, 1.0, 0.0]]),
        overtime=np.array([[1.0, 0.0, 0.0]]),
    )
    assert check_plan(problem, late) == ()
    assert (
        "waits, must be served at once"
        in check_plan(replace(problem, items=items), late)[0]
    )


def test_check_tells_stock_that_grows_too_old(problem, plan):
    items = replace(problem.items, shelf_life=np.array([0]))
    said = check_plan(replace(problem, items=items), plan)
    assert "1, period 1: of 7 units in stock only 0 leave in time" in said


def test_check_counts_what_waste_and_components_take(table):
    made = np.array([[2.0, 3.0, 0.0, 5.0], [12.0, 0, 20.0, 0], [2.0, 0, 5.0, 0]])
    plan = Quantities(
        setups=made > 0,
        carried=np.zeros(made.shape, dtype=np.bool_),
        quantities=made,
        stock=np.array([[0.0] * 4, [0.0] * 4, [1.0, 0.0, 0.0, 0.0]]),
        backlog=np.zeros(made.shape),
        lost=np.zeros(made.shape),
        discarded=np.zeros(made.shape),
        overtime=np.zeros((1, 4)),
    )
    assert check_plan(table, plan) == ()
    thrown = plan.discarded.copy()
    thrown[1, 3] = 2.0
    said = check_plan(table, plan._replace(discarded=thrown))
    assert said == ("leg, period 4: stock less backlog is 0, its balance gives -2",)


def test_check_lets_a_setup_be_kept_only_once():
    problem = LotSizingProblem(
        items=Items(holding_cost=np.ones(2)),
        resources=Resources(
            capacity=np.full((1, 2), 20.0), carry_over=np.array([True])
        ),
        demand=np.full((2, 2), 4.0),
    )
    plan = Quantities(
        setups=np.array([[True, False], [True, False]]),
        carried=np.array([[False, True], [False, True]]),
        quantities=np.full((2, 2), 4.0),
        stock=np.zeros((2, 2)),
        backlog=np.zeros((2, 2)),
        lost=np.zeros((2, 2)),
        discarded=np.zeros((2, 2)),
        overtime=np.zeros((1, 2)),
    )
    assert "set up for two items at once" in check_plan(problem, plan)[0]
    one = plan._replace(
        carried=np.array([[False, True], [False, False]]),
        setups=np.array([[True, False], [True, True]]),
    )
    assert check_plan(problem, one) == ()
