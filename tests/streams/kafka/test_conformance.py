"""What every transport must do, on Apache Kafka: the same records at the same place."""

import gc
import subprocess
import threading
from pathlib import Path

import pytest
from kafka import KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from streams.errors import PositionError
from streams.kafka import KafkaConfiguration, KafkaSource
from streams.records import Position

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

TRANSPORTS = ["poll", "batch", "lane"]
CODECS = [None, "gzip", "snappy", "lz4", "zstd"]
SCRIPT = Path(__file__).parents[2] / "kafka" / "broker"
LIBRARIES = Path(__file__).parents[3] / ".cache" / "kafka-libs"
SILENT_S_MAX = 60.0


class Kafka:
    """Clients of the tests' broker, and topics on it."""

    def __init__(self, broker, make_topic):
        self.broker, self.topic = broker, make_topic
        self.opened = []

    def _keep(self, client):
        self.opened.append(client)
        return client

    def producer(self, **options):
        given = {"bootstrap_servers": self.broker.address, "linger_ms": 20, **options}
        return self._keep(KafkaProducer(**given))

    def admin(self):
        return self._keep(KafkaAdminClient(bootstrap_servers=self.broker.address))

    def source(self, topic, transport):
        configuration = KafkaConfiguration((self.broker.address,))
        source = self._keep(KafkaSource(configuration, [topic], transport=transport))
        assert source.transport == transport
        return source

    def close(self):
        while self.opened:
            self.opened.pop().close()


@pytest.fixture
def kafka(kafka_broker, kafka_topic):
    found = Kafka(kafka_broker, kafka_topic)
    yield found
    found.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("lane ")]


def drain(source, max_records=100, end=None):
    """Read to the end; return every record with all it has, by partition."""
    end = end or source.end_position()
    found, silent_s = {name: [] for name in source.partitions()}, 0.0
    while not source.position().reaches(end):
        batch = source.poll(0.5, max_records)
        if batch is None:
            silent_s += 0.5
            assert silent_s < SILENT_S_MAX, f"silent at {source.position()}"
            continue
        assert 0 < len(batch) <= max_records
        n_records = len(batch)
        columns = (
            batch.offsets.tolist(),
            batch.timestamps_us.tolist(),
            batch.keys or [None] * n_records,
            batch.values(),
            batch.headers or [{}] * n_records,
        )
        found[batch.partition] += zip(*columns, strict=True)
    return found


def fill(kafka, topic, codec, n_records=300):
    """Write records of every shape to partition 0 and 1 of a topic."""
    writer = kafka.producer(compression_type=codec, batch_size=3000)
    expected = {f"{topic}-0": [], f"{topic}-1": []}
    for index in range(n_records):
        number, offset = index % 2, index // 2
        key = b"k%d" % index if index % 3 else None
        value = b"" if index % 50 == 7 else b"v%d " % index + b"." * (index % 200)
        headers = [("ce_id", b"%d" % index), ("ce_x", b"")] if index % 5 == 0 else []
        writer.send(
            topic,
            value,
            key=key,
            headers=headers,
            partition=number,
            timestamp_ms=5000 + index,
        )
        row = (offset, 1000 * (5000 + index), key, value, dict(headers))
        expected[f"{topic}-{number}"].append(row)
    writer.flush()
    return expected


@pytest.mark.parametrize("codec", CODECS)
def test_every_record_comes_back_as_it_was(codec, kafka):
    topic = kafka.topic(f"codec-{codec}", n_partitions=2)
    expected = fill(kafka, topic, codec)
    for transport in TRANSPORTS:
        source = kafka.source(topic, transport)
        assert drain(source) == expected, transport
        for offset in (1, 73, 149):
            source.seek(Position({f"{topic}-0": offset, f"{topic}-1": 150}))
            found = drain(source, 7)
            assert found[f"{topic}-0"] == expected[f"{topic}-0"][offset:], transport
            assert not found[f"{topic}-1"]
        assert source.poll(0, 10) is None


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_transactions_are_whole_or_not_there(transport, kafka):
    topic = kafka.topic("transactions")
    one, other = (
        kafka.producer(transactional_id=f"{topic}-{name}", linger_ms=0) for name in "ab"
    )
    plain = kafka.producer(linger_ms=0)
    for writer in (one, other):
        writer.init_transactions()
    kept = []
    for turn in range(6):
        one.begin_transaction()
        other.begin_transaction()
        for index in range(20):
            for name, writer in (("one", one), ("other", other), ("plain", plain)):
                value = f"{name} {turn} {index}".encode()
                writer.send(topic, value).get(10)
                if name == "plain" or (name == "one") == (turn % 2 == 0):
                    kept.append(value)
        commit, abort = (one, other) if turn % 2 == 0 else (other, one)
        commit.commit_transaction()
        abort.abort_transaction()
    source = kafka.source(topic, transport)
    found = drain(source, 11)[f"{topic}-0"]
    assert [value for *_, value, _ in found] == kept
    n_offsets = 6 * (60 + 2)  # and a marker ends each transaction
    assert source.position() == Position({f"{topic}-0": n_offsets})
    assert found[-1][0] < n_offsets - 2


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_records_that_were_deleted_are_named(transport, kafka):
    topic = kafka.topic("deleted", n_partitions=2)
    fill(kafka, topic, None)
    source = kafka.source(topic, transport)
    admin = kafka.admin()
    admin.delete_records({TopicPartition(topic, 0): 100})
    with pytest.raises(PositionError, match=rf"{topic}-0.* 0\b.*\b100\b"):
        drain(source)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_topic_that_was_made_anew_is_not_read_as_the_old_one(transport, kafka):
    topic = kafka.topic("anew", n_partitions=2)
    fill(kafka, topic, None)
    source = kafka.source(topic, transport)
    drain(source)
    admin = kafka.admin()
    admin.delete_topics([topic])
    for _ in range(100):
        if topic not in admin.list_topics():
            break
        threading.Event().wait(0.1)
    admin.create_topics([NewTopic(topic, num_partitions=2, replication_factor=1)])
    fill(kafka, topic, None, n_records=50)
    with pytest.raises(PositionError, match=rf"{topic}-\d"):
        drain(source, end=Position({f"{topic}-0": 151}))


# kafka-python forgets sockets that could not connect.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_broker_that_was_killed_is_read_on_when_it_is_back(transport, kafka, caplog):
    caplog.set_level("CRITICAL", "kafka")  # the log would hold on to those sockets
    broker, topic = kafka.broker, kafka.topic("killed", n_partitions=2)
    expected = fill(kafka, topic, "lz4")
    kafka.close()
    source = kafka.source(topic, transport)
    found = drain(source, 5, end=Position({f"{topic}-0": 20}))
    subprocess.run([SCRIPT, "kill", broker.folder], check=True)
    start = ["start", LIBRARIES, broker.folder, str(broker.port)]
    restart = threading.Thread(
        target=subprocess.run,
        args=([SCRIPT, *start],),
        kwargs={"check": True, "capture_output": True},
    )
    restart.start()
    try:
        rest = drain(source, 50, end=Position(dict.fromkeys(expected, 150)))
    finally:
        restart.join()
    assert {name: found[name] + rest[name] for name in expected} == expected
    kafka.close()
    gc.collect()  # while the warning is ignored
