"""Records of topics to events, whatever batch they come in."""

import json
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.codec import decode
from streams.errors import MappingError
from streams.mapping import topic_of, topic_readers
from streams.mapping.loading import read_document
from streams.names import Names
from streams.records import RecordBatch

COUNTED = {
    "name": "counted",
    "type": "StockCounted",
    "time": {"column": "at", "formats": ["unix_s"]},
    "fields": {"item": "sku", "site": {"constant": "W"}, "quantity": "n"},
}
LINES = {
    "name": "received",
    "type": "OrderReceived",
    "each": "lines",
    "time": "$timestamp",
    "fields": {
        "order": {"template": "{id}-{$index}"},
        "customer": {"column": "who", "default": "market"},
        "site": {"constant": "W"},
        "item": "lines.sku",
        "quantity": {"column": "lines.n", "factor": 2},
    },
}


def reader_of(*events, partitions=("t-0",), **options):
    section = {"format": "json", "event": list(events)} | options
    mapping = read_document({"source": "s", "topic": [section]}, Path("m.toml"))
    return topic_readers(mapping, partitions, None)[partitions[0]]


def batch_of(*values, first_offset=0):
    raw = [
        one if isinstance(one, bytes) else json.dumps(one).encode() for one in values
    ]
    return RecordBatch.of(
        "t-0", raw, first_offset=first_offset, timestamps_us=5_000_000
    )


def stock(n, **more):
    return {"sku": "A", "n": n, "at": 3} | more


def test_event_of_a_record():
    mapped = reader_of(COUNTED).read(batch_of(stock(4), first_offset=9), "t")
    assert json.loads(mapped.values[0]) == {
        "specversion": "1.0",
        "id": "t-0/9",
        "source": "s",
        "type": "StockCounted",
        "time": "1970-01-01T00:00:03.000000Z",
        "dataschema": "urn:millstream:event:StockCounted:1",
        "sequence": str(9 << 20),
        "data": {"item": "A", "site": "W", "quantity": 4.0},
    }


def test_several_events_of_a_record_can_be_decoded():
    order = {"id": 7, "lines": [{"sku": "A", "n": 1}, {"sku": "B", "n": "2"}]}
    reader = reader_of(COUNTED | {"where": [{"column": "at", "op": "not_null"}]}, LINES)
    mapped = reader.read(batch_of(order, stock(1), {"id": 8}), "t")
    assert [one["id"] for one in json.loads(mapped.values[0])] == [
        "t-0/0/received/0",
        "t-0/0/received/1",
    ]
    assert (mapped.n_events, mapped.n_skipped, mapped.values[2]) == (3, 1, b"[]")
    batch = RecordBatch.of("t-0", mapped.values)
    decoded = decode(batch, Names())
    assert decoded.rejected == ()
    assert decoded.events.value0.tolist() == [2.0, 4.0, 1.0]


def test_record_that_fits_in_part_gives_events_and_a_reason():
    order = {"id": 7, "lines": [{"sku": "A", "n": 1}, {"sku": "B"}, {"n": "x"}]}
    mapped = reader_of(LINES).read(batch_of(order), "t")
    assert json.loads(mapped.values[0])["id"] == "t-0/0/0"
    missing, unread = mapped.rejected
    assert (missing.reason, unread.reason) == ("missing value", "not a number")
    assert (
        missing.detail
        == "received lines.1: quantity: column 'lines.n' must be given, is empty"
    )
    assert "lines.2: quantity: column 'lines.n' = 'x' must be a number" in unread.detail
    assert json.loads(missing.value) == order


def test_tombstones_are_counted_or_mapped():
    assert reader_of(COUNTED).read(batch_of(b"", stock(1)), "t").n_tombstones == 1
    gone = COUNTED | {
        "on": ["tombstone"],
        "time": "$timestamp",
        "fields": {
            "item": {"constant": "A"},
            "site": {"constant": "W"},
            "quantity": {"constant": 0},
        },
    }
    mapped = reader_of(gone).read(batch_of(b"", stock(1)), "t")
    assert (mapped.n_events, mapped.n_tombstones, mapped.n_skipped) == (1, 0, 1)


def test_id_given_twice_is_left_to_the_intake():
    reader = reader_of(COUNTED | {"id": "{sku}"})
    mapped = reader.read(batch_of(stock(1), stock(2)), "t")
    assert [json.loads(value)["id"] for value in mapped.values] == ["A", "A"]


def test_long_topic_names_have_short_ids():
    section = {"format": "json", "event": [COUNTED]}
    mapping = read_document({"topic": [section]}, Path("m.toml"))
    name = "t" * 249 + "-123456"
    reader = topic_readers(mapping, [name], None)[name]
    batch = RecordBatch.of(name, [json.dumps(stock(1)).encode()])
    assert len(json.loads(reader.read(batch, name).values[0])["id"]) == 24


@pytest.mark.parametrize(
    ("at", "formats"),
    [
        ("2024-05-01T08:00:00", []),
        (1714543200000, ["unix_ms"]),
        (1714543200000000000, ["unix_ns"]),
        ("01.05.2024 08:00", ["%d.%m.%Y %H:%M"]),
        # As typed times of Avro are written: read whatever the formats are.
        ("2024-05-01T06:00:00Z", ["unix_ms"]),
    ],
)
def test_times_in_the_zone_of_the_section(at, formats):
    event = COUNTED | {"time": {"column": "at", "formats": formats}}
    reader = reader_of(event, time={"zone": "Europe/Berlin"})
    mapped = reader.read(batch_of(stock(1, at=at)), "t")
    assert json.loads(mapped.values[0])["time"] == "2024-05-01T06:00:00.000000Z"


@cache
def one_reader():
    return reader_of(COUNTED, LINES)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda part: st.lists(part, max_size=3),
    max_leaves=3,
)
RECORD = st.fixed_dictionaries(
    {}, optional={"sku": JSON, "n": JSON, "at": JSON | st.integers(0, 9), "lines": JSON}
).map(lambda record: json.dumps(record).encode())


@settings(max_examples=20)
@given(st.lists(RECORD | st.binary(max_size=4), max_size=8), st.integers(1, 8))
def test_no_record_is_lost_and_batches_do_not_matter(values, size):
    reader = one_reader()
    whole = reader.read(batch_of(*values), "t")
    parts = [
        reader.read(batch_of(*values[first : first + size], first_offset=first), "t")
        for first in range(0, len(values), size)
    ]
    assert [value for part in parts for value in part.values] == whole.values
    assert tuple(one for part in parts for one in part.rejected) == whole.rejected
    told = {one.offset for one in whole.rejected}
    n_silent = sum(
        value == b"[]" and offset not in told
        for offset, value in enumerate(whole.values)
    )
    assert n_silent == whole.n_skipped + whole.n_tombstones
    decoded = decode(RecordBatch.of("t-0", whole.values), Names())
    assert (len(decoded.events), decoded.rejected) == (whole.n_events, ())


def test_first_section_that_names_a_topic_reads_it():
    sections = [
        {"name": "a*", "format": "json", "event": [COUNTED]},
        {"name": ["ab", "c"], "format": "json", "event": [LINES]},
    ]
    mapping = read_document({"topic": sections}, Path("m.toml"))
    readers = topic_readers(mapping, ["ab-0", "c-0", "c-1"], None)
    assert readers["c-0"] is readers["c-1"] is not readers["ab-0"]


def test_everything_that_does_not_fit_the_topics_is_said_at_once(tmp_path):
    bad_constant = COUNTED | {"time": {"constant": "yesterday"}}
    avro = {"name": "a", "format": "avro", "schema": "none.avsc", "event": [COUNTED]}
    sections = [avro, {"name": "b", "format": "json", "event": [bad_constant]}]
    mapping = read_document({"topic": sections}, tmp_path / "m.toml")
    with pytest.raises(MappingError) as caught:
        topic_readers(mapping, ["a-0", "b-0", "c-0", "c-1"], None)
    unknown, no_file, constant = caught.value.problems
    assert unknown == "topic 'c': must be named by a [[topic]], one of a, b"
    assert "none.avsc" in no_file
    assert "time = 'yesterday': must be a time" in constant


def test_map_without_topics_is_refused():
    mapping = read_document({"event": [COUNTED]}, Path("m.toml"))
    with pytest.raises(MappingError, match=r"at least one \[\[topic\]\]"):
        topic_readers(mapping, ["a-0"], None)


def test_columns_never_seen():
    reader = reader_of(COUNTED | {"id": "{sku}{$header.x}{$offset}"})
    reader.read(batch_of(stock(1)), "t")
    assert reader.unseen() == ["$header.x"]


def test_topic_of_a_partition():
    assert topic_of("a-b-12") == "a-b"
    assert topic_of("-3") == "-3"
