"""Released orders count until the plant has them, and for no longer."""

import pytest

from streams.codec import decode, encode
from streams.events import (
    OrderAcknowledged,
    OrderDispatched,
    ProductionOrderReleased,
    PurchaseOrderPlaced,
)
from streams.names import Names
from streams.records import RecordBatch
from twin.loop.following.released import ReleasedOrders


class Book:
    """Released orders, and events told to them second by second."""

    def __init__(self):
        self.names = Names()
        self.orders = ReleasedOrders(self.names, answered_within_us=100)
        self.n_told = 0

    def tell(self, event, *, at):
        self.n_told += 1
        value = encode(event, event_id=str(self.n_told), source="t", time_us=at)
        decoded = decode(RecordBatch.of("log/0", [value]), self.names)
        self.orders.apply(decoded.events)

    @property
    def coming(self):
        return [one.order for one in self.orders.coming]


@pytest.fixture
def book():
    return Book()


def dispatched(name, **fields):
    given = {"kind": "purchase", "item": "tea", "site": "hub", "source": "V",
             "quantity": 10.0}  # fmt: skip
    return OrderDispatched(order=name, **given | fields)


def placed(name, **fields):
    given = {"supplier": "V", "item": "tea", "site": "hub", "quantity": 10.0}
    return PurchaseOrderPlaced(order=name, **given | fields)


def test_order_counts_until_it_is_placed_under_its_own_id(book):
    book.tell(dispatched("PO-1"), at=1)
    assert book.coming == ["PO-1"]
    book.tell(placed("PO-1"), at=2)
    assert book.coming == []
    assert book.orders.pending == ()


def test_order_counts_until_what_it_is_executed_as_is_placed(book):
    book.tell(dispatched("PO-1"), at=1)
    book.tell(OrderAcknowledged(order="PO-1", executed_as="4711"), at=2)
    book.tell(placed("other", quantity=3.0), at=3)
    assert book.coming == ["PO-1"]
    book.tell(placed("4711", quantity=8.0), at=4)
    assert book.orders.pending == ()


def test_placement_before_its_answer_is_taken_for_the_order_it_is_like(book):
    book.tell(dispatched("PO-1"), at=1)
    book.tell(placed("4711"), at=2)
    assert book.coming == []
    book.tell(OrderAcknowledged(order="PO-1", executed_as="4711"), at=3)
    assert book.orders.pending == ()


def test_answer_that_names_another_placement_gives_it_back(book):
    for name in ("PO-1", "PO-2"):
        book.tell(dispatched(name), at=1)
    book.tell(placed("4711"), at=2)
    assert book.coming == ["PO-2"]
    book.tell(OrderAcknowledged(order="PO-2", executed_as="4711"), at=3)
    assert book.coming == ["PO-1"]


def test_answer_after_a_placement_that_is_unlike_finds_it(book):
    book.tell(dispatched("PO-1"), at=1)
    book.tell(placed("4711", quantity=9.0), at=2)
    assert book.coming == ["PO-1"]
    book.tell(OrderAcknowledged(order="PO-1", executed_as="4711"), at=3)
    assert book.orders.pending == ()


def test_what_is_made_is_matched_without_a_source(book):
    book.tell(dispatched("MO-1", kind="production", source=None), at=1)
    made = ProductionOrderReleased(
        production_order="77", item="tea", site="hub", quantity=10.0
    )
    book.tell(placed("no", supplier="V"), at=2)
    assert book.coming == ["MO-1"]
    book.tell(made, at=3)
    assert book.coming == []


def test_rejected_order_is_counted_and_gone(book):
    book.tell(dispatched("PO-1"), at=1)
    book.tell(OrderAcknowledged(order="PO-1", answer="rejected"), at=2)
    assert (book.orders.pending, book.orders.n_rejected) == ((), 1)


def test_unanswered_order_is_an_exception_until_somebody_answers(book):
    book.tell(dispatched("PO-1"), at=1)
    assert book.orders.next_overdue_us == 101
    assert book.orders.overdue(100) == ()
    (one,) = book.orders.overdue(101)
    book.tell(book.orders.exception_of(one), at=101)
    assert book.coming == []
    assert [one.order for one in book.orders.exceptions] == ["PO-1"]
    assert (book.orders.n_unanswered, book.orders.next_overdue_us) == (1, None)
    book.tell(OrderAcknowledged(order="PO-1"), at=500)
    assert book.orders.exceptions == ()
    assert book.coming == ["PO-1"]


def test_snapshot_restores_everything(book):
    book.tell(dispatched("PO-1"), at=1)
    book.tell(dispatched("PO-2", quantity=4.0), at=1)
    book.tell(placed("stray", quantity=99.0), at=2)
    book.tell(placed("4711"), at=2)
    again = ReleasedOrders(book.names, answered_within_us=100)
    again.restore(book.orders.snapshot())
    assert again.digest() == book.orders.digest()
    assert again.pending == book.orders.pending


def test_fork_is_of_its_own(book):
    book.tell(dispatched("PO-1"), at=1)
    fork, before = book.orders.fork(), book.orders.digest()
    book.tell(placed("PO-1"), at=2)
    assert fork.digest() == before
    assert book.orders.digest() != before


def test_coming_orders_are_events_of_a_plant(book):
    book.tell(dispatched("PO-1"), at=1)
    book.tell(dispatched("MO-1", kind="production", source=None, item="mix"), at=1)
    events = book.orders.as_placed(7)
    assert [book.names[k] for k in events.subject.tolist()] == ["PO-1", "MO-1"]
    assert events.time_us.tolist() == [7, 7]
    assert events.value0.tolist() == [10.0, 10.0]
