"""The master plan: what to buy, make, move and deliver when, consistent end to end."""

from twin.masterplan.certain import certain
from twin.masterplan.check import check_plan, span_of
from twin.masterplan.execution import execute
from twin.masterplan.expected import ExpectedDemand, ExpectedSource, expected_demand
from twin.masterplan.making import MasterPlan, make_plan, play_certain
from twin.masterplan.money import Span, planned_money
from twin.masterplan.moves import levels, stock_moves
from twin.masterplan.pegging import Source, pegs_of, sources
from twin.masterplan.tables import PlanTables, decisions_from, orders_of

__all__ = [
    "ExpectedDemand",
    "ExpectedSource",
    "MasterPlan",
    "PlanTables",
    "Source",
    "Span",
    "certain",
    "check_plan",
    "decisions_from",
    "execute",
    "expected_demand",
    "levels",
    "make_plan",
    "orders_of",
    "pegs_of",
    "planned_money",
    "play_certain",
    "sources",
    "span_of",
    "stock_moves",
]
