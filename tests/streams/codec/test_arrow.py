from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.batch import DTYPES, REFERENCE_COLUMNS
from streams.codec import decode, encode, encode_batch
from streams.codec.arrow import decode_arrow
from streams.codec.arrow_encoding import encode_arrow, encode_rows
from streams.codec.decoded import NOT_ARROW
from streams.events import (
    ForecastIssued,
    MachineReading,
    MachineStateChanged,
    MaintenanceDone,
    OperationCompleted,
    OrderReceived,
    PlanEdited,
    PlanLine,
    StockMoved,
)
from streams.names import Names
from streams.records import RecordBatch

ID = st.text('aM7-é漢😀"\\ ', min_size=1, max_size=8)
NUMBER = st.floats(0, 1e12)
TIME = st.integers(-(10**15), 2 * 10**15)
PLAIN = st.one_of(
    st.builds(MachineReading, machine=ID, sensor=ID, value=st.floats(-1e9, 1e9)),
    st.builds(
        OrderReceived,
        order=ID,
        customer=ID,
        item=ID,
        site=ID,
        quantity=NUMBER,
        price=st.none() | NUMBER,
        due_us=st.none() | TIME,
    ),
    st.builds(
        StockMoved,
        item=ID,
        quantity=NUMBER,
        from_site=st.none() | ID,
        reason=st.sampled_from(["transfer", "scrap"]),
    ),
    st.builds(
        OperationCompleted,
        production_order=ID,
        operation=ID,
        machine=ID,
        good=st.none() | NUMBER,
        started_us=st.none() | TIME,
    ),
    st.builds(
        MachineStateChanged, machine=ID, state=st.sampled_from(["off", "busy", "down"])
    ),
    st.builds(MaintenanceDone, machine=ID, cost=st.none() | NUMBER),
)
DETAILED = st.one_of(
    PLAIN,
    st.builds(MachineStateChanged, machine=ID, state=st.just("down"), reason=ID),
    st.builds(
        ForecastIssued,
        forecast=ID,
        item=ID,
        site=ID,
        start_us=TIME,
        bucket_us=st.just(3600),
        mean=st.tuples(NUMBER, NUMBER),
    ),
    st.builds(
        PlanEdited,
        plan=ID,
        who=ID,
        edit=st.just("lock"),
        line=st.builds(
            PlanLine,
            kind=st.just("purchase"),
            item=ID,
            site=ID,
            quantity=NUMBER,
            release_us=TIME,
            due_us=TIME,
        ),
    ),
)


def events(of):
    row = st.tuples(of, ID, ID, TIME, st.integers(0, 2**62))
    return st.lists(row, max_size=12)


def from_json(rows):
    values = [
        encode(event, event_id=event_id, source=source, time_us=time, sequence=sequence)
        for event, event_id, source, time, sequence in rows
    ]
    decoded = decode(RecordBatch.of("log/0", values), Names())
    assert not decoded.rejected
    return decoded.events, [row[1] for row in rows]


def content(batch):
    """Every event as a tuple; names as text, times and numbers as they are."""
    columns = []
    for name in DTYPES:
        column = getattr(batch, name).tolist()
        if name in {"offset", "detail_start", "detail_end"}:
            continue
        if name in {*REFERENCE_COLUMNS, "source"}:
            column = [None if n < 0 else batch.names[n] for n in column]
        columns.append([repr(one) for one in column])
    details = [batch.detail_of(row) for row in range(len(batch))]
    return list(zip(*columns, details, strict=True))


def of_message(*messages, names=None):
    records = RecordBatch.of("log/0", list(messages), first_offset=5)
    return decode_arrow(records, Names() if names is None else names)


@settings(max_examples=60, deadline=None)
@given(events(DETAILED), st.booleans())
def test_our_own_form_gives_the_columns_that_json_gives(rows, with_ids):
    batch, ids = from_json(rows)
    message = encode_arrow(batch, ids if with_ids else None, deduplicated=with_ids)
    decoded = of_message(message)
    assert decoded.rejected == ()
    assert content(decoded.events) == content(batch)
    # Nobody vouches for a message by itself.
    assert not decoded.deduplicated
    records = replace(RecordBatch.of("log/0", [message]), unique=True)
    assert decode_arrow(records, Names()).deduplicated == with_ids
    assert set(decoded.events.offset.tolist()) <= {5}
    assert decoded.rows.tolist() == [0] * len(rows)


@settings(max_examples=60, deadline=None)
@given(events(PLAIN))
def test_the_natural_form_gives_the_columns_that_json_gives(rows):
    batch, ids = from_json(rows)
    decoded = of_message(encode_rows(batch, ids))
    assert decoded.rejected == ()
    assert content(decoded.events) == content(batch)


def message(columns, metadata=None):
    table = pa.table(columns).replace_schema_metadata(metadata)
    return stream(table)


def stream(table, **options):
    buffer = pa.BufferOutputStream()
    with pa.ipc.new_stream(buffer, table.schema, **options) as writer:
        writer.write_table(table)
    return buffer.getvalue().to_pybytes()


def readings(n=3, **changed):
    columns = {
        "id": [str(i) for i in range(n)],
        "source": ["plant"] * n,
        "time_us": list(range(n)),
        "machine": ["M1"] * n,
        "sensor": ["heat"] * n,
        "value": [float(i) for i in range(n)],
    }
    columns.update(changed)
    return {name: column for name, column in columns.items() if column is not None}


READING = {"type": "MachineReading"}


@pytest.mark.parametrize(
    ("name", "column", "detail"),
    [
        ("value", [0.0, float("nan"), 1.0], "value = '\"nan\"': Expected `float`"),
        ("value", [0.0, float("inf"), 1.0], "value = '\"inf\"': Expected `float`"),
        ("value", [0.0, None, 1.0], "missing required field `value`"),
        ("value", ["0", "x", "1"], "value = '\"x\"': Expected `float`"),
        ("machine", ["M", "", "M"], "machine = '\"\"': Expected `str` of length >= 1"),
        ("machine", ["M", None, "M"], "missing required field `machine`"),
        ("machine", ["M", "x" * 257, "M"], "Expected `str` of length <= 256"),
        ("id", ["a", "", "b"], "id = '\"\"': Expected `str` of length >= 1"),
        ("id", ["a", None, "b"], "missing required field `id`"),
        ("source", ["a", None, "b"], "missing required field `source`"),
        ("time_us", [0, None, 1], "missing required field `time`"),
        ("time_us", [0, 2**62, 1], "time = '4611686018427387904': must be RFC 3339"),
        ("sequence", [0, -1, 1], "sequence = -1: must be a whole number"),
    ],
)
def test_bad_row_is_refused_as_json_is_and_the_others_go_on(name, column, detail):
    if column[0] == "0":
        column = pa.array(column)
    decoded = of_message(message(readings(**{name: column}), READING))
    (bad,) = decoded.rejected[-1:] if len(decoded.rejected) > 1 else decoded.rejected
    if name != "value" or not isinstance(column, pa.Array):
        assert (bad.offset, bad.row) == (5, 1)
        assert len(decoded.events) == 2
        assert detail in bad.detail
    else:
        assert [one.row for one in decoded.rejected] == [0, 1, 2]
        assert detail in decoded.rejected[1].detail
    as_json = decode(RecordBatch.of("log/0", [bad.value]), Names())
    assert as_json.rejected[0].detail == bad.detail
    assert as_json.rejected[0].reason == bad.reason


def test_bad_words_and_bounds_are_refused_by_row():
    columns = {
        "id": ["1", "2", "3", "4"],
        "source": ["s"] * 4,
        "time": pa.array([0, 1, 2, 3], pa.timestamp("ms", "UTC")),
        "type": ["MachineStateChanged", "StockCounted", "Nothing", "StockCounted"],
        "machine": ["M", "M", None, None],
        "state": ["flying", None, None, None],
        "item": [None, "A", "A", "A"],
        "site": [None, "S", "S", "S"],
        "quantity": [None, -1, 1, 2],
    }
    decoded = of_message(message(columns))
    assert decoded.events.value0.tolist() == [2.0]
    assert decoded.events.time_us.tolist() == [3000]
    details = [one.detail for one in decoded.rejected]
    assert "state = '\"flying\"': Invalid enum value" in details[0]
    assert "quantity = '-1.0': Expected `float` >= 0" in details[1] or (
        "quantity = '-1': Expected `float` >= 0" in details[1]
    )
    assert "type = 'Nothing': must be one of" in details[2]
    # A machine that a StockCounted has no place for is no error, as in JSON.
    assert [one.row for one in decoded.rejected] == [0, 1, 2]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_of_any_unit_and_any_width_of_strings_are_read(unit):
    per_s = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    time = pa.array([-2 * per_s, per_s, 7 * per_s], pa.timestamp(unit, "Europe/Berlin"))
    columns = readings(time_us=None) | {
        "time": time,
        "machine": pa.array(["M", "N", "M"], pa.large_string()),
        "sensor": pa.array(["h", "h", "h"], pa.string_view()),
        "value": pa.array([1, 2, 3], pa.int16()),
        "source": pa.array(["é", "é", "ü"]).dictionary_encode(),
    }
    decoded = of_message(message(columns, READING))
    assert decoded.rejected == ()
    assert decoded.events.time_us.tolist() == [-2_000_000, 1_000_000, 7_000_000]
    names = decoded.events.names
    assert [names[n] for n in decoded.events.place] == ["M", "N", "M"]
    assert [names[n] for n in decoded.events.source] == ["é", "é", "ü"]
    assert decoded.events.value0.tolist() == [1, 2, 3]


def test_digits_beyond_the_microsecond_are_cut_off():
    time = pa.array([-1, 1999], pa.timestamp("ns", "UTC"))
    columns = readings(2, time_us=None) | {"time": time}
    assert of_message(message(columns, READING)).events.time_us.tolist() == [-1, 1]


def test_several_batches_and_records_keep_their_places():
    table = pa.table(readings(5, value=[1.0, None, 3.0, None, 5.0]))
    table = table.replace_schema_metadata(READING)
    buffer = pa.BufferOutputStream()
    with pa.ipc.new_stream(buffer, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    whole = buffer.getvalue().to_pybytes()
    decoded = of_message(whole, b"\xff\xff\xff\xff?", message(readings(), READING))
    assert decoded.events.value0.tolist() == [1, 3, 5, 0, 1, 2]
    assert decoded.events.offset.tolist() == [5, 5, 5, 7, 7, 7]
    assert decoded.rows.tolist() == [0, 0, 0, 2, 2, 2]
    assert [(one.offset, one.row) for one in decoded.rejected] == [
        (5, 1),
        (5, 3),
        (6, None),
    ]
    assert decoded.rejected[2].reason == NOT_ARROW
    assert not decoded.deduplicated


@pytest.mark.parametrize(
    ("columns", "metadata", "detail"),
    [
        (readings(id=None), READING, "column 'id': must be there"),
        (readings(time_us=None), READING, "column 'time' or 'time_us': must be there"),
        (readings(), {}, "column 'type': must be there"),
        (readings(), {"type": "Reading"}, "type = 'Reading': must be one of"),
        (readings(source=[1, 2, 3]), READING, "column 'source': must be of strings"),
        (readings(), {"millstream.columns": "2"}, "must be b'1'"),
        (readings(), {"millstream.columns": "1"}, "column 'type_code': must be there"),
    ],
)
def test_message_without_what_an_event_needs_is_refused_as_a_whole(
    columns, metadata, detail
):
    decoded = of_message(message(columns, metadata))
    assert len(decoded.events) == 0
    (bad,) = decoded.rejected
    assert (bad.offset, bad.row, bad.reason) == (5, None, NOT_ARROW)
    assert detail in bad.detail


def test_numbers_are_views_of_the_message_and_may_not_be_read_only():
    batch, _ = from_json(
        [
            (MachineReading(machine="M", sensor="s", value=1), str(i), "p", i, i)
            for i in range(9)
        ]
    )
    data = np.frombuffer(bytearray(encode_arrow(batch)), np.uint8)
    records = RecordBatch(
        partition="log/0",
        offsets=np.zeros(1, np.int64),
        timestamps_us=np.zeros(1, np.int64),
        data=data,
        starts=np.zeros(1, np.int64),
        ends=np.array([len(data)], np.int64),
    )
    events = decode_arrow(records, Names()).events
    first, last = data.ctypes.data, data.ctypes.data + len(data)
    for name in ("time_us", "type_code", "id_hash", "sequence", "value0"):
        assert first <= getattr(events, name).ctypes.data < last
    assert all(getattr(events, name).flags.writeable for name in DTYPES)


def test_compressed_messages_are_read():
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    table = pa.table(readings(100)).replace_schema_metadata(READING)
    decoded = of_message(stream(table, options=options))
    assert decoded.events.value0.tolist() == list(range(100))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_changed_bytes_never_crash_and_never_give_an_event_out_of_bounds(data):
    batch, ids = from_json(
        [
            (MachineReading(machine=f"M{i}", sensor="s", value=i), str(i), "p", i, i)
            for i in range(9)
        ]
    )
    whole = data.draw(st.sampled_from([encode_arrow(batch), encode_rows(batch, ids)]))
    broken = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(broken) - 1))
        broken[at] ^= 1 << data.draw(st.integers(0, 7))
    decoded = of_message(bytes(broken))
    events = decoded.events
    for name in (*REFERENCE_COLUMNS, "source"):
        assert (
            (getattr(events, name) >= -1) & (getattr(events, name) < len(events.names))
        ).all()
    assert np.isfinite(events.value0).all()


def test_every_index_below_zero_is_refused_and_never_followed():
    batch, ids = from_json(
        [
            (MachineReading(machine=f"M{i}", sensor="s", value=i), str(i), "p", i, i)
            for i in range(9)
        ]
    )
    for whole in (encode_arrow(batch), encode_rows(batch, ids)):
        indices = np.arange(9, dtype=np.int32).tobytes()  # of the machines
        at = whole.index(indices)
        for entry in range(9):
            broken = bytearray(whole)
            broken[at + 4 * entry + 3] ^= 128
            decoded = of_message(bytes(broken))
            assert [one.reason for one in decoded.rejected] == [NOT_ARROW]
            assert not len(decoded.events)


def test_names_that_were_forgotten_are_numbered_anew():
    batch, _ = from_json(
        [
            (MachineReading(machine=f"M{i}", sensor="s", value=i), str(i), "p", i, i)
            for i in range(9)
        ]
    )
    names, message_ = Names(), encode_arrow(batch)
    before = content(of_message(message_, names=names).events)
    names.keep(np.array([2, 3]))
    names.indices(["other", "names"])
    assert content(of_message(message_, names=names).events) == before


def test_json_and_both_forms_hold_the_same_lines():
    rows = [(MachineReading(machine="M", sensor="s", value=1.5), "1", "p", 0, 3)]
    batch, ids = from_json(rows)
    expected = encode_batch(batch, ids=ids)
    for one in (encode_arrow(batch), encode_rows(batch, ids)):
        assert encode_batch(of_message(one).events, ids=ids) == expected
