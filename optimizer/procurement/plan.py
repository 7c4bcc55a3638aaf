"""Plans of purchases: orders, and what is known of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optimizer.result import Progress, SolveStatus

__all__ = ["PurchaseOrder", "PurchasePlan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrder:
    """An order that a plan places.

    Parameters
    ----------
    item, supplier, mode
        Of the offer.
    period
        In which it is placed.
    arrival
        Period before whose need it is there, if it is on time.
    quantity
        Units, > 0.
    price
        Our money a unit, price break included, before payment terms.
    cost
        Our money for it: price at its terms, freight and the cost of the order.
    """

    item: str
    supplier: str
    period: int
    arrival: int
    quantity: float
    price: float
    cost: float
    mode: str = ""

    @property
    def offer(self) -> tuple[str, str, str]:
        """Key of the offer it takes."""
        return self.item, self.supplier, self.mode


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchasePlan:
    """Orders and what is known of them.

    Parameters
    ----------
    status
        `optimal`, `feasible`, `infeasible` (then without orders) or `unknown`.
    objective, bound, gap
        Money; no plan costs less than the bound.
    orders
        By period, item and supplier.
    costs
        Parts of the objective by name.
    history
        Objective and bound over the solve.
    seconds
        Time the solve took.
    """

    status: SolveStatus
    objective: float = math.inf
    bound: float = -math.inf
    gap: float = math.inf
    orders: tuple[PurchaseOrder, ...] = ()
    costs: dict[str, float] = field(default_factory=dict)
    history: tuple[Progress, ...] = ()
    seconds: float = 0.0
