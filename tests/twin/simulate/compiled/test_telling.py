import numpy as np
import pytest

from streams.events import TYPE_CODES
from streams.names import Names
from twin.simulate import layout as laid
from twin.simulate import tables as t
from twin.simulate.compiled.telling import Teller
from twin.simulate.laying.whole import lay_out
from twin.simulate.tables import Trace


@pytest.fixture
def network(chain):
    return chain()


@pytest.fixture
def first(network):
    """Numbers of names by kind."""
    layout = lay_out(network, (), until_us=network.settings.as_of_us)
    return layout.settings[laid.FIRST_NAME :].tolist()


def trace_of(type_name, *times, **columns):
    trace = Trace.of_rows(len(times))
    nothing = dict.fromkeys(("code", "subject", "item", "place", "party", "parent"), -1)
    values = nothing | {"time_us": times, "type_code": TYPE_CODES[type_name]} | columns
    for name, value in values.items():
        getattr(trace, name)[:] = value
    return trace


def named(batch, column):
    return [batch.names[k] if k >= 0 else "" for k in getattr(batch, column).tolist()]


def test_numbers_become_names(network, first):
    numbered = first[t.NUMBERED]
    n = [len(t.LETTERS) * k + t.LETTERS.index(a) for a, k in (("C", 2), ("S", 10000))]
    trace = trace_of(
        "ShipmentDispatched", 5, 6,
        subject=[numbered + n[1], numbered + n[0]], item=first[t.ITEM],
        place=first[t.PLACE] + np.array([1, -first[t.PLACE] - 1]), value0=1.0,
        parent=[numbered + n[0], -1],
    )  # fmt: skip
    batch = Teller(network, Names()).batch(trace)
    assert named(batch, "subject") == ["S10000", "C2"]
    assert named(batch, "parent") == ["C2", ""]
    assert named(batch, "item") == ["tea", "tea"]
    assert named(batch, "place") == [network.places.ids[1], ""]


def test_lost_order_says_so(network, first):
    subject = first[t.NUMBERED] + np.array([8, 12]) + t.CUSTOMER_IDS
    trace = trace_of("OrderCancelled", 5, 5, subject=subject, code=[1, -1])
    batch = Teller(network, Names()).batch(trace)
    assert batch.code.tolist() == [-1, -1]
    details = [batch.detail_of(row) for row in range(2)]
    assert details == [b'{"order":"C2","reason":"lost"}', b""]
    assert trace.code.tolist() == [1, -1]


def test_events_are_in_canonical_order_and_numbered_on(network):
    teller, times = Teller(network, Names()), (7, 5, 6)
    one = teller.batch(trace_of("StockMoved", *times, item=0, place=1, value0=1.0))
    assert one.time_us.tolist() == [5, 6, 7]
    assert not len(teller.batch(Trace.of_rows(0)))
    fork = teller.fork()
    two, three = (
        who.batch(trace_of("StockMoved", 8, item=0, place=1, value0=1.0))
        for who in (teller, fork)
    )
    assert two.sequence.tolist() == three.sequence.tolist()
    assert two.id_hash.tolist() == three.id_hash.tolist()
    ids = np.concatenate([one.id_hash, two.id_hash])
    assert len(set(ids.tolist())) == 4
