"""The master plan: what to buy, make, move and deliver when, consistent end to end."""

from twin.masterplan.certain import certain
from twin.masterplan.check import check_plan, span_of
from twin.masterplan.execution import execute
from twin.masterplan.expected import ExpectedDemand, ExpectedSource, expected_demand
from twin.masterplan.firm import FirmOrders, firm_orders
from twin.masterplan.folder import (
    read_firm,
    read_orders,
    read_summary,
    read_tables,
    summary,
    write_plan,
    write_tables,
)
from twin.masterplan.grounds import Grounds, read_grounds, write_grounds
from twin.masterplan.making import (
    Beginning,
    MasterPlan,
    PlanTerms,
    make_plan,
    play_certain,
)
from twin.masterplan.money import Span, planned_money
from twin.masterplan.moves import levels, stock_moves
from twin.masterplan.pegging import Source, pegs_of, sources
from twin.masterplan.shortages import Link, Shortage, binding_chain, shortages
from twin.masterplan.sides import side_of_folder, side_of_plan
from twin.masterplan.tables import PlanTables, decisions_from, orders_of
from twin.masterplan.to_order import made_to_order
from twin.masterplan.trips import plan_trips

__all__ = [
    "Beginning",
    "ExpectedDemand",
    "ExpectedSource",
    "FirmOrders",
    "Grounds",
    "Link",
    "MasterPlan",
    "PlanTables",
    "PlanTerms",
    "Shortage",
    "Source",
    "Span",
    "binding_chain",
    "certain",
    "check_plan",
    "decisions_from",
    "execute",
    "expected_demand",
    "firm_orders",
    "levels",
    "made_to_order",
    "make_plan",
    "orders_of",
    "pegs_of",
    "plan_trips",
    "planned_money",
    "play_certain",
    "read_firm",
    "read_grounds",
    "read_orders",
    "read_summary",
    "read_tables",
    "shortages",
    "side_of_folder",
    "side_of_plan",
    "sources",
    "span_of",
    "stock_moves",
    "summary",
    "write_grounds",
    "write_plan",
    "write_tables",
]
