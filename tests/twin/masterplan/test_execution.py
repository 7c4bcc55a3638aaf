"""Orders of a plan, carried out again."""

import pytest

from twin.masterplan import execute


def test_orders_alone_lead_to_the_planned_end(plan):
    again = execute(
        plan.network, plan.tables.orders, plan.demand, n_periods=plan.n_periods
    )
    assert again.state_hash == plan.result.state_hash
    assert again.table.totals() == pytest.approx(
        plan.result.table.totals(), rel=0.0, abs=0.0, nan_ok=True
    )


def test_without_the_last_orders_it_ends_elsewhere(plan):
    fewer = plan.tables.orders.head(plan.tables.orders.height // 2)
    again = execute(plan.network, fewer, plan.demand, n_periods=plan.n_periods)
    assert again.state_hash != plan.result.state_hash
    assert again.profit != pytest.approx(plan.result.profit)
