"""Profit to the cent by hand, and by an independent recount of the events."""

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.events import TYPE_CODES, OrderCancelled, OrderReceived
from twin.kpi import KpiTable, Ledger, PeriodMeasures
from twin.simulate.decisions import Decisions
from twin.state import tables as t
from twin.state.points import NetworkView

DAY_US = 86_400_000_000
DEMAND = [4, 4, 8, 6, 0]


def lost_sales(tables):
    tables["demands"][0]["backlogged"] = False


def plan_by_hand(network, lane_orders, decisions):
    return (
        lane_orders(network, ("buy", "tea", 10), ("ship", "tea", 5)),
        decisions,
        lane_orders(network, ("buy", "tea", 2), ("ship", "tea", 3)),
    )


@pytest.fixture
def by_hand(two_echelon, run_loop, scripted, lane_orders):
    def run(change=None):
        network = two_echelon(change)
        nothing = lane_orders(network, ("buy", "tea", 0))
        script = scripted(*plan_by_hand(network, lane_orders, nothing))
        return run_loop(network, script, len(DEMAND), demand=DEMAND)

    return run


def test_profit_of_five_periods_equals_the_hand_count(by_hand):
    table = by_hand().result.table
    # Shop 6 7 0 0 0, hub 25 25 24 24 24, on the way 5 0 3 0 0, backlog 0 0 1 4 4.
    assert table.series("sales").tolist() == [40, 40, 70, 30, 0]
    assert table.series("purchase").tolist() == [30, 0, 6, 0, 0]
    # Each order pays 5; 0.1 a unit bought and 0.5 a unit shipped.
    assert table.series("transport") == pytest.approx([8.5, 0, 6.7, 0, 0])
    assert table.series("handling") == pytest.approx([1.0, 0, 0.6, 0, 0])
    assert table.series("holding") == pytest.approx([1.35, 1.35, 0.99, 0.96, 0.96])
    assert table.series("shortage") == pytest.approx([0, 0, 0.5, 2.0, 2.0])
    assert table.series("backorder").tolist() == [0, 0, 1, 4, 4]
    profit = [-0.85, 38.65, 55.21, 27.04, -2.96]
    assert table.series("profit") == pytest.approx(profit)
    assert table.totals()["profit"] == pytest.approx(117.09)


def test_profit_of_lost_sales_pays_shortage_once(by_hand):
    table = by_hand(lost_sales).result.table
    assert table.series("lost").tolist() == [0, 0, 1, 3, 0]
    assert table.series("shortage") == pytest.approx([0, 0, 0.5, 1.5, 0])
    assert table.series("backorder").tolist() == [0, 0, 0, 0, 0]
    assert table.totals()["profit"] == pytest.approx(119.59)
    assert table.totals()["lost_share"] == pytest.approx(4 / 22)


def test_service_counts_what_was_shipped_at_once(by_hand):
    run = by_hand()
    # The unit of period 2 that came in period 3 was late, and is not served.
    assert run.result.table.series("served").tolist() == [4, 4, 7, 2, 0]
    assert run.result.table.totals()["fill_rate"] == pytest.approx(17 / 22)


def test_stock_values_and_turns_follow_unit_cost(by_hand):
    table = by_hand().result.table
    assert table.series("stock_value").tolist() == [124, 128, 96, 96, 96]
    assert table.series("transit_value").tolist() == [20, 0, 12, 0, 0]
    # 18 units of 4 sold within five days over a mean stock of 108.
    assert table.totals()["turns"] == pytest.approx(72 * 365.25 / 5 / 108)


def test_result_adds_what_stock_gained_in_value(by_hand):
    totals = by_hand().result.table.totals()
    # 30 units at the start, 24 at the end, nothing on the way.
    assert totals["stock_change"] == -24.0
    assert totals["result"] == pytest.approx(117.09 - 24.0)


def test_goods_on_the_way_to_customers_are_sold(two_echelon, run_loop, scripted):
    def delivered(tables):
        tables["lanes"].append(
            {"lane": "bring", "from_place": "shop", "to_place": "M", "item": "tea",
             "lead_time_s": 3 * 86_400, "unit_cost": 0.4, "fixed_cost": 9.0,
             "pipeline_cost_per_day": 0.1}
        )  # fmt: skip

    table = run_loop(two_echelon(delivered), scripted(), 2, demand=[4, 3]).result.table
    assert table.series("sales").tolist() == [40.0, 30.0]
    assert table.series("transit_value").tolist() == [0.0, 0.0]
    assert table.series("stock_value").tolist() == [104.0, 92.0]
    assert table.series("transport") == pytest.approx([1.6, 1.2])
    # Hub 20; shop 6, then 3; 4, then 7 on the way.
    assert table.series("holding") == pytest.approx([0.8 + 0.3 + 0.4, 0.8 + 0.15 + 0.7])


def test_variance_ratio_compares_orders_with_demand(by_hand):
    run = by_hand()
    table, places = run.result.table, run.loop.network.place_index
    ratios = table.variance_ratios()
    ordered = np.array([10, 0, 2, 0, 0])
    expected = (ordered.std() / ordered.mean()) / (np.std(DEMAND) / np.mean(DEMAND))
    assert ratios[places["hub"]] == pytest.approx(expected)
    assert np.isnan(ratios[places["V"]])


def test_review_of_two_days_pays_two_days_of_holding(
    two_echelon, run_loop, scripted, lane_orders
):
    network = two_echelon(settings={"review_s": 2 * 86_400})
    script = scripted(lane_orders(network, ("ship", "tea", 5)))
    table = run_loop(network, script, 1, demand=[6, 6]).result.table
    # 5 arrive with the demand of day 2: shop 10 - 6 - 6 + 5; hub 15.
    assert table.series("holding")[0] == pytest.approx(2 * (15 * 0.04 + 3 * 0.05))
    assert table.series("sales")[0] == 120


def test_machine_cost_counts_work_and_not_the_night(works, run_loop, scripted):
    def one_shift(tables):
        tables["calendars"] = [
            {"calendar": "day", "weekday": day, "start": "00:00", "end": "02:00"}
            for day in ("monday", "tuesday", "wednesday")
        ]
        tables["machines"][0]["calendar"] = "day"

    network = works(one_shift)
    decisions = production(network, quantity=20.0)
    table = run_loop(network, scripted(decisions), 3, demand=[0]).result.table
    # Filling 20 takes 200 min: 2 h on monday, the rest on tuesday; then 16 are packed
    # in 30 min of setup and 16 x 7.5 min.
    assert table.series("handling") == pytest.approx(
        [2 * 36.0, 80 / 60 * 36.0 + 2.5 * 72.0 + 16 * 0.3, 0.0]
    )


def production(network, *, quantity):
    return Decisions(
        make_item=np.array([network.item_index["tea"]], np.int32),
        make_site=np.array([network.place_index["P"]], np.int32),
        make_quantity=np.array([quantity]),
    )


def test_price_of_the_order_counts_where_two_lanes_run_side_by_side(
    two_echelon, run_loop, scripted, lane_orders
):
    def by_air(tables):
        fast = dict(tables["lanes"][0], lane="air", price=7.0, unit_cost=2.0)
        tables["lanes"].append(fast)

    network = two_echelon(by_air)
    script = scripted(lane_orders(network, ("air", "tea", 1), ("buy", "tea", 1)))
    table = run_loop(network, script, 1, demand=[0]).result.table
    assert table.series("purchase").tolist() == [10.0]
    assert table.series("transport") == pytest.approx([2.0 + 5.0 + 0.1 + 5.0])


def test_long_period_forgets_no_lost_order(two_echelon, folding):
    network = two_echelon(lost_sales)
    world, view = folding(network), NetworkView(network)
    n_orders = t.RETAINED + 10
    events = []
    for n in range(n_orders):
        received = OrderReceived(
            order=f"C{n}", customer="M", item="tea", site="shop", quantity=1.0
        )
        cancelled = OrderCancelled(order=f"C{n}", reason="lost")
        events += [(1000 * n, received), (1000 * n + 1, cancelled)]
    batch, settled = world.fold(*events)
    ledger = Ledger(network, view)
    ledger.book(batch, settled)
    measures = ledger.close(settled, world.as_of_us + DAY_US)
    assert measures.lost == n_orders
    assert measures.shortage == pytest.approx(0.5 * n_orders)


def test_order_cancelled_twice_is_lost_once(two_echelon, folding):
    network = two_echelon()
    world = folding(network)
    received = OrderReceived(
        order="C", customer="M", item="tea", site="shop", quantity=3.0
    )
    cancelled = OrderCancelled(order="C")
    batch, settled = world.fold((0, received), (5, cancelled), (9, cancelled))
    ledger = Ledger(network, NetworkView(network))
    ledger.book(batch, settled)
    assert ledger.close(settled, world.as_of_us + DAY_US).lost == 3.0


def test_every_line_of_a_cancelled_order_is_lost(two_echelon, folding):
    def with_milk(tables):
        tables["items"].append({"item": "milk", "unit_cost": 1.0})
        tables["stock"].append({"item": "milk", "site": "shop"})
        tables["demands"].append(dict(tables["demands"][0], item="milk"))
        tables["lanes"].append(dict(tables["lanes"][0], lane="milk", item="milk"))

    network = two_echelon(with_milk)
    world = folding(network)
    lines = [
        OrderReceived(
            order="C", customer="M", item=item, site="shop", quantity=quantity
        )
        for item, quantity in (("tea", 3.0), ("milk", 4.0))
    ]
    batch, settled = world.fold(
        (0, lines[0]), (1, lines[1]), (9, OrderCancelled(order="C"))
    )
    ledger = Ledger(network, NetworkView(network))
    ledger.book(batch, settled)
    assert ledger.close(settled, world.as_of_us + DAY_US).lost == 7.0


def test_empty_run_has_a_table_without_periods(two_echelon):
    network = two_echelon()
    table = Ledger(network, NetworkView(network)).table()
    assert table.stock_by_point.shape == (0, 2)
    assert table.totals()["profit"] == 0.0
    assert np.isnan(table.variance_ratios()).all()


def test_single_period_has_no_turns():
    nothing = np.zeros((1, 1))
    table = KpiTable((PeriodMeasures(cost_of_goods=5.0),), nothing, nothing, nothing)
    assert table.totals()["turns"] == 0.0


# An independent recount: no state, no ledger, only the events and the tables.


def frame(run):
    events, names = run.events, run.names

    def named(column):
        return [names[number] if number >= 0 else None for number in column.tolist()]

    # What is released at a review belongs to the period that begins then.
    released = (events.type_code == TYPE_CODES["ShipmentDispatched"]) & (
        events.party != names.index("M")
    )
    since_us = events.time_us - run.loop.network.settings.as_of_us
    period = np.where(released, since_us, since_us - 1) // DAY_US
    return pl.DataFrame(
        {
            "type": events.type_code,
            "period": period,
            "subject": named(events.subject),
            "place": named(events.place),
            "party": named(events.party),
            "quantity": events.value0,
        }
    )


def of_type(events, name):
    return events.filter(pl.col("type") == TYPE_CODES[name])


def recount(run, n_periods):
    """Profit of the chain with lost sales, from its events."""
    events = frame(run)
    sent, got = (
        of_type(events, "ShipmentDispatched"),
        of_type(events, "ShipmentReceived"),
    )
    total = {
        lane: sent.filter(place=a, party=b)["quantity"]
        for lane, (a, b) in {
            "buy": ("V", "hub"), "ship": ("hub", "shop"), "sell": ("shop", "M"),
        }.items()
    }  # fmt: skip
    profit = 10.0 * total["sell"].sum()
    profit -= 3.1 * total["buy"].sum() + 5.0 * len(total["buy"])
    profit -= 0.7 * total["ship"].sum()
    asked = of_type(events, "OrderReceived")["quantity"].sum()
    profit -= 0.5 * (asked - total["sell"].sum())
    for period in range(n_periods):
        so_far = pl.col("period") <= period

        def moved(flow, a, b, so_far=so_far):
            return flow.filter(so_far, place=a, party=b)["quantity"].sum()

        to_hub = moved(got, "hub", "V")
        to_shop = moved(got, "shop", "hub")
        hub = 20.0 + to_hub - moved(sent, "hub", "shop")
        shop = 10.0 + to_shop - moved(sent, "shop", "M")
        profit -= 0.04 * hub + 0.05 * shop
        profit -= 0.02 * (moved(sent, "V", "hub") - to_hub)
        profit -= 0.01 * (moved(sent, "hub", "shop") - to_shop)
    return profit


ORDERS = st.lists(
    st.tuples(st.sampled_from(["buy", "ship"]), st.floats(0.0, 40.0)),
    min_size=1,
    max_size=4,
)


@pytest.fixture
def order_at_will(two_echelon, run_loop, scripted, lane_orders):
    """Run the chain with lost sales on (lane, quantity) pairs of each review."""

    def run(reviews, seed):
        network = two_echelon(lost_sales)
        decisions = [
            lane_orders(
                network, *((lane, "tea", quantity) for lane, quantity in orders)
            )
            for orders in reviews
        ]
        return run_loop(network, scripted(*decisions), len(reviews) + 2, seed=seed)

    return run


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(reviews=st.lists(ORDERS, min_size=1, max_size=5), seed=st.integers(0, 2**32))
def test_profit_of_any_decisions_equals_a_recount_of_the_events(
    order_at_will, reviews, seed
):
    run = order_at_will(reviews, seed)
    expected = recount(run, len(reviews) + 2)
    assert run.result.profit == pytest.approx(expected, abs=1e-8)
