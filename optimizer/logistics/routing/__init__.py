"""Routes of vehicles: capacities, time windows, several depots and trips, skills.

Which vehicle visits whom, in which order, so that all costs together are low.
`plan_routes` searches on both cores; `check_routes` judges any plan without a solver.
"""

from optimizer.logistics.routing.check import (
    check_routes,
    loads_after,
    route_cost,
    routing_cost,
    timetable,
)
from optimizer.logistics.routing.formats.reading import read_problem
from optimizer.logistics.routing.problem import (
    Breaks,
    Clients,
    Depots,
    Lock,
    Names,
    Route,
    RoutingProblem,
    RoutingSolution,
    Shipments,
    Vehicles,
    depot_of,
    reload_at,
)
from optimizer.logistics.routing.repair import (
    Change,
    Repair,
    RepairPrices,
    repair_routes,
)
from optimizer.logistics.routing.solve import plan_routes

__all__ = [
    "Breaks",
    "Change",
    "Clients",
    "Depots",
    "Lock",
    "Names",
    "Repair",
    "RepairPrices",
    "Route",
    "RoutingProblem",
    "RoutingSolution",
    "Shipments",
    "Vehicles",
    "check_routes",
    "depot_of",
    "loads_after",
    "plan_routes",
    "read_problem",
    "reload_at",
    "repair_routes",
    "route_cost",
    "routing_cost",
    "timetable",
]
