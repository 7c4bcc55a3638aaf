from dataclasses import replace

import numpy as np
import pytest

from optimizer.inventory import LeadTime, check_policy, expected_measures
from optimizer.inventory.search.levels import METHODS


@pytest.mark.parametrize("law", ["poisson", "negative_binomial", "normal", "empirical"])
@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("base_stock", {"review_periods": 1}),
        ("base_stock", {"review_periods": 3}),
        ("s_S", {"review_periods": 1, "fixed_cost": 30.0}),
        ("s_S", {"review_periods": 3, "fixed_cost": 30.0}),
        ("r_Q", {"review_periods": 1, "fixed_cost": 30.0, "multiple": 6.0}),
        ("r_Q", {"review_periods": 0, "fixed_cost": 30.0}),
    ],
)
def test_the_chain_gives_what_the_method_says(make_item, law, kind, given):
    item = make_item(law, shortage_cost=9.0, **given)
    assert check_policy(item, METHODS[kind](item)) == ()


def test_the_chain_gives_what_a_simulation_counts(make_item):
    item = make_item(shortage_cost=9.0, fixed_cost=30.0, lead=LeadTime(periods=(2.0,)))
    policy = METHODS["s_S"](item)
    rng = np.random.default_rng(1)
    position, level, pipe = policy.order_up_to, policy.order_up_to, [0.0, 0.0]
    n, held, waited, orders, missed = 60_000, 0.0, 0.0, 0, 0.0
    for asked in rng.poisson(item.demand.mean, n).tolist():
        ordered = 0.0
        if position <= policy.reorder_point:
            ordered = policy.order_up_to - position
            position += ordered
            orders += 1
        pipe.append(ordered)
        level += pipe.pop(0)
        missed += min(asked, max(asked - max(level, 0.0), 0.0))
        level -= asked
        position -= asked
        held += max(level, 0.0)
        waited += max(-level, 0.0)
    found = expected_measures(item, policy)
    assert held / n == pytest.approx(found.on_hand, rel=0.02)
    assert waited / n == pytest.approx(found.backorder, rel=0.08)
    assert orders / n == pytest.approx(found.orders_per_period, rel=0.02)
    fill = 1.0 - missed / n / item.demand.mean
    assert fill == pytest.approx(found.fill_rate, abs=4e-3)


def test_wrong_levels_and_wrong_figures_are_told(make_item, fill):
    item = make_item(shortage_cost=9.0)
    policy = METHODS["base_stock"](item)
    told = check_policy(item, replace(policy, order_up_to=policy.reorder_point))
    assert "must be above reorder_point" in told[0]
    (told,) = check_policy(item, replace(policy, order_up_to=policy.order_up_to + 0.5))
    assert "is no multiple of 1" in told
    cheap = replace(policy.measures, cost=policy.measures.cost * 0.9)
    (told,) = check_policy(item, replace(policy, measures=cheap))
    assert "its levels give" in told
    (told,) = check_policy(item, policy, service=replace(fill, level=0.99999))
    assert "is below 0.999990" in told
    (told,) = check_policy(item, replace(policy, item="fan"))
    assert "the policy is of 'fan'" in told
