import msgspec
import numpy as np
import pyarrow as pa
import pytest

from streams.batch import NO_TIME
from streams.codec.arrow_columnar import columnar_json, read_columnar
from streams.codec.arrow_table import Table
from streams.errors import EnvelopeError
from streams.events import TYPE_CODES
from streams.names import Names, hash64


def table(version="1", **changed):
    columns = {
        "time_us": pa.array([1, 2]),
        "type_code": pa.array([TYPE_CODES["OrderCancelled"]] * 2, pa.int16()),
        "id_hash": pa.array([15, 16], pa.uint64()),
        "source": pa.array(["erp", "erp"]),
        "subject": pa.array(["O1", None]),
    } | changed
    given = {name: array for name, array in columns.items() if array is not None}
    batch = pa.record_batch(given)
    return Table(
        batch.replace_schema_metadata({"millstream.columns": version}), Names()
    )


def test_columns_are_taken_as_they_are():
    one = table()
    read_columnar(one)
    assert one.odd is None
    assert one.columns["id_hash"].tolist() == [15, 16]
    assert one.columns["subject"].tolist()[1] == -1


def test_ids_are_hashed_where_no_hash_is():
    one = table(id_hash=None, id=pa.array(["a", ""]))
    read_columnar(one)
    assert one.columns["id_hash"][0] == hash64("a")
    assert one.odd.tolist() == [False, True]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"version": "9"}, "must be b'1'"),
        ({"source": None}, "column 'source': must be there"),
        ({"source": pa.array([1, 2])}, "'source': must be of strings"),
        ({"id_hash": None}, "'id_hash' or 'id': must be there"),
        ({"id_hash": None, "id": pa.array([1, 2])}, "'id': must be of strings"),
        ({"time_us": pa.array([1, 2], pa.int32())}, "must be of int64, was int32"),
        ({"value0": pa.array([1, 2])}, "must be of float64, was int64"),
        ({"time_us": pa.array([1, None])}, "must have no null, has 1"),
    ],
)
def test_columns_of_another_kind_are_refused(changed, message):
    with pytest.raises(EnvelopeError, match=message):
        read_columnar(table(**changed))


def test_row_is_written_by_its_fields_or_its_detail():
    one = table(
        detail=pa.array([b'{"order":"O9","reason":"late"}', b"}, broken"]),
        type_code=pa.array([TYPE_CODES["OrderCancelled"], 99], pa.int16()),
    )
    read_columnar(one)
    assert one.odd.all()
    first = msgspec.json.decode(columnar_json(one, 0))
    assert first["data"] == {"order": "O9", "reason": "late"}
    assert (first["id"], first["source"]) == ("000000000000000f", "erp")
    second = msgspec.json.decode(columnar_json(one, 1))
    assert (second["data"], second["type"]) == ("}, broken", "99")
    plain = table(id=pa.array(["a", "b"]), sequence=pa.array(np.array([4, 5])))
    read_columnar(plain)
    written = msgspec.json.decode(columnar_json(plain, 0))
    assert (written["id"], written["sequence"]) == ("a", 4)
    assert written["data"] == {"order": "O1"}


def test_nulls_of_joined_messages_stand_for_nothing():
    one = table(
        code=pa.array([None, 3], pa.int16()),
        value1=pa.array([2.5, None], pa.float64()),
        sequence=pa.nulls(2, pa.int64()),
        time0=pa.nulls(2, pa.int64()),
    )
    read_columnar(one)
    assert one.columns["code"].tolist() == [-1, 3]
    assert one.columns["sequence"].tolist() == [0, 0]
    assert one.columns["time0"].tolist() == [NO_TIME] * 2
    np.testing.assert_array_equal(one.columns["value1"], [2.5, np.nan])
    assert one.columns["code"].dtype == np.int16
