import subprocess
from contextlib import closing

import pytest
from kafka import KafkaConsumer, TopicPartition

from benchmarks.workloads.canned import CODECS, CannedBroker, record_batches

VALUES = [b"value %d " % index + b"." * (index % 70) for index in range(500)]


def read(address, n_records, *, first=0, **options):
    consumer = KafkaConsumer(
        bootstrap_servers=address, enable_auto_commit=False, group_id=None, **options
    )
    with closing(consumer):
        place = TopicPartition("t", 0)
        consumer.assign([place])
        consumer.seek(place, first)
        assert consumer.beginning_offsets([place]) == {place: 0}
        found = []
        while len(found) < n_records:
            records = consumer.poll(timeout_ms=1000, max_records=10_000)
            found += records.get(place, [])
        return found, consumer.end_offsets([place])[place]


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_recorded_batches_are_served_again_and_again(codec):
    keys = [b"k" if index % 2 else None for index in range(len(VALUES))]
    batches = record_batches(VALUES, batch_bytes=3000, codec=codec, keys=keys)
    assert len(batches) > 5
    with CannedBroker({"t": batches}, repeat=3) as broker:
        found, end = read(broker.address, 1400, first=100)
    assert end == 3 * len(VALUES)
    assert [record.offset for record in found] == list(range(100, 1500))
    assert all(record.value == VALUES[record.offset % 500] for record in found)
    assert all(record.key == keys[record.offset % 500] for record in found)


@pytest.mark.parametrize("versions", [(4, 4), (7, 7), (11, 11), (12, 12)])
def test_every_version_of_fetch_is_served(versions):
    with CannedBroker(
        {"t": record_batches(VALUES)}, partial=True, fetch_versions=versions
    ) as broker:
        found, _ = read(broker.address, 500, max_partition_fetch_bytes=2000)
    assert [record.value for record in found] == VALUES


def test_broker_ends_with_its_block():
    with CannedBroker({"t": record_batches(VALUES[:1])}) as broker:
        pid = broker.pid()
        assert subprocess.run(["kill", "-0", str(pid)], check=False).returncode == 0
    gone = subprocess.run(["kill", "-0", str(pid)], check=False, capture_output=True)
    assert gone.returncode
