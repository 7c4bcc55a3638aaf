"""Two plans, and what the dates of the newer one follow."""

import time
from dataclasses import replace

import polars as pl
import pytest

from twin.explain.differences import differences_of, reverted
from twin.explain.pairing import Back, pair_of, script_with
from twin.explain.played import played, played_plan
from twin.explain.script import NEVER, Need
from twin.masterplan import ExpectedDemand, make_plan


def changed(late, steps=None, script=None):
    """Carry a plan out with other rules, and read it anew."""
    script = script or late.script.with_steps(steps)
    orders = late.again(script=script).tables.orders
    return played(late.grounds, orders, n_periods=late.n_periods)


def delayed(late, row, reviews):
    step = late.script.steps[row]
    return changed(late, {row: replace(step, earliest=step.release + reviews)})


def leads_to_both(pair):
    """Tell whether nothing, and all, taken back is the newer and the former plan."""
    nothing = pair.after.again(*reverted(pair, ()))
    everything = pair.after.again(*reverted(pair, differences_of(pair)))
    return (
        nothing.result.state_hash == pair.after.outcome.result.state_hash
        and everything.served == pair.before.outcome.served
    )


def first_of(late, item, *, at_review):
    items = late.script.orders["item"].to_list()
    return next(
        step.row
        for step in late.script.steps
        if items[step.row] == item and step.release == at_review
    )


def test_goods_that_come_after_the_last_review_are_of_no_use(late):
    after = delayed(late, first_of(late, "leaf", at_review=0), 3)
    came = after.outcome.moves.filter(pl.col("order") == "P1")["quantity"].sum()
    assert came > 0.0
    pair = pair_of(late, after)
    assert set(pair.waits.values()) == {"former"}
    (found,) = differences_of(pair)
    assert found.kind == "date"
    assert leads_to_both(pair)


def test_who_took_goods_of_another_takes_its_own_again(late):
    row = first_of(late, "leaf", at_review=2)
    waits = next(step for step in late.script.steps
                 if any(need.source == "P3" for need in step.needs))  # fmt: skip
    assert late.script.steps[row].order == "P3"
    pair = pair_of(late, delayed(late, row, 1))
    assert [one.kind for one in differences_of(pair)] == ["date"]
    assert list(pair.waits) == [waits.row]
    assert leads_to_both(pair)


def test_later_though_its_goods_are_there_is_a_date_of_its_own(late):
    made = first_of(late, "tea", at_review=4)
    pair = pair_of(late, delayed(late, made, 1))
    (found,) = differences_of(pair)
    assert found.kind == "date"
    assert leads_to_both(pair)


def test_held_back_after_its_goods_as_long_as_before_is_no_difference(late):
    made = first_of(late, "tea", at_review=3)
    held = delayed(late, made, 1)
    row = next(step.row for step in held.script.steps if step.order == "M1")
    assert held.script.steps[row].hold == 1
    source = first_of(held, "leaf", at_review=0)
    step = held.script.steps[source]
    pair = pair_of(held, changed(held, {source: replace(step, earliest=1)}))
    assert pair.follows[next(step.row for step in pair.after.script.steps
                             if step.order == "M1")] == "held"  # fmt: skip
    (found,) = differences_of(pair)
    assert "P1" in found.name
    assert leads_to_both(pair)


def test_order_of_less_is_of_as_much_again(late):
    orders = late.script.orders
    row = first_of(late, "leaf", at_review=0)
    at = pl.int_range(pl.len()) == row
    less = orders.with_columns(
        quantity=pl.when(at).then(pl.col("quantity") * 0.4).otherwise("quantity")
    )
    steps = tuple(
        replace(step, needs=tuple(
            replace(need, quantity=need.quantity * 0.4)
            if need.source == late.script.steps[row].order else need
            for need in step.needs
        ))
        for step in late.script.steps
    )  # fmt: skip
    pair = pair_of(late, changed(late, script=replace(late.script, orders=less,
                                                      steps=steps)))  # fmt: skip
    assert [one.kind for one in differences_of(pair)] == ["quantity"]
    assert leads_to_both(pair)


def test_what_came_with_an_order_that_is_dropped_is_waited_for_again(late):
    row = first_of(late, "leaf", at_review=0)
    pair = pair_of(late, changed(late, script=late.script.without([row])))
    assert "dropped" in {one.kind for one in differences_of(pair)}
    assert leads_to_both(pair)


@pytest.fixture(scope="module")
def grown(plan):
    """Return a plan of more demand, made anew."""
    demand = ExpectedDemand(plan.demand.means * 1.4, plan.demand.margins)
    made = make_plan(plan.network, demand, n_periods=plan.n_periods,
                     monotonic_s=time.monotonic)  # fmt: skip
    return played_plan(made)


def test_plan_that_was_made_anew_leads_back_in_both_directions(late, grown):
    assert leads_to_both(pair_of(late, grown))
    assert leads_to_both(pair_of(grown, late))


def test_order_waits_for_whichever_goods_are_there_first(late):
    pair = pair_of(late, late)
    script = script_with(pair, Back())
    made = first_of(late, "tea", at_review=3)
    step = script.steps[made]
    never = (Need("nobody", "leaf", "P", 1.0),)
    stuck = replace(step, needs=never, latest=NEVER)
    either = replace(stuck, otherwise=step)
    hashes = [
        late.again(script=script.with_steps({made: one})).result.state_hash
        for one in (step, stuck, either)
    ]
    assert hashes[0] == hashes[2] != hashes[1]


def test_both_rules_of_an_order_lose_what_is_left_out(late):
    made = first_of(late, "tea", at_review=3)
    step = late.script.steps[made]
    script = late.script.with_steps({made: replace(step, otherwise=step)})
    source = first_of(late, "leaf", at_review=0)
    left = next(one for one in script.without([source]).steps
                if one.order == step.order)  # fmt: skip
    assert step.needs
    assert left.needs == left.otherwise.needs == ()
