"""What is different in itself, and taken back."""

from dataclasses import replace

import pytest

from twin.explain.differences import differences_of, reverted
from twin.explain.pairing import pair_of
from twin.explain.played import played
from twin.masterplan import ExpectedDemand
from twin.model.changes.apply import rebuilt


@pytest.fixture(scope="module")
def delayed(late):
    """Return the plan with its first purchase of leaf a day later."""
    steps, kinds = late.script.steps, late.script.orders["item"].to_list()
    sources = {need.source for step in steps for need in step.needs}
    first = next(step for step in steps
                 if kinds[step.row] == "leaf" and step.order in sources)  # fmt: skip
    later = replace(first, earliest=first.release + 1)
    outcome = late.again(script=late.script.with_steps({first.row: later}))
    after = played(
        late.grounds, outcome.tables.orders, n_periods=late.n_periods
    )  # fmt: skip
    return after, first.order


def test_consequences_are_not_listed(late, delayed):
    after, order = delayed
    pair = pair_of(late, after)
    found = differences_of(pair)
    assert [one.kind for one in found] == ["date"]
    assert f"purchase order {order} of " in found[0].name
    assert "1 days later" in found[0].name


def test_taken_back_it_is_the_former_plan(late, delayed):
    pair = pair_of(late, delayed[0])
    again = pair.after.again(*reverted(pair, differences_of(pair)))
    assert again.served == late.outcome.served


def test_newer_plan_is_itself_when_nothing_is_taken_back(late, delayed):
    pair = pair_of(late, delayed[0])
    again = pair.after.again(*reverted(pair, ()))
    assert again.result.state_hash == pair.after.outcome.result.state_hash


def test_a_plan_and_itself_have_no_difference(late):
    assert differences_of(pair_of(late, late)) == ()


def test_what_was_given_is_told_and_taken_back(late):
    network = late.grounds.network
    lanes = network.tables["lanes"]
    slow = lanes.with_columns(unit_cost=lanes["unit_cost"] + 1.0)
    more = ExpectedDemand(late.grounds.demand.means * 2.0, late.grounds.demand.margins)
    grounds = replace(
        late.grounds, network=rebuilt(network, {"lanes": slow}), demand=more
    )
    after = replace(late, grounds=grounds)
    pair = pair_of(late, after)
    found = differences_of(pair)
    assert [(one.kind, one.table) for one in found] == [
        ("network", "lanes"), ("network", "lanes"), ("demand", ""),
    ]  # fmt: skip
    assert {one.name for one in found[:2]} == {"lanes: box", "lanes: leaf"}
    back, _ = reverted(pair, found)
    assert back.network.hash == network.hash
    assert (back.demand.means == late.grounds.demand.means).all()


def test_dropped_and_added_orders_are_put_back_and_left_out(late):
    fewer = late.script.without([0])
    after = replace(late, script=fewer)
    pair = pair_of(late, after)
    (found,) = differences_of(pair)
    assert (found.kind, found.row) == ("dropped", 0)
    _, script = reverted(pair, (found,))
    assert script.orders.height == late.script.orders.height
    pair = pair_of(after, late)
    (found,) = differences_of(pair)
    assert found.kind == "added"
    assert reverted(pair, (found,))[1].orders.height == fewer.orders.height
