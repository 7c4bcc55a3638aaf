"""Kafka as source and sink of raw records; the only place that knows a Kafka client."""

from streams.kafka.configuration import (
    KafkaAddress,
    KafkaConfiguration,
    parse_address,
    parse_properties,
    read_properties,
)
from streams.kafka.sink import KafkaSink
from streams.kafka.source import KafkaSource

__all__ = [
    "KafkaAddress",
    "KafkaConfiguration",
    "KafkaSink",
    "KafkaSource",
    "parse_address",
    "parse_properties",
    "read_properties",
]
