"""Why: rules that contradict each other, jobs that are late, what an hour is worth."""

from optimizer.production.scheduling.explain.conflicts import Conflict
from optimizer.production.scheduling.explain.infeasible import (
    Explanation,
    explain_infeasible,
)
from optimizer.production.scheduling.explain.mending import Repair
from optimizer.production.scheduling.explain.rules import Kind, Prices, Relief, Rule
from optimizer.production.scheduling.explain.words import say_relief, say_rule

__all__ = [
    "Conflict",
    "Explanation",
    "Kind",
    "Prices",
    "Relief",
    "Repair",
    "Rule",
    "explain_infeasible",
    "say_relief",
    "say_rule",
]
