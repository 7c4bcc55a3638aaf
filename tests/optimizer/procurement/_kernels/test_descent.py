import numpy as np
import pytest

from optimizer.procurement._kernels.descent import resolve, spend_of, total_cost
from optimizer.procurement.check import purchase_cost
from optimizer.procurement.program import program_of
from optimizer.procurement.search.descent import Descent


@pytest.mark.parametrize("seed", range(4))
def test_what_is_kept_up_to_date_is_the_cost_of_the_orders(random_problem, seed):
    problem = random_problem(seed, n_items=4, n_suppliers=3, n_periods=4)
    program = program_of(problem)
    descent = Descent(program, np.random.default_rng(seed))
    rng = np.random.default_rng(seed)
    for _ in range(5):
        items = rng.choice(4, 2, replace=False)
        resolve(program.table, descent.shared, items, descent.lots, 0.5)
    resolve(program.table, descent.shared, np.arange(4), descent.lots, 1.0)
    orders = program.orders(descent.lots)
    costs = purchase_cost(problem, orders)
    assert total_cost(descent.shared) == pytest.approx(sum(costs.values()))
    spent = sum(o.price * o.quantity for o in orders if o.supplier == "s1")
    assert descent.shared.spend[1] == pytest.approx(spent)


def test_spend_follows_the_band(random_problem):
    program = program_of(random_problem(1, n_items=1))
    for k, offer in enumerate(program.offers):
        rate = {s.name: s.exchange_rate for s in program.problem.suppliers}
        price = offer.prices[0].price * rate[offer.supplier]
        lot = program.lot[k]
        assert spend_of(program.table, k, 0, 1) == pytest.approx(price * lot)
