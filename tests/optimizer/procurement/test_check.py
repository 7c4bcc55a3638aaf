from dataclasses import replace

import pytest

from optimizer import SolveOptions
from optimizer.procurement import OpenOrder, check_purchases, purchase_cost
from optimizer.procurement.check import stock_path
from optimizer.procurement.solve import plan_purchases


@pytest.fixture
def plan(bolt):
    options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=60)
    return plan_purchases(bolt, options)


def test_the_cost_is_counted_by_hand(bolt, plan):
    """Three from near at once, nine from far a period later in one order."""
    bought = [(one.supplier, one.period, one.quantity) for one in plan.orders]
    assert sorted(bought) == [("far", 0, 9.0), ("near", 0, 3.0)]
    costs = purchase_cost(bolt, plan.orders)
    assert costs["purchase"] == 15.0
    assert costs["ordering"] == 2.0
    assert costs["holding"] == pytest.approx(0.3)
    assert plan.objective == pytest.approx(17.3)
    assert stock_path(bolt, bolt.items[0], plan.orders) == [0.0, 3.0, 0.0]


def _with(plan, **changes):
    first, *rest = plan.orders
    return replace(plan, orders=(replace(first, **changes), *rest))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"supplier": "x"}, "nobody offers"),
        ({"arrival": 2}, "it comes in"),
        ({"quantity": 2.5}, "no multiple"),
        ({"price": 9.0}, "price 9"),
        ({"cost": 8.5}, "cost 8.5"),
        ({"period": 7, "arrival": 8}, "outside the horizon"),
    ],
)
def test_wrong_orders_are_told(bolt, plan, change, said):
    assert any(said in rule for rule in check_purchases(bolt, _with(plan, **change)))


def test_wrong_plans_are_told(bolt, plan):
    far, near = bolt.suppliers
    problems = {
        "units of 5": replace(
            bolt, suppliers=(replace(far, capacity=(5.0,) * 3), near)
        ),
        "the contract asks": replace(
            bolt,
            suppliers=(far, replace(near, minimum_spend=99.0, take_or_pay=False)),
        ),
        "more than 0.2": replace(
            bolt, offers=(replace(bolt.offers[0], share_max=0.2), bolt.offers[1])
        ),
        "at least 20": replace(
            bolt, offers=(replace(bolt.offers[0], minimum=20.0), bolt.offers[1])
        ),
        "none may be": replace(bolt, items=(replace(bolt.items[0], stock=0.0),)),
    }
    for said, problem in problems.items():
        assert any(said in rule for rule in check_purchases(problem, plan)), said
    assert "the orders cost" in check_purchases(bolt, replace(plan, objective=1.0))[0]
    assert "beaten by" in check_purchases(bolt, replace(plan, bound=99.0))[0]


def test_open_orders_come(bolt):
    problem = replace(
        bolt, open_orders=(OpenOrder(item="bolt", period=1, quantity=5.0),)
    )
    assert stock_path(problem, problem.items[0], ()) == [-3.0, -4.0, -7.0]
