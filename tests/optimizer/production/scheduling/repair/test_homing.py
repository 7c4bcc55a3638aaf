"""Operations go back to the machines that they had."""

import numpy as np
import pytest

from optimizer import SolveOptions
from optimizer.production.scheduling._kernels.flexible_graph import empty_graph, load
from optimizer.production.scheduling.repair.homing import bring_home
from optimizer.production.scheduling.repair.running import Run


def run_of(work):
    options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=work, time_limit_s=9.0)
    return Run(options, begun_s=0.0, bound=0, on_progress=None, cancelled=lambda: False)


@pytest.fixture
def astray(opened):
    """Return room, first repair, what stays, and a plan with modes at random."""
    room, first, left = opened(freeze=10)
    shop, rng = left.shop, np.random.Generator(np.random.Philox(4))
    first_mode, count = shop.mode_start[:-1], np.diff(shop.mode_start)
    mode = (first_mode + rng.integers(0, count)).astype(np.int32)
    graph = empty_graph(shop)
    order = np.argsort(first.start[left.rows], kind="stable").astype(np.int32)
    load(shop, graph, order, mode)
    fixed = np.ones(first.mode.size, dtype=np.bool_)
    fixed[left.rows] = False
    return room, first, fixed, left.whole(graph.head.copy(), mode, 1)


def moves(room, plan):
    return int(np.count_nonzero((plan.mode != room.upset.mode) & ~plan.displaced))


def test_fewer_operations_are_elsewhere_and_nothing_is_lost(astray):
    room, _, fixed, plan = astray
    assert moves(room, plan) > 0
    home = bring_home(room, plan, fixed, limit=plan.cost, run=run_of(600_000))
    assert home.cost <= plan.cost
    assert moves(room, home) < moves(room, plan)
    for name in ("start", "end", "mode"):
        was, now = getattr(plan, name), getattr(home, name)
        assert (was[fixed] == now[fixed]).all()


def test_the_same_work_gives_the_same(astray):
    room, _, fixed, plan = astray
    one, other = (
        bring_home(room, plan, fixed, limit=plan.cost, run=run_of(100_000))
        for _ in range(2)
    )
    assert one.start.tobytes() == other.start.tobytes()


def test_without_work_a_plan_stays_as_it_is(astray):
    room, _, fixed, plan = astray
    run = run_of(1)
    run.work = 1
    assert bring_home(room, plan, fixed, limit=plan.cost, run=run) is plan
