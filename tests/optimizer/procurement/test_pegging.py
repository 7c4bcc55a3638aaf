from dataclasses import replace

import pytest

from optimizer import SolveOptions
from optimizer.procurement import OpenOrder, peg_needs
from optimizer.procurement.solve import plan_purchases


def test_needs_are_pegged_in_full(bolt):
    problem = replace(
        bolt, open_orders=(OpenOrder(item="bolt", period=2, quantity=1.0),)
    )
    plan = plan_purchases(problem, SolveOptions(monotonic_s=lambda: 0.0, work_limit=60))
    pegs = peg_needs(problem, plan.orders)
    for period, need in enumerate(problem.items[0].needs):
        units = sum(peg.quantity for peg in pegs if peg.need_period == period)
        assert units == pytest.approx(need)
    assert {peg.source for peg in pegs} == {"stock", "open order", "order"}
    for row, order in enumerate(plan.orders):
        used = sum(p.quantity for p in pegs if p.source == "order" and p.order == row)
        assert used == pytest.approx(order.quantity)


def test_what_does_not_come_is_short(bolt):
    pegs = peg_needs(bolt, ())
    assert sum(peg.quantity for peg in pegs if peg.source == "short") == 12.0
