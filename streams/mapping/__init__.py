"""Foreign tables and topics to events, by a mapping file."""

from streams.mapping.apply import MappedTable, RejectedRow, map_table
from streams.mapping.document import Mapping
from streams.mapping.loading import load_mapping, shipped_maps
from streams.mapping.topics import (
    MappedRecords,
    TopicReader,
    topic_of,
    topic_readers,
)

__all__ = [
    "MappedRecords",
    "MappedTable",
    "Mapping",
    "RejectedRow",
    "TopicReader",
    "load_mapping",
    "map_table",
    "shipped_maps",
    "topic_of",
    "topic_readers",
]
