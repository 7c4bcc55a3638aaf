"""Which order serves which need: first come, first used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optimizer.procurement.plan import PurchaseOrder
    from optimizer.procurement.problem import PurchasingProblem

__all__ = ["Peg", "peg_needs"]

NOTHING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Peg:
    """Units of a need and where they come from.

    Parameters
    ----------
    item
        Name.
    need_period
        In which they are needed.
    source
        `stock`, `open order`, `order`, or `short`: they do not come in the horizon.
    order
        Row of the order among those of the plan, or of the open order; -1 else.
    arrival
        Period they come in; -1 where they are there, or do not come.
    quantity
        Units.
    """

    item: str
    need_period: int
    source: str
    order: int
    arrival: int
    quantity: float


def peg_needs(
    problem: PurchasingProblem, orders: Iterable[PurchaseOrder]
) -> tuple[Peg, ...]:
    """Return where the units of every need come from.

    Parameters
    ----------
    problem
        Its needs, stock and open orders.
    orders
        Of a plan.

    Returns
    -------
    tuple of Peg
        By item and period; units of an item add up to its need.
    """
    placed = list(orders)
    pegs: list[Peg] = []
    for item in problem.items:
        # Where units come from, the earliest first: source, row, arrival, units.
        sources: list[list[float | int | str]] = [["stock", -1, -1, item.stock]]
        sources += [
            ["open order", row, one.period, one.quantity]
            for row, one in enumerate(problem.open_orders)
            if one.item == item.name
        ]
        sources += [
            ["order", row, one.arrival, one.quantity]
            for row, one in enumerate(placed)
            if one.item == item.name and one.arrival < problem.n_periods
        ]
        sources.sort(key=lambda source: (source[2], str(source[0])))
        at = 0
        for period, need in enumerate(item.needs):
            left = need
            while left > NOTHING and at < len(sources):
                kind, row, arrival, units = sources[at]
                used = min(left, float(units))
                if used > NOTHING:
                    pegs.append(
                        Peg(
                            item=item.name, need_period=period, source=str(kind),
                            order=int(row), arrival=int(arrival), quantity=used,
                        )
                    )  # fmt: skip
                left -= used
                sources[at][3] = float(units) - used
                if float(sources[at][3]) <= NOTHING:
                    at += 1
            if left > NOTHING:
                pegs.append(
                    Peg(
                        item=item.name, need_period=period, source="short", order=-1,
                        arrival=-1, quantity=left,
                    )
                )  # fmt: skip
    return tuple(pegs)
