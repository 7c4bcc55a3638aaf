from dataclasses import replace

import numpy as np
import pytest

from optimizer import SolveOptions
from optimizer.logistics.transshipment import (
    check_shipments,
    plan_shipments,
    shipment_cost,
)


@pytest.fixture
def planned(network):
    problem = network(0, lead_periods=np.array([1, 1, 0, 0, 0, 0, 0, 0]))
    options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=100)
    return problem, plan_shipments(problem, options)


def changed(plan, name, place, value):
    array = getattr(plan, name).copy()
    array[place] = value
    return replace(plan, **{name: array})


def test_sound_plan_passes(planned):
    problem, plan = planned
    assert check_shipments(problem, plan) == ()
    assert shipment_cost(problem, plan) == pytest.approx(plan.objective)


def test_each_rule_broken_is_told(planned):
    problem, plan = planned
    lane, period = np.argwhere(plan.vehicles > 0)[0]
    cases = [
        ("stock must be", changed(plan, "stock", (0, 0, 0), 999.0)),
        ("are asked for", changed(plan, "short", (3, 0, 0), 999.0)),
        ("0 vehicles carry", changed(plan, "vehicles", (lane, period), 0)),
        ("arrives after the horizon", changed(plan, "shipments", (0, 0, -1), 5.0)),
        ("entries must be >= 0", changed(plan, "shipments", (0, 0, 0), -1.0)),
        ("entries must be finite", changed(plan, "stock", (0, 0, 0), np.nan)),
        ("shape must be", replace(plan, vehicles=plan.vehicles[:1])),
        ("objective must be", replace(plan, objective=plan.objective + 1.0)),
        ("is beaten", replace(plan, bound=plan.objective + 1.0)),
    ]
    for told, broken in cases:
        wrong = check_shipments(problem, broken)
        assert any(told in line for line in wrong), (told, wrong)


def test_too_many_vehicles_are_told(planned):
    problem, plan = planned
    limited = replace(
        problem, lanes=replace(problem.lanes, vehicles_max=np.zeros(8, dtype=int))
    )
    wrong = check_shipments(limited, plan)
    assert any("at most 0 are allowed" in line for line in wrong)


def test_large_stock_of_one_item_excuses_nothing(planned):
    problem, plan = planned
    stock, held = problem.stock.copy(), plan.stock.copy()
    stock[0, 0] += 2e6
    held[0, 0] += 2e6
    large = replace(problem, stock=stock)
    sound = replace(plan, stock=held)
    sound = replace(sound, objective=shipment_cost(large, sound))
    assert check_shipments(large, sound) == ()
    lane, period = np.argwhere(plan.vehicles > 0)[0]
    for told, broken in (
        ("0 vehicles carry", changed(sound, "vehicles", (lane, period), 0)),
        ("site 1, item 1", changed(sound, "stock", (1, 1, 0), held[1, 1, 0] + 1.5)),
        ("after the horizon", changed(sound, "shipments", (1, 0, -1), 1.5)),
    ):
        wrong = check_shipments(large, broken)
        assert any(told in line for line in wrong), (told, wrong)
