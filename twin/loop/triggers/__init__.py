"""Triggers of a live loop: what calls for a decision before the next review.

Each is deterministic and holds nothing of what it has seen: what it needs of the past
stands in the situation it is asked in, and so in what the loop saves.
"""

from twin.loop.triggers.demand import DemandShift, ForecastDrift
from twin.loop.triggers.machines import MachineDown
from twin.loop.triggers.stock import ShortageProjected
from twin.loop.triggers.suppliers import LateSupplier

__all__ = [
    "DemandShift",
    "ForecastDrift",
    "LateSupplier",
    "MachineDown",
    "ShortageProjected",
]
