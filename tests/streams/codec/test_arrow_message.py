from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from streams.batch import DTYPES, EventBatch, empty_columns
from streams.codec.arrow_encoding import encode_arrow
from streams.codec.arrow_message import Message, found_in, planned
from streams.events import TYPE_CODES
from streams.names import Names


@pytest.fixture
def message() -> bytes:
    names = Names()
    columns = empty_columns(4)
    columns["type_code"][:] = TYPE_CODES["MachineReading"]
    columns["time_us"][:] = [3, 1, 4, 1]
    columns["place"][:] = names.indices(["M7", "M8", "M7", "M7"])
    columns["party"][:] = names.index("heat")
    columns["source"][:] = names.index("plant")
    columns["value0"][:] = [0.5, 1.5, 2.5, 3.5]
    batch = EventBatch(names, b"", **columns)  # type: ignore[arg-type]
    return encode_arrow(batch, deduplicated=True)


def found(message: bytes) -> Message:
    here = found_in(message)
    assert here is not None
    return here


def test_numbers_are_views_of_the_message(message: bytes) -> None:
    here = found(message)
    plan = planned(here.schema)
    assert plan is not None
    assert here.fits(plan)
    views = here.views(plan)
    assert views["time_us"].tolist() == [3, 1, 4, 1]
    assert views["value0"].tolist() == [0.5, 1.5, 2.5, 3.5]
    address = views["time_us"].ctypes.data
    assert here.address <= address < here.address + len(message)
    assert (plan.deduplicated, plan.ordered) == (True, False)


def test_columns_of_a_message_at_any_byte_are_copied(message: bytes) -> None:
    for shift in (8, 5):
        here = found(memoryview(bytes(shift) + message)[shift:])
        plan = planned(here.schema)
        assert plan is not None
        kinds = {name: DTYPES[name] for name in plan.plain}
        columns = {name: np.zeros(9, kind) for name, kind in kinds.items()}
        here.copy_columns(plan, columns, 2)
        assert columns["time_us"].tolist() == [0, 0, 3, 1, 4, 1, 0, 0, 0]
        assert columns["value0"].tolist()[2:6] == [0.5, 1.5, 2.5, 3.5]
        assert here.is_aligned == (here.address % 8 == 0)


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff" * 64])
def test_what_is_no_stream_is_not_found(data: bytes) -> None:
    assert found_in(data) is None


def schema_of(table: pa.RecordBatch) -> bytes:
    schema: bytes = table.schema.serialize().to_pybytes()
    return schema


def test_only_the_columns_of_our_writer_are_planned(message: bytes) -> None:
    (table,) = pa.ipc.open_stream(message)
    assert planned(schema_of(table)) is not None
    for other in (
        table.drop_columns(["id_hash"]),
        table.drop_columns(["source"]),
        table.replace_schema_metadata({}),
        table.append_column("remark", pa.array(["a"] * 4)),
        table.set_column(0, "time_us", table["time_us"].cast(pa.int32())),
    ):
        assert planned(schema_of(other)) is None


def test_a_buffer_that_is_too_short_does_not_fit(message: bytes) -> None:
    here = found(message)
    plan = planned(here.schema)
    assert plan is not None
    here.n_rows += 1
    assert not here.fits(plan)


def test_nulls_do_not_fit_but_in_references() -> None:
    names = Names()
    columns = empty_columns(2)
    columns["type_code"][:] = TYPE_CODES["MachineReading"]
    columns["source"][:] = names.index("plant")
    columns["item"][:] = [names.index("A"), -1]
    batch = EventBatch(names, b"", **columns)  # type: ignore[arg-type]
    (table,) = pa.ipc.open_stream(encode_arrow(batch))
    nulls = pa.array([None, 5], pa.int64())
    for place, fits in (("item", True), ("time_us", False)):
        index = table.schema.get_field_index(place)
        one = table if fits else table.set_column(index, place, nulls)
        buffer = pa.BufferOutputStream()
        with pa.ipc.new_stream(buffer, table.schema) as stream:
            stream.write_batch(one.cast(table.schema))
        here = found(buffer.getvalue().to_pybytes())
        plan = planned(here.schema)
        assert plan is not None
        assert here.fits(plan) == fits


def test_places_of_dictionaries_hold_their_entries(message: bytes) -> None:
    here = found(message)
    dictionaries = here.dictionaries()
    assert dictionaries is not None
    places, order = dictionaries
    start, text = here.text_of_dictionaries()
    entries = []
    for n_entries, offsets, data, _ in places.tolist():
        ends = np.frombuffer(message, np.int32, n_entries + 1, offsets)
        entries.append([message[data + a : data + b] for a, b in pairwise(ends)])
    assert sorted(entries) == [[b"M7", b"M8"], [b"heat"], [b"plant"]]
    assert len(order) == 3
    assert message[start : start + len(text)] == text
