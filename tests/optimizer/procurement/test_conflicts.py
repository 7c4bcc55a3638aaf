"""Conflicts planted in problems, and found again."""

from dataclasses import replace

import pytest

from optimizer import SolveOptions
from optimizer.procurement import Item, Offer, PriceBreak
from optimizer.procurement.conflicts import find_conflicts, rules_of, without
from optimizer.procurement.solve import plan_purchases

OPTIONS = SolveOptions(monotonic_s=lambda: 0.0, time_limit_s=30.0, work_limit=5)
PRICE = (PriceBreak(quantity=0.0, price=3.0),)


@pytest.fixture
def short(bolt):
    """The near supplier has one bolt in the first period; two are missing."""
    far, near = bolt.offers
    return replace(
        bolt,
        offers=(far, replace(near, capacity=(1.0, 9.0, 9.0))),
        suppliers=(bolt.suppliers[0], replace(bolt.suppliers[1], capacity=(99.0,) * 3)),
    )


def texts(found):
    return [{rule.text for rule in one.rules} for one in found.found]


def test_a_planted_conflict_is_found(short):
    found = find_conflicts(short, OPTIONS)
    assert texts(found) == [
        {
            "capacity of near for bolt",
            "far takes 1 period for bolt",
            "nothing of bolt may be missing",
        }
    ]
    assert found.found[0].verified
    assert found.complete


def test_all_disjoint_conflicts_are_found(short):
    nut, cap = (
        Item(name="nut", needs=(5.0,) * 3),
        Item(name="cap", needs=(5.0, 0.0, 0.0)),
    )
    shares = tuple(
        Offer(item="nut", supplier=name, prices=PRICE, share_max=0.4)
        for name in ("far", "near")
    )
    large = Offer(
        item="cap", supplier="far", prices=PRICE, minimum=10.0, capacity=(8.0,) * 3
    )
    problem = replace(
        short,
        items=(*short.items, nut, cap),
        offers=(*short.offers, *shares, large),
    )
    found = find_conflicts(problem, OPTIONS)
    assert found.complete
    assert all(one.verified for one in found.found)
    assert texts(found)[1:] == [
        {
            "nothing of nut may be missing",
            "at most 40% of nut from far",
            "at most 40% of nut from near",
        },
        {
            "nothing of cap may be missing",
            "far takes orders of cap from 10 on only",
            "capacity of far for cap",
        },
    ]


def test_items_that_share_a_capacity_conflict_together(bolt):
    nut = Item(name="nut", needs=(3.0, 3.0, 3.0))
    near = replace(bolt.suppliers[1], capacity=(6.0, 6.0, 6.0))
    problem = replace(
        bolt,
        items=(replace(bolt.items[0], needs=(4.0, 6.0, 6.0), stock=0.0), nut),
        suppliers=(near,),
        offers=(
            bolt.offers[1],
            Offer(item="nut", supplier="near", prices=PRICE),
        ),
    )
    found = find_conflicts(problem, OPTIONS)
    assert texts(found) == [
        {
            "nothing of bolt may be missing",
            "nothing of nut may be missing",
            "capacity of near",
        }
    ]


def test_a_contract_beyond_a_capacity_is_a_conflict(bolt):
    far = replace(
        bolt.suppliers[0], minimum_spend=50.0, take_or_pay=False, capacity=(5.0,) * 3
    )
    item = replace(bolt.items[0], shortage_cost=3.0)
    problem = replace(bolt, items=(item,), suppliers=(far, bolt.suppliers[1]))
    found = find_conflicts(problem, OPTIONS)
    assert texts(found) == [{"far must get 50 by contract", "capacity of far"}]


def test_where_there_is_a_plan_there_is_no_conflict(bolt):
    found = find_conflicts(bolt, OPTIONS)
    assert (found.found, found.complete) == ((), True)


def test_without_a_rule_of_its_conflict_there_is_a_plan(short):
    (conflict,) = find_conflicts(short, OPTIONS).found
    assert plan_purchases(short, OPTIONS).status == "infeasible"
    for rule in conflict.rules:
        assert plan_purchases(without(short, [rule]), OPTIONS).orders


def test_rules_begin_with_needs_and_end_with_what_is_shared(short):
    kinds = [rule.kind for rule in rules_of(short)]
    assert kinds == ["need", "lead", "capacity", "supplier"]
