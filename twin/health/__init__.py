"""The seam to failures: what machines showed, to how long they last and when to act.

Modules that learn are loaded when a name of theirs is asked for: replays fold
`HealthFeatures`, and need none of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from twin.health.folded import CYCLE_US, HealthFeatures

if TYPE_CHECKING:
    from forecasting.failure import Costs, RulOptions
    from twin.health.tables import (
        HORIZON,
        RESTATES,
        HealthTable,
        health_table,
        risk_table,
    )

_HOMES = {
    "HORIZON": "twin.health.tables",
    "RESTATES": "twin.health.tables",
    "Costs": "forecasting.failure",
    "HealthTable": "twin.health.tables",
    "RulOptions": "forecasting.failure",
    "health_table": "twin.health.tables",
    "risk_table": "twin.health.tables",
}

__all__ = [
    "CYCLE_US",
    "HORIZON",
    "RESTATES",
    "Costs",
    "HealthFeatures",
    "HealthTable",
    "RulOptions",
    "health_table",
    "risk_table",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        msg = f"module 'twin.health' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(_HOMES[name]), name)
