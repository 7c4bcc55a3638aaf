"""Round trips: what is written is read back field by field and column by column."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.batch import DTYPES, EventBatch, empty_columns
from streams.codec.decoding import decode
from streams.codec.encoding import encode, encode_batch, sequence_ids
from streams.errors import EncodeError
from streams.events import (
    EVENT_TYPES,
    TYPE_CODES,
    Event,
    ForecastIssued,
    MasterDataChanged,
    OrderCancelled,
    PriceChanged,
    StockCounted,
)
from streams.names import Names
from streams.records import RecordBatch

IDS = st.text(min_size=1, max_size=8)


def _values(kind):  # noqa: PLR0911
    """Any value of a field; `msgspec.inspect` knows its type and constraints."""
    inspect = msgspec.inspect
    if isinstance(kind, inspect.Metadata):
        return _values(kind.type)
    if isinstance(kind, inspect.UnionType):
        return st.one_of([_values(t) for t in kind.types])
    if isinstance(kind, inspect.FloatType):
        return st.floats(min_value=kind.ge, allow_nan=False, allow_infinity=False)
    if isinstance(kind, inspect.VarTupleType):
        return st.lists(_values(kind.item_type), max_size=2).map(tuple)
    if isinstance(kind, inspect.StructType):
        return structs(kind.cls)
    if isinstance(kind, inspect.DictType):
        return st.dictionaries(IDS, _values(kind.value_type), max_size=2)
    simple = {
        inspect.StrType: IDS,
        inspect.IntType: st.integers(-(10**15), 10**15),
        inspect.BoolType: st.booleans(),
        inspect.NoneType: st.none(),
        inspect.AnyType: st.none() | st.booleans() | IDS,
    }
    if isinstance(kind, inspect.LiteralType):
        return st.sampled_from(kind.values)
    return simple[type(kind)]


def structs(cls):
    fields = msgspec.inspect.type_info(cls).fields
    return st.builds(cls, **{f.name: _values(f.type) for f in fields})


EVENTS = st.sampled_from(EVENT_TYPES).flatmap(structs)


def read(values: list[bytes], names: Names | None = None) -> EventBatch:
    decoded = decode(RecordBatch.of("log/0", values), names or Names())
    assert decoded.rejected == ()
    return decoded.events


@settings(max_examples=150, deadline=None)
@given(EVENTS, IDS, st.integers(0, 2**63 - 1))
def test_event_of_any_type_is_written_and_read(event, event_id, sequence):
    value = encode(
        event, event_id=event_id, source="s", time_us=123_456, sequence=sequence
    )
    envelope = msgspec.json.decode(value)
    assert envelope["type"] == type(event).__name__
    read_back = msgspec.convert(envelope["data"], type(event))
    assert read_back == event
    columns = read([value])
    assert (columns.time_us[0], columns.sequence[0]) == (123_456, sequence)


@settings(max_examples=100, deadline=None)
@given(st.lists(EVENTS, min_size=1, max_size=6))
def test_columns_written_and_read_are_the_same_column_for_column(events):
    names = Names()
    values = [
        encode(e, event_id=f"s/{n}", source="s", time_us=n * 7, sequence=n)
        for n, e in enumerate(events)
    ]
    batch = read(values, names)
    assert sequence_ids(batch) == [f"s/{n}" for n in range(len(events))]
    again = read(encode_batch(batch), names)
    assert again.detail == batch.detail
    for name in DTYPES:
        np.testing.assert_array_equal(getattr(again, name), getattr(batch, name), name)


def test_ids_given_are_written():
    batch = read([encode(counted(), event_id="x", source="s", time_us=0)])
    (value,) = encode_batch(batch, ids=["other"])
    assert msgspec.json.decode(value)["id"] == "other"


def counted(quantity: float = 1.0) -> Event:
    return StockCounted(item="A", site="S", quantity=quantity)


@pytest.mark.parametrize(
    "event",
    [
        counted(-1.0),
        counted(float("nan")),
        counted(float("inf")),
        StockCounted(item="", site="S", quantity=1),
        PriceChanged(item="A", price=1, site=3),
        ForecastIssued(
            forecast="F",
            item="A",
            site="S",
            start_us=0,
            bucket_us=1,
            mean=(float("nan"),),
        ),
        MasterDataChanged(record="R", table="t", values={"a": float("nan")}),
    ],
    ids=repr,
)
def test_event_that_could_not_be_read_is_not_written(event):
    with pytest.raises(EncodeError, match="'e1'"):
        encode(event, event_id="e1", source="s", time_us=0)


def columns(kind: str, **given) -> EventBatch:
    made = empty_columns(1)
    names = Names()
    made["type_code"][:] = TYPE_CODES[kind]
    made["source"][:] = names.index("s")
    for name, value in given.items():
        made[name][:] = value
    return EventBatch(names=names, detail=b"", **made)


@pytest.mark.parametrize(
    ("batch", "reason"),
    [
        (columns("StockCounted", item=0, place=0), "must have 'quantity'"),
        (columns("StockCounted", item=0, value0=1), "must have 'site'"),
        (columns("OrderCancelled", source=-1, subject=0), "must name a source"),
        (columns("ForecastIssued", subject=0, item=0, place=0), "'start_us'"),
        (columns("PriceChanged", item=0, value0=-2), "must be finite and >= 0"),
        (columns("PriceChanged", item=0, value0=np.inf), "must be finite and >= 0"),
    ],
)
def test_row_that_could_not_be_read_is_not_written(batch, reason):
    with pytest.raises(EncodeError, match=reason):
        encode_batch(batch)


def test_ids_must_be_one_for_each_row():
    batch = columns("OrderCancelled", subject=0)
    with pytest.raises(EncodeError, match="one for each of 1"):
        encode_batch(batch, ids=[])


def test_empty_batch_gives_no_records():
    assert encode_batch(columns("OrderCancelled").take(slice(0, 0))) == []


def test_default_of_an_enumeration_may_be_left_out():
    batch = columns("MaintenanceDone", place=0)
    again = read(encode_batch(batch))
    assert again.code.tolist() == [0]


def test_sequence_is_a_string_on_the_wire():
    value = encode(OrderCancelled(order="O"), event_id="1", source="s", time_us=0)
    assert msgspec.json.decode(value)["sequence"] == "0"
