import pytest
import pyvrp

from optimizer.logistics.routing.model.iterated import IteratedSearch, cost_of
from optimizer.logistics.routing.model.parts import halves
from optimizer.logistics.routing.model.translation import Translation


@pytest.fixture
def planned(town):
    """Return the data of a problem, a plan, and the places."""
    problem = town(40, seed=1)
    data = Translation(problem).data
    search = IteratedSearch(data, seed=0)
    left = iter([False] * 50)
    search.improve(lambda: next(left, True))
    return data, search.best, problem.place


@pytest.mark.parametrize("turn", range(1, 5))
def test_halves_make_up_the_plan(planned, turn):
    data, plan, place = planned
    first, second = halves(data, plan, place, turn)
    sizes = [part.data.num_clients for part in (first, second)]
    assert sum(sizes) == 40
    assert min(sizes) >= 10
    assert sum(part.data.num_vehicles for part in (first, second)) == data.num_vehicles
    assert cost_of(first.plan) + cost_of(second.plan) == cost_of(plan)
    routes = first.routes(first.plan) + second.routes(second.plan)
    again = pyvrp.Solution(data, routes)
    assert again.is_complete()
    assert cost_of(again) == cost_of(plan)


def test_turns_cut_elsewhere(planned):
    data, plan, place = planned
    cuts = {
        frozenset(id_of(halves(data, plan, place, turn)[0])) for turn in range(1, 6)
    }
    assert len(cuts) > 1


def id_of(part):
    return [
        (client.location, client.tw_early)
        for client in part.data.clients()
    ]  # fmt: skip
