"""A policy as a responder: knows what it was told, and what it had planned."""

from dataclasses import replace

import numpy as np
import pytest

from streams.batch import empty_batch
from streams.events import PlanLine, PlanReleased
from streams.names import Names
from twin.errors import OptionError
from twin.loop.following.policies import policy_responder
from twin.loop.occasions import REVIEW, Occasion, Situation
from twin.loop.play import PlayOptions
from twin.planning import planner
from twin.planning.planner import plan_replenishment
from twin.state.known import known_entities
from twin.state.state import State


def situation(network, n_periods, units=4.0):
    names = Names()
    return Situation(
        network=network,
        state=State.of_model(known_entities(network), names),
        now_us=network.settings.as_of_us + n_periods * network.settings.review_us,
        events=empty_batch(names),
        asked=np.full((1, n_periods + 1), units),
    )


def answer(responder, network, n_periods, **more):
    return responder.respond(
        situation(network, n_periods, **more), [Occasion(0, REVIEW)]
    )


def test_restored_responder_answers_as_the_one_that_went_on(tea):
    first = policy_responder(PlayOptions(), monotonic_s=None)
    for n_periods in range(3):
        answer(first, tea, n_periods)
    second = policy_responder(PlayOptions(), monotonic_s=None)
    second.recall(first.memory())
    assert answer(second, tea, 3) == answer(first, tea, 3)
    sections = [one.memory()["planned"] for one in (first, second)]
    assert sections[0].keys() == sections[1].keys()


def test_what_was_recalled_is_remembered_until_something_is_planned(tea):
    first = policy_responder(PlayOptions(), monotonic_s=None)
    for n_periods in range(3):
        answer(first, tea, n_periods)
    second = policy_responder(PlayOptions(), monotonic_s=None)
    second.recall(first.memory())
    third = policy_responder(PlayOptions(), monotonic_s=None)
    third.recall(second.memory())
    memories = [one.memory() for one in (first, second, third)]
    assert len({one["planned_for"] for one in memories}) == 1
    kept = [
        {name: array.tobytes() for name, array in one["planned"].items()}
        for one in memories
    ]
    assert kept[0]
    assert kept[0] == kept[1] == kept[2]
    assert answer(third, tea, 3) == answer(first, tea, 3)


def test_forecasts_follow_what_was_asked(tea):
    responder = policy_responder(PlayOptions(), monotonic_s=None)
    low = answer(responder, tea, 2, units=1.0)
    high = answer(responder, tea, 2, units=40.0)
    assert high.forecasts[0].mean[0] > low.forecasts[0].mean[0]


def test_policy_that_is_not_repeatable_needs_a_clock():
    with pytest.raises(OptionError, match="--seconds"):
        policy_responder(PlayOptions(policy="judged"), monotonic_s=None)
    with pytest.raises(OptionError, match="nobody knows"):
        policy_responder(PlayOptions(policy="clairvoyant"), monotonic_s=None)


@pytest.mark.parametrize("in_force", [True, False])
def test_plan_out_of_time_leaves_the_one_in_force(tea, monkeypatch, in_force):
    def unfinished(*args, **more):
        found = plan_replenishment(*args, **more)
        nothing = np.zeros_like(found.orders)
        return replace(found, status="time_limit", orders=nothing)

    monkeypatch.setattr(planner, "plan_replenishment", unfinished)
    responder = policy_responder(PlayOptions(), monotonic_s=None)
    now = situation(tea, 1)
    review_us = tea.settings.review_us
    lines = tuple(
        PlanLine(
            kind="purchase", item="tea", site="hub", source="V", quantity=7.0,
            release_us=now.now_us + n * review_us, due_us=now.now_us + 9 * review_us,
        )
        for n in range(3)
    )  # fmt: skip
    end_us = now.now_us + 5 * review_us
    plan = PlanReleased(plan="p", start_us=now.now_us, end_us=end_us, lines=lines)
    now = replace(now, plan=plan if in_force else None)
    found = responder.respond(now, [Occasion(0, REVIEW)])
    assert found.lines == (lines[1:] if in_force else ())
    assert found.end_us == (end_us if in_force else now.now_us + review_us)
    assert found.cost is None
    assert "ran out of time" in found.reason
