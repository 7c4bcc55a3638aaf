"""Save state and position together, atomically, and load the newest whole one."""

from streams.checkpoint.loading import checkpoints, load
from streams.checkpoint.record import (
    Arrays,
    Checkpoint,
    CheckpointHead,
    MetaValue,
    RejectedCheckpoint,
    Section,
)
from streams.checkpoint.writer import CheckpointWriter, save

__all__ = [
    "Arrays",
    "Checkpoint",
    "CheckpointHead",
    "CheckpointWriter",
    "MetaValue",
    "RejectedCheckpoint",
    "Section",
    "checkpoints",
    "load",
    "save",
]
