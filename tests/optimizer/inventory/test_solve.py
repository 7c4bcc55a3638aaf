from dataclasses import replace

import pytest

from optimizer import SolveOptions
from optimizer.inventory import (
    InventoryProblem,
    ServiceStage,
    ServiceTree,
    check_policy,
)
from optimizer.inventory.solve import Simulated, plan_inventory, plan_tree


@pytest.fixture
def options():
    return SolveOptions(monotonic_s=lambda: 0.0)


def test_classes_give_their_service(make_item, fill, options):
    item = replace(make_item(shortage_cost=1.0), group="A")
    problem = InventoryProblem(items=(item,), groups={"A": fill})
    lines = []
    plan = plan_inventory(problem, options, on_progress=lines.append)
    assert plan.policies[0].measures.fill_rate >= fill.level
    assert lines[-1].objective == pytest.approx(plan.objective)
    assert plan.status == "optimal"


def test_a_simulation_that_falls_short_raises_the_stock(make_item, fill, options):
    problem = InventoryProblem(items=(make_item(service=fill),))
    first = plan_inventory(problem, options).policies[0]

    def simulate(policies):
        reached = 0.9 + 0.005 * (policies[0].order_up_to - first.order_up_to)
        return {"pump": Simulated(service=min(reached, 1.0), half_width=0.01)}

    plan = plan_inventory(problem, options, simulate=simulate, rounds=9)
    assert plan.policies[0].order_up_to > first.order_up_to
    assert plan.simulated["pump"] + 0.01 >= fill.level
    assert 1 < plan.rounds <= 9
    assert plan.status == "feasible"
    assert check_policy(problem.items[0], plan.policies[0]) == ()


def test_a_simulation_that_agrees_changes_nothing(make_item, fill, options):
    problem = InventoryProblem(items=(make_item(service=fill),))
    plan = plan_inventory(
        problem, options, simulate=lambda _: {"pump": Simulated(service=0.99)}
    )
    assert plan.rounds == 1
    assert plan.policies == plan_inventory(problem, options).policies


def test_service_times_are_checked():
    stage = ServiceStage(
        name="a", lead_time=4, added_cost=2.0, service_time_max=0, demand_sd=1.0,
        safety_factor=2.0,
    )  # fmt: skip
    assert plan_tree(ServiceTree(stages=(stage,), holding_rate=0.5)).cost == 4.0
