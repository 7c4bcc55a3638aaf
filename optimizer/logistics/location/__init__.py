"""Which plants and depots to open, and who supplies and serves whom.

`read_location` reads a problem, `locate_facilities` solves it, anytime and with a
bound, and `check_location` judges any plan without a solver.
"""

from optimizer.logistics.location.check import check_location, location_cost
from optimizer.logistics.location.formats import parse_location, read_location
from optimizer.logistics.location.problem import LocationPlan, LocationProblem
from optimizer.logistics.location.repair import (
    Extension,
    Repair,
    conflicts_of,
    repair_location,
)
from optimizer.logistics.location.solve import locate_facilities, warm_up

__all__ = [
    "Extension",
    "LocationPlan",
    "LocationProblem",
    "Repair",
    "check_location",
    "conflicts_of",
    "locate_facilities",
    "location_cost",
    "parse_location",
    "read_location",
    "repair_location",
    "warm_up",
]
