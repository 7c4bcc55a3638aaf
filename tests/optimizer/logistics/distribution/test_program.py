import numpy as np

from optimizer.logistics.distribution import ReplenishmentProblem
from optimizer.logistics.distribution.program import ReplenishmentProgram


def test_program_needs_one_stock_row_a_point_and_period(divergent):
    program = ReplenishmentProgram(divergent(backlogged=True), 30)
    assert program.n_equations == (6 + 1) * 30
    assert program.n_rows == (6 + 1 + 3) * 30
    program = ReplenishmentProgram(divergent(backlogged=False), 30)
    assert program.n_equations == 6 * 30
    assert program.lost_sales.size == 30


def test_program_has_no_column_for_an_order_that_cannot_pay(shop):
    two_periods = ReplenishmentProgram(shop(), 2)
    # Order now, and for both periods stock, sales, backlog; the second order is late.
    assert two_periods.profit.size == 1 + 3 * 2
    paid_to_order = ReplenishmentProgram(shop(unit_cost=np.array([-1.0])), 2)
    assert paid_to_order.profit.size == 2 + 3 * 2


def test_program_keeps_a_late_order_that_saves_holding(divergent):
    """Goods put on the road at the end cost less than in the store: it is exact."""
    network = divergent(backlogged=True)
    program = ReplenishmentProgram(network, 1)
    plan = program.plan(
        np.arange(1.0, 1.0 + program.profit.size),
        ReplenishmentProblem(
            network=network, stock=np.ones(6), demand=np.zeros((1, 1))
        ),
    )
    # Lane 0 costs 0.010 on the road against 0.020 in store, lane 1 0.015 against 0.015.
    assert plan.orders[0, 0] > 0.0
    assert plan.orders[1, 0] == 0.0


def test_program_coefficients_of_a_repeated_input_add_up(shop):
    network = shop(
        input_start=np.array([0, 2]),
        input_point=np.array([0, 0]),
        input_usage=np.array([0.25, 0.5]),
    )
    program = ReplenishmentProgram(network, 2)
    row, column, value = program.entries
    assert len(set(zip(row.tolist(), column.tolist(), strict=True))) == row.size
    assert 0.75 in value.tolist()


def test_program_constant_holds_arrivals_where_stock_has_no_column(divergent):
    network = divergent(backlogged=False)
    arrivals = np.zeros((2, 6))
    arrivals[1, 3] = 10.0
    problem = ReplenishmentProblem(
        network=network, stock=np.zeros(6), demand=np.ones((1, 2)), arrivals=arrivals
    )
    constant = ReplenishmentProgram(network, 2).constant(problem)
    assert constant == -(10.0 * 0.012) - 2.0 * 0.1
