"""Plans as events."""

import numpy as np
import pytest

from streams.events import PlanLine, PlanReleased
from twin.planning import release
from twin.planning.release import LINES_MAX, known_until_us, plan_released

DAY_US = 86_400_000_000


@pytest.fixture
def plan_of(folding, planner_of):
    """Plan a network; returns the event and the plan."""

    def make(network, demand):
        world, planner = folding(network), planner_of(network)
        now_us = world.as_of_us
        planned = planner.plan(
            world.state.settled(), now_us=now_us, demand=np.array(demand, float)
        )
        event = plan_released(
            planner.structure, planned, now_us=now_us, plan_id="plan-0"
        )
        return event, planned

    return make


def test_lines_say_from_where_to_where_and_when(two_echelon, plan_of):
    network = two_echelon()
    event, planned = plan_of(network, [[4, 4, 20, 12, 9]])
    as_of_us = network.settings.as_of_us
    kinds = {(line.kind, line.source, line.site) for line in event.lines}
    assert kinds == {("purchase", "V", "hub"), ("transport", "hub", "shop")}
    for line in event.lines:
        lead = 1 if line.kind == "purchase" else 2
        assert line.due_us - line.release_us == lead * DAY_US
    by_time = [line.release_us for line in event.lines]
    assert by_time == sorted(by_time)
    total = sum(line.quantity for line in event.lines)
    assert total == pytest.approx(planned.solution.orders.sum())
    assert (event.start_us, event.end_us) == (as_of_us, as_of_us + 5 * DAY_US)
    assert event.cost == -planned.solution.objective


def test_production_has_no_source(works, plan_of):
    event, _ = plan_of(works(), [[60.0, 20.0, 20.0]])
    made = [line for line in event.lines if line.kind == "production"]
    assert made
    assert {(line.item, line.site, line.source) for line in made} == {
        ("tea", "P", None)
    }


def test_long_plan_keeps_its_soonest_lines(two_echelon, plan_of, monkeypatch):
    demand = [[4, 4, 20, 12, 9]]
    whole, _ = plan_of(two_echelon(), demand)
    monkeypatch.setattr(release, "LINES_MAX", 2)
    cut, _ = plan_of(two_echelon(), demand)
    assert cut.lines == whole.lines[:2]


def test_plan_of_nothing_has_no_lines(two_echelon, plan_of):
    event, _ = plan_of(two_echelon(), [[0.0, 0.0]])
    assert event.lines == ()


def test_plan_of_all_lines_it_may_have_is_known_up_to_the_last():
    line = PlanLine(
        kind="purchase", item="tea", site="hub", quantity=1.0, release_us=7, due_us=9
    )
    for n_lines, known in ((LINES_MAX, 7), (3, 99)):
        plan = PlanReleased(plan="p", start_us=0, end_us=99, lines=(line,) * n_lines)
        assert known_until_us(plan) == known
