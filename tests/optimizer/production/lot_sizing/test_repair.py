"""Tests of `optimizer.production.lot_sizing.repair`."""

import time
from dataclasses import replace

import pytest

from optimizer import SolveOptions
from optimizer.production.lot_sizing import RepairPrices, repair_lots, watching


def _repaired(problem, **prices):
    options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=1)
    return repair_lots(problem, options, prices=RepairPrices(**prices))


def test_repair_pays_for_time_where_that_is_cheapest(two_shops):
    repair = _repaired(two_shops, capacity=2.0, demand=100.0, backlog=50.0)
    # Saw: 27 units and two setups in 20; drill: 28 units and three setups in 30.
    assert repair.proven
    assert repair.extra_time.sum(axis=1) == pytest.approx([9.0, 1.0], rel=1e-4)
    assert repair.price == pytest.approx(20.0, rel=1e-4)
    assert repair.lost.sum() == repair.late.sum() == 0.0
    assert any(line.startswith("'saw', period") for line in repair.sentences)


def test_repair_serves_late_or_turns_down_where_time_is_dear(two_shops):
    late = _repaired(two_shops, capacity=1e4, demand=500.0, backlog=0.1)
    assert late.extra_time[0].sum() == pytest.approx(0.0, abs=1e-6)
    assert late.late.sum() > 0.0
    lost = _repaired(two_shops, capacity=1e4, demand=3.0, backlog=1e3)
    assert lost.lost.sum() > 0.0
    assert any("units turned down at 3 each" in line for line in lost.sentences)


def test_lead_times_alone_can_forbid_a_plan(table):
    demand = table.demand.copy()
    demand[0, 0] = 9.0
    repair = _repaired(replace(table, demand=demand), backlog=1.0)
    conflict = repair.conflicts[0]
    assert conflict.sentence == (
        "demand of 9 of 'table' until period 1 cannot be there in time"
    )
    assert conflict.resources == ()
    # Legs for two tables are in stock: seven wait for a period.
    assert repair.late[0].tolist() == pytest.approx([7.0, 0, 0, 0])


def test_a_problem_with_a_plan_needs_no_repair(one_level):
    repair = _repaired(one_level(0))
    assert repair.conflicts == ()
    assert repair.price == 0.0
    assert repair.sentences == ()


def test_repair_that_is_cancelled_ends_with_a_plan_at_a_price(two_shops, in_time):
    options = SolveOptions(monotonic_s=time.perf_counter, time_limit_s=60.0)
    repair = in_time(
        lambda: repair_lots(two_shops, options, cancelled=lambda: True), 2.0
    )
    assert not repair.proven
    assert repair.price > 0.0


def test_repair_keeps_its_time_whatever_solvers_do(two_shops, in_time, monkeypatch):
    def solve(*_args, **_keywords):
        time.sleep(3.0)

    monkeypatch.setattr(watching, "solve_program", solve)
    options = SolveOptions(monotonic_s=time.perf_counter, time_limit_s=0.5)
    repair = in_time(lambda: repair_lots(two_shops, options), 2.0)
    assert repair.price > 0.0
