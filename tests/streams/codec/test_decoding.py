"""Records to columns: all fields in columns, bad records aside with a reason."""

import re

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams._kernels.layouts import ARGUMENT, KIND, NUMBER
from streams.batch import NO_TIME
from streams.codec.arrow_encoding import encode_arrow
from streams.codec.decoded import BAD_DATA, BAD_ENVELOPE, NOT_JSON, REASONS
from streams.codec.decoding import Decoder, decode
from streams.codec.encoding import encode
from streams.codec.layouts import LAYOUTS_MAX
from streams.errors import IngestOptionsError
from streams.events import TYPE_CODES, MachineReading, OrderChanged
from streams.names import Names, hash64
from streams.records import RecordBatch

ORDER = {"order": "O1", "customer": "C1", "item": "A", "site": "S", "quantity": 2}


def record(kind="OrderReceived", data=None, **attributes) -> bytes:
    envelope = {
        "specversion": "1.0",
        "id": "1",
        "source": "erp",
        "type": kind,
        "time": "1970-01-01T00:00:01Z",
        "data": ORDER if data is None else data,
    }
    kept = {k: v for k, v in (envelope | attributes).items() if v is not ...}
    return msgspec.json.encode(kept)


def decode_all(*values: bytes, **more):
    return decode(RecordBatch.of("log/0", values, first_offset=5), Names(), **more)


def test_every_field_lands_in_its_column():
    data = ORDER | {"price": 1.5, "due_us": 99}
    decoded = decode_all(record(data=data, sequence="7"), partition_index=3)
    events = decoded.events
    names = events.names
    assert events.type_code.tolist() == [TYPE_CODES["OrderReceived"]]
    assert (events.time_us[0], events.time0[0], events.time1[0]) == (10**6, 99, NO_TIME)
    assert (events.value0[0], events.value1[0]) == (2.0, 1.5)
    assert np.isnan(events.value2[0])
    assert [names[getattr(events, c)[0]] for c in ("subject", "item", "place")] == [
        "O1",
        "A",
        "S",
    ]
    assert (names[events.party[0]], events.parent[0]) == ("C1", -1)
    assert (events.offset[0], events.partition[0], events.sequence[0]) == (5, 3, 7)
    assert (events.id_hash[0], names[events.source[0]]) == (hash64("1"), "erp")
    assert events.rank[0] == 4
    assert events.flags[0] == 0


def test_word_of_an_enumeration_becomes_its_code():
    states = ["off", "down", "busy"]
    values = [
        record("MachineStateChanged", {"machine": "M", "state": s}) for s in states
    ]
    events = decode_all(*values).events
    assert events.code.tolist() == [0, 5, 3]
    assert events.rank.tolist() == [2, 2, 1]


def test_field_without_column_puts_the_data_in_the_side_table():
    plain = record("OrderCancelled", {"order": "O1"})
    told = record("OrderCancelled", {"order": "O2", "reason": "price"})
    events = decode_all(plain, told, plain, told).events
    assert events.flags.tolist() == [0, 1, 0, 1]
    assert events.detail_of(0) == b""
    for row in (1, 3):
        assert msgspec.json.decode(events.detail_of(row))["reason"] == "price"


def test_binary_mode_reads_as_the_structured_one():
    headers = {
        "ce_specversion": b"1.0",
        "ce_id": b"1",
        "ce_source": b"erp",
        "ce_type": b"OrderReceived",
        "ce_time": b"1970-01-01T00:00:01Z",
    }
    value = msgspec.json.encode(ORDER)
    records = RecordBatch.of("t-0", [value, record()], headers=[headers, {}])
    events = decode(records, Names()).events
    assert len(events) == 2
    assert events.id_hash[0] == events.id_hash[1]
    assert events.subject[0] == events.subject[1]


BAD = [
    (b"", "must be JSON"),
    (b"{", "must be JSON"),
    (b"1", "event = '1': Expected `object`"),
    (b"[{}", "must be JSON"),
    (record(id=""), "id = "),
    (record(id=...), "missing required field `id`"),
    (record(time="1.5.2024"), "OrderReceived '1': time = '1.5.2024'"),
    (record("Sneezed"), "type = 'Sneezed': must be one of OrderReceived"),
    (record(sequence=-1), "sequence = -1"),
    (record(data={}), "OrderReceived '1': .*missing required field `order`"),
    (record(data=...), "OrderReceived '1'"),
    (record(data=ORDER | {"quantity": -3}), "quantity = '-3': Expected `float` >= 0.0"),
    (record(data=ORDER | {"quantity": "3"}), "quantity = "),
    (record(data=ORDER | {"due_us": 2**80}), "due_us = "),
    (record(data=ORDER | {"due_us": 10**18}), "due_us = '1000000000000000000'"),
    (
        record("MachineStateChanged", {"machine": "M", "state": "on"}),
        "state = '\"on\"'",
    ),
    (
        record("PlanReleased", {"plan": "P", "start_us": 0, "end_us": 1, "lines": [1]}),
        r"lines\[0\] = '1'",
    ),
    (record(data=msgspec.Raw(b"[" * 9999 + b"]" * 9999)), "must be JSON"),
    (record().replace(b'"quantity":2', b'"quantity":1e999'), "out of range"),
    (record().replace(b'"quantity":2', b'"quantity":NaN'), "must be JSON"),
    (record().replace(b'"O1"', b'"\xff"'), "."),
]


@pytest.mark.parametrize(("value", "reason"), BAD, ids=range(len(BAD)))
def test_bad_record_is_set_aside_with_offset_reason_and_bytes(value, reason):
    decoded = decode_all(record(), value, record())
    assert decoded.rows.tolist() == [0, 2]
    assert decoded.events.offset.tolist() == [5, 7]
    (rejected,) = decoded.rejected
    assert (rejected.offset, rejected.value) == (6, value)
    assert re.search(reason, rejected.detail), rejected.detail


def test_missing_record_in_the_middle_keeps_offsets():
    records = RecordBatch.of("log/0", [record(), b"?", record()], first_offset=40)
    assert decode(records, Names()).events.offset.tolist() == [40, 42]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"?", NOT_JSON),
        (b"{}", BAD_ENVELOPE),
        (record("Sneezed"), BAD_ENVELOPE),
        (record(time="now"), BAD_ENVELOPE),
        (record(data={}), BAD_DATA),
    ],
)
def test_reason_is_one_of_few_words(value, reason):
    assert decode_all(value).rejected[0].reason == reason


def test_buffer_may_be_a_view_into_something_larger():
    value = record()
    whole = memoryview(b"junk" + value + b"?" + value)
    starts = np.array([4, 4 + len(value), 5 + len(value)])
    ends = np.array([4 + len(value), 5 + len(value), len(whole)])
    zeros = np.zeros(3, np.int64)
    records = RecordBatch("log/0", np.arange(3), zeros, whole, starts, ends)
    decoded = decode(records, Names())
    assert decoded.events.offset.tolist() == [0, 2]
    assert decoded.rejected[0].value == b"?"


def test_batch_of_bad_records_gives_no_events():
    decoded = decode_all(b"?", b"!")
    assert len(decoded.events) == 0
    assert [r.offset for r in decoded.rejected] == [5, 6]


def test_unknown_field_is_passed_over():
    """A producer may be newer than this version in what it adds, not in meaning."""
    assert len(decode_all(record(data=ORDER | {"colour": "red"}, tenant="x")).events)


@given(st.binary(max_size=200), st.integers(0, 300), st.integers(0, 255))
def test_noise_never_stops_a_batch(noise, place, byte):
    good = bytearray(record())
    good[place % len(good)] = byte
    decoded = decode_all(noise, bytes(good), record())
    assert len(decoded.events) + len(decoded.rejected) == 3
    assert all(r.reason in REASONS for r in decoded.rejected)


def reading(number: int, value: object = 1.5) -> bytes:
    event = MachineReading(machine=f"M{number % 7}", sensor="temp", value=value)
    return encode(event, event_id=str(number), source="mes", time_us=number)


def test_layout_is_learned_from_a_sample_and_reads_the_rest():
    decoder = Decoder(Names())
    records = RecordBatch.of("log/0", [reading(number) for number in range(500)])
    assert len(decoder.decode(records).events) == 500
    counters = decoder.counters
    assert (counters.by_layout, counters.exactly, counters.layouts) == (500, 16, 1)
    assert len(decoder.decode(records).events) == 500
    assert (counters.by_layout, counters.exactly, counters.rechecked) == (1000, 16, 1)


def test_row_that_no_layout_fits_is_refused_like_without_layouts():
    decoder = Decoder(Names())
    decoder.decode(RecordBatch.of("log/0", [reading(0)]))
    bad = reading(2).replace(b"1.5", b'"1.5"')
    records = RecordBatch.of("log/0", [reading(1), bad, b"", reading(3)])
    decoded = decoder.decode(records)
    assert decoded.rows.tolist() == [0, 3]
    assert decoded.rejected == decode(records, Names()).rejected
    assert decoder.counters.by_layout == 3


def test_differing_sample_switches_layouts_off_for_good(caplog):
    """A layout that is wrong on purpose: the numbers of two fields are exchanged."""
    decoder = Decoder(Names(), recheck_every=10)
    event = OrderChanged(order="O", price=2.0, priority=3.0)
    value = encode(event, event_id="1", source="erp", time_us=0)
    decoder.decode(RecordBatch.of("log/0", [value] * 3))
    nodes = decoder._learner.trie.table.nodes
    numbers = np.flatnonzero(nodes[:, KIND] == NUMBER)
    nodes[numbers, ARGUMENT] = nodes[numbers[::-1], ARGUMENT]
    records = RecordBatch.of("log/0", [value] * 25, first_offset=3)
    decoded = decoder.decode(records)
    assert decoded.events.value1.tolist() == [2.0] * 25
    assert decoded.events.value2.tolist() == [3.0] * 25
    counters = decoder.counters
    assert counters.switched_off
    assert (counters.rechecked, counters.differences, counters.by_layout) == (3, 2, 3)
    assert "layouts are switched off" in caplog.text
    decoder.decode(records)
    assert counters.by_layout == 3


def test_layouts_that_never_come_again_are_bounded():
    decoder = Decoder(Names())
    for batch in range(3):
        values = [
            reading(number).replace(b'"data"', b'"x%d":1,"data"' % (number + batch))
            for number in range(0, 2400, 3)
        ]
        records = RecordBatch.of("log/0", values)
        assert len(decoder.decode(records).events) == 800
    assert decoder.counters.layouts <= LAYOUTS_MAX
    assert decoder.counters.exactly >= 2400 - LAYOUTS_MAX


def test_binary_mode_and_layouts_go_together():
    headers = {
        "ce_specversion": b"1.0",
        "ce_id": b"9",
        "ce_source": b"mes",
        "ce_type": b"MachineReading",
        "ce_time": b"1970-01-01T00:00:00Z",
    }
    data = b'{"machine":"M","sensor":"s","value":3}'
    values = [reading(0), data, reading(1)]
    given = [{}, headers, {"content-type": b"application/cloudevents+json"}]
    records = RecordBatch.of("t-0", values, headers=given)
    decoder = Decoder(Names())
    for _ in range(2):
        decoded = decoder.decode(records)
        assert decoded.events.value0.tolist() == [1.5, 3, 1.5]
        assert decoded.rejected == ()
    assert decoder.counters.by_layout == 2


@pytest.mark.parametrize("bulk", [False, True])
def test_arrow_among_json_is_read_in_its_place(bulk):
    values = [reading(number) for number in range(6)]
    batch = decode(RecordBatch.of("log/0", values[1:4]), Names()).events
    message = encode_arrow(batch)
    torn = b"\xff\xff\xff\xff\x00"
    records = RecordBatch.of("log/0", [values[0], message, b"?", torn, values[4]])
    decoder = Decoder(Names())
    decoder.decode(RecordBatch.of("log/0", values))
    decoded = decoder.decode(records) if bulk else decode(records, Names())
    assert decoded.rows.tolist() == [0, 1, 1, 1, 4]
    assert decoded.events.time_us.tolist() == [0, 1, 2, 3, 4]
    assert decoded.events.offset.tolist() == [0, 1, 1, 1, 4]
    assert [r.offset for r in decoded.rejected] == [2, 3]
    assert not decoded.deduplicated


def test_rechecks_must_be_at_least_of_every_row():
    with pytest.raises(IngestOptionsError, match="recheck_every: must be >= 1, was 0"):
        Decoder(Names(), recheck_every=0)
