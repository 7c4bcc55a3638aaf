"""Every released order stands beside what happened, once."""

import pytest

from streams.codec import decode, encode
from streams.codec.envelope import parse_time
from streams.events import (
    OrderAcknowledged,
    OrderCancelled,
    ProductionOrderReleased,
    PurchaseOrderPlaced,
    ShipmentDispatched,
    ShipmentReceived,
)
from streams.log import LogReader, LogWriter
from streams.names import Names
from streams.records import RecordBatch
from twin.errors import OptionError
from twin.loop import (
    AdherenceOptions,
    Facts,
    PlayOptions,
    adherence_of,
    play,
)

HOUR_US = 3_600_000_000


class Story:
    """Facts told one by one, hours after the start."""

    def __init__(self, network):
        self.network = network
        self.start_us = network.settings.as_of_us
        self.facts = Facts()
        self.names = Names()
        self.n = 0

    def tell(self, hour, *events):
        now_us = self.start_us + round(hour * HOUR_US)
        for event in events:
            value = encode(
                event, event_id=str(self.n), source="t", time_us=now_us, sequence=self.n
            )
            self.n += 1
            batch = decode(RecordBatch.of("t/0", [value]), self.names).events
            self.facts.book(batch)
        return self

    def rows(self, hour, **options):
        adherence = self.judge(hour, **options)
        return {row["order"]: row for row in adherence.orders.iter_rows(named=True)}

    def judge(self, hour, **options):
        return adherence_of(
            self.facts,
            self.network,
            end_us=self.start_us + round(hour * HOUR_US),
            options=AdherenceOptions(**options),
        )

    def due(self, hour):
        return self.start_us + round(hour * HOUR_US)


@pytest.fixture
def story(two_echelon):
    return Story(two_echelon())


def placed(name, quantity=10.0):
    return PurchaseOrderPlaced(
        order=name, supplier="V", item="tea", site="hub", quantity=quantity
    )


def sent(shipment, quantity, order="P1"):
    return ShipmentDispatched(
        shipment=shipment, item="tea", from_site="V", to_site="hub", quantity=quantity,
        order=order,
    )  # fmt: skip


def came(shipment, quantity):
    return ShipmentReceived(
        shipment=shipment, item="tea", site="hub", quantity=quantity
    )


def test_order_in_full_by_its_due_time_is_on_time_and_after_it_late(story, order):
    story.tell(0, order(due_us=story.due(10)), placed("P1"))
    story.tell(0, OrderAcknowledged(order="PO-1", executed_as="P1"))
    story.tell(1, sent("S1", 6.0)).tell(2, sent("S2", 4.0)).tell(9, came("S1", 6.0))
    assert story.rows(9.5)["PO-1"]["status"] == "open"
    assert story.rows(12)["PO-1"]["status"] == "late"
    story.tell(13, came("S2", 4.0))
    row = story.rows(20)["PO-1"]
    assert (row["status"], row["late_s"]) == ("late", 3 * 3600.0)
    assert (row["done"], row["taken"]) == (10.0, 10.0)
    assert row["started_us"] == story.due(1)
    assert row["done_us"] == story.due(13)


@pytest.mark.parametrize("rest", [0.0, 2.0])
def test_rest_that_may_be_missing_makes_no_order_late(story, order, rest):
    asked = {"quantity": 100.0, "expected": 100.0, "due_us": story.due(10)}
    story.tell(0, order(**asked), placed("PO-1", 100.0), sent("S1", 98.0, "PO-1"))
    story.tell(9, came("S1", 98.0))
    if rest:
        story.tell(9, sent("S2", rest, "PO-1")).tell(13, came("S2", rest))
    row = story.rows(20)["PO-1"]
    assert (row["status"], row["done_us"]) == ("on time", story.due(9))
    assert row["late_s"] == 0.0
    assert row["done"] == 98.0 + rest
    strict = story.rows(20, short_share=0.0)["PO-1"]
    assert strict["status"] == "late"
    assert strict["done_us"] == story.due(13 if rest else 9)


def test_rest_that_is_cancelled_makes_an_order_short(story, order):
    story.tell(0, order(due_us=story.due(10)), placed("PO-1"), sent("S1", 6, "PO-1"))
    story.tell(1, OrderCancelled(order="PO-1"))
    row = story.rows(2)["PO-1"]
    assert (row["status"], row["found_by"]) == ("short", "id")
    assert story.rows(2, short_share=0.5)["PO-1"]["status"] == "open"


def test_order_that_nothing_came_of_never_started(story, order):
    story.tell(0, order("A", due_us=story.due(10)), order("B", due_us=story.due(30)))
    story.tell(0, order("C", due_us=story.due(30), item="cup"))
    story.tell(1, OrderAcknowledged(order="B", answer="rejected"))
    statuses = {name: row["status"] for name, row in story.rows(11).items()}
    assert statuses == {"A": "never started", "B": "never started", "C": "open"}


def test_execution_without_an_id_is_found_by_what_it_is(story, order):
    story.tell(0, order("A"), order("B")).tell(1, placed("P7")).tell(2, placed("P8"))
    rows = story.rows(3)
    assert [(rows[n]["executed_as"], rows[n]["found_by"]) for n in "AB"] == [
        ("P7", "content"), ("P8", "content")
    ]  # fmt: skip


def test_execution_that_nobody_released_is_unplanned(story, order):
    story.tell(0, placed("before")).tell(1, order("A"), placed("A")).tell(
        2, placed("X")
    )
    make = ProductionOrderReleased(
        production_order="M1", item="tea", site="hub", quantity=3.0
    )
    adherence = story.tell(3, make).judge(4)
    unplanned = adherence.orders.filter(adherence.orders["status"] == "unplanned")
    assert unplanned["order"].to_list() == ["before", "X", "M1"]
    assert adherence.totals()["unplanned"] == 3
    assert adherence.totals()["released"] == 1
    assert adherence.counts()["production"]["unplanned"] == 1


def test_order_told_twice_counts_once(story, order):
    story.tell(0, order("A"), order("A", quantity=99.0)).tell(1, placed("A"))
    rows = story.rows(2)
    assert list(rows) == ["A"]
    assert rows["A"]["quantity"] == 10.0


def test_silence_beyond_the_stated_time_and_refusal_are_exceptions(story, order):
    story.tell(0, order("A"), order("B"), order("C"))
    story.tell(1, OrderAcknowledged(order="B"))
    story.tell(1, OrderAcknowledged(order="C", answer="rejected"))
    found = story.judge(3.9).exceptions
    assert found.select("order", "reason").rows() == [("C", "refused")]
    found = story.judge(4).exceptions
    assert found.select("order", "reason", "since_us").rows() == [
        ("A", "not acknowledged", story.due(4)), ("C", "refused", story.due(1))
    ]  # fmt: skip
    assert story.judge(4, acknowledged_within_s=5 * 3600).exceptions.height == 1
    story.tell(6, OrderAcknowledged(order="A"))
    assert story.judge(7).exceptions["order"].to_list() == ["C"]


def test_nothing_released_has_no_adherence(story):
    totals = story.judge(1).totals()
    assert totals["released"] == 0
    assert totals["adherence"] is None
    assert totals["late_mean_s"] is None


@pytest.mark.parametrize("shape", ["two_echelon", "works"])
@pytest.mark.parametrize("policy", ["base-stock", "mpc"])
def test_adherence_is_what_a_plain_recount_of_the_log_finds(
    request, recount, tmp_path, *, shape, policy
):
    network = request.getfixturevalue(shape)(settings={"horizon_periods": 6})
    options = PlayOptions(policy=policy, n_periods=12, seed=3)
    with LogWriter(tmp_path, fsync="close") as log:
        result = play(network, options, monotonic_s=lambda: 0.0, log=log)
    found = result.adherence
    end_us = found.end_us
    counted = recount(tmp_path, end_us=end_us, parse=parse_time, short_share=0.02)
    statuses = dict(found.orders.select("order", "status").rows())
    assert statuses == counted.statuses()
    assert len(statuses) > 8
    again = from_log(network, tmp_path, end_us)
    assert again.orders.equals(found.orders)
    assert again.exceptions.equals(found.exceptions)


def from_log(network, folder, end_us):
    facts, names = Facts(), Names()
    with LogReader(folder) as reader:
        while (batch := reader.poll(0, 100)) is not None:
            facts.book(decode(batch, names).events)
    return adherence_of(facts, network, end_us=end_us)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"short_share": 1.0}, r"short_share must be in \[0, 1\), was 1.0"),
        ({"acknowledged_within_s": 0.0}, "acknowledged_within_s must be > 0, was 0.0"),
    ],
)
def test_options_that_judge_nothing_are_refused(options, reason):
    with pytest.raises(OptionError, match=reason):
        AdherenceOptions(**options)
