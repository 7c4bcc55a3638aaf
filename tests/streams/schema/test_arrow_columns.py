import msgspec
import pyarrow as pa
import pytest

from streams.codec import decode
from streams.events import EVENT_TYPES
from streams.names import Names
from streams.records import RecordBatch
from streams.schema import arrow_columns, arrow_schema


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_schema_names_the_columns_of_the_type(event_type):
    name = event_type.__name__
    schema = pa.ipc.read_schema(pa.py_buffer(arrow_schema(name)))
    assert schema.metadata == {b"type": name.encode()}
    assert schema.names == [column["name"] for column in arrow_columns(name)]
    fields = {one.name for one in msgspec.structs.fields(event_type)}
    assert set(schema.names) - fields <= {"id", "source", "type", "time", "sequence"}


def test_table_of_the_schema_is_decoded():
    schema = pa.ipc.read_schema(pa.py_buffer(arrow_schema("StockCounted")))
    row = {
        "id": "1",
        "source": "wms",
        "type": "StockCounted",
        "time": 1_500_000,
        "sequence": 4,
        "item": "A",
        "site": "S",
        "quantity": 3.5,
    }
    buffer = pa.BufferOutputStream()
    with pa.ipc.new_stream(buffer, schema) as stream:
        stream.write_table(pa.Table.from_pylist([row], schema=schema))
    message = buffer.getvalue().to_pybytes()
    decoded = decode(RecordBatch.of("log/0", [message]), Names())
    assert not decoded.rejected
    assert decoded.events.value0.tolist() == [3.5]
    assert decoded.events.sequence.tolist() == [4]
