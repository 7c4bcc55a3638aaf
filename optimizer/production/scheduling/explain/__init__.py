"""Why: rules that contradict each other, jobs that are late, what an hour is worth."""

from optimizer.production.scheduling.explain.conflicts import Conflict
from optimizer.production.scheduling.explain.infeasible import (
    Explanation,
    explain_infeasible,
)
from optimizer.production.scheduling.explain.lateness import (
    Chain,
    Fix,
    Link,
    why_late,
)
from optimizer.production.scheduling.explain.mending import Repair
from optimizer.production.scheduling.explain.rules import Kind, Prices, Relief, Rule
from optimizer.production.scheduling.explain.shadow import (
    ShadowPrice,
    shadow_prices,
)
from optimizer.production.scheduling.explain.words import (
    say_hour,
    say_link,
    say_relief,
    say_rule,
    say_ticks,
)

__all__ = [
    "Chain",
    "Conflict",
    "Explanation",
    "Fix",
    "Kind",
    "Link",
    "Prices",
    "Relief",
    "Repair",
    "Rule",
    "ShadowPrice",
    "explain_infeasible",
    "say_hour",
    "say_link",
    "say_relief",
    "say_rule",
    "say_ticks",
    "shadow_prices",
    "why_late",
]
