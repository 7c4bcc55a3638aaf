import pytest

from optimizer.logistics.transshipment.model import ShipmentModel


@pytest.mark.parametrize("engine", ["highs", "scip"])
def test_program_equals_one_written_apart(network, exact, engine):
    problem = network(0, n_items=2, n_periods=2)
    cost, bound = ShipmentModel(problem).solve(engine=engine, time_limit_s=20.0)
    assert cost == pytest.approx(exact(problem)[0], rel=1e-3)
    assert bound <= cost + 1e-6
