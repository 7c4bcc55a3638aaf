import logging
from collections import deque
from types import SimpleNamespace

import pytest
from kafka import OffsetAndMetadata, TopicPartition
from kafka.errors import (
    CorruptRecordError,
    KafkaTimeoutError,
    LogTruncationError,
    OffsetOutOfRangeError,
)

from streams.errors import (
    BrokerUnreachableError,
    KafkaConfigurationError,
    PartitionStalledError,
    PositionError,
    RecordError,
    RecordsCorruptError,
    TopicNotFoundError,
)
from streams.kafka import (
    KafkaConfiguration,
    KafkaSink,
    KafkaSource,
    parse_properties,
    source,
)
from streams.records import Position

N = 300  # records in partition 0


@pytest.fixture(scope="module")
def configuration(kafka_broker):
    return KafkaConfiguration((kafka_broker.address,))


@pytest.fixture
def topics(configuration, kafka_topic):
    """Topic "orders" with N records in partition 0 and 2 in 1; "machines" with 5."""
    orders = kafka_topic("orders", n_partitions=2)
    machines = kafka_topic("machines")
    with KafkaSink(configuration, orders, partition=0) as sink:
        sink.append(
            [b"o%d" % index for index in range(N)],
            keys=[b"k%d" % index if index % 2 else None for index in range(N)],
            headers=[{"ce_id": b"%d" % index} for index in range(N)],
            timestamps_us=[1_000_000 + 1000 * index for index in range(N)],
        )
    with KafkaSink(configuration, orders, partition=1) as sink:
        sink.append([b"p0", b"p1"], timestamps_us=1_500_000)
    with KafkaSink(configuration, machines) as sink:
        sink.append([b"m%d" % index for index in range(5)], timestamps_us=0)
    return orders, machines


def drain(source, max_records=64):
    """Read to the end; return values by partition, with their offsets."""
    found, end = {}, source.end_position()
    for _ in range(200):
        if source.position().reaches(end):
            return found
        batch = source.poll(1.0, max_records)
        if batch:
            assert len(batch) <= max_records
            rows = zip(batch.offsets.tolist(), batch.values(), strict=True)
            found.setdefault(batch.partition, []).extend(rows)
    pytest.fail(f"did not reach {end}, got to {source.position()}")


@pytest.mark.kafka
@pytest.mark.slow
def test_everything_produced_comes_back_from_two_topics(configuration, topics):
    orders, machines = topics
    with KafkaSource(configuration, topics) as source:
        names = (f"{machines}-0", f"{orders}-0", f"{orders}-1")
        assert source.partitions() == names
        assert source.position() == Position(dict.fromkeys(names, 0))
        assert drain(source) == {
            f"{machines}-0": [(i, b"m%d" % i) for i in range(5)],
            f"{orders}-0": [(i, b"o%d" % i) for i in range(N)],
            f"{orders}-1": [(0, b"p0"), (1, b"p1")],
        }
        assert source.poll(0, 10) is None


@pytest.mark.kafka
@pytest.mark.slow
def test_keys_headers_and_times_come_back(configuration, topics):
    with KafkaSource(configuration, topics[:1]) as source:
        source.seek(Position({f"{topics[0]}-0": 10, f"{topics[0]}-1": 2}))
        batch = None
        while batch is None:
            batch = source.poll(1.0, 3)
        assert batch.keys == (None, b"k11", None)[: len(batch)]
        assert batch.headers[0] == {"ce_id": b"10"}
        assert batch.timestamps_us[0] == 1_010_000


@pytest.mark.kafka
@pytest.mark.slow
def test_offsets_are_found_by_seek_and_what_is_not_there_refused(configuration, topics):
    first, second = f"{topics[0]}-0", f"{topics[0]}-1"
    with KafkaSource(configuration, topics[:1]) as source:
        assert source.poll(1.0, 7)
        source.seek(Position({first: 250}))
        found = drain(source, 7)
        assert [offset for offset, _ in found[first]] == list(range(250, N))
        assert [offset for offset, _ in found[second]] == [0, 1]
        with pytest.raises(PositionError, match=rf"must be in 0\.\.{N}, was 301"):
            source.seek(Position({first: N + 1}))
        with pytest.raises(PositionError, match="'nowhere-0': must be one of"):
            source.seek(Position({"nowhere-0": 0}))
        with pytest.raises(RecordError):
            source.poll(0, 0)


@pytest.mark.kafka
@pytest.mark.slow
def test_times_are_found_by_seek(configuration, topics):
    first, second = f"{topics[0]}-0", f"{topics[0]}-1"
    with KafkaSource(configuration, topics[:1]) as source:
        for time_us, expected in [
            (0, (0, 0)),
            (1_100_000, (100, 0)),
            (1_100_001, (101, 0)),
            (1_500_001, (N, 2)),
        ]:
            source.seek_time(time_us)
            assert source.position() == Position(
                {first: expected[0], second: expected[1]}
            )
        source.seek_time(1_299_000)
        assert drain(source)[first] == [(299, b"o299")]


@pytest.mark.kafka
@pytest.mark.slow
def test_aborted_transactions_are_left_out_and_the_end_is_reached(
    kafka_broker, configuration, kafka_topic
):
    from kafka import KafkaProducer  # noqa: PLC0415

    topic = kafka_topic("transactions")
    producer = KafkaProducer(
        bootstrap_servers=kafka_broker.address, transactional_id="t"
    )
    producer.init_transactions()
    for value, finish in [
        (b"kept", producer.commit_transaction),
        (b"aborted", producer.abort_transaction),
    ]:
        producer.begin_transaction()
        producer.send(topic, value)
        producer.flush()
        finish()
    producer.close()
    with KafkaSource(configuration, [topic]) as source:
        assert drain(source) == {f"{topic}-0": [(0, b"kept")]}


@pytest.mark.kafka
@pytest.mark.slow
def test_missing_topic_is_named_with_those_like_it(configuration, kafka_topic):
    kafka_topic("machine-readings")
    with pytest.raises(TopicNotFoundError, match="there is machine-readings"):
        KafkaSource(configuration, ["machine-reading"])
    with pytest.raises(KafkaConfigurationError, match="at least one name"):
        KafkaSource(configuration, [])


TRANSPORTS = ["poll", "batch"]


@pytest.mark.kafka
@pytest.mark.slow
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_uncommitted_records_are_read_if_asked_for(
    transport, kafka_broker, kafka_topic
):
    from kafka import KafkaProducer  # noqa: PLC0415

    topic = kafka_topic("uncommitted")
    producer = KafkaProducer(
        bootstrap_servers=kafka_broker.address, transactional_id=topic
    )
    producer.init_transactions()
    for value, finish in [
        (b"kept", producer.commit_transaction),
        (b"aborted", producer.abort_transaction),
    ]:
        producer.begin_transaction()
        producer.send(topic, value)
        producer.flush()
        finish()
    producer.close()
    text = "isolation.level=read_uncommitted"
    uncommitted = parse_properties(text, servers=(kafka_broker.address,))
    with KafkaSource(uncommitted, [topic], transport=transport) as reader:
        assert reader.transport == transport
        assert drain(reader) == {f"{topic}-0": [(0, b"kept"), (2, b"aborted")]}


def compacted(kafka_broker, name):
    """Write keys over and over to a compacted topic, until the cleaner was there."""
    from kafka import KafkaProducer  # noqa: PLC0415
    from kafka.admin import KafkaAdminClient, NewTopic  # noqa: PLC0415

    admin = KafkaAdminClient(bootstrap_servers=kafka_broker.address)
    configs = {
        "cleanup.policy": "compact",
        "min.cleanable.dirty.ratio": "0.0",
        "segment.ms": "100",
        "max.compaction.lag.ms": "100",
    }
    topic = NewTopic(
        name, num_partitions=1, replication_factor=1, topic_configs=configs
    )
    admin.create_topics([topic])
    admin.close()
    producer = KafkaProducer(
        bootstrap_servers=kafka_broker.address, compression_type="zstd"
    )
    for number in range(100):
        producer.send(name, b"%d" % number, key=b"%d" % (number % 7))
    producer.flush()
    return producer


def read_between_cleanings(one_by_one, configuration, start):
    """Read "compacted" by both transports while the cleaner is not at work."""
    partition = "compacted-0"

    def polled():
        one_by_one.seek(Position({partition: start}))
        return drain(one_by_one, 1000)[partition]

    for _ in range(20):
        before = polled()
        with KafkaSource(configuration, ["compacted"]) as batches:
            batches.seek(Position({partition: start}))
            batched = drain(batches, 3)[partition]
        if polled() == before:
            return before, batched
    return pytest.fail("the broker's cleaner never rests")


@pytest.mark.kafka
@pytest.mark.slow
def test_gaps_of_compaction_are_read_alike(kafka_broker, configuration):
    topic = "compacted"
    producer = compacted(kafka_broker, topic)
    first = f"{topic}-0"
    with KafkaSource(configuration, [topic], transport="batch") as batches:
        for number in range(100):
            producer.send(topic, b"", key=b"wake").get(10)  # rolls the segment
            batches.seek(Position())
            found = drain(batches, 1000)[first]
            if len(found) < 60 + number:
                break
        else:
            pytest.fail("the broker's cleaner did not come by")
    producer.close()
    with KafkaSource(configuration, [topic], transport="poll") as one_by_one:
        last = found[-1][0]
        for start in (0, 1, 90, last):
            wanted, batched = read_between_cleanings(one_by_one, configuration, start)
            assert batched == wanted
            assert wanted[0][0] >= start


@pytest.mark.kafka
@pytest.mark.slow
def test_secure_connection_reads_batches(kafka_broker, configuration, kafka_topic):
    topic = kafka_topic("sealed")
    with KafkaSink(configuration, topic) as sink:
        sink.append([b"%d" % number for number in range(50)])
    secure = parse_properties(
        f"""
        bootstrap.servers = {kafka_broker.secure_address}
        security.protocol = SASL_SSL
        sasl.mechanism = SCRAM-SHA-512
        sasl.username = twin
        sasl.password = twin-secret
        ssl.ca.location = {kafka_broker.ca_file}
        """
    )
    found = []
    for transport in TRANSPORTS:
        with KafkaSource(secure, [topic], transport=transport) as reader:
            found.append(drain(reader))
    assert found[0] == found[1]
    assert len(found[0][f"{topic}-0"]) == 50


PLACE = TopicPartition("orders", 0)


class Consumer:
    """Answers as it is told; every poll takes ten seconds of its own clock."""

    def __init__(self):
        self.now_s = 0.0
        self.first, self.end = 0, 100
        self.polls = deque()  # what the next polls give or raise
        self.place = 0
        self.seeks = []
        self.is_silent = False

    def topics(self):
        return {"orders"}

    def partitions_for_topic(self, topic):
        return {0}

    def assign(self, places):
        assert places == [PLACE]

    def seek(self, place, offset):
        self.seeks.append(offset)
        self.place = offset

    def position(self, place, timeout_ms):
        return self.place

    def beginning_offsets(self, places, timeout_ms):
        return {PLACE: self.first}

    def end_offsets(self, places, timeout_ms):
        if self.is_silent:
            raise KafkaTimeoutError
        return {PLACE: self.end}

    def poll(self, timeout_ms, max_records):
        self.now_s += 10.0
        given = self.polls.popleft() if self.polls else 0
        if isinstance(given, Exception):
            raise given
        records = [
            SimpleNamespace(
                offset=self.place + index,
                timestamp=1,
                key=None,
                value=b"v",
                headers=[],
            )
            for index in range(given)
        ]
        self.place += given
        return {PLACE: records} if records else {}

    def close(self):
        pass


@pytest.fixture
def consumer(monkeypatch):
    made = Consumer()
    monkeypatch.setattr(source, "open_client", lambda *_, **__: made)
    return made


@pytest.fixture
def reader(consumer):
    """A source over that consumer, at offset 0 of 100."""
    return KafkaSource(
        KafkaConfiguration(("a:1",)),
        ["orders"],
        transport="poll",
        outage_s=60.0,
        stall_s=40.0,
        monotonic_s=lambda: consumer.now_s,
    )


def test_partition_that_stands_still_is_taken_up_anew_and_then_given_up(
    consumer, reader, caplog
):
    with caplog.at_level(logging.WARNING):
        for _ in range(6):
            assert reader.poll(0.0, 5) is None
    assert "'orders-0': stands still at offset 0, though its broker" in caplog.text
    assert consumer.seeks == [0, 0]  # the second to wake it
    for _ in range(3):
        reader.poll(0.0, 5)
    with pytest.raises(PartitionStalledError, match="has records up to 100"):
        reader.poll(0.0, 5)


def test_partition_that_moves_on_after_it_was_taken_up_anew_is_not_given_up(
    consumer, reader
):
    for _ in range(8):
        consumer.polls.extend([0] * 5 + [2])
        for _ in range(6):
            reader.poll(0.0, 5)
    assert len(consumer.seeks) > 4
    assert reader.position().of("orders-0") == 16


def test_partition_that_is_read_to_its_end_does_not_stand_still(consumer, reader):
    consumer.polls.append(100)
    assert len(reader.poll(0.0, 100)) == 100
    for _ in range(50):
        assert reader.poll(0.0, 5) is None
    assert consumer.seeks == [0]


def test_silent_broker_is_waited_for_and_told_after_a_while(consumer, reader):
    consumer.is_silent = True
    for _ in range(5):
        assert reader.poll(0.0, 5) is None
    with pytest.raises(BrokerUnreachableError, match=r"a:1: silent for 60 s while re"):
        reader.poll(0.0, 5)
    consumer.is_silent = False
    consumer.polls.append(3)
    assert len(reader.poll(0.0, 5)) == 3
    assert reader.position().of("orders-0") == 3


@pytest.mark.parametrize(
    ("there", "told"),
    [
        (
            (70, 100),
            r"wanted offset 50, the broker has 70\.\.100: records were deleted",
        ),
        ((0, 30), r"wanted offset 50, the broker has 0\.\.30: its log was cut off"),
    ],
)
def test_offset_that_is_not_there_is_told_with_those_that_are(
    consumer, reader, there, told
):
    reader.seek(Position({"orders-0": 50}))
    consumer.first, consumer.end = there
    consumer.polls.append(OffsetOutOfRangeError({PLACE: 50}))
    with pytest.raises(PositionError, match=f"orders-0: {told}"):
        reader.poll(0.0, 5)


@pytest.mark.parametrize(
    ("divergent", "told"),
    [(OffsetAndMetadata(40, "", 3), "at offset 40"), (None, "at an unknown offset")],
)
def test_log_that_a_new_leader_cut_off_is_told(consumer, reader, divergent, told):
    reader.seek(Position({"orders-0": 50}))
    consumer.polls.append(LogTruncationError({PLACE: divergent}))
    with pytest.raises(PositionError, match=f"wanted offset 50, but .* cut .*{told}"):
        reader.poll(0.0, 5)


def test_source_whose_records_were_corrupt_must_be_opened_again(consumer, reader):
    consumer.polls.append(CorruptRecordError("crc"))
    for _ in range(2):
        with pytest.raises(RecordsCorruptError, match="crc"):
            reader.poll(0.0, 5)
    with pytest.raises(RecordsCorruptError):
        reader.seek(Position({"orders-0": 1}))


def test_transport_and_group_that_cannot_be_are_refused_before_connecting():
    configuration = KafkaConfiguration(("nowhere.invalid:1",))
    with pytest.raises(KafkaConfigurationError, match="batch, lane, poll, was 'x"):
        KafkaSource(configuration, ["orders"], transport="x")
    grouped = KafkaConfiguration(("nowhere.invalid:1",), group_id="twins")
    with pytest.raises(KafkaConfigurationError, match="positions are kept in"):
        KafkaSource(grouped, ["orders"])
