from dataclasses import replace

import numpy as np
import pytest

from optimizer.logistics.transshipment import model
from optimizer.logistics.transshipment.model import ServiceModel, ShipmentModel
from optimizer.logistics.transshipment.program import (
    balance_of,
    layout_of,
    unbalanced,
)


@pytest.mark.parametrize("engine", ["highs", "scip"])
def test_program_equals_one_written_apart(network, exact, engine):
    problem = network(0, n_items=2, n_periods=2)
    cost, bound = ShipmentModel(problem).solve(engine=engine, time_limit_s=20.0)
    assert cost == pytest.approx(exact(problem)[0], rel=1e-3)
    assert bound <= cost + 1e-6


def test_all_is_served_within_the_vehicles_there_may_be(network):
    given = network(1)
    problem = replace(given, stock=given.stock + 30.0, full_service=True)
    service = ServiceModel(problem, elastic=False).solve(time_limit_s=20.0)
    layout, balance = layout_of(problem), balance_of(problem)
    assert unbalanced(layout, service.flow, balance).max() < 1e-7
    assert service.lost.max() == 0.0
    short = replace(problem, stock=np.zeros_like(given.stock))
    assert ServiceModel(short, elastic=False).solve(time_limit_s=20.0) == "infeasible"
    elastic = ServiceModel(short, elastic=True).solve(time_limit_s=20.0)
    # Nothing is there in the first period at shops that no plant reaches in it.
    assert elastic.lost.sum() > 0.0
    assert (elastic.lost <= short.demand + 1e-9).all()
    assert elastic.proven


def test_plan_of_a_program_that_was_stopped_is_not_proven(network, monkeypatch):
    given = network(1)
    short = replace(given, stock=np.zeros_like(given.stock), full_service=True)
    solve, stopped = model.mathopt.solve, model.mathopt.TerminationReason.FEASIBLE

    def late(*arguments, **options):
        result = solve(*arguments, **options)
        result.termination = replace(result.termination, reason=stopped)
        return result

    monkeypatch.setattr(model.mathopt, "solve", late)
    found = ServiceModel(short, elastic=True).solve(time_limit_s=20.0)
    assert not found.proven
