"""Operations go back to the machines that they had."""

import numpy as np
import pytest

from optimizer import SolveOptions
from optimizer.production.scheduling.repair.homing import bring_home
from optimizer.production.scheduling.repair.running import Run
from optimizer.production.scheduling.repair.shops import ShopRepair


def run_of(work):
    options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=work, time_limit_s=9.0)
    return Run(options, begun_s=0.0, bound=0, on_progress=None, cancelled=lambda: False)


@pytest.fixture
def shortened(opened):
    """Return room, first repair, what stays, and a short plan that moved much."""
    room, first, left = opened(freeze=10)
    search = ShopRepair(
        left, (np.full_like(room.upset.mode, -1), room.upset.start), weight=1, seed=0,
        bound=0,
    )  # fmt: skip
    search.improve(300_000)
    fixed = np.ones(first.mode.size, dtype=np.bool_)
    fixed[left.rows] = False
    return room, first, fixed, search.plan(0)


def moves(room, plan):
    return int(np.count_nonzero((plan.mode != room.upset.mode) & ~plan.displaced))


def test_fewer_operations_are_elsewhere_and_nothing_is_lost(shortened):
    room, _, fixed, plan = shortened
    assert moves(room, plan) > 0
    home = bring_home(room, plan, fixed, limit=plan.cost, run=run_of(600_000))
    assert home.cost <= plan.cost
    assert moves(room, home) < moves(room, plan)
    for name in ("start", "end", "mode"):
        was, now = getattr(plan, name), getattr(home, name)
        assert (was[fixed] == now[fixed]).all()


def test_a_longer_plan_is_nearer_and_the_same_work_gives_the_same(shortened):
    room, first, fixed, plan = shortened
    near, again = (
        bring_home(room, plan, fixed, limit=first.cost, run=run_of(600_000))
        for _ in range(2)
    )
    assert near.cost <= first.cost
    assert moves(room, near) <= moves(room, plan)
    assert near.start.tobytes() == again.start.tobytes()


def test_without_work_a_plan_stays_as_it_is(shortened):
    room, _, fixed, plan = shortened
    run = run_of(1)
    run.work = 1
    assert bring_home(room, plan, fixed, limit=plan.cost, run=run) is plan
