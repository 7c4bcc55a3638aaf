"""Foreign tables to events, by a mapping file."""

from streams.mapping.apply import MappedTable, RejectedRow, map_table
from streams.mapping.document import Mapping
from streams.mapping.loading import load_mapping, shipped_maps

__all__ = [
    "MappedTable",
    "Mapping",
    "RejectedRow",
    "load_mapping",
    "map_table",
    "shipped_maps",
]
