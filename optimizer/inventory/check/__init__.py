"""Judge policies without the methods that found them."""

from optimizer.inventory.check.items import check_policy, expected_measures
from optimizer.inventory.check.serial import check_serial, echelon_cost
from optimizer.inventory.check.single import check_lot, check_season, lot_cost
from optimizer.inventory.check.tree import check_times

__all__ = [
    "check_lot",
    "check_policy",
    "check_season",
    "check_serial",
    "check_times",
    "echelon_cost",
    "expected_measures",
    "lot_cost",
]
