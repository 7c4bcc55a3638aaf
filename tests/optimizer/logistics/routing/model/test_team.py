import pytest

from optimizer.logistics.routing.check import check_routes, routing_cost
from optimizer.logistics.routing.model import team as teams
from optimizer.logistics.routing.model.team import Budget, Team


def budget(work, cancelled=lambda: False):
    return Budget(
        monotonic_s=lambda: 0.0, deadline_s=1.0, work=work, cancelled=cancelled
    )


def test_budget_is_shared_out():
    whole = budget(100)
    part = whole.part(0.4)
    assert (part.work, whole.work) == (40, 60)
    over = whole.slice(0.5)[0]
    assert [over() for _ in range(31)].count(False) == 30
    timed = Budget(
        monotonic_s=lambda: 2.0, deadline_s=4.0, work=None, cancelled=lambda: False
    )
    assert timed.part(0.5).deadline_s == 3.0
    assert not timed.over()


@pytest.mark.parametrize("halved", [False, True])
def test_two_searches_do_the_same_work_twice(town, monkeypatch, halved):
    if halved:
        monkeypatch.setattr(teams, "FEWEST_CLIENTS", 10)
    problem = town(30, seed=3)
    plans = []
    for _ in range(2):
        team = Team(problem, seed=1)
        costs = []
        team.run(budget(200), costs.append)
        assert check_routes(problem, team.best) == ()
        assert min(costs) == costs[-1] == routing_cost(problem, team.best)
        assert team.iterations == 400
        plans.append(team.best)
    assert plans[0] == plans[1]


def test_start_is_never_lost(town):
    problem = town(20, seed=4)
    good = Team(problem, seed=0)
    good.run(budget(400), lambda _: None)
    short = Team(problem, seed=5, start=good.best)
    short.run(budget(1), lambda _: None)
    assert routing_cost(problem, short.best) <= routing_cost(problem, good.best)


def test_cancelling_ends_the_search(town):
    team = Team(town(20), seed=0)
    team.run(budget(10**9, cancelled=lambda: team.iterations > 50), lambda _: None)
    assert team.best is not None


def test_fault_of_a_search_comes_out(town):
    team = Team(town(10), seed=0)

    def broken():
        raise ArithmeticError("broken")

    with pytest.raises(ArithmeticError, match="broken"):
        team.run(budget(100, cancelled=broken), lambda _: None)
