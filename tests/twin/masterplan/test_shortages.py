"""What is short, and why."""

import time

import pytest

from twin.masterplan import Link, binding_chain, make_plan, shortages

DAY_US = 86_400_000_000


def scarce(tables):
    tables["stock"] = [
        {"item": "leaf", "site": "P", "on_hand": 0},
        {"item": "box", "site": "P", "on_hand": 80},
        {"item": "tea", "site": "P", "on_hand": 4},
    ]
    tables["lanes"][0]["lead_time_s"] = 3 * 86_400


def test_served_plan_is_short_of_nothing(plan):
    assert shortages(plan) == ()


def test_shortage_leads_back_to_the_purchase_it_waits_for(works, expected):
    made = make_plan(works(scarce), expected(), n_periods=8, monotonic_s=time.monotonic)
    (short,) = shortages(made)
    assert (short.item, short.site) == ("tea", "P")
    assert short.first_us - made.network.settings.as_of_us == DAY_US
    assert short.quantity > 2.0
    assert short.cost > 0.0
    kinds = [link.kind for link in short.chain]
    assert kinds[0] == "made"
    assert kinds[-1] == "purchase"
    assert short.chain[-1].item == "leaf"


def test_lateness_costs_what_the_measures_charge(works, expected):
    made = make_plan(works(scarce), expected(), n_periods=8, monotonic_s=time.monotonic)
    charged = made.result.table.series("shortage").sum()
    assert charged > 0.0
    assert sum(short.cost for short in shortages(made)) == pytest.approx(charged)


def test_point_that_nothing_comes_to_has_no_chain(plan):
    assert binding_chain(plan, ("tea", "nowhere"), after_us=0) == ()


@pytest.mark.parametrize(
    ("began_us", "ready_us", "held"),
    [(10, 1, True), (10, 8, False), (None, 1, False), (10, None, False)],
)
def test_who_could_have_begun_was_held_back(began_us, ready_us, held):
    link = Link("made", "M1", "tea", "P", 20, began_us=began_us, ready_us=ready_us)
    assert link.held_back(5) is held
