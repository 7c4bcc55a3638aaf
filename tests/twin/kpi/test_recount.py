"""Every kind of measure counted once more, from events and tables alone, by polars."""

import numpy as np
import polars as pl
import pytest

from streams.batch import NO_TIME, concatenate
from streams.events import EVENT_TYPES, TYPE_CODES
from streams.names import Names
from twin.kpi import RunMeasures
from twin.loop import Loop
from twin.loop.play import PlayOptions, make_policy
from twin.model import load
from twin.model.shipped import example_folder
from twin.planning import Planner
from twin.simulate.reference.plant import Plant

DAY_US = 86_400_000_000
N_DAYS, WARM_DAYS = 21, 5


class Recount:
    """A played network, its measures, and its events as one frame."""

    def __init__(self):
        self.network = load(example_folder())
        names = Names()
        planner = Planner(self.network, monotonic_s=lambda: 0.0)
        options = PlayOptions(policy="base-stock", n_periods=N_DAYS)
        policy = make_policy(self.network, options, planner)
        plant, reviews = Plant(self.network, names, seed=7), []
        loop = Loop(self.network, plant, policy, names=names)
        loop.run(N_DAYS, on_review=lambda turn: reviews.append(turn.events))
        as_of_us = self.network.settings.as_of_us
        self.start, self.end = as_of_us + WARM_DAYS * DAY_US, as_of_us + N_DAYS * DAY_US
        self.events = self._frame(concatenate(reviews, names), names)
        run = RunMeasures(self.network, names, (self.start, self.end))
        for batch in reviews:
            run.book(batch)
        self.measures, self.tables = run.measures(), run.tables()

    def _frame(self, batch, names):
        def named(column):
            return [
                names[number] if number >= 0 else None for number in column.tolist()
            ]

        frame = pl.DataFrame(
            {
                "type": [EVENT_TYPES[code].__name__ for code in batch.type_code],
                "at": batch.time_us, "code": batch.code, "due": batch.time0,
                **{name: named(getattr(batch, name)) for name in
                   ("subject", "item", "place", "party", "parent")},
                **{f"v{n}": getattr(batch, f"value{n}") for n in range(3)},
            }
        ).with_columns(pl.col("due").replace(int(NO_TIME), None))  # fmt: skip
        return frame.filter(pl.col("at") < self.end)

    def of(self, name):
        assert name in TYPE_CODES
        return self.events.filter(type=name)

    def inside(self, column="at"):
        return (pl.col(column) >= self.start) & (pl.col(column) < self.end)

    def lines(self):
        """Customer orders with what was sent at once and when the last goods came."""
        sent, got = self.of("ShipmentDispatched"), self.of("ShipmentReceived")
        order_of = sent.select("subject", "parent", sent_at="at", sent="v0")
        goods = order_of.join(
            got.select("subject", got_at="at", got="v0"), on="subject", how="left"
        )
        first = self.of("OrderReceived").select(
            "due", "item", "place", order="subject", asked="v0", at="at"
        )
        by_order = goods.join(first, left_on="parent", right_on="order").group_by(
            pl.col("parent").alias("order")
        )
        at_once = pl.col("sent").filter(pl.col("sent_at") == pl.col("at"))
        sums = by_order.agg(
            pl.col("sent", "got").sum(), pl.col("got_at").max(), once=at_once.sum()
        )
        joined = first.join(sums, on="order", how="left")
        full = pl.col("got").fill_null(0.0) >= pl.col("asked") - 1e-9
        return joined.with_columns(
            pl.when(full).then("got_at").alias("full"),
            pl.col("once", "sent").fill_null(0.0),
        )


@pytest.fixture(scope="module")
def recount():
    return Recount()


def test_service_is_that_of_the_events(recount):
    lines, measures = recount.lines(), recount.measures
    due, ordered = (lines.filter(recount.inside(name)) for name in ("due", "at"))
    n_otif = due.filter(pl.col("full") <= pl.col("due")).height
    assert 0 < n_otif < due.height
    assert measures["lines_due"] == measures["orders_due"] == due.height
    assert measures["otif_line_share"] == n_otif / due.height
    assert measures["otif_order_share"] == n_otif / due.height
    assert measures["demanded_units"] == pytest.approx(ordered["asked"].sum())
    share = ordered["once"].sum() / ordered["asked"].sum()
    assert measures["fill_rate"] == pytest.approx(share)
    full = lines.filter(recount.inside("full"))
    lead_s = ((full["full"] - full["at"]) / 1e6).to_numpy()
    assert measures["order_lead_time_mean_s"] == pytest.approx(lead_s.mean())
    p95 = np.quantile(lead_s, 0.95)
    assert measures["order_lead_time_p95_s"] == pytest.approx(p95)


def test_tardiness_is_that_of_the_events(recount):
    cancelled = recount.of("OrderCancelled")["subject"]
    due = recount.lines().filter(recount.inside("due"))
    kept = due.filter(
        ~pl.col("order").is_in(cancelled.implode()) | pl.col("full").is_not_null()
    )
    late_s = (
        ((kept["full"].fill_null(recount.end) - kept["due"]) / 1e6).clip(0).to_numpy()
    )
    measures = recount.measures
    assert measures["order_tardiness_total_s"] == pytest.approx(late_s.sum())
    assert measures["order_tardiness_mean_s"] == pytest.approx(late_s.mean())
    assert measures["order_tardiness_max_s"] == late_s.max()
    assert measures["lines_late"] == (late_s > 0).sum() > 0


def test_flow_of_production_is_that_of_the_events(recount):
    closed = recount.of("ProductionOrderClosed").select("subject", closed="at")
    orders = recount.of("ProductionOrderReleased").join(
        closed, on="subject", how="left"
    )
    inside_us = (
        pl.col("closed").fill_null(recount.end).clip(recount.start, recount.end)
        - pl.col("at").clip(recount.start, recount.end)
    )  # fmt: skip
    span_us, measures = recount.end - recount.start, recount.measures
    wip = orders.select(inside_us.alias("in"))["in"].sum() / span_us
    assert measures["wip_mean_orders"] == pytest.approx(wip, rel=1e-12)
    done = orders.filter(recount.inside("closed"))
    flow_us = done["closed"] - done["at"]
    mean_s = flow_us.mean() / 1e6
    assert measures["production_lead_time_mean_s"] == pytest.approx(mean_s)
    gap = wip - flow_us.sum() / span_us
    assert measures["little_gap_orders"] == pytest.approx(gap)
    assert measures["throughput_orders_per_day"] == done.height / (span_us / DAY_US)
    ended = recount.of("OperationCompleted").filter(recount.inside())
    scrap = ended["v1"].sum() / (ended["v0"] + ended["v1"]).sum()
    assert measures["scrap_rate"] == pytest.approx(scrap)
    assert measures["quality"] == pytest.approx(1 - scrap)


def busy_us(recount, machine):
    """Time a machine was on shift, up and at work, from its own events."""
    at_machine = recount.events.filter(place=machine).rows(named=True)
    state, running, since, total = None, 0, 0, 0
    for row in at_machine:
        kind = row["type"]
        if state == 3:
            total += max(0, row["at"] - max(since, recount.start))
        since = row["at"]
        if kind == "MachineStateChanged":
            state = row["code"]
        elif kind == "OperationStarted":
            running += 1
            state = 3 if state == 1 else state
        elif kind == "OperationCompleted":
            running -= 1
            state = 1 if state == 3 and not running else state
    return total + (recount.end - max(since, recount.start) if state == 3 else 0)


def test_machines_work_as_their_events_say(recount):
    table = recount.tables["machines"]
    network = recount.network
    for row in table.rows(named=True):
        busy = busy_us(recount, row["machine"])
        k = network.machine_index[row["machine"]]
        cost = network.machines.cost_per_h[k] * busy / 3.6e9
        assert row["production_cost"] == pytest.approx(cost)
    # Performance: what routings allow, by hand for each operation that ended.
    allowed_us = 0.0
    for row in (
        recount.of("OperationCompleted").filter(recount.inside()).rows(named=True)
    ):
        machine = network.machine_index[row["place"]]
        site = network.places.ids[network.machines.site_index[machine]]
        steps = network.tables["routings"].filter(
            pl.col("operation") == row["party"],
            pl.col("item").is_in([row["item"], "*"]), pl.col("site").is_in([site, "*"]),
        )  # fmt: skip
        assert steps.height == 1
        speed = network.machines.speed[machine] * network.machines.slots[machine]
        allowed_us += steps["duration_s"][0] * 1e6 / speed * (row["v0"] + row["v1"])
    total_us = sum(busy_us(recount, machine) for machine in network.machines.ids)
    assert recount.measures["performance"] == pytest.approx(allowed_us / total_us)


def test_stock_and_transport_are_those_of_the_events(recount):
    network, measures = recount.network, recount.measures
    sent, got = recount.of("ShipmentDispatched"), recount.of("ShipmentReceived")
    moved = recount.of("StockMoved")
    sites = set(network.places.ids[: network.n_sites])
    changes = pl.concat(
        [
            sent.select("item", "at", place="place", units=-pl.col("v0")),
            got.select("item", "at", place="place", units="v0"),
            moved.select("item", "at", place="place", units=-pl.col("v0")),
            moved.select("item", "at", place="party", units="v0"),
        ]
    ).filter(pl.col("place").is_in(sites))
    worth = network.tables["items"].select("item", "unit_cost")
    span_us = recount.end - recount.start
    share = (recount.end - pl.col("at").clip(recount.start)) / span_us
    value = changes.join(worth, on="item").select(
        (share * pl.col("units") * pl.col("unit_cost")).sum()
    )
    first = network.stock.on_hand @ network.items.unit_cost[network.stock.item_index]
    assert measures["stock_mean_value"] == pytest.approx(first + value.item())
    customers = set(network.places.ids[network.n_sites + network.n_suppliers :])
    sold = sent.filter(recount.inside(), pl.col("party").is_in(customers))
    goods = sold.join(worth, on="item").select(pl.col("v0") * pl.col("unit_cost"))
    turns = goods.sum().item() * 365.25 / (span_us / DAY_US) / (first + value.item())
    assert measures["turns"] == pytest.approx(turns)
    cost = sent.filter(recount.inside())["v1"].fill_nan(0).sum()
    assert measures["transport_cost"] == pytest.approx(cost)
    times = sent.select("subject", left="at").join(
        got.filter(recount.inside()), on="subject"
    )
    lanes = network.tables["lanes"].select(place="to_place", party="from_place")
    times = times.join(lanes.unique(), on=["place", "party"])
    mean_s = (times["at"] - times["left"]).mean() / 1e6
    assert measures["lane_lead_time_mean_s"] == pytest.approx(mean_s)


def test_bullwhip_is_that_of_the_events(recount):
    worth = recount.network.tables["items"].select("item", "unit_cost")
    suppliers = recount.network.tables["suppliers"]["supplier"]
    n_days = N_DAYS - WARM_DAYS

    def flow(events):
        day = (pl.col("at") - recount.start) // DAY_US
        rows = events.filter(recount.inside()).join(worth, on="item")
        sums = rows.group_by(day.alias("day")).agg(
            (pl.col("v0") * pl.col("unit_cost")).sum()
        )
        values = np.zeros(n_days)
        values[sums["day"].to_numpy()] = sums["v0"].to_numpy()
        return values.var() / values.mean() ** 2

    placed = recount.of("PurchaseOrderPlaced")
    bought = flow(placed.filter(pl.col("party").is_in(suppliers.implode())))
    expected = bought / flow(recount.of("OrderReceived"))
    assert recount.measures["bullwhip"] == pytest.approx(expected)
