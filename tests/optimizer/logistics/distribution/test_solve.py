import subprocess
import sys
from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.linear_solver import pywraplp

from optimizer import CheckError, OptionsError, SolveOptions
from optimizer.logistics.distribution import (
    ReplenishmentProblem,
    ReplenishmentSolver,
    check_replenishment,
    plan_replenishment,
    solve,
)
from optimizer.logistics.distribution.model import ModelAnswer

SEEDS = st.integers(0, 2**32 - 1)
CANONICAL_SEEDS = (42, 123, 456, 789, 1011, 2022, 3033, 4044, 5055, 6066)


def best_profit_by_rows(problem):
    """Solve the problem as its definition reads, a row for each rule, by GLOP."""
    net, periods = problem.network, range(problem.n_periods)
    solver = pywraplp.Solver.CreateSolver("GLOP")
    order, stock, sale, backlog = (
        [[solver.NumVar(0.0, most, "") for _ in periods] for most in mosts]
        for mosts in (
            net.order_upper.tolist(),
            [solver.infinity()] * net.n_points,
            [solver.infinity()] * net.n_demands,
            [solver.infinity()] * net.n_demands,
        )
    )
    profit = []
    for t in periods:
        out, into = [0.0] * net.n_points, problem.arrivals[t].tolist()
        used = [0.0] * net.n_capacities
        for a, lead in enumerate(net.lead_periods.tolist()):
            for i in range(net.input_start[a], net.input_start[a + 1]):
                out[net.input_point[i]] += float(net.input_usage[i]) * order[a][t]
            if t >= lead:
                into[net.output_point[a]] += order[a][t - lead]
            if net.capacity_index[a] >= 0:
                used[net.capacity_index[a]] += (
                    float(net.capacity_usage[a]) * order[a][t]
                )
            waits = min(lead, problem.n_periods - t)
            cost = net.unit_cost[a] + net.pipeline_cost[a] * waits
            profit.append(-float(cost) * order[a][t])
        sold = [0.0] * net.n_points
        for d, p in enumerate(net.demand_point.tolist()):
            sold[p] += sale[d][t]
            carried = backlog[d][t - 1] if t else float(problem.backlog[d])
            waiting = carried if net.backlogged[d] else 0.0
            asked = float(problem.demand[d, t])
            solver.Add(backlog[d][t] == waiting + asked - sale[d][t])
            profit.append(float(net.price[d]) * sale[d][t])
            profit.append(-float(net.shortage_cost[d]) * backlog[d][t])
        for p in range(net.n_points):
            before = stock[p][t - 1] if t else float(problem.stock[p])
            solver.Add(stock[p][t] == before + into[p] - out[p] - sold[p])
            solver.Add(out[p] <= before + 0.0 * stock[p][t])
            profit.append(-float(net.holding_cost[p]) * stock[p][t])
        for k in range(net.n_capacities):
            solver.Add(used[k] + 0.0 * stock[0][t] <= float(problem.capacity[k, t]))
    worth = net.terminal_value.tolist()
    profit += [worth[p] * stock[p][-1] for p in range(net.n_points)]
    solver.Maximize(solver.Sum(profit))
    assert solver.Solve() == pywraplp.Solver.OPTIMAL
    return solver.Objective().Value()


@settings(max_examples=50, deadline=None)
@given(seed=SEEDS, n_periods=st.integers(1, 7))
def test_plan_earns_what_the_definition_allows(
    random_network, random_problem, options, *, seed, n_periods
):
    rng = np.random.default_rng(seed)
    problem = random_problem(random_network(rng), rng, n_periods)
    solution = plan_replenishment(problem, options)
    assert solution.status == "optimal"
    assert solution.gap == 0.0
    assert check_replenishment(problem, solution) == ()
    best = best_profit_by_rows(problem)
    assert solution.objective == pytest.approx(best, rel=1e-6, abs=1e-5)


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS)
def test_plan_from_a_kept_model_earns_as_much_as_a_fresh_one(
    random_network, random_problem, options, seed
):
    rng = np.random.default_rng(seed)
    network, solver = random_network(rng), ReplenishmentSolver()
    for n_periods in (5, 4, 5, 5, 4):
        problem = random_problem(network, rng, n_periods)
        kept = plan_replenishment(problem, options, solver=solver)
        fresh = plan_replenishment(problem, options)
        assert kept.objective == pytest.approx(fresh.objective, rel=1e-7, abs=1e-6)
    assert len(solver) == 2


@pytest.mark.parametrize(
    ("backlogged", "shock", "published"),
    [(True, True, 2454.0433), (False, True, 2067.2379), (True, None, 845.6955)],
)
def test_plan_that_knows_demand_earns_the_published_profit(
    divergent, options, *, backlogged, shock, published
):
    """Mean over ten seeds of the clairvoyant agent of gym-invmgmt 0.2.1."""
    period = np.arange(30)
    mean = np.full(30, 20.0)
    if shock:
        season = 1.0 + 0.5 * np.sin(2.0 * np.pi * period / 30)
        mean *= (1.0 + 0.05 * period) * season * np.where(period >= 15, 2.0, 1.0)
    network, solver, profits = (
        divergent(backlogged=backlogged),
        ReplenishmentSolver(),
        [],
    )
    for seed in CANONICAL_SEEDS:
        rng = np.random.default_rng(seed)
        problem = ReplenishmentProblem(
            network=network,
            stock=np.array([100.0, 110.0, 80.0, 400.0, 350.0, 380.0]),
            demand=np.array([[float(rng.poisson(mu)) for mu in mean]]),
            capacity=np.repeat([[90.0], [90.0], [80.0]], 30, axis=1),
        )
        profits.append(plan_replenishment(problem, options, solver=solver).objective)
    assert np.mean(profits) == pytest.approx(published, rel=1e-9)


def test_plan_makes_output_from_its_bill_of_materials(shop, options):
    """Two of part 1 and one of part 2 make one of product 0, in no time."""
    network = shop(
        holding_cost=np.zeros(3),
        output_point=np.array([0, 1]),
        lead_periods=np.array([0, 0]),
        unit_cost=np.array([0.5, 1.0]),
        input_start=np.array([0, 2, 2]),
        input_point=np.array([1, 2]),
        input_usage=np.array([2.0, 1.0]),
    )
    problem = ReplenishmentProblem(
        network=network,
        stock=np.array([0.0, 1.0, 4.0]),
        demand=np.array([[9.0, 9.0]]),
    )
    solution = plan_replenishment(problem, options)
    # One part 1 makes half a product now; the seven bought now make the rest then.
    assert solution.orders == pytest.approx(np.array([[0.5, 3.5], [7.0, 0.0]]))
    profit = 4 * 5.0 - 4 * 0.5 - 7 * 1.0 - (8.5 + 14.0) * 0.5
    assert solution.objective == pytest.approx(profit)


@pytest.fixture
def endless(shop):
    network = shop(
        terminal_value=np.array([4.0]),
        demand_point=np.array([0, 0]),
        price=np.array([5.0, 5.0]),
        shortage_cost=np.array([0.5, 0.5]),
        backlogged=np.array([True, False]),
    )
    return ReplenishmentProblem(
        network=network, stock=np.array([5.0]), demand=np.array([[4.0, 0], [3.0, 0]])
    )


def test_plan_with_endless_profit_is_unbounded_and_orders_nothing(endless, options):
    solution = plan_replenishment(endless, options)
    assert solution.status == "unbounded"
    assert solution.bound == solution.gap == np.inf
    assert not solution.orders.any()
    assert solution.sales.tolist() == [[4.0, 0.0], [1.0, 0.0]]
    assert solution.objective == 5 * 5.0 - 2 * 0.5


@pytest.fixture
def answers(monkeypatch):
    """Make the model give these answers in turn, then its own."""
    pending, own = [], solve.ReplenishmentModel.solve

    def answer(model, problem, *, time_limit_s):
        told = own(model, problem, time_limit_s=time_limit_s)
        return pending.pop(0)(told) if pending else told

    monkeypatch.setattr(solve.ReplenishmentModel, "solve", answer)
    return pending


def failed(_):
    return ModelAnswer("failed", 0.0, None)


def wrong(told):
    return told._replace(objective=told.objective + 1.0)


@pytest.fixture
def problem(shop):
    return ReplenishmentProblem(
        network=shop(), stock=np.ones(1), demand=np.array([[4.0, 0.0]])
    )


def test_plan_out_of_time_is_feasible_and_says_so(problem, options, answers):
    answers.append(lambda _: ModelAnswer("stopped", 0.0, None))
    solution = plan_replenishment(problem, options)
    assert solution.status == "feasible"
    assert solution.objective == 5.0 - 2 * 3 * 0.5
    assert check_replenishment(problem, solution) == ()


@pytest.mark.parametrize("bad", [failed, wrong])
def test_plan_refused_once_is_solved_again_from_nothing(problem, options, answers, bad):
    answers.append(bad)
    assert plan_replenishment(problem, options).objective == pytest.approx(9.5)


@pytest.mark.parametrize(("bad", "why"), [(failed, "no answer"), (wrong, "objective")])
def test_plan_refused_twice_is_an_error(problem, options, answers, *, bad, why):
    answers.extend([bad, bad])
    with pytest.raises(CheckError, match=why):
        plan_replenishment(problem, options)


def test_plan_measures_seconds_and_tells_progress(problem):
    ticks, lines = count(), []
    options = SolveOptions(monotonic_s=lambda: float(next(ticks)))
    solution = plan_replenishment(problem, options, on_progress=lines.append)
    assert solution.seconds == 2.0
    assert [(line.seconds, line.objective) for line in lines] == [
        (2.0, solution.objective)
    ]


def test_solver_keeps_the_models_used_last(shop):
    problems = [
        ReplenishmentProblem(network=shop(), stock=np.ones(1), demand=np.ones((1, n)))
        for n in (1, 2, 3)
    ]
    solver = ReplenishmentSolver(max_models=2)
    first = solver.model(problems[0])
    second = solver.model(problems[1])
    assert solver.model(problems[0]) is first
    solver.model(problems[2])
    assert len(solver) == 2
    assert solver.model(problems[0]) is first
    assert solver.model(problems[1]) is not second


def test_solver_without_room_for_a_model_is_refused():
    with pytest.raises(OptionsError, match="max_models must be >= 1, was 0"):
        ReplenishmentSolver(max_models=0)


def test_optimizer_loads_no_solver_when_imported():
    program = (
        "import sys, optimizer, optimizer.logistics; print('ortools' in sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "False"
