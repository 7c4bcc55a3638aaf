"""Older versions are lifted for ever: shown by a second version of tests alone."""

import json

import msgspec
import pytest

from streams.codec import Decoder, envelope
from streams.codec.decoded import BAD_DATA, BAD_ENVELOPE
from streams.events import TYPE_CODES
from streams.lifting import (
    LIFTS,
    lift,
    older_version,
    schema_of,
    schemas_read,
    version_of,
)
from streams.names import Names
from streams.records import RecordBatch
from streams.schema import event_schema

URN = "urn:millstream:event:StockCounted"


def from_count(data):
    """Version 1 of the test: the quantity was called count, in dozens."""
    return {**data, "quantity": data["count"] * 12}


@pytest.fixture
def second_version(monkeypatch):
    monkeypatch.setitem(LIFTS, ("StockCounted", 1), from_count)
    schemas = tuple(schema_of(name) for name in TYPE_CODES)
    monkeypatch.setattr(envelope, "SCHEMAS", schemas)


def event(number, version, **data):
    return {
        "specversion": "1.0",
        "id": str(number),
        "source": "wms",
        "type": "StockCounted",
        "time": "2024-05-01T06:00:00Z",
        "dataschema": f"{URN}:{version}",
        "data": {"item": "A", "site": "S", **data},
    }


def decode(*contents, headers=None):
    values = [json.dumps(content).encode() for content in contents]
    records = RecordBatch.of("log/0", values, headers=headers)
    return Decoder(Names()).decode(records)


@pytest.mark.usefixtures("second_version")
def test_older_version_is_lifted_beside_the_newest():
    decoded = decode(
        *(event(n, 1, count=n) for n in range(40)), event(99, 2, quantity=7)
    )
    assert not decoded.rejected
    assert decoded.events.value0.tolist() == [12 * n for n in range(40)] + [7]


@pytest.mark.usefixtures("second_version")
def test_row_whose_lift_changes_nothing_is_no_layout_for_others():
    """A layout learned from zero dozen would read three dozen as three."""
    contents = [event(n, 1, count=0, quantity=0) for n in range(300)]
    contents += [event(n, 1, count=3, quantity=3) for n in range(300, 600)]
    assert set(decode(*contents).events.value0.tolist()) == {0.0, 36.0}


@pytest.mark.usefixtures("second_version")
def test_older_version_in_binary_mode_is_lifted():
    content = event(1, 1, count=2)
    headers = {f"ce_{k}": v.encode() for k, v in content.items() if k != "data"}
    assert decode(content["data"], headers=[headers]).events.value0.tolist() == [24]


@pytest.mark.usefixtures("second_version")
def test_data_that_cannot_be_lifted_are_rejected_with_the_reason():
    decoded = decode(
        event(1, 1, quantity=7), event(2, 1, count=-1), event(3, 1, count=1)
    )
    assert [(one.offset, one.reason) for one in decoded.rejected] == [
        (0, BAD_DATA),
        (1, BAD_DATA),
    ]
    assert "data of version 1 cannot be lifted to 2" in decoded.rejected[0].detail
    assert decoded.events.value0.tolist() == [12]


@pytest.mark.parametrize("version", [0, 3, 99, "x", "1.0"])
@pytest.mark.usefixtures("second_version")
def test_unknown_version_is_rejected(version):
    (rejected,) = decode(event(1, version, quantity=7)).rejected
    assert rejected.reason == BAD_ENVELOPE
    assert f"{URN}:{version}" in rejected.detail


@pytest.mark.usefixtures("second_version")
def test_published_schema_names_what_is_read():
    assert version_of("StockCounted") == 2
    assert schemas_read("StockCounted") == (f"{URN}:2", f"{URN}:1")
    assert schemas_read("StockMoved") == ("urn:millstream:event:StockMoved:1",)
    assert older_version("StockCounted", f"{URN}:1") == 1
    assert older_version("StockCounted", f"{URN}:2") is None
    assert f'"{URN}:2"' in json.dumps(event_schema())


def test_lifts_are_taken_one_after_another():
    lifts = {
        ("X", 1): lambda data: {**data, "b": data["a"] + 1},
        ("X", 2): lambda data: {**data, "c": data["b"] * 2},
    }
    assert json.loads(lift("X", 1, b'{"a":1}', lifts)) == {"a": 1, "b": 2, "c": 4}
    assert json.loads(lift("X", 2, b'{"b":5}', lifts)) == {"b": 5, "c": 10}
    with pytest.raises(msgspec.ValidationError):
        lift("X", 1, b"[]", lifts)


def test_version_1_of_every_type_is_the_first():
    assert {version_of(name) for name in TYPE_CODES} >= {1}
    for name, version in LIFTS:
        assert name in TYPE_CODES
        assert version >= 1
