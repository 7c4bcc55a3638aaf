"""Judges a plan of routes without knowing how it was found."""

from optimizer.logistics.routing.check.conflicts import conflict_holds
from optimizer.logistics.routing.check.loads import loads_after, trips_of
from optimizer.logistics.routing.check.timing import Stop, Timetable, timetable
from optimizer.logistics.routing.check.whole import (
    check_route,
    check_routes,
    route_cost,
    route_distance,
    routing_cost,
)

__all__ = [
    "Stop",
    "Timetable",
    "check_route",
    "check_routes",
    "conflict_holds",
    "loads_after",
    "route_cost",
    "route_distance",
    "routing_cost",
    "timetable",
    "trips_of",
]
