"""The records of the wire contract validate and are frozen."""

import msgspec
import pytest

from streams.events import EVENT_TYPES, TYPE_CODES, OrderReceived, StockCounted


def test_event_types_are_unique_frozen_and_documented() -> None:
    assert len(TYPE_CODES) == len(EVENT_TYPES)
    for event_type in EVENT_TYPES:
        assert event_type.__struct_config__.frozen
        assert event_type.__doc__


def test_order_received_decodes_and_keeps_optional_fields_empty() -> None:
    data = b'{"order":"O1","customer":"C1","item":"A","site":"S","quantity":2}'
    event = msgspec.json.decode(data, type=OrderReceived)
    assert event.quantity == 2.0
    assert event.due_us is None


@pytest.mark.parametrize(
    "data",
    [
        b'{"item":"","site":"S","quantity":1}',
        b'{"item":"A","site":"S","quantity":-1}',
        b'{"item":"A","site":"S"}',
        b'{"item":"A","site":"S","quantity":"2"}',
    ],
)
def test_bad_count_is_refused(data: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(data, type=StockCounted)
