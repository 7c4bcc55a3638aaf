"""Demand and adjustments as a log tells them."""

import numpy as np
import pytest

from streams.codec import decode, encode
from streams.events import ForecastAdjusted, OrderCancelled, OrderReceived
from streams.names import Names
from streams.records import RecordBatch
from twin.demand import AskedDemand
from twin.errors import OptionError

DAY_US = 86_400_000_000


def order(quantity, *, item="tea", site="hub"):
    return OrderReceived(
        order=f"{item}{quantity}", customer="M", item=item, site=site, quantity=quantity
    )


def adjustment(factor, *, why=None):
    return ForecastAdjusted(
        item="tea", site="hub", factor=factor, who="Ann", why=why,
        start_us=3 * DAY_US, end_us=5 * DAY_US,
    )  # fmt: skip


@pytest.fixture
def asked():
    def fold(*timed, n_parts=1):
        values = [
            encode(event, event_id=name, source="t", time_us=round(days * DAY_US))
            for name, days, event in timed
        ]
        names, found = Names(), AskedDemand()
        for part in np.array_split(np.array(values, object), n_parts):
            records = RecordBatch.of("log/0", part.tolist())
            found.add(decode(records, names).events)
        return found

    return fold


def test_orders_are_added_by_bucket_from_the_first_to_the_last_that_is_over(asked):
    found = asked(
        ("1", 1.0, order(2)), ("2", 1.9, order(3)), ("3", 3.5, order(1)),
        ("4", 2.0, order(4, site="store")), ("5", 4.1, order(9)),
    )  # fmt: skip
    assert found.n_orders == 5
    table = found.table(DAY_US)
    rows = [(name, ds.day - 1, y) for name, ds, y in table.rows()]
    assert rows == [
        ("tea@hub", 1, 5.0), ("tea@hub", 2, 0.0), ("tea@hub", 3, 1.0),
        ("tea@store", 2, 4.0), ("tea@store", 3, 0.0),
    ]  # fmt: skip
    assert found.table(2 * DAY_US)["y"].to_list() == [5.0, 1.0, 4.0]


def test_cancelled_orders_count_and_doubles_count_once(asked):
    found = asked(
        ("1", 0.5, order(2)), ("1", 0.5, order(2)), ("2", 0.6, order(3)),
        ("1", 0.5, order(2)), ("3", 1.2, OrderCancelled(order="tea3")),
        n_parts=3,
    )  # fmt: skip
    assert found.table(DAY_US)["y"].to_list() == [5.0]


def test_adjustments_come_in_the_order_in_which_they_were_made(asked):
    found = asked(
        ("b", 2.0, adjustment(1.5, why="fair")), ("a", 1.0, adjustment(2.0)),
        ("b", 2.0, adjustment(1.5, why="fair")),
    ).adjustments  # fmt: skip
    assert [(one.factor, one.why) for one in found] == [(2.0, ""), (1.5, "fair")]
    assert found[1].series == "tea@hub"
    assert (found[1].who, found[1].made_us) == ("Ann", 2 * DAY_US)
    assert (found[1].start_us, found[1].end_us) == (3 * DAY_US, 5 * DAY_US)


def test_log_without_a_bucket_that_is_over_is_refused(asked):
    with pytest.raises(
        OptionError, match=r"bucket of 86400 s that is over, had 1 line"
    ):
        asked(("1", 0.5, order(2))).table(DAY_US)
    with pytest.raises(OptionError, match="had 0 lines"):
        AskedDemand().table(DAY_US)
