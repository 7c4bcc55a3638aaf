"""Decoded batches in any order, events once and in canonical order out."""

from streams.ingest.lateness import LATE_POLICY, LatePolicy
from streams.ingest.options import IngestOptions
from streams.ingest.pipeline import Ingest
from streams.ingest.released import Counters, Released

__all__ = [
    "LATE_POLICY",
    "Counters",
    "Ingest",
    "IngestOptions",
    "LatePolicy",
    "Released",
]
