"""The short way gives what the long way gives, or nothing."""

import numpy as np
import pytest

from streams.batch import DTYPES, EventBatch, concatenate, empty_columns
from streams.codec.arrow import decode_arrow
from streams.codec.arrow_encoding import Dictionaries, encode_arrow
from streams.codec.arrow_own import OwnReader, Shared
from streams.events import TYPE_CODES
from streams.layout import ranks
from streams.names import Names
from streams.records import RecordBatch


def readings(names: Names, first: int, n_rows: int) -> EventBatch:
    columns = empty_columns(n_rows)
    numbers = np.arange(first, first + n_rows)
    columns["type_code"][:] = TYPE_CODES["MachineReading"]
    columns["time_us"][:] = numbers
    columns["id_hash"][:] = numbers + 1
    columns["place"][:] = names.indices([f"M{one // 3}" for one in numbers])
    columns["party"][:] = names.index("heat")
    columns["source"][:] = names.index("plant")
    columns["value0"][:] = numbers
    codes = (columns[name] for name in ("type_code", "code", "time_us", "time0"))
    columns["rank"] = ranks(*codes)  # type: ignore[arg-type]
    return EventBatch(names, b"", **columns)  # type: ignore[arg-type]


@pytest.fixture
def reader() -> OwnReader:
    return OwnReader()


def same(one: EventBatch, other: EventBatch) -> None:
    assert len(one) == len(other)
    for name in set(DTYPES) - {"partition", "offset"}:
        ours, theirs = getattr(one, name), getattr(other, name)
        if ours.dtype == np.int32:
            ours, theirs = (
                [batch.names[n] if n >= 0 else None for n in column.tolist()]
                for batch, column in ((one, ours), (other, theirs))
            )
            assert ours == theirs, name
        else:
            np.testing.assert_array_equal(ours, theirs, err_msg=name)


def test_messages_come_back_whatever_dictionaries_they_share(reader: OwnReader) -> None:
    names, kept, read = Names(), Dictionaries(), Names()
    parts = [readings(names, first, n) for first, n in ((0, 50), (30, 70), (2, 5))]
    for part in parts:
        found = reader.read([encode_arrow(part, dictionaries=kept)], read, (1, [9]))
        assert found is not None
        same(found.events, part)
        assert set(found.events.partition.tolist()) == {1}
        assert set(found.events.offset.tolist()) == {9}


def test_names_that_were_forgotten_are_numbered_anew(reader: OwnReader) -> None:
    names, read = Names(), Names()
    part = readings(names, 0, 30)
    message = encode_arrow(part)
    assert reader.read([message], read, (0, [0])) is not None
    read.keep(np.array([3, 5]))
    read.index("another")
    found = reader.read([message], read, (0, [1]))
    assert found is not None
    same(found.events, part)


def test_order_is_looked_at_and_not_believed(reader: OwnReader) -> None:
    names = Names()
    part = readings(names, 0, 30)
    turned = part.take(np.arange(30)[::-1])
    for batch, says, expected in (
        (part, True, True),
        (part, False, False),
        (turned, True, False),
    ):
        found = reader.read([encode_arrow(batch, ordered=says)], Names(), (0, [0]))
        assert found is not None
        assert found.ordered == expected


def test_a_row_that_is_no_event_is_left_to_the_long_way(reader: OwnReader) -> None:
    names = Names()
    part = readings(names, 0, 20)
    part.value0[7] = np.nan
    message = encode_arrow(part)
    assert reader.read([message], Names(), (0, [0])) is None
    decoded = decode_arrow(RecordBatch.of("log/0", [message]), Names())
    assert len(decoded.events) == 19
    assert [one.row for one in decoded.rejected] == [7]


def test_names_beyond_ascii_are_read_the_long_way(reader: OwnReader) -> None:
    names = Names()
    part = readings(names, 0, 5)
    part.party[:] = names.index("Wärme")
    message = encode_arrow(part)
    assert reader.read([message], Names(), (0, [0])) is None
    decoded = decode_arrow(RecordBatch.of("log/0", [message]), Names())
    same(decoded.events, part)


def test_several_records_are_joined() -> None:
    names, read = Names(), Names()
    parts = [readings(names, 0, 50), readings(names, 50, 9)]
    records = RecordBatch.of("log/0", [encode_arrow(part) for part in parts])
    decoded = decode_arrow(records, read)
    same(decoded.events, concatenate(parts, names))
    assert not decoded.ordered


def test_shared_columns_are_shared_until_their_value_changes() -> None:
    shared = Shared()
    first = shared.of("partition", 10, 3)
    assert first.tolist() == [3] * 10
    assert np.shares_memory(first, shared.of("partition", 20, 3))
    assert shared.of("partition", 4, 5).tolist() == [5] * 4
    assert first.tolist() == [3] * 10
    nothing = shared.of("value0", 9000)
    assert np.isnan(nothing).all()
    assert np.shares_memory(nothing, shared.of("value0", 9))
    assert shared.of("item", 2).tolist() == [-1, -1]


@pytest.mark.parametrize("shift", range(8))
def test_messages_at_any_byte_come_back_as_one(reader: OwnReader, shift: int) -> None:
    names, read = Names(), Names()
    parts = [readings(names, first, n) for first, n in ((0, 50), (30, 1), (2, 77))]
    parts[1].value0[:] = np.nan  # a column that this message does not have
    parts[1].type_code[:] = TYPE_CODES["MachineStateChanged"]
    parts[1].code[:] = 0
    parts[1].party[:] = -1
    codes = ("type_code", "code", "time_us", "time0")
    parts[1].rank[:] = ranks(*(getattr(parts[1], name) for name in codes))
    data, values = bytes(shift), []
    for part in parts:
        values.append(slice(len(data), len(data) + len(encode_arrow(part))))
        data += encode_arrow(part)
    found = reader.read([memoryview(data)[one] for one in values], read, (1, [7, 8, 9]))
    assert found is not None
    same(found.events, concatenate(parts, names))
    assert found.n_rows == [50, 1, 77]
    assert found.events.offset.tolist() == [7] * 50 + [8] + [9] * 77


def test_order_holds_across_messages(reader: OwnReader) -> None:
    names = Names()
    parts = [readings(names, first, 30) for first in (0, 30)]
    messages = [encode_arrow(part, ordered=True) for part in parts]
    for values, expected in ((messages, True), (messages[::-1], False)):
        found = reader.read(values, Names(), (0, [0, 1]))
        assert found is not None
        assert found.ordered == expected


def test_one_odd_message_leaves_the_others_as_they_are() -> None:
    names, read = Names(), Names()
    parts = [readings(names, first, 30) for first in (0, 30, 60)]
    parts[1].value0[7] = np.nan
    records = RecordBatch.of("log/0", [encode_arrow(part) for part in parts])
    decoded = decode_arrow(records, read)
    assert len(decoded.events) == 89
    assert [(one.offset, one.row) for one in decoded.rejected] == [(1, 7)]
    same(decoded.events.take(slice(0, 30)), parts[0])
