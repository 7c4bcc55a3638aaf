"""The health of machines as one self-contained HTML page."""

from twin.report.health.data import (
    Degradation,
    HeadTile,
    HealthData,
    MachineRow,
)
from twin.report.health.page import render, write

__all__ = [
    "Degradation",
    "HeadTile",
    "HealthData",
    "MachineRow",
    "render",
    "write",
]
