"""Answers to breakdowns."""

import numpy as np
import pytest

from optimizer.production.scheduling import check_schedule
from streams.events import ProductionOrderReleased
from twin.loop.occasions import REVIEW, Occasion, Proposal, Situation
from twin.loop.shop_replanning import ScheduleResponder

HOUR_US = 3_600_000_000


class Others:
    """Answers with nothing to do, and counts how often."""

    def __init__(self):
        self.n_asked = 0

    def respond(self, situation, occasions):
        self.n_asked += 1
        return Proposal(lines=(), end_us=situation.now_us)


@pytest.fixture
def shop(works, folding):
    """Situations of a works with two production orders, hours after their release."""
    network = works()
    fold = folding(network)
    orders = [
        ProductionOrderReleased(
            production_order=f"A{k}", item="tea", site="P", quantity=6.0
        )
        for k in (1, 2)
    ]
    batch, state = fold.fold(*((k, one) for k, one in enumerate(orders)))

    def at(hours):
        return Situation(
            network=network, state=state, events=batch, asked=np.zeros((1, 1)),
            now_us=fold.as_of_us + 2 + round(hours * HOUR_US),
        )  # fmt: skip

    return at


def down(situation, machine="F1"):
    return Occasion(situation.now_us, "machine_down", machine, f"{machine} is down")


def test_breakdown_is_answered_by_a_repair_of_the_schedule_in_force(shop):
    others = Others()
    responder = ScheduleResponder(others, work=2_000)
    first = shop(0)
    assert responder.respond(first, [Occasion(first.now_us, REVIEW)]).is_whole
    before = responder.released
    later = shop(0.25)
    found = responder.respond(later, [down(later)])
    assert others.n_asked == 1
    assert not found.is_whole
    assert found.policy.startswith("schedule: F1 is down: ")
    assert all(line.release_us > later.now_us for line in found.lines)
    after = responder.released
    assert after.shop.at_us == before.shop.at_us, "repaired, not made anew"
    assert not check_schedule(after.shop.problem, after.schedule)


@pytest.mark.parametrize("kinds", [["shortage"], ["machine_down", "shortage"]])
def test_what_is_no_breakdown_is_for_others(shop, kinds):
    others, now = Others(), shop(0)
    occasions = [Occasion(now.now_us, kind, "F1") for kind in kinds]
    ScheduleResponder(others, work=2_000).respond(now, occasions)
    assert others.n_asked == 1


def test_machine_without_work_is_for_others(shop):
    others, now = Others(), shop(0)
    ScheduleResponder(others, work=2_000).respond(now, [down(now, "M9")])
    assert others.n_asked == 1
