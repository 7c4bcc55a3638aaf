"""Events that come later than they may: looked at once, and at one instant."""

import json
from itertools import cycle

import pytest

from streams.codec import encode
from streams.events import (
    TYPE_CODES,
    OrderAcknowledged,
    OrderReceived,
    PlanApproved,
    PlanLine,
    StockCounted,
    StockMoved,
)
from streams.log import LogWriter
from streams.records import RecordBatch
from twin.loop.occasions import Occasion, Proposal

HOUR_US = 3_600_000_000
OPTIONS = {
    "lateness_us": HOUR_US, "must_be_approved": True, "answered_within_s": 5 * 3600.0,
}  # fmt: skip


class BigOrder:
    """Fires when a customer asks for much at once."""

    name = "big_order"

    def looks(self, events):
        return (events.type_code == TYPE_CODES["OrderReceived"]) & (events.value0 > 3.0)

    def fired(self, situation):
        return [Occasion(situation.now_us, self.name, "tea@shop")]


class Counting:
    """Orders as much as is on hand, so that a plan shows what it was made on."""

    def __init__(self):
        self.asked = []

    def respond(self, situation, occasions):
        now_us = situation.now_us
        self.asked.append((now_us, situation.events.time_us.tolist()))
        stock = float(situation.state.used()["stock"]["on_hand"].sum())
        line = PlanLine(
            kind="purchase", item="tea", site="hub", quantity=1000.0 + stock,
            source="V", release_us=now_us, due_us=now_us + 9 * HOUR_US,
        )  # fmt: skip
        end_us = now_us + 99 * HOUR_US
        is_whole = occasions[0].kind == "review"
        return Proposal(lines=(line,), end_us=end_us, is_whole=is_whole)


def asked(units):
    return OrderReceived(
        customer="shop", order=f"o{units}", item="tea", site="shop", quantity=units
    )


@pytest.fixture
def values(tea):
    """Write events of the hours after the start, in the order they are read."""
    as_of_us = tea.settings.as_of_us

    def write(*timed):
        return [
            encode(event, event_id=f"{number}", source="erp",
                   time_us=as_of_us + round(hour * HOUR_US))
            for number, (hour, event) in enumerate(timed)
        ]  # fmt: skip

    return write


@pytest.fixture
def story(tea, values):
    """Records with events too late for their instants; a review is every day."""
    as_of_us = tea.settings.as_of_us
    counted = StockCounted(item="tea", site="hub", quantity=60)
    moved = StockMoved(item="tea", from_site="hub", to_site="shop", quantity=3)
    first = f"r/review/{as_of_us}"
    second = f"r/big_order/{as_of_us + 10 * HOUR_US}/tea@shop/part"
    return values(
        (1, counted), (5, counted),
        (2, asked(50)),  # due at 4
        (4, moved), (6, moved),
        (3, PlanApproved(plan=first, who="ada")),  # due at 5
        (11, moved), (10, asked(60)),
        (9, asked(2)), (7, asked(70)),  # due at 10, nobody looks at the first
        (20, moved), (13, PlanApproved(plan=second, who="ada")),  # due at 19
        (24.5, moved), (22, asked(80)),  # due at 23.5
        (26, moved), (23.9, moved),  # after the review, though of before it
        (23.8, asked(90)),  # due at 25
        (30, asked(99)), (50, counted), (1, OrderAcknowledged(order="?")),
        (55, counted),
    )  # fmt: skip


def told(one):
    """Return each decision's hour, and what it is."""
    found = []
    for value in one.kept("decisions"):
        event = json.loads(value)
        found.append((event["time"][5:16], event["type"], event["id"].split("/")[1:2]))
    return found


@pytest.fixture
def make(desk, story):
    """Make a desk with the story."""

    def made(name, **more):
        one = desk(
            name, options=OPTIONS, triggers=(BigOrder(),), responder=Counting(), **more
        )
        one.write([story])
        return one

    return made


@pytest.fixture
def whole(make):
    one = make("whole")
    return one, one.run(records=1)


def test_late_event_is_looked_at_at_the_mark_it_came_behind(whole, tea):
    one, _ = whole
    hours = [
        ((now_us - tea.settings.as_of_us) / HOUR_US,
         [(time_us - tea.settings.as_of_us) / HOUR_US for time_us in times])
        for now_us, times in one.responder.asked
    ]  # fmt: skip
    assert hours == [
        (0.0, []), (4.0, [2.0, 4.0]), (10.0, [9.0, 7.0, 10.0]), (23.5, [22.0]),
        (24.0, []), (25.0, [23.9, 23.8]), (30.0, [30.0]), (48.0, []),
    ]  # fmt: skip


def test_late_approval_lets_orders_leave_at_the_mark_it_came_behind(whole):
    sent = [json.loads(value) for value in whole[0].kept("orders")]
    assert [one["time"][11:16] for one in sent] == ["05:00", "19:00"]


@pytest.mark.parametrize("records", [7, 1000])
def test_decisions_do_not_depend_on_batches(make, whole, records):
    other = make("other")
    loop = other.run(records=records)
    assert told(other) == told(whole[0])
    assert other.kept("decisions") == whole[0].kept("decisions")
    assert loop.provisional().state.digest() == whole[1].provisional().state.digest()


def test_broken_off_after_every_record_it_ends_as_if_it_never_was(make, story, whole):
    expected, digest = whole[0].kept("decisions"), whole[1].provisional().state.digest()
    for until in range(1, len(story)):
        other = make(f"until-{until}")
        other.run(records=1, until=until, save_every=2)
        loop = other.run(records=3, save_every=2)
        assert loop.n_differing == 0
        assert other.kept("decisions") == expected
        assert other.kept("orders") == whole[0].kept("orders")
        assert loop.provisional().state.digest() == digest


def follow(one, parts, turns):
    """Read partitions in turn, so many records each time, and then the rest."""
    read = [0] * len(parts)
    with (
        LogWriter(one.folder / "decisions") as sink,
        LogWriter(one.folder / "orders") as orders,
    ):
        loop = one.begin(sink, orders)
        for number, n_records in turns:
            first = read[number]
            batch = parts[number][first : first + n_records]
            if batch:
                name = one.partitions[number]
                loop.push(RecordBatch.of(name, batch, first_offset=first))
            read[number] += len(batch)
            if all(n == len(part) for n, part in zip(read, parts, strict=True)):
                return loop
    raise AssertionError("turns end too early")


def test_decisions_do_not_depend_on_which_partition_is_read_first(make, story):
    parts = story[::2], story[1::2]
    ends = []
    for name, turns in {
        "in turn": cycle([(0, 1), (1, 1)]),
        "first ahead": [(0, 100), (1, 100)],
        "other ahead": [(1, 4), (0, 3), (1, 100), (0, 100)],
        "single": [(1, 1)] * 20 + [(0, 1)] * 20,
    }.items():
        one = make(name, partitions=("a", "b"))
        loop = follow(one, parts, turns)
        ends.append((one.kept("decisions"), loop.provisional().state.digest()))
    assert ends[0][0]
    assert ends == ends[:1] * len(ends)
