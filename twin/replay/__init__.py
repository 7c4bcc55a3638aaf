"""Replay: a source folded into projections, up to any position or time."""

from twin.replay.recorded import RecordedLog
from twin.replay.source import BATCH_RECORDS, open_source, read
from twin.replay.twin import PROJECTIONS, ReplayOptions, Twin, end_read, state_at

__all__ = [
    "BATCH_RECORDS",
    "PROJECTIONS",
    "RecordedLog",
    "ReplayOptions",
    "Twin",
    "end_read",
    "open_source",
    "read",
    "state_at",
]
