"""Plans that are carried out again."""

import pytest

from twin.diff.customers import served_of_tables, until
from twin.errors import InputError
from twin.explain.played import played_folder
from twin.masterplan import write_plan


def test_rules_lead_to_the_end_of_the_plan(plan, late):
    assert late.outcome.result.state_hash == plan.result.state_hash
    assert late.outcome.tables.orders.equals(plan.tables.orders)


def test_folder_is_played_like_the_plan(plan, late, tmp_path):
    write_plan(plan, tmp_path)
    found = played_folder(tmp_path)
    assert found.outcome.served == late.outcome.served
    assert found.script.steps == late.script.steps


def test_order_is_found_by_its_name(late, asked):
    served = late.outcome.served[asked]
    assert late.order_named(served.order) == (asked, served)
    with pytest.raises(InputError, match="the plan has none of this id"):
        late.order_named("C999")


def test_gain_counts_from_the_plan_and_its_end(late, asked):
    served_us = late.outcome.served[asked].served_us
    assert late.gained_us(asked, served_us - 5) == 5
    assert late.gained_us(asked, None) == served_us - late.end_us


@pytest.mark.parametrize("n_periods", [3, 4])
def test_plan_until_a_review_serves_what_it_did_until_then(late, n_periods):
    end_us = late.start_us + n_periods * late.review_us
    found = late.until(end_us)
    assert (found.n_periods, found.end_us) == (n_periods, end_us)
    tables = late.outcome.tables
    known = served_of_tables(*until(tables.sales, tables.shipments, end_us))
    assert found.outcome.served == known
    assert found.script.orders["release_us"].max() < end_us
    assert late.until(late.end_us + 5) is late
