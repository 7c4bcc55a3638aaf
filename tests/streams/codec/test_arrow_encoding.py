import numpy as np
import pyarrow as pa
import pytest

from streams.codec import decode, encode
from streams.codec.arrow_encoding import encode_arrow, encode_rows
from streams.errors import EncodeError
from streams.events import MachineReading, MachineStateChanged
from streams.names import Names
from streams.records import RecordBatch


@pytest.fixture
def batch():
    events = [
        MachineReading(machine="M1", sensor="heat", value=1.5),
        MachineReading(machine="M2", sensor="heat", value=2.5),
        MachineReading(machine="M1", sensor="heat", value=3.5),
    ]
    values = [
        encode(event, event_id=f"e{i}", source="plant", time_us=i)
        for i, event in enumerate(events)
    ]
    return decode(RecordBatch.of("log/0", values), Names()).events


def read(message):
    return pa.ipc.open_stream(message).read_all()


def test_columns_in_which_nothing_stands_are_left_out(batch):
    table = read(encode_arrow(batch, ordered=True))
    assert table.column_names == [
        "time_us",
        "type_code",
        "id_hash",
        "source",
        "place",
        "party",
        "value0",
    ]
    assert table["place"].to_pylist() == ["M1", "M2", "M1"]
    assert table["place"].chunk(0).dictionary.to_pylist() == ["M1", "M2"]
    assert table.schema.metadata == {
        b"millstream.columns": b"1",
        b"deduplicated": b"0",
        b"ordered": b"1",
    }


def test_natural_form_names_the_fields_of_the_types(batch):
    table = read(encode_rows(batch, ["a", "b", "c"]))
    assert table.drop_columns(["sequence"]).to_pylist()[1] == {
        "id": "b",
        "source": "plant",
        "type": "MachineReading",
        "time": table["time"][1].as_py(),
        "machine": "M2",
        "sensor": "heat",
        "value": 2.5,
    }
    assert table["time"].type == pa.timestamp("us", "UTC")


def test_ids_that_do_not_fit_and_rows_without_a_source_are_refused(batch):
    for encoder in (encode_arrow, encode_rows):
        with pytest.raises(EncodeError, match="one for each of 3 events, were 1"):
            encoder(batch, ["a"])
    nameless = batch.take(slice(None))
    nameless.source[1] = -1
    with pytest.raises(EncodeError, match="row 1: must name a source"):
        encode_arrow(nameless)


def test_natural_form_refuses_detail():
    event = MachineStateChanged(machine="M", state="down", reason="jam")
    value = encode(event, event_id="1", source="p", time_us=0)
    batch = decode(RecordBatch.of("log/0", [value]), Names()).events
    with pytest.raises(EncodeError, match="row 0: must have no detail"):
        encode_rows(batch, ["1"])
    table = read(encode_arrow(batch))
    assert table["detail"].to_pylist() == [batch.detail_of(0)]
    assert np.array_equal(table["id_hash"].to_numpy(), batch.id_hash)
