"""Changes of a branch beside what the log became."""

import pytest

from streams.events import MasterDataChanged
from twin.model.changes import apply_changes
from twin.model.changes.file import changes_of
from twin.whatif.promotion import promotion_of


@pytest.fixture
def network(two_echelon):
    return two_echelon()


def changed(network, **entries):
    return apply_changes(changes_of(entries), network).network


def cost(factor):
    return {"table": "lanes", "key": {"lane": "*"}, "column": "unit_cost",
            "value": factor}  # fmt: skip


def test_cells_are_told_row_by_row(network):
    branch = changed(network, set=[cost(9.0)], demand=[{"factor": 2}])
    promotion = promotion_of(network, branch, network)
    assert promotion.conflicts == promotion.left_out == promotion.done == ()
    lanes = network.tables["lanes"].height
    assert len(promotion.told) == lanes + network.tables["demands"].height
    events = promotion.events("branch/x")
    assert all(isinstance(one, MasterDataChanged) for one in events)
    told = [one for one in events if one.table == "lanes"]
    assert [one.values["unit_cost"] for one in told] == [9.0] * lanes
    assert {one.values["lane"] for one in told} == set(network.tables["lanes"]["lane"])
    assert len({one.record for one in events}) == len(events)


def test_cells_that_the_log_has_already_are_not_told(network):
    branch = changed(network, set=[cost(9.0)])
    promotion = promotion_of(network, branch, branch)
    assert promotion.told == promotion.conflicts == ()
    assert len(promotion.done) == network.tables["lanes"].height
    assert promotion.events("branch/x") == ()


def test_other_value_in_the_log_is_a_conflict(network):
    branch, now = changed(network, set=[cost(9.0)]), changed(network, set=[cost(5.0)])
    promotion = promotion_of(network, branch, now)
    assert promotion.told == ()
    assert len(promotion.conflicts) == network.tables["lanes"].height
    assert promotion.conflicts[0].text.endswith("to 9.0: is 5.0 by now")
    other = changed(network, demand=[{"factor": 3}])
    assert promotion_of(network, branch, other).conflicts == ()


def test_what_no_event_can_say_is_left_out(network):
    machine = {"table": "sites", "row": {"site": "new", "kind": "store"}}
    column = {"table": "network", "key": {}, "column": "review_s", "factor": 2}
    counted = {"on_hand": 3}
    branch = changed(network, add_row=[machine], set=[column], stock_policy=[counted])
    promotion = promotion_of(network, branch, network)
    assert promotion.told == ()
    reasons = " ".join(map(str, promotion.left_out))
    assert "sites: 1 rows are added" in reasons
    assert "rows have no key" in reasons
    assert "it is counted, not decided" in reasons
