import msgspec
import numpy as np
import pyarrow as pa
import pytest

from streams.codec.arrow_natural import natural_json, read_natural
from streams.codec.arrow_table import Table
from streams.errors import EnvelopeError
from streams.events import TYPE_CODES
from streams.names import Names


def table(metadata=None, **changed):
    columns = {
        "id": pa.array(["1", "2", "3"]),
        "source": pa.array(["p", "p", "p"]),
        "time_us": pa.array([1, 2, 3]),
        "type": pa.array(["MachineReading", "MaintenanceDone", "MachineReading"]),
        "machine": pa.array(["M", "M", "N"]),
        "sensor": pa.array(["heat", None, "heat"]),
        "value": pa.array([1.5, None, 2.5]),
        "cost": pa.array([None, 9.0, None]),
    } | changed
    given = {name: array for name, array in columns.items() if array is not None}
    return Table(pa.record_batch(given).replace_schema_metadata(metadata), Names())


def test_fields_of_several_types_stand_side_by_side():
    one = table()
    read_natural(one)
    assert one.odd is None
    assert one.columns["value0"].tolist() == [1.5, 9.0, 2.5]
    assert one.columns["code"].tolist() == [-1, 0, -1]  # preventive, as nothing is said
    assert (one.columns["party"] >= 0).tolist() == [True, False, True]


def test_one_type_in_the_metadata_needs_no_column_and_numbers_no_copy():
    value = pa.array([1.0, 2.0, 3.0])
    one = table({"type": "MachineReading"}, type=None, value=value)
    read_natural(one)
    assert set(one.columns["type_code"].tolist()) == {TYPE_CODES["MachineReading"]}
    assert one.columns["value0"].ctypes.data == value.buffers()[1].address


def test_columns_that_hold_detail_or_another_kind_are_read_by_row():
    one = table(value=pa.array(["1", None, None]))
    read_natural(one)
    assert one.odd.tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"id": None}, "column 'id': must be there"),
        ({"id": pa.array([1, 2, 3])}, "column 'id': must be of strings, was int64"),
        ({"source": pa.array([1, 2, 3])}, "column 'source': must be of strings"),
        ({"type": None}, "column 'type': must be there"),
        ({"time_us": None}, "'time' or 'time_us': must be there"),
        ({"time_us": pa.array([1.0, 2.0, 3.0])}, "whole microseconds UTC"),
        ({"sequence": pa.array(["1", "2", "3"])}, "must be of whole numbers"),
    ],
)
def test_envelope_that_cannot_be_read_is_refused(changed, message):
    with pytest.raises(EnvelopeError, match=message):
        read_natural(table(**changed))


def test_row_is_written_with_the_fields_of_its_type_alone():
    due = pa.array([None, 5_000, None], pa.timestamp("ms", "UTC"))
    one = table(started_us=due)
    read_natural(one)
    assert one.columns["time0"].tolist()[1] == 5_000_000
    written = msgspec.json.decode(natural_json(one, 1))
    assert written["data"] == {"machine": "M", "cost": 9.0, "started_us": 5_000_000}
    assert (written["id"], written["type"]) == ("2", "MaintenanceDone")
    assert np.array_equal(one.columns["time_us"], [1, 2, 3])
