"""Replay: a source folded into projections, up to any position or time."""

from twin.replay.ahead import Step, replay_ahead
from twin.replay.mapped import MapCounters, MappedSource
from twin.replay.nearest import PastState, Place, state_near
from twin.replay.projections import PROJECTIONS
from twin.replay.recorded import RecordedLog
from twin.replay.source import (
    BATCH_RECORDS,
    TornTail,
    identity_of,
    open_source,
    place_text,
    read,
    torn_tail,
)
from twin.replay.twin import (
    ReplayOptions,
    Twin,
    end_reached,
    end_read,
    state_at,
)

__all__ = [
    "BATCH_RECORDS",
    "PROJECTIONS",
    "MapCounters",
    "MappedSource",
    "PastState",
    "Place",
    "RecordedLog",
    "ReplayOptions",
    "Step",
    "TornTail",
    "Twin",
    "end_reached",
    "end_read",
    "identity_of",
    "open_source",
    "place_text",
    "read",
    "replay_ahead",
    "state_at",
    "state_near",
    "torn_tail",
]
