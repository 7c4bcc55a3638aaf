"""Kafka clients side by side: ours, and what others do with theirs."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.workloads import reference
from benchmarks.workloads.reference import Folded
from benchmarks.workloads.replaying import consume
from streams.kafka import KafkaConfiguration, KafkaSource
from twin.state.state import State

FETCH_BYTES = 8 << 20
IDLE_S = 10.0

CONFLUENT_TUNED = {
    # Its documented knobs for throughput; the first alone is worth a factor of four.
    "fetch.queue.backoff.ms": 1,
    "queued.min.messages": 1_000_000,
    "queued.max.messages.kbytes": 1 << 20,
    "fetch.message.max.bytes": FETCH_BYTES,
    "fetch.max.bytes": 8 * FETCH_BYTES,
}


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of one partition, and how many records it has."""

    address: str
    name: str
    n_records: int


def ours(topic: Topic, transport: str) -> State:
    """Read with the product's source and fold with the twin."""
    configuration = KafkaConfiguration((topic.address,))
    with KafkaSource(configuration, [topic.name], transport=transport) as source:
        return consume(source, topic.n_records)


def kafka_python(topic: Topic) -> Folded:
    """Poll with kafka-python, as its documentation does, into orjson and dicts."""
    from kafka import KafkaConsumer, TopicPartition  # noqa: PLC0415 - a peer

    folded, n_read = reference.empty(), 0
    consumer = KafkaConsumer(
        bootstrap_servers=topic.address,
        enable_auto_commit=False,
        max_poll_records=10_000,
        max_partition_fetch_bytes=FETCH_BYTES,
        metrics_enabled=False,
    )
    with closing(consumer):
        place = TopicPartition(topic.name, 0)
        consumer.assign([place])
        consumer.seek(place, 0)
        while n_read < topic.n_records:
            for records in consumer.poll(timeout_ms=1000).values():
                n_read += len(records)
                reference.fold_json(folded, (record.value for record in records))
    return folded


def confluent(topic: Topic) -> Folded:
    """Consume with confluent-kafka, tuned, into orjson and dicts."""
    from confluent_kafka import Consumer, TopicPartition  # noqa: PLC0415 - a peer

    folded, n_read = reference.empty(), 0
    settings: dict[str, Any] = {
        "bootstrap.servers": topic.address, "group.id": "benchmark",
        "enable.auto.commit": False, "log_level": 0,
    }  # fmt: skip
    with closing(Consumer(settings | CONFLUENT_TUNED)) as consumer:
        consumer.assign([TopicPartition(topic.name, 0, 0)])
        while n_read < topic.n_records:
            found = consumer.consume(10_000, 0.1)
            n_read += len(found)
            reference.fold_json(folded, (message.value() for message in found))
    return folded


def quixstreams(topic: Topic, folder: Path, group: str) -> dict[Any, Any]:
    """Fold by key with the stateful pipeline of Quix Streams, without a changelog.

    Returns
    -------
    dict
        The last state of every key; a machine's is its number of readings.
    """
    from quixstreams import Application  # noqa: PLC0415 - a peer

    latest: dict[Any, Any] = {}
    app = Application(
        broker_address=topic.address, consumer_group=group, state_dir=folder,
        auto_offset_reset="earliest", use_changelog_topics=False, loglevel="ERROR",
        auto_create_topics=False,
    )  # fmt: skip

    def update(event: dict[str, Any], state: Any) -> None:
        key = event["data"].get("machine") or "orders"
        known = state.get(key, 0) + 1
        state.set(key, known)
        latest[key] = known

    source = app.topic(topic.name, value_deserializer="json")
    app.dataframe(source).update(update, stateful=True)
    app.run(count=topic.n_records, timeout=IDLE_S, collect=False)
    return latest
