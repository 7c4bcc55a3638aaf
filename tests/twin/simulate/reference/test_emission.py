import numpy as np

from streams.batch import DTYPES, canonical_order
from streams.codec.decoding import decode
from streams.codec.encoding import encode_batch
from streams.events import TYPE_CODES, OrderCancelled
from streams.names import Names
from streams.records import RecordBatch
from twin.simulate.reference.emission import NAN, NEVER, NONE, Emitter

RECEIVED = TYPE_CODES["OrderReceived"]
DISPATCHED = TYPE_CODES["ShipmentDispatched"]
CANCELLED = TYPE_CODES["OrderCancelled"]


def three_events(names):
    """A dispatch before the order it is for, and a cancellation with a reason."""
    emitter = Emitter(names)
    order, item, site, customer, shipment = (
        names.index(name) for name in ("C1", "tea", "shop", "M", "S1")
    )
    emitter.emit(
        (5, DISPATCHED, NONE, shipment, item, site, customer, order, 2.0, NAN, NAN, 5)
    )
    emitter.emit_with_detail(
        (5, CANCELLED, NONE, order, NONE, NONE, NONE, NONE, NAN, NAN, NAN, NEVER),
        OrderCancelled(order="C1", reason="lost"),
    )
    emitter.emit(
        (4, RECEIVED, NONE, order, item, site, customer, NONE, 3.0, 9.0, NAN, 5)
    )
    return emitter


def test_a_batch_is_in_canonical_order_and_well_typed():
    batch = three_events(Names()).flush()
    assert batch.type_code.tolist() == [RECEIVED, CANCELLED, DISPATCHED]
    assert canonical_order(batch).tolist() == [0, 1, 2]
    for name in DTYPES:
        column = getattr(batch, name)
        assert column.dtype == DTYPES[name]
        assert column.shape == (3,)
        assert column.flags.c_contiguous


def test_a_batch_written_and_read_again_is_the_same():
    names = Names()
    batch = three_events(names).flush()
    read = decode(RecordBatch.of("log", encode_batch(batch)), names).events
    for name in DTYPES:
        if name not in {"detail_start", "detail_end", "partition", "offset"}:
            np.testing.assert_array_equal(
                getattr(read, name), getattr(batch, name), err_msg=name
            )
    assert read.detail_of(1) == batch.detail_of(1)


def test_events_are_numbered_on_and_nothing_is_told_twice():
    names = Names()
    emitter = three_events(names)
    assert sorted(emitter.flush().sequence.tolist()) == [0, 1, 2]
    assert len(emitter.flush()) == 0
    emitter.emit((9, CANCELLED, NONE, 1, NONE, NONE, NONE, NONE, NAN, NAN, NAN, NEVER))
    last = emitter.flush()
    assert last.sequence.tolist() == [3]
    assert last.flags.tolist() == [0]


def test_many_events_keep_their_values():
    names = Names()
    emitter, orders = Emitter(names), names.indices(f"C{k}" for k in range(300))
    for k, order in enumerate(orders.tolist()):
        emitter.emit(
            (k, RECEIVED, NONE, order, 1, 2, 3, NONE, k / 2.0, 9.0, NAN, 5 * k)
        )
    batch = emitter.flush()
    assert batch.subject.tolist() == orders.tolist()
    assert batch.time_us.tolist() == list(range(300))
    assert batch.value0.tolist() == [k / 2.0 for k in range(300)]
    assert batch.time0.tolist() == list(range(0, 1500, 5))
