"""Courses played on futures."""

import numpy as np
import pytest

from twin.judging import LevelCandidate, PlanCandidate
from twin.judging.beginning import begin_futures
from twin.judging.futures import FuturePlayer
from twin.judging.prices import Prices


@pytest.fixture
def player(situation_of):
    """A player of futures of a network, and its situation."""

    def make(network, horizon=14):
        situation = situation_of(network, horizon=20)
        start = begin_futures(
            situation.structure, situation.state, situation.forecaster,
            now_us=situation.now_us, horizon=horizon, seed=2,
        )  # fmt: skip
        prices = Prices(situation.structure)
        return situation, FuturePlayer(
            situation.structure, start, horizon=horizon, prices=prices
        )

    return make


def course_of(candidate, situation):
    return candidate.course(situation, candidate.decide(situation))


def test_future_depends_on_its_seed_alone(two_echelon, player):
    situation, played = player(two_echelon())
    course = course_of(PlanCandidate(quantile=0.9), situation)
    first = [played.play(course, seed) for seed in (5, 6, 5)]
    assert first[0] == first[2]
    assert first[0] != first[1]


def test_who_orders_nothing_serves_nobody_in_the_end(two_echelon, player):
    situation, played = player(two_echelon())
    idle = course_of(LevelCandidate(levels=lambda _: np.zeros(2)), situation)
    plan = course_of(PlanCandidate(quantile=0.9), situation)
    nothing, something = played.play(idle, 5), played.play(plan, 5)
    assert something.service > nothing.service + 0.2
    # What is lost is a margin that is not earned.
    assert nothing.cost > something.cost


def test_production_is_followed_too(works, player):
    situation, played = player(works())
    course = course_of(PlanCandidate(quantile=0.7), situation)
    found = played.play(course, 1)
    assert 0.0 <= found.service <= 1.0
