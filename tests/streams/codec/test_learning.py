"""What a layout is made of, and rows it is not made of."""

import pytest

from streams._kernels.layouts import (
    CHOICE,
    DATA_END,
    DATA_START,
    DETAIL_STRING,
    END,
    ID,
    NUMBER,
    REFERENCE,
    SEQUENCE_TEXT,
    SKIPPED_NUMBER,
    TIME,
)
from streams.codec.encoding import encode
from streams.codec.layouts import LayoutTrie
from streams.codec.learning import layout_of
from streams.events import TYPE_CODES, Event, MachineStateChanged, StockMoved

MOVED = StockMoved(item="A", quantity=2, to_site="S")


def written(event: Event) -> bytes:
    return encode(event, event_id="1", source="wms", time_us=0, sequence=4)


def layout(value: bytes, kind: str = "StockMoved"):
    return layout_of(value, TYPE_CODES[kind], LayoutTrie())


def test_values_are_told_from_what_stays_the_same():
    found = layout(written(MOVED).replace(b'"data"', b'"x":1.5,"y":null,"data"'))
    assert [segment.kind for segment in found] == [
        *(ID, REFERENCE, TIME, SEQUENCE_TEXT, SKIPPED_NUMBER),
        *(DATA_START, REFERENCE, NUMBER, REFERENCE, DATA_END, END),
    ]
    assert found[0].literal == b'{"specversion":"1.0","id":"'
    assert found[5].literal == b',"y":null,"data":{'
    assert found[7].low == 0
    assert (found[-1].literal, found[-1].argument) == (b"}", TYPE_CODES["StockMoved"])
    assert found[-1].default == 0  # "transfer"


def test_enumeration_and_detail_are_values():
    event = MachineStateChanged(machine="M", state="down", reason="why")
    kinds = [s.kind for s in layout(written(event), "MachineStateChanged")]
    assert kinds[-4:] == [CHOICE, DETAIL_STRING, DATA_END, END]


VALUE = written(MOVED)


@pytest.mark.parametrize(
    "value",
    [
        VALUE.replace(b'"A"', b'"\\u0041"'),
        VALUE.replace(b'"item"', b'"item":"B","item"'),
        VALUE.replace(b'"data"', b'"x":[1],"data"'),
        VALUE.replace(b'"data"', b'"x":{},"data"'),
        VALUE.replace(b'"data"', b'"x":"' + b"y" * 20_000 + b'","data"'),
        VALUE.replace(b":2", b":02"),
        VALUE.replace(b"}}", b',"f":{}}}'),
        VALUE.replace(b"}}", b"}}?"),
        VALUE[:-1],
        VALUE.replace(b'{"item', b'[{"item'),
        b"{}",
        b"",
    ],
    ids=range(12),
)
def test_row_of_another_form_has_no_layout(value):
    assert layout(value) is None
