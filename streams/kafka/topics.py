"""Topics of our own: outputs, decisions and re-keyed records."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from kafka import KafkaConsumer
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import TopicAlreadyExistsError

from streams.errors import CoPartitionError
from streams.kafka.configuration import KafkaConfiguration
from streams.kafka.connection import open_client, topic_not_found, translated
from streams.kafka.source import TIMEOUT_S


def partition_counts(
    configuration: KafkaConfiguration,
    topics: Sequence[str],
    *,
    timeout_s: float = TIMEOUT_S,
) -> dict[str, int]:
    """Return the number of partitions of topics.

    Parameters
    ----------
    configuration : KafkaConfiguration
        How to reach the brokers.
    topics : sequence of str
        All must exist.
    timeout_s : float
        How long to wait for an answer of the brokers, > 0.

    Returns
    -------
    dict of str to int
        By topic, in the order given.

    Raises
    ------
    BrokerUnreachableError
        If no broker answers in time, or it refuses us.
    TopicNotFoundError
        If a topic is not there.
    """
    consumer: Any = open_client(
        KafkaConsumer, configuration, timeout_s=timeout_s, group_id=None
    )
    try:
        with translated(configuration, "reading the list of topics"):
            existing = consumer.topics()
            for topic in topics:
                if topic not in existing:
                    servers = ", ".join(configuration.servers)
                    raise topic_not_found(topic, existing, servers)
            return {
                topic: len(consumer.partitions_for_topic(topic)) for topic in topics
            }
    finally:
        consumer.close()


def make_topic(
    configuration: KafkaConfiguration,
    topic: str,
    *,
    n_partitions: int,
    timeout_s: float = TIMEOUT_S,
) -> None:
    """Make a topic if it is not there.

    Parameters
    ----------
    configuration : KafkaConfiguration
        How to reach the brokers.
    topic : str
        Its name.
    n_partitions : int
        How many partitions it must have, >= 1. Replicas are the broker's default.
    timeout_s : float
        How long to wait for an answer of the brokers, > 0.

    Raises
    ------
    CoPartitionError
        If it is there with another number of partitions.
    KafkaError
        If the broker refuses to make it.
    """
    admin: Any = open_client(KafkaAdminClient, configuration, timeout_s=timeout_s)
    try:
        # Another worker may have made it just now.
        with (
            translated(configuration, f"making topic {topic!r}"),
            suppress(TopicAlreadyExistsError),
        ):
            # -1: as many replicas as the broker makes of its own.
            admin.create_topics([NewTopic(topic, n_partitions, -1)])
    finally:
        admin.close()
    found = partition_counts(configuration, [topic], timeout_s=timeout_s)[topic]
    if found != n_partitions:
        raise CoPartitionError({topic: found, "those of the group": n_partitions})
