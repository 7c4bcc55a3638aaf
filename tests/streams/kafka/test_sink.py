import pytest
from kafka.errors import KafkaTimeoutError

from streams.errors import DeliveryError, RecordError, TopicNotFoundError
from streams.kafka import KafkaConfiguration, KafkaSink, KafkaSource
from streams.records import Position

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


@pytest.fixture(scope="module")
def configuration(kafka_broker):
    return KafkaConfiguration((kafka_broker.address,))


def test_flush_gives_the_position_after_what_was_acknowledged(
    configuration, kafka_topic
):
    topic = kafka_topic("acknowledged")
    with KafkaSink(configuration, topic) as sink:
        assert sink.flush() == Position()
        assert sink.append([b"a", b"b", b""]) == -1
        assert sink.flush() == Position({f"{topic}-0": 3})
        sink.append([b"c"])
    with KafkaSource(configuration, [topic]) as source:
        assert source.end_position() == Position({f"{topic}-0": 4})


def test_records_of_one_key_go_to_one_partition_in_order(configuration, kafka_topic):
    topic = kafka_topic("keyed", n_partitions=3)
    with KafkaSink(configuration, topic) as sink:
        for index in range(90):
            sink.append([b"%d" % index], keys=[b"k%d" % (index % 9)])
    where = {}
    with KafkaSource(configuration, [topic]) as source:
        end = source.end_position()
        while not source.position().reaches(end):
            batch = source.poll(1.0, 100)
            for key, value in zip(batch.keys, batch.values(), strict=True):
                where.setdefault(key, []).append((batch.partition, int(value)))
    assert len({partition for rows in where.values() for partition, _ in rows}) == 3
    for rows in where.values():
        assert len({partition for partition, _ in rows}) == 1
        assert rows == sorted(rows)


def test_record_that_is_too_big_names_topic_and_broker(
    kafka_broker, configuration, kafka_topic
):
    topic = kafka_topic("small")
    with KafkaSink(configuration, topic) as sink:
        with pytest.raises(DeliveryError, match=rf"'{topic}'.*{kafka_broker.address}"):
            sink.append([bytes(2_000_000)])
        with pytest.raises(RecordError, match="keys"):
            sink.append([b"a"], keys=[])


def test_sink_that_failed_to_deliver_takes_no_more(
    configuration, kafka_topic, monkeypatch
):
    def fail(_):
        raise KafkaTimeoutError("too slow")

    sink = KafkaSink(configuration, kafka_topic("failing"))
    sink.append([b"a"])
    monkeypatch.setattr(sink._producer, "flush", fail)
    for attempt in (sink.flush, sink.flush, lambda: sink.append([b"b"])):
        with pytest.raises(DeliveryError, match="KafkaTimeoutError: too slow"):
            attempt()
    sink.close()
    monkeypatch.undo()
    sink._producer.close()


def test_missing_topic_and_partition_are_named(configuration, kafka_topic):
    with pytest.raises(TopicNotFoundError, match="topic 'nowhere': not on Kafka at"):
        KafkaSink(configuration, "nowhere", timeout_s=2)
    topic = kafka_topic("one-partition")
    with pytest.raises(DeliveryError, match=r"must be one of \[0\], was 4"):
        KafkaSink(configuration, topic, partition=4)
