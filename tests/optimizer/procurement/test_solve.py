from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from optimizer import SolveOptions
from optimizer.procurement import check_purchases
from optimizer.procurement.conflicts import find_conflicts
from optimizer.procurement.model import solve_mip
from optimizer.procurement.program import program_of
from optimizer.procurement.solve import plan_purchases


@pytest.fixture
def work():
    def make(n, seed=0):
        return SolveOptions(monotonic_s=lambda: 0.0, work_limit=n, seed=seed)

    return make


@pytest.mark.parametrize("seed", range(3))
def test_small_problems_cost_what_a_solver_proves(random_problem, work, seed):
    problem = random_problem(seed)
    plan = plan_purchases(problem, work(150))
    proven = solve_mip(program_of(problem), seconds=20.0)
    assert proven.status == "optimal"
    assert plan.objective == pytest.approx(proven.bound, abs=1e-6)
    assert plan.bound <= plan.objective + 1e-9
    assert check_purchases(problem, plan) == ()


def test_items_on_their_own_are_proven_at_once(random_problem, work):
    plan = plan_purchases(random_problem(3, coupled=False, n_items=5), work(1))
    assert plan.status == "optimal"


def test_the_same_work_gives_the_same_plan(random_problem, work):
    problem = random_problem(7, n_items=8, n_suppliers=4, n_periods=5)
    assert (
        plan_purchases(problem, work(40)).orders
        == plan_purchases(problem, work(40)).orders
    )


def test_shares_are_kept(bolt):
    far, near = (replace(one, share_max=0.6) for one in bolt.offers)
    ticks = count()
    options = SolveOptions(monotonic_s=lambda: next(ticks) * 1e-3, time_limit_s=20.0)
    plan = plan_purchases(replace(bolt, offers=(far, near)), options)
    units = {"far": 0.0, "near": 0.0}
    for order in plan.orders:
        units[order.supplier] += order.quantity
    assert plan.status == "optimal"
    assert max(units.values()) <= 0.6 * sum(units.values()) + 1e-9


def test_binding_contracts_are_kept(bolt, work):
    near = replace(bolt.suppliers[1], minimum_spend=14.0, take_or_pay=False)
    plan = plan_purchases(replace(bolt, suppliers=(bolt.suppliers[0], near)), work(60))
    spent = sum(o.price * o.quantity for o in plan.orders if o.supplier == "near")
    assert spent >= 14.0


def test_infeasible_is_an_answer(bolt):
    problem = replace(bolt, offers=bolt.offers[:1])
    options = SolveOptions(monotonic_s=lambda: 0.0, time_limit_s=5.0)
    plan = plan_purchases(problem, options)
    assert plan.status == "infeasible"
    assert np.isinf(plan.objective)
    conflicts = find_conflicts(problem, options)
    assert conflicts.complete
    assert any("far takes 1 period" in one.sentence for one in conflicts.found)
