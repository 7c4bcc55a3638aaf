"""Files of stock problems solved, and policies as rows of tables."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from optimizer import SolveOptions
from optimizer.inventory.formats import read_inventory, read_stages
from optimizer.inventory.solve import (
    plan_inventory,
    plan_lot,
    plan_season,
    plan_serial,
    plan_tree,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from optimizer.inventory.problem import (
        InventoryPlan,
        SerialSystem,
        ServiceTree,
    )
    from optimizer.result import Progress

__all__ = ["policy_rows", "solve_file", "solve_stages"]

PARTS = ("items", "serial", "trees", "seasons", "lots")


def solve_file(
    path: Path,
    *,
    monotonic_s: Callable[[], float],
    on_progress: Callable[[Progress], None] | None = None,
) -> dict[str, Any]:
    """Solve all that a file of our own form asks for.

    Parameters
    ----------
    path
        See docs/inventory.md.
    monotonic_s
        A clock in seconds.
    on_progress
        Called after every item.

    Returns
    -------
    dict
        `status`; `costs`, money by part, each in the unit of time of its part;
        `objective`, the cost of the only part, None where there are several: their
        units differ; `policies`, `serial`, `trees`, `seasons` and `lots`: rows of
        tables.

    Raises
    ------
    ProblemError
        If the file is not of that form.
    """
    file = read_inventory(path)
    options = SolveOptions(monotonic_s=monotonic_s)
    plan = plan_inventory(file.problem, options, on_progress=on_progress)
    serial, serial_cost = _serial_rows(file.serial)
    trees, tree_cost = _tree_rows(file.trees)
    seasons = [asdict(plan_season(one)) for one in file.seasons.values()]
    lots = [asdict(plan_lot(one)) for one in file.lots.values()]
    costs = {
        "items": plan.objective,
        "serial": serial_cost,
        "trees": tree_cost,
        "seasons": math.fsum(row["cost"] for row in seasons),
        "lots": math.fsum(row["cost"] for row in lots),
    }
    there = (plan.policies, serial, trees, seasons, lots)
    parts = [part for part, rows in zip(PARTS, there, strict=True) if rows]
    return {
        "status": plan.status,
        "objective": costs[parts[0]] if len(parts) == 1 else None,
        "costs": {part: costs[part] for part in parts},
        "policies": policy_rows(plan),
        "serial": serial,
        "trees": trees,
        "seasons": seasons,
        "lots": lots,
    }


def solve_stages(path: Path, *, holding_rate: float) -> dict[str, Any]:
    """Solve the tree of a table of stages.

    Parameters
    ----------
    path
        See docs/inventory.md.
    holding_rate
        Money a unit of time for each money of stock value, > 0.

    Returns
    -------
    dict
        As `solve_file`.

    Raises
    ------
    ProblemError
        If the table is not of that form.
    """
    tree = read_stages(path, holding_rate=holding_rate)
    rows, cost = _tree_rows({path.stem: tree})
    return {
        "status": "optimal",
        "objective": cost,
        "costs": {"trees": cost},
        "policies": [],
        "trees": rows,
    }


def _serial_rows(
    systems: Mapping[str, SerialSystem],
) -> tuple[list[dict[str, Any]], float]:
    found, cost = [], 0.0
    for name, system in systems.items():
        policy = plan_serial(system)
        cost += policy.cost
        rows = zip(
            system.names, policy.echelon_levels, policy.local_levels, policy.lower,
            policy.upper, strict=True,
        )  # fmt: skip
        found += [
            {"system": name, "stage": stage, "echelon_level": echelon,
             "local_level": local, "lower": low, "upper": high, "cost": policy.cost}
            for stage, echelon, local, low, high in rows
        ]  # fmt: skip
    return found, cost


def _tree_rows(
    trees: Mapping[str, ServiceTree],
) -> tuple[list[dict[str, Any]], float]:
    found, cost = [], 0.0
    for name, tree in trees.items():
        times = plan_tree(tree)
        cost += times.cost
        found += [
            {"tree": name, "stage": stage.name, "inbound": times.inbound[at],
             "outbound": times.outbound[at], "safety_stock": times.safety_stock[at],
             "unit_cost": float(tree.unit_cost[at]), "cost": times.cost}
            for at, stage in enumerate(tree.stages)
        ]  # fmt: skip
    return found, cost


def policy_rows(plan: InventoryPlan) -> list[dict[str, Any]]:
    """Return a row for each policy.

    Parameters
    ----------
    plan
        Its policies, and what a simulation measured of them.
    """
    return [
        {
            "item": one.item,
            "policy": one.policy,
            "reorder_point": one.reorder_point,
            "order_up_to": one.order_up_to,
            "order_quantity": one.order_quantity,
            "safety_stock": one.safety_stock,
            "cost": one.measures.cost,
            "on_hand": one.measures.on_hand,
            "backorder": one.measures.backorder,
            "cycle_service": one.measures.cycle_service,
            "fill_rate": one.measures.fill_rate,
            "simulated_fill_rate": plan.simulated.get(one.item),
        }
        for one in plan.policies
    ]
