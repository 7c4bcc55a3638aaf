"""Values and keys of records, decoded side by side."""

from pathlib import Path

import pytest

from streams.errors import ForeignSchemaError
from streams.mapping.document import TopicBlock
from streams.mapping.records import RecordReader
from streams.records import RecordBatch


def read(values, keys=None, **options):
    topic = TopicBlock(**({"format": "json"} | options))
    batch = RecordBatch.of("t-0", values, keys=keys, first_offset=5)
    return RecordReader(topic, Path(), None).read(batch)


def test_values_tombstones_and_what_cannot_be_read():
    found = read([b'{"a": 1}', b"", b"null", b"?"])
    kinds = [(row.index, row.change.kind) for row in found.rows]
    assert kinds == [(0, "value"), (1, "tombstone"), (2, "tombstone")]
    assert (found.rejected[3].offset, found.rejected[3].value) == (8, b"?")


def test_changes_and_changes_of_tables():
    found = read(
        [
            b'{"op": "d", "before": {"a": 1}}',
            b'{"databaseName": "x", "ddl": "y"}',
            b"{}",
        ],
        envelope="debezium",
    )
    assert [row.change.row for row in found.rows] == [{"a": 1}]
    assert (found.n_schema_changes, list(found.rejected)) == (1, [2])


def test_keys_as_text_and_as_records():
    assert [row.key for row in read([b"{}"] * 3, [b"k", None, b""]).rows] == [
        "k",
        None,
        None,
    ]
    assert read([b"{}"], [b'{"id": 7}'], key="json").rows[0].key == {"id": 7}
    assert read([b"{}"]).rows[0].key is None


@pytest.mark.parametrize(("key", "form"), [(b"\xff", "text"), (b"?", "json")])
def test_key_that_cannot_be_read_is_told(key, form):
    found = read([b'{"a": 1}'], [key], key=form)
    assert (found.rows, found.rejected[0].reason) == ([], "unreadable key")


def test_schema_file_that_is_missing():
    with pytest.raises(ForeignSchemaError, match=r"none\.avsc"):
        read([], format="avro", schema="none.avsc")
