"""A map between a source and the twin; real topics are in tests/system."""

import json
from pathlib import Path

import pytest

from streams.errors import MappingError
from streams.mapping.loading import read_document
from streams.memory import MemoryLog, MemorySink, MemorySource
from streams.records import Position
from twin.replay.mapped import MappedSource, identity_of_map

COUNTED = {
    "type": "StockCounted",
    "time": "$timestamp",
    "where": [{"column": "n", "op": "not_null"}],
    "fields": {"item": "sku", "site": {"constant": "W"}, "quantity": "n"},
}
DOCUMENT = {"source": "wms", "topic": [{"format": "json", "event": [COUNTED]}]}


def mapping_of(document=DOCUMENT):
    return read_document(document, Path("wms.toml"))


@pytest.fixture
def source():
    """Two partitions; in the first a good record, a bad, an empty, a tombstone."""
    log = MemoryLog(["stock-0", "stock-1"])
    values = [b'{"sku": "A", "n": 3}', b"?", b"{}", b"", b'{"sku": "A", "n": -1}']
    headers = [{"ce_id": b"7"}] * 5
    MemorySink(log).append(
        values, timestamps_us=[10, 20, 30, 40, 50], keys=[b"k"] * 5, headers=headers
    )
    MemorySink(log, "stock-1").append([b'{"sku": "B", "n": 1}'], timestamps_us=10)
    with MappedSource(MemorySource(log), mapping_of()) as mapped:
        yield mapped


def test_records_keep_their_place(source):
    batch = source.poll(0, 10)
    assert (batch.partition, batch.offsets.tolist()) == ("stock-0", [0, 1, 2, 3, 4])
    assert batch.timestamps_us.tolist() == [10, 20, 30, 40, 50]
    assert (batch.keys, batch.headers) == ((b"k",) * 5, None)
    assert json.loads(batch.value(0))["data"]["quantity"] == 3
    assert list(batch.values())[1:] == [b"[]"] * 4


def test_what_became_of_the_records_is_counted(source):
    while source.poll(0, 10) is not None:
        pass
    counters = source.counters
    assert (counters.records, counters.events, counters.rejected) == (6, 2, 2)
    assert (counters.tombstones, counters.skipped) == (1, 1)


def test_rejected_come_with_the_part_that_is_used(source):
    batch = source.poll(0, 10)
    assert [one.offset for one in source.rejected_of(batch.slice(0, 4))] == [1]
    rest = source.rejected_of(batch.slice(4, 5))
    assert [(one.offset, one.reason) for one in rest] == [(4, "out of range")]
    assert rest[0].value == b'{"sku": "A", "n": -1}'
    assert source.rejected_of(batch) == ()


def test_rejected_of_records_read_again_come_once(source):
    source.poll(0, 10)
    source.seek(Position({"stock-0": 1, "stock-1": 1}))
    batch = source.poll(0, 10)
    assert [one.offset for one in source.rejected_of(batch)] == [1, 4]


def test_positions_are_those_of_the_source(source):
    assert source.partitions() == ("stock-0", "stock-1")
    assert source.end_position() == Position({"stock-0": 5, "stock-1": 1})
    source.seek_time(25)
    assert source.position() == Position({"stock-0": 2, "stock-1": 1})
    source.poll(0, 2)
    assert source.position().of("stock-0") == 4


def test_nothing_now_is_nothing_mapped():
    with MappedSource(MemorySource(MemoryLog(["a-0"])), mapping_of()) as empty:
        assert empty.poll(0, 1) is None
        assert empty.unseen() == ()


def test_columns_never_seen_are_told_by_topic(source):
    source.seek(Position({"stock-0": 2, "stock-1": 1}))
    source.poll(0, 1)
    assert source.unseen() == ("stock: n", "stock: sku")


def test_topic_without_section_is_refused():
    document = {"topic": [DOCUMENT["topic"][0] | {"name": "orders"}]}
    with pytest.raises(MappingError, match="topic 'stock': must be named"):
        MappedSource(MemorySource(MemoryLog(["stock-0"])), mapping_of(document))


def test_identity_follows_what_the_map_says():
    same = read_document(DOCUMENT, Path("elsewhere") / "wms.toml")
    other = mapping_of(DOCUMENT | {"time": {"zone": "Europe/Berlin"}})
    assert identity_of_map(same) == identity_of_map(mapping_of())
    assert identity_of_map(other) != identity_of_map(same)
