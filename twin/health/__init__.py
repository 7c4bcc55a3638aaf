"""The seam to failures: what machines showed, to how long they last and when to act.

Modules that learn are loaded when a name of theirs is asked for: replays fold
`HealthFeatures`, and need none of them.
"""

from typing import TYPE_CHECKING

from twin.health.folded import CYCLE_US, HealthFeatures
from twin.health.loading import loaded_when_asked

if TYPE_CHECKING:
    from forecasting.failure import Costs, RulOptions
    from twin.health.lives import Lives, lives_of, shared_sensors
    from twin.health.tables import (
        AHEAD,
        HORIZON,
        RESTATES,
        HealthTable,
        health_table,
        risk_table,
    )
    from twin.health.warning import EarlyWarning, WarningOptions

_HOMES = {
    **dict.fromkeys(("Costs", "RulOptions"), "forecasting.failure"),
    **dict.fromkeys(("Lives", "lives_of", "shared_sensors"), "twin.health.lives"),
    **dict.fromkeys(("AHEAD", "HORIZON", "RESTATES"), "twin.health.tables"),
    **dict.fromkeys(("HealthTable", "health_table"), "twin.health.tables"),
    "risk_table": "twin.health.tables",
    **dict.fromkeys(("EarlyWarning", "WarningOptions"), "twin.health.warning"),
}

__all__ = [
    "AHEAD",
    "CYCLE_US",
    "HORIZON",
    "RESTATES",
    "Costs",
    "EarlyWarning",
    "HealthFeatures",
    "HealthTable",
    "Lives",
    "RulOptions",
    "WarningOptions",
    "health_table",
    "lives_of",
    "risk_table",
    "shared_sensors",
]

__getattr__ = loaded_when_asked(__name__, _HOMES)
