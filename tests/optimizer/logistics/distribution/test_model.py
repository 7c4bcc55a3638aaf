import math
import subprocess
import sys

import numpy as np
import pytest

from optimizer.logistics.distribution import ReplenishmentProblem
from optimizer.logistics.distribution.model import ReplenishmentModel


@pytest.fixture
def two_periods(shop):
    return ReplenishmentProblem(
        network=shop(), stock=np.ones(1), demand=np.array([[4.0, 0.0]])
    )


def test_model_answers_with_the_plan_known_by_hand(two_periods):
    model = ReplenishmentModel(two_periods.network, 2)
    answer = model.solve(two_periods)
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(20.0 - 9.0 - 1.5)
    assert answer.plan.orders.tolist() == [[3.0, 0.0]]
    assert answer.plan.backlog.tolist() == [[3.0, 0.0]]


def test_model_forgets_its_basis_and_not_its_network(two_periods):
    model = ReplenishmentModel(two_periods.network, 2)
    before = model.solve(two_periods, time_limit_s=5.0)
    model.forget()
    after = model.solve(two_periods, time_limit_s=math.inf)
    assert after.objective == pytest.approx(before.objective)


def test_model_follows_capacity_up_and_down(shop):
    network = shop(n_capacities=1, capacity_index=np.array([0]))
    model = ReplenishmentModel(network, 2)
    profits = []
    for capacity in (1.0, np.inf, 2.0, 1.0):
        problem = ReplenishmentProblem(
            network=network,
            stock=np.zeros(1),
            demand=np.array([[0.0, 4.0]]),
            capacity=np.full((1, 2), capacity),
        )
        profits.append(model.solve(problem).objective)
    assert profits == pytest.approx([0.5, 8.0, 3.0, 0.5])


def test_model_with_endless_profit_is_unbounded(shop):
    network = shop(terminal_value=np.array([4.0]), lead_periods=np.array([0]))
    problem = ReplenishmentProblem(
        network=network, stock=np.zeros(1), demand=np.zeros((1, 2))
    )
    answer = ReplenishmentModel(network, 2).solve(problem)
    assert answer.status == "unbounded"
    assert answer.plan is None


EMPTY = """
import numpy as np
from optimizer.logistics.distribution import ReplenishmentNetwork, ReplenishmentProblem
from optimizer.logistics.distribution.model import ReplenishmentModel

network = ReplenishmentNetwork(
    holding_cost=np.zeros(0),
    output_point=np.zeros(0, int),
    lead_periods=np.zeros(0, int),
    unit_cost=np.zeros(0),
    demand_point=np.zeros(0, int),
    price=np.zeros(0),
    shortage_cost=np.zeros(0),
    n_capacities={n_capacities},
)
problem = ReplenishmentProblem(
    network=network,
    stock=np.zeros(0),
    demand=np.zeros((0, 3)),
    capacity=np.ones(({n_capacities}, 3)),
)
model = ReplenishmentModel(network, 3)
for _ in range(2):
    answer = model.solve(problem)
    model.forget()
    print(answer.status, answer.objective, [part.shape for part in answer.plan])
"""


@pytest.mark.parametrize("n_capacities", [0, 2])
def test_program_of_nothing_has_an_empty_plan(n_capacities):
    # In a process of its own: a solver given no columns ends the process.
    done = subprocess.run(
        [sys.executable, "-c", EMPTY.format(n_capacities=n_capacities)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    line = "optimal 0.0 [(0, 3), (0, 3), (0, 3), (0, 3)]\n"
    assert done.stdout == line * 2
