"""Schema and decoder say the same of any event, but for what is listed here.

JSON Schema cannot say: days that do not exist, sequences above 2**63 in 19 digits,
numbers beyond a double, whole numbers written with a fraction (5.0), and keys twice.
"""

import copy
import json

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.codec import encode
from streams.codec.exact import decode_rows
from streams.events import EVENT_TYPES, TIME_US_MAX, TIME_US_MIN
from streams.layout import LAYOUTS
from streams.names import Names
from streams.records import RecordBatch
from streams.schema import data_schema, event_schema

EVENT = jsonschema.Draft202012Validator(event_schema())
WHOLE = st.integers(-(2**60), 2**60)
TEXT = st.text(max_size=6)
FINITE = st.floats(allow_nan=False, allow_infinity=False, width=32)
# What a mutation puts in the place of a value. No whole number with a fraction.
OTHER = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([-1, 0, 1, 2**62, -(2**62), 0.5, -0.5, "", "x", "1.0", "x" * 257]),
    st.sampled_from([[], {}, [0.5], ["a"], {"a": 1}, "busy", "2024-05-01T06:00:00Z"]),
)
DROPPED = object()


def value_of(field, detail):
    if field.kind is not None:
        return st.text(min_size=1, max_size=8)
    if field.choices:
        return st.sampled_from(field.choices)
    if field.column is None:
        return detail
    if field.column.startswith("time"):
        return st.integers(TIME_US_MIN, TIME_US_MAX)
    return FINITE if field.low is None else FINITE.map(abs)


DETAILS = {
    "mean": st.lists(FINITE, max_size=3),
    "levels": st.lists(FINITE, max_size=3),
    "quantiles": st.lists(st.lists(FINITE, max_size=2), max_size=2),
    "values": st.dictionaries(
        TEXT, st.one_of(TEXT, FINITE, WHOLE, st.none()), max_size=3
    ),
    "detail": st.dictionaries(TEXT, st.lists(TEXT, max_size=2), max_size=2),
    "edit": st.sampled_from(["move", "lock", "unlock", "firm", "adjust"]),
}
LINE = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["purchase", "production", "transport"]),
        "item": TEXT,
        "site": TEXT,
        "quantity": FINITE.map(abs),
        "release_us": WHOLE,
        "due_us": WHOLE,
    },
    optional={"machine": TEXT},
)
DETAILS |= {"line": LINE, "lines": st.lists(LINE, max_size=2)}


@st.composite
def events(draw):
    """An event in structured JSON, as a dict."""
    code = draw(st.integers(0, len(EVENT_TYPES) - 1))
    name = EVENT_TYPES[code].__name__
    data = {}
    for field in LAYOUTS[code]:
        detail = DETAILS.get(field.name, TEXT)
        if name == "ContradictionObserved" and field.name == "detail":
            detail = TEXT
        if field.required or draw(st.booleans()):
            data[field.name] = draw(value_of(field, detail))
    return {
        "specversion": "1.0",
        "id": draw(st.text(min_size=1, max_size=5)),
        "source": "s",
        "type": name,
        "time": "2024-05-01T06:00:00.25Z",
        "sequence": draw(st.one_of(st.just("7"), st.integers(0, 2**62))),
        "dataschema": f"urn:millstream:event:{name}:1",
        "data": data,
    }


def is_decoded(event):
    value = json.dumps(event).encode()
    decoded = decode_rows(RecordBatch.of("log/0", [value]), [0], Names())
    return not decoded.rejected


def test_schemas_are_schemas():
    jsonschema.Draft202012Validator.check_schema(event_schema())
    for event_type in EVENT_TYPES:
        schema = data_schema(event_type.__name__)
        jsonschema.Draft202012Validator.check_schema(schema)
        (own,) = [schema["$defs"][event_type.__name__]]
        assert own["description"].startswith(event_type.__doc__.splitlines()[0][:20])
        assert all("description" in one for one in own["properties"].values())


def test_schema_of_one_type_holds_what_it_refers_to():
    assert set(data_schema("PlanReleased")["$defs"]) == {"PlanReleased", "PlanLine"}
    assert set(data_schema("StockMoved")["$defs"]) == {"StockMoved"}
    with pytest.raises(KeyError):
        data_schema("StockLost")


@settings(max_examples=150, deadline=None)
@given(events())
def test_event_that_is_decoded_is_valid(event):
    assert is_decoded(event)
    EVENT.validate(event)


@settings(max_examples=300, deadline=None)
@given(events(), st.data())
def test_schema_refuses_exactly_what_the_decoder_refuses(event, data):
    event = copy.deepcopy(event)
    inside = bool(event["data"]) and data.draw(st.booleans())
    target = event["data"] if inside else event
    name = data.draw(st.sampled_from(sorted(target)))
    other = data.draw(st.one_of(OTHER, st.just(DROPPED)))
    if other is DROPPED:
        del target[name]
    else:
        target[name] = other
    assert EVENT.is_valid(event) == is_decoded(event), event


@pytest.mark.parametrize(
    "change",
    [
        {"specversion": "0.3"},
        {"type": "StockLost"},
        {"time": "2024-05-01T06:00:00"},
        {"time": 7},
        {"sequence": -1},
        {"sequence": "1.5"},
        {"dataschema": "urn:millstream:event:StockCounted:2"},
        {"dataschema": "urn:millstream:event:StockMoved:1"},
        {"datacontenttype": "text/xml"},
        {"data_base64": "AAAA"},
        {"id": ""},
        {"data": []},
    ],
)
def test_bad_attribute_is_refused_by_both(change):
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "s",
        "type": "StockCounted",
        "time": "2024-05-01T06:00:00Z",
        "data": {"item": "A", "site": "S", "quantity": 1},
    }
    assert EVENT.is_valid(event)
    assert is_decoded(event)
    assert not EVENT.is_valid(event | change)
    assert not is_decoded(event | change)


@pytest.mark.parametrize(
    "change",
    [
        {"datacontenttype": "Application/JSON; charset=utf-8"},
        {"datacontenttype": "application/x+json"},
        {"subject": None, "dataschema": None},
        {"time": "2024-05-01 06:00:00.1234567+02:00"},
        {"unknown": [1]},
    ],
)
def test_odd_attribute_is_taken_by_both(change):
    data = {"item": "A", "site": "S", "quantity": 1}
    record = EVENT_TYPES[3](**data)
    event = json.loads(encode(record, event_id="1", source="s", time_us=0)) | change
    assert EVENT.is_valid(event)
    assert is_decoded(event)
