"""Tables of stages, one a line, as published trees are laid out.

Columns: `stage_id`, `lead_time`, `max_s_time`, `cost` or `cost_rate` (what the stage
adds to a unit), `risk_pool` (exponent of pooling), `ext_demand_mean`, `ext_demand_std`,
`ext_demand_thres` (safety factor), and from `up_stages` on pairs of supplier and
quantity.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from optimizer.errors import ProblemError
from optimizer.inventory.problem import ServiceStage, ServiceTree

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_stages"]

COLUMNS = ("stage_id", "lead_time", "up_stages")


def read_stages(path: Path, *, holding_rate: float) -> ServiceTree:
    """Read a table of stages.

    Parameters
    ----------
    path
        Text with commas.
    holding_rate
        Money a year (or period) for each money of stock value, > 0.

    Raises
    ------
    ProblemError
        If the table is not of that form, with its line.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    head = [name.strip() for name in rows[0]] if rows else []
    missing = [name for name in COLUMNS if name not in head]
    if missing:
        message = f"{path.name}: the first line must name {', '.join(missing)}"
        raise ProblemError(message)
    stages = []
    for line, row in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in row):
            try:
                stages.append(_stage(head, row))
            except ValueError as error:
                message = f"{path.name}, line {line}: {error}"
                raise ProblemError(message) from error
    return ServiceTree(stages=tuple(stages), holding_rate=holding_rate)


def _stage(head: list[str], row: list[str]) -> ServiceStage:
    n_own = head.index("up_stages")
    cells = dict(zip(head[:n_own], (cell.strip() for cell in row), strict=False))
    # A line without customers may leave out the commas before its suppliers.
    rest = [cell.strip() for cell in row[n_own:]]
    while rest and not rest[-1]:
        rest.pop()
    if len(rest) % 2:
        message = f"up_stages must be pairs of supplier and quantity, were {rest}"
        raise ValueError(message)

    def number(name: str, default: float = 0.0) -> float:
        return float(cells.get(name) or default)

    limit = cells.get("max_s_time")
    return ServiceStage(
        name=cells["stage_id"],
        lead_time=int(cells["lead_time"]),
        added_cost=number("cost") or number("cost_rate"),
        service_time_max=int(limit) if limit else None,
        demand_mean=number("ext_demand_mean"),
        demand_sd=number("ext_demand_std"),
        safety_factor=number("ext_demand_thres"),
        pooling=number("risk_pool", 2.0),
        suppliers=tuple(
            (name, float(quantity))
            for name, quantity in zip(rest[::2], rest[1::2], strict=True)
        ),
    )
