import pytest

from streams.errors import (
    KafkaConfigurationError,
    PositionError,
    RecordError,
    TopicNotFoundError,
)
from streams.kafka import KafkaConfiguration, KafkaSink, KafkaSource
from streams.records import Position

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

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


def test_keys_headers_and_times_come_back(configuration, topics):
    with KafkaSource(configuration, topics[:1]) as source:
        source.seek(Position({f"{topics[0]}-0": 10, f"{topics[0]}-1": 2}))
        batch = None
        while batch is None:
            batch = source.poll(1.0, 3)
        assert batch.keys == (None, b"k11", None)[: len(batch)]
        assert batch.headers[0] == {"ce_id": b"10"}
        assert batch.timestamps_us[0] == 1_010_000


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


def test_missing_topic_is_named_with_those_like_it(configuration, kafka_topic):
    kafka_topic("machine-readings")
    with pytest.raises(TopicNotFoundError, match="there is machine-readings"):
        KafkaSource(configuration, ["machine-reading"])
    with pytest.raises(KafkaConfigurationError, match="at least one name"):
        KafkaSource(configuration, [])
