"""How plans and levels go on in a future."""

import numpy as np
import pytest

from twin.judging import LevelCandidate, PlanCandidate
from twin.judging.courses import position_of

DAY_US = 86_400_000_000


def short(tables):
    tables["stock"][0]["on_hand"] = 9
    tables["demands"][0] |= {"law": "constant"}


@pytest.fixture
def planned(two_echelon, situation_of):
    """A situation, what a plan decided on it, and its course."""
    situation = situation_of(two_echelon(short), dispersion=0.0)
    candidate = PlanCandidate(quantile=0.5)
    decided = candidate.decide(situation)
    return situation, decided, candidate.course(situation, decided)


def planned_positions(situation, decided):
    """Positions before each review where all goes as planned, by plain recount."""
    problem, orders = situation.structure.problem, decided.planned.solution.orders
    position, found = position_of(situation.structure, situation.state), []
    for period in range(orders.shape[1]):
        found.append(position.copy())
        for activity in range(problem.n_activities):
            quantity = orders[activity, period]
            position[problem.output_point[activity]] += quantity
            for k in range(*problem.input_start[activity : activity + 2]):
                used = problem.input_usage[k] * quantity
                position[problem.input_point[k]] -= used
        for demand, point in enumerate(problem.demand_point):
            position[point] -= decided.path[demand, period]
    return found


def test_course_is_the_plan_where_all_goes_as_planned(planned):
    situation, decided, course = planned
    positions = planned_positions(situation, decided)
    orders = decided.planned.solution.orders
    assert orders[:, 1:].sum() > 0.0
    for turn in range(8):
        now_us = situation.now_us + turn * DAY_US
        found = course.orders(turn, now_us, positions[turn])
        np.testing.assert_allclose(found, orders[:, turn], atol=1e-7)


def test_course_orders_more_where_customers_asked_for_more(planned):
    situation, decided, course = planned
    positions = planned_positions(situation, decided)
    shop = situation.structure.problem.demand_point[0]
    surprised = positions[2].copy()
    surprised[shop] -= 5.0
    now_us = situation.now_us + 2 * DAY_US
    usual = course.orders(2, now_us, positions[2])
    more = course.orders(2, now_us, surprised)
    assert (more - usual).sum() == pytest.approx(5.0)


def test_course_keeps_its_last_position_after_the_plan(planned):
    situation, _, course = planned
    far = situation.now_us + 30 * DAY_US
    empty = np.zeros(situation.structure.problem.n_points)
    first, later = (course.orders(turn, far, empty) for turn in (7, 30))
    np.testing.assert_array_equal(first, later)
    assert first.sum() > 0.0


def test_levels_go_on_as_they_began(two_echelon, situation_of):
    situation = situation_of(two_echelon(short))
    candidate = LevelCandidate(service=0.9)
    decided = candidate.decide(situation)
    course = candidate.course(situation, decided)
    position = position_of(situation.structure, situation.state)
    now_us = situation.now_us + DAY_US
    orders = course.orders(1, now_us, position)
    assert orders[orders > 0.0].tolist() == decided.decisions.quantity.tolist()
    assert not course.orders(1, now_us, position + 1e6).any()


def test_course_keeps_the_cover_of_a_fresh_plan(two_echelon, situation_of):
    network = two_echelon(short)
    situation, candidate = (
        situation_of(network, horizon=12),
        PlanCandidate(quantile=0.95, safety_reviews=1.0),
    )
    decided = candidate.decide(situation)
    course = candidate.course(situation, decided)
    shop = situation.structure.problem.demand_point[0]
    empty = np.zeros(situation.structure.problem.n_points)
    ship = int(np.flatnonzero(situation.structure.problem.output_point == shop)[0])
    first = (
        position_of(situation.structure, situation.state)[shop]
        + decided.planned.solution.orders[ship, 0]
    )
    levels = [
        course.orders(turn, situation.now_us + turn * DAY_US, empty)[ship]
        for turn in range(1, 8)
    ]
    # Demand is the same every day, so each review covers as much as the first.
    assert levels == pytest.approx([first] * 7, abs=1e-6)


def test_course_of_another_path_keeps_what_it_covers_more(two_echelon, situation_of):
    network = two_echelon(short)
    plain, safe = (
        PlanCandidate(quantile=0.6, safety_reviews=safety) for safety in (0.0, 2.0)
    )
    situation = situation_of(network, horizon=12)
    plan = plain.decide(situation)
    shop = situation.structure.problem.demand_point[0]
    ship = int(np.flatnonzero(situation.structure.problem.output_point == shop)[0])
    empty = np.zeros(situation.structure.problem.n_points)
    one, more = (
        each.course(situation, plan).orders(3, situation.now_us, empty)
        for each in (plain, safe)
    )
    # Two reviews of four units a day; no more is kept before the shop.
    assert (more - one)[ship] == pytest.approx(8.0)
    assert (more - one).sum() == pytest.approx(8.0)


def test_plan_without_a_finished_plan_has_no_course(two_echelon, situation_of):
    situation = situation_of(two_echelon(short))
    assert PlanCandidate(quantile=0.6).course(situation, None) is None


def test_course_makes_no_more_than_machines_can(works, situation_of):
    situation = situation_of(works())
    structure, candidate = situation.structure, PlanCandidate(quantile=0.6)
    course = candidate.course(situation, candidate.decide(situation))
    problem = structure.problem
    none = np.full(problem.n_points, -1e6)
    orders = course.orders(1, situation.now_us, none)
    tea = structure.n_lane_activities
    seconds = problem.capacity_usage[tea] * orders[tea]
    most = structure.capacity[problem.capacity_index[tea]]
    assert seconds == pytest.approx(most)
