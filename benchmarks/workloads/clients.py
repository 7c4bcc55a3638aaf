"""Kafka clients side by side: ours, and what others do with theirs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.workloads import reference
from benchmarks.workloads.reference import Folded
from benchmarks.workloads.replaying import consume
from streams.kafka import KafkaConfiguration, KafkaSource
from streams.records import Position
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


class Ours:
    """The product's source, connected; each call reads the topic anew and folds it.

    Parameters
    ----------
    topic
        What to read.
    transport
        As of `streams.kafka.KafkaSource`.
    """

    def __init__(self, topic: Topic, transport: str) -> None:
        self._topic = topic
        configuration = KafkaConfiguration((topic.address,))
        self._source = KafkaSource(configuration, [topic.name], transport=transport)

    def __call__(self) -> State:
        """Read from the first record to the last."""
        self._source.seek(Position())
        return consume(self._source, self._topic.n_records)

    def close(self) -> None:
        """Leave the broker."""
        self._source.close()


class KafkaPython:
    """kafka-python's poll, as its documentation has it, into orjson and dicts."""

    def __init__(self, topic: Topic) -> None:
        from kafka import KafkaConsumer, TopicPartition  # noqa: PLC0415 - a peer

        self._n_records = topic.n_records
        self._place = TopicPartition(topic.name, 0)
        self._consumer = KafkaConsumer(
            bootstrap_servers=topic.address,
            enable_auto_commit=False,
            max_poll_records=10_000,
            max_partition_fetch_bytes=FETCH_BYTES,
            metrics_enabled=False,
        )
        self._consumer.assign([self._place])

    def __call__(self) -> Folded:
        """Read from the first record to the last."""
        folded, n_read = reference.empty(), 0
        self._consumer.seek(self._place, 0)
        while n_read < self._n_records:
            for records in self._consumer.poll(timeout_ms=1000).values():
                n_read += len(records)
                reference.fold_json(folded, (record.value for record in records))
        return folded

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()


class Confluent:
    """confluent-kafka's consume, tuned, into orjson and dicts."""

    def __init__(self, topic: Topic) -> None:
        from confluent_kafka import Consumer, TopicPartition  # noqa: PLC0415 - a peer

        settings: dict[str, Any] = {
            "bootstrap.servers": topic.address, "group.id": "benchmark",
            "enable.auto.commit": False, "log_level": 0,
        }  # fmt: skip
        self._n_records = topic.n_records
        self._start = TopicPartition(topic.name, 0, 0)
        self._consumer = Consumer(settings | CONFLUENT_TUNED)

    def __call__(self) -> Folded:
        """Read from the first record to the last."""
        folded, n_read = reference.empty(), 0
        # Assigned anew, so that nothing was fetched before the clock starts.
        self._consumer.assign([self._start])
        while n_read < self._n_records:
            found = self._consumer.consume(10_000, 0.1)
            n_read += len(found)
            reference.fold_json(folded, (message.value() for message in found))
        self._consumer.unassign()
        return folded

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()


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
