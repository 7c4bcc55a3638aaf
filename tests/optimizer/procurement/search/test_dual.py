import numpy as np
import pytest

from optimizer import SolveOptions
from optimizer.procurement.program import program_of
from optimizer.procurement.search.dual import Dual, _to_simplex
from optimizer.procurement.solve import plan_purchases


@pytest.mark.parametrize("seed", range(3))
def test_the_bound_rises_and_no_plan_beats_it(random_problem, seed):
    problem = random_problem(seed, n_items=4, n_suppliers=3, n_periods=4)
    options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=100)
    best = plan_purchases(problem, options).objective
    dual = Dual(program_of(problem))
    first = dual.advance(best)
    for _ in range(60):
        dual.advance(best)
    dual.close()
    assert first <= dual.bound <= best + 1e-9


def test_shares_are_projected_onto_their_sum():
    values = np.random.default_rng(0).normal(size=(5, 3))
    found = _to_simplex(values, 2.0)
    assert (found >= 0.0).all()
    assert found.sum(axis=0) == pytest.approx(2.0)
    assert np.allclose(_to_simplex(found, 2.0), found)
