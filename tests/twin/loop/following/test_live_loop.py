"""A loop that follows a log: what it decides, and that it decides each thing once."""

import json

import numpy as np
import pytest

from streams.codec import encode
from streams.events import (
    TYPE_CODES,
    OrderAcknowledged,
    OrderReceived,
    PlanApproved,
    PlanLine,
    PlanRejected,
    StockCounted,
)
from streams.log import LogReader, LogWriter
from twin.loop.occasions import Occasion, Proposal

N_PERIODS = 5


def ids(values):
    return [json.loads(value)["id"] for value in values]


def types(values):
    return [json.loads(value)["type"] for value in values]


@pytest.fixture(scope="session")
def periods(tea, plant_values):
    return plant_values(tea, N_PERIODS)


@pytest.fixture
def whole(desk, periods):
    """A loop that ran in one go."""
    one = desk("whole")
    one.write(periods)
    return one, one.run()


def test_reviews_are_decided_once_their_instant_is_over(whole, tea):
    one, loop = whole
    settings = tea.settings
    plans = [
        json.loads(value)["data"] for value in one.kept("decisions")
        if json.loads(value)["type"] == "PlanReleased"
    ]  # fmt: skip
    starts = [plan["start_us"] for plan in plans]
    # The last event is at the fifth boundary, which is not over.
    assert starts == [
        settings.as_of_us + k * settings.review_us for k in range(N_PERIODS)
    ]
    assert loop.progress.n_plans == N_PERIODS


def test_every_order_leaves_once_with_the_id_it_is_decided_by(whole):
    one, loop = whole
    kept = one.kept("decisions")
    assert len(set(ids(kept))) == len(kept)
    decided = [i for i, t in zip(ids(kept), types(kept), strict=True)
               if t == "OrderDispatched"]  # fmt: skip
    assert decided
    assert ids(one.kept("orders")) == decided
    rows = [
        line.split(",")[0]
        for path in sorted((one.folder / "csv").glob("*.csv"))
        for line in path.read_text().splitlines()[1:]
    ]
    assert sorted(rows) == sorted(decided)
    assert loop.progress.n_orders == len(decided)


def test_state_is_that_of_a_replay_of_events_and_decisions(whole, replayed, tea):
    one, loop = whole
    again = replayed(tea, one.kept("plant"), one.kept("decisions"))
    assert loop.provisional().state.digest() == again.digest()


@pytest.mark.parametrize("records", [1, 3, 1000])
def test_decisions_do_not_depend_on_batches(desk, periods, whole, records):
    other = desk("other")
    other.write(periods)
    loop = other.run(records=records)
    assert other.kept("decisions") == whole[0].kept("decisions")
    assert loop.provisional().state.digest() == whole[1].provisional().state.digest()


def test_broken_off_anywhere_it_ends_as_if_it_never_was(desk, periods, whole):
    for until in (2, 9, 23):
        other = desk(f"until-{until}")
        other.write(periods)
        for _ in range(2):
            other.run(records=2, until=until, save_every=4)
        loop = other.run(records=2)
        assert loop.n_differing == 0
        assert other.kept("decisions") == whole[0].kept("decisions")
        assert other.kept("orders") == whole[0].kept("orders")
        assert (
            loop.provisional().state.digest() == whole[1].provisional().state.digest()
        )


def test_checkpoint_before_what_was_decided_is_folded_decides_nothing_twice(
    desk, periods, whole
):
    other = desk("other")
    other.write(periods)
    other.run(records=2, until=30, save_every=12)
    # Goes on, saves at once what it has taken over, and is broken off again.
    with (
        LogWriter(other.folder / "decisions") as sink,
        LogWriter(other.folder / "orders") as orders,
    ):
        loop = other.begin(sink, orders)
        assert loop.n_waiting
        other.save(loop)
    loop = other.run(records=2)
    assert other.kept("decisions") == whole[0].kept("decisions")
    assert loop.provisional().state.digest() == whole[1].provisional().state.digest()


HOUR_US = 3_600_000_000


def plans(one):
    found = [json.loads(value) for value in one.kept("decisions")]
    return [each["data"] for each in found if each["type"] == "PlanReleased"]


class BigOrder:
    """Fires when a customer asks for much at once."""

    name = "big_order"

    def looks(self, events):
        return (events.type_code == TYPE_CODES["OrderReceived"]) & (events.value0 > 3.0)

    def fired(self, situation):
        return [Occasion(situation.now_us, self.name, "tea@shop")]


class Silent:
    """Proposes nothing, and remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def respond(self, situation, occasions):
        self.asked.append((situation, tuple(occasions)))
        if occasions[0].kind == "review":
            return None
        return Proposal(lines=(), end_us=situation.now_us + 1, is_whole=False)


def test_trigger_is_answered_at_the_instant_of_its_event(desk, periods):
    silent = Silent()
    one = desk(triggers=(BigOrder(),), responder=silent)
    one.write(periods)
    one.run()
    fired = [
        (situation.now_us, each.kind)
        for situation, occasions in silent.asked
        for each in occasions
        if each.kind != "review"
    ]
    assert fired
    for situation, _ in silent.asked:
        assert (situation.events.time_us == situation.now_us).all()
        assert situation.basis == "committed"
    ids = {f"r/big_order/{now_us}/tea@shop/part" for now_us, _ in fired}
    # With a review at the same instant there is one answer, to the review first.
    assert {plan["plan"] for plan in plans(one)} <= ids


def test_demand_of_closed_periods_is_what_customers_asked_for(desk, periods, tea):
    silent = Silent()
    one = desk(responder=silent)
    one.write(periods)
    one.run()
    last, _ = silent.asked[-1]
    asked = np.zeros(last.asked.shape)
    for values in periods:
        for value in values:
            event = json.loads(value)
            if event["type"] != "OrderReceived":
                continue
            time_us = np.datetime64(event["time"].removesuffix("Z"), "us").astype(int)
            period = (time_us - tea.settings.as_of_us - 1) // tea.settings.review_us
            if period < asked.shape[1]:
                asked[0, period] += event["data"]["quantity"]
    assert last.asked.shape == (1, N_PERIODS)
    # The last period had only begun.
    asked[0, -1] = 0.0
    assert last.asked.tolist() == asked.tolist()


def test_released_orders_are_on_order_in_the_next_situation(desk, periods):
    one = desk(options={"answered_within_s": 1e6})
    one.write(periods)
    loop = one.run()
    fork = loop.folded.fork()
    orders = len(fork.state.used()["orders"])
    coming = fork.released.coming
    assert coming
    state = fork.situation_state(loop.folded.next_review_us)
    assert len(state.used()["orders"]) == orders + len(coming)


def test_provisional_loop_does_not_wait_for_what_may_be_late(
    desk, periods, replayed, tea
):
    late_us = 2 * tea.settings.review_us
    slow = desk("slow", options={"lateness_us": late_us})
    fast = desk("fast", options={"lateness_us": late_us, "basis": "provisional",
                                 "is_repeatable": False})  # fmt: skip
    for one in (slow, fast):
        one.write(periods)
        one.loop = one.run()
    assert len(plans(slow)) < len(plans(fast))
    assert all(plan["policy"] == "mpc, provisional" for plan in plans(fast))
    again = replayed(tea, fast.kept("plant"), fast.kept("decisions"))
    assert fast.loop.provisional().state.digest() == again.digest()


def test_provisional_loop_that_is_broken_off_decides_nothing_twice(
    desk, periods, replayed, tea
):
    options = {"lateness_us": tea.settings.review_us, "basis": "provisional",
               "is_repeatable": False}  # fmt: skip
    one = desk(options=options)
    one.write(periods)
    for until in (3, 4, 2):
        one.run(records=3, until=until, save_every=4)
    loop = one.run(records=3)
    kept = one.kept("decisions")
    assert len(set(ids(kept))) == len(kept)
    assert sorted(ids(one.kept("orders"))) == sorted(
        i for i, t in zip(ids(kept), types(kept), strict=True)
        if t == "OrderDispatched"
    )  # fmt: skip
    again = replayed(tea, one.kept("plant"), kept)
    assert loop.provisional().state.digest() == again.digest()


class Dying:
    """A sink that takes so many batches and then fails."""

    def __init__(self, sink, n_left):
        self.sink, self.n_left = sink, n_left

    def append(self, *records, **more):
        self.n_left -= 1
        if self.n_left < 0:
            raise KilledError
        self.sink.append(*records, **more)

    def flush(self):
        return self.sink.flush()


class KilledError(Exception):
    """A process that is no more."""


def test_trigger_is_answered_after_a_crash_between_a_review_and_it(desk, tea):
    one = desk(options={"lateness_us": 9 * HOUR_US, "basis": "provisional",
                        "is_repeatable": False},
               triggers=(BigOrder(),), responder=Fixed())  # fmt: skip
    big = OrderReceived(
        customer="shop", order="b", item="tea", site="shop", quantity=50
    )
    one.write([events_of(tea, (1, big))])
    with (
        LogWriter(one.folder / "decisions") as sink,
        LogWriter(one.folder / "orders") as orders,
        LogReader(one.plant) as reader,
    ):
        loop = one.begin(Dying(sink, 1), orders)
        with pytest.raises(KilledError):
            loop.push(reader.poll(0, 10))
    assert [plan["plan"].split("/")[1] for plan in plans(one)] == ["review"]
    one.run()
    assert [plan["plan"].split("/")[1] for plan in plans(one)] == [
        "review", "big_order"
    ]  # fmt: skip


class Fixed:
    """Proposes one order for now and one for later, at every review."""

    def respond(self, situation, occasions):
        now_us = situation.now_us
        lines = tuple(
            PlanLine(
                kind="purchase", item="tea", site="hub", quantity=units, source="V",
                release_us=now_us + after_us, due_us=now_us + 9 * HOUR_US,
            )
            for units, after_us in ((7.0, 0), (8.0, HOUR_US))
        )  # fmt: skip
        return Proposal(lines=lines, end_us=now_us + 99 * HOUR_US)


def events_of(network, *timed):
    """Write events of the hours after the start."""
    return [
        encode(
            event, event_id=f"{hour}/{type(event).__name__}", source="erp",
            time_us=network.settings.as_of_us + hour * HOUR_US,
        )
        for hour, event in timed
    ]  # fmt: skip


COUNTED = StockCounted(item="tea", site="hub", quantity=60)


def test_orders_wait_until_their_plan_is_approved(desk, tea):
    one = desk(options={"must_be_approved": True}, responder=Fixed())
    one.write([events_of(tea, (1, COUNTED))])
    loop = one.run()
    (waiting,) = loop.folded.proposals.waiting
    assert one.kept("orders") == []
    word = PlanApproved(plan=waiting.plan, who="ada")
    one.write([events_of(tea, (2, word), (3, COUNTED))])
    loop = one.run()
    (sent,) = [json.loads(value) for value in one.kept("orders")]
    assert sent["time"].startswith("2024-01-01T02:00:00")
    assert (sent["data"]["quantity"], sent["data"]["plan"]) == (7.0, waiting.plan)
    assert loop.folded.proposals.waiting == loop.folded.proposals.approved == ()
    assert one.run().progress.n_orders == 0


def test_orders_of_a_rejected_plan_never_leave(desk, tea):
    one = desk(options={"must_be_approved": True}, responder=Fixed())
    one.write([events_of(tea, (1, COUNTED))])
    (waiting,) = one.run().folded.proposals.waiting
    words = [PlanRejected(plan=waiting.plan, who="ada"),
             PlanApproved(plan=waiting.plan, who="eve")]  # fmt: skip
    one.write([events_of(tea, (2, words[0]), (3, words[1]), (4, COUNTED))])
    loop = one.run()
    assert one.kept("orders") == []
    assert loop.folded.proposals.counts["unexpected"] == 1


def test_order_nobody_answers_is_an_exception_and_an_event(desk, periods):
    one = desk(options={"answered_within_s": 3600.0})
    one.write(periods)
    loop = one.run()
    told = [json.loads(value)["data"] for value in one.kept("decisions")
            if json.loads(value)["type"] == "ContradictionObserved"]  # fmt: skip
    assert told
    assert all(each["contradiction"] == "order not acknowledged" for each in told)
    assert loop.progress.n_exceptions == len(told)
    exceptions = {each.order for each in loop.folded.released.exceptions}
    assert exceptions == {each["event_id"] for each in told}


@pytest.mark.parametrize("is_answered", [True, False])
def test_acknowledged_order_is_no_exception(desk, tea, is_answered):
    one = desk(options={"answered_within_s": 7200.0}, responder=Fixed())
    one.write([events_of(tea, (1, COUNTED))])
    one.run()
    (sent,) = [json.loads(value)["data"] for value in one.kept("orders")]
    answer = OrderAcknowledged(order=sent["order"], executed_as="4711")
    timed = [(1, answer)] if is_answered else []
    one.write([events_of(tea, *timed, (5, COUNTED))])
    loop = one.run()
    assert loop.progress.n_exceptions == (0 if is_answered else 1)
    assert len(loop.folded.released.coming) == (1 if is_answered else 0)


def test_nothing_is_decided_before_the_start(desk, periods, tea):
    start_us = tea.settings.as_of_us + 2 * tea.settings.review_us
    one = desk(options={"start_us": start_us})
    one.write(periods)
    one.run()
    assert plans(one)[0]["start_us"] == start_us
