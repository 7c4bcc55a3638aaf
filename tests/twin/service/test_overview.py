import dataclasses
import itertools
import sys

import polars as pl
import pytest

from streams.codec import encode
from streams.events import (
    MachineStateChanged,
    MasterDataChanged,
    OrderReceived,
    StockCounted,
)
from twin.model.changes import apply_changes
from twin.model.changes.file import changes_of
from twin.service.access import Caller
from twin.service.overview import Bound, overview
from twin.service.past import find_state

DAY_US = 86_400_000_000
EVERYWHERE = Caller("x", "t", frozenset({"read"}))


@pytest.fixture
def look(make_tenant):
    """Send events with their days; look at what comes of them."""
    tenant = make_tenant()
    tenant.start()
    ids = map(str, itertools.count())

    def after(*events, caller=EVERYWHERE):
        start_us = tenant.network.settings.as_of_us
        values = [
            encode(event, event_id=next(ids), source="test",
                   time_us=start_us + round(day * DAY_US))
            for day, event in events
        ]  # fmt: skip
        tenant.journal.submit(values).result(60)
        n_sent = tenant.journal.n_records
        assert tenant.follower.wait_for_records(n_sent, timeout_s=60)
        return overview(tenant.network, find_state(tenant, None), caller)

    return after


def order(name, quantity, due_day, start_us=1_767_571_200_000_000):
    return OrderReceived(
        order=name, item="shampoo_mild", quantity=quantity,
        site="dc_west", customer="cologne", price=2.0,
        due_us=start_us + due_day * DAY_US,
    )  # fmt: skip


def counted(quantity):
    return StockCounted(item="shampoo_mild", site="dc_west", quantity=quantity)


def test_late_order_is_money_at_stake_with_its_cause(look):
    found = look((0.0, order("C1", 30, 1)), (0.1, order("C2", 5, 9)), (3, counted(0)))
    assert found.measures["orders_open"] == 2
    assert found.measures["orders_late"] == 1
    assert found.measures["on_time_share"] == 0.5
    assert found.measures["owed_value"] == pytest.approx(70.0)
    late = [one for one in found.exceptions if one["kind"] == "order_late"]
    assert [(one["about"], one["money"], one["cause"]) for one in late] == [
        ("C1", 60.0, "nothing_on_order")
    ]


def test_late_order_with_stock_was_not_shipped(look):
    found = look((0, order("C1", 30, 1)), (3, counted(50)))
    (late,) = [one for one in found.exceptions if one["kind"] == "order_late"]
    assert late["cause"] == "in_stock_not_shipped"


def test_most_money_is_first(look):
    found = look((0, order("C1", 3, 1)), (0, order("C2", 90, 1)), (3, counted(0)))
    money = [one["money"] for one in found.exceptions]
    assert money == sorted(money, reverse=True)


def test_machine_that_stands_costs_by_the_hour(look):
    down = MachineStateChanged(machine="fill_north_1", state="down")
    found = look((0, down), (0.5, counted(1)))
    (one,) = [one for one in found.exceptions if one["kind"] == "machine_down"]
    assert one["place"] == "plant_north"
    assert one["money"] == pytest.approx(12 * 9)
    assert found.measures["machines_down"] == 1


def test_share_of_a_bound_is_told_where_there_is_one(look):
    busy = MachineStateChanged(machine="fill_north_1", state="busy")
    idle = MachineStateChanged(machine="fill_north_2", state="idle")
    down = MachineStateChanged(machine="pack_north_1", state="down")
    events = [(0.2, one) for one in (busy, idle, down)]
    asked = [(0, order("C1", 30, 1)), (0, order("C2", 90, 9)), (0, order("C3", 60, 1))]
    found = look(*asked, *events, (3, counted(0)))
    told = {name: (one.value, one.share) for name, one in found.bounds.items()}
    n_machines = found.measures["machines"]
    assert told == {
        "on_time_share": (1.0, pytest.approx(1 / 3)),
        "orders_late": (3.0, pytest.approx(2 / 3)),
        "owed_value": (360.0, 1.0),
        "machines_down": (n_machines, 1 / n_machines),
        "machines_busy": (2.0, 0.5),
    }


def test_stock_is_measured_by_levels_where_there_are_such(make_tenant):
    tenant = make_tenant()
    level = {"item": "shampoo_mild", "site": "dc_west", "order_up_to": 200.0}
    files = {"name": "levels", "stock_policy": [level]}
    kept = apply_changes(changes_of(files, file="levels"), tenant.network).network
    tenant.start()
    value = encode(counted(50), event_id="1", source="test",
                   time_us=tenant.network.settings.as_of_us)  # fmt: skip
    tenant.journal.submit([value]).result(60)
    assert tenant.follower.wait_for_records(1, timeout_s=60)
    found = find_state(tenant, None)
    bound = overview(kept, found, EVERYWHERE).bounds["stock_value"]
    cost = kept.tables["items"].filter(item="shampoo_mild")["unit_cost"][0]
    assert bound == Bound(200.0 * cost, 0.25)
    # Nothing was ever told of what lies in the plant: there is none.
    stock = kept.tables["stock"]
    here = stock.filter(item="shampoo_mild", site="dc_west")
    there = here.with_columns(site=pl.lit("plant_north"), order_up_to=300.0)
    tables = {**kept.tables, "stock": pl.concat([stock, there])}
    more = dataclasses.replace(kept, tables=tables)
    bound = overview(more, found, EVERYWHERE).bounds["stock_value"]
    assert bound == Bound(pytest.approx(500.0 * cost), pytest.approx(0.1))
    one = Caller("x", "t", frozenset({"read"}), frozenset({"dc_west"}))
    bound = overview(more, found, one).bounds["stock_value"]
    assert bound == Bound(200.0 * cost, 0.25)


def told(level, item="shampoo_mild", site="dc_west", **cells):
    values = {"item": item, "site": site, "order_up_to": level, **cells}
    return MasterDataChanged(record=f"{item}@{site}", table="stock", values=values)


def test_bound_of_stock_follows_levels_that_events_told(look):
    assert "stock_value" not in look((0, counted(50))).bounds
    found = look((0.1, told(200)), (0.1, told(9, item="moon")))
    assert found.bounds["stock_value"].share == 0.25
    assert look((0.2, told(100))).bounds["stock_value"].share == 0.5
    assert look((0.3, told(10**300))).bounds["stock_value"].value > 1e299
    for no_level in ("many", True, -1.0, None, 10**309):
        assert "stock_value" not in look((0.4, told(no_level))).bounds
    most = sys.float_info.max
    found = look((0.5, told(most)), (0.5, told(most, site="dc_north")))
    assert "stock_value" not in found.bounds


def test_one_site_sees_itself_alone(look):
    one = Caller("x", "t", frozenset({"read"}), frozenset({"dc_north"}))
    found = look((0, order("C1", 30, 1)), (3, counted(0)), caller=one)
    assert [place["place"] for place in found.places] == ["dc_north"]
    assert found.measures["orders_open"] == 0
    assert "machines" not in found.measures
