"""How much to order at a time when demand is steady: lots, breaks, backorders."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from optimizer.errors import ProblemError
from optimizer.inventory._kernels.panels import lots

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from optimizer.inventory.problem import FloatArray

__all__ = ["Lot", "discounted_quantity", "order_quantities", "order_quantity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """A lot size and what it costs.

    Parameters
    ----------
    quantity
        Units an order, > 0.
    cost
        Money a unit of time; with price breaks, purchases included.
    backorder_share
        Share of demand that waits for the next lot.
    band
        Price band the quantity lies in, from 0.
    """

    quantity: float
    cost: float
    backorder_share: float = 0.0
    band: int = 0


def order_quantity(
    *,
    fixed_cost: float,
    holding_cost: float,
    demand_rate: float,
    shortage_cost: float | None = None,
    production_rate: float = math.inf,
) -> Lot:
    """Return the economic order quantity, with backorders or a finite rate if asked.

    Parameters
    ----------
    fixed_cost
        Money an order, > 0.
    holding_cost, shortage_cost
        Money a unit and unit of time on hand, and waiting, > 0; None: nobody waits.
    demand_rate
        Units a unit of time, > 0.
    production_rate
        Units a unit of time at which a lot comes in, > demand rate.

    Raises
    ------
    ProblemError
        If an entry is not allowed.

    References
    ----------
    Harris (1913); Taft (1918); Snyder and Shen (2019), equations 3.4, 3.24 and 3.33.

    Examples
    --------
    >>> lot = order_quantity(fixed_cost=8.0, holding_cost=0.225, demand_rate=1300.0)
    >>> round(lot.quantity, 6), round(lot.cost, 6)
    (304.04678, 68.410526)
    """
    _positive(fixed_cost=fixed_cost, holding_cost=holding_cost, demand_rate=demand_rate)
    if production_rate <= demand_rate:
        message = f"production_rate must be > {demand_rate}, was {production_rate}"
        raise ProblemError(message)
    holding = holding_cost * (1.0 - demand_rate / production_rate)
    served = 1.0
    if shortage_cost is not None:
        _positive(shortage_cost=shortage_cost)
        # A lot that comes in slowly lowers stock and waiting by the same share.
        served = shortage_cost / (shortage_cost + holding_cost)
    quantity = math.sqrt(2.0 * fixed_cost * demand_rate / (holding * served))
    cost = math.sqrt(2.0 * fixed_cost * demand_rate * holding * served)
    return Lot(quantity=quantity, cost=cost, backorder_share=1.0 - served)


def order_quantities(
    fixed_cost: npt.ArrayLike, holding_cost: npt.ArrayLike, demand_rate: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Return the economic order quantities of many items, and what they cost.

    Parameters
    ----------
    fixed_cost, holding_cost, demand_rate
        ndarrays of shape (n,), float64, > 0; see `order_quantity`.

    Returns
    -------
    tuple of ndarray of shape (n,), float64
        Units an order, and money a unit of time.

    Raises
    ------
    ProblemError
        If an entry is not > 0.
    """
    fixed, holding, rate = (
        np.ascontiguousarray(one, dtype=np.float64)
        for one in (fixed_cost, holding_cost, demand_rate)
    )
    # Spreading out single numbers takes as long as five thousand roots.
    if not fixed.shape == holding.shape == rate.shape:
        spread = np.broadcast_arrays(fixed, holding, rate)
        fixed, holding, rate = (np.ascontiguousarray(one) for one in spread)
    # Beside the roots, because a loop that also compares does them one at a time.
    if fixed.size and not all(one.min() > 0.0 for one in (fixed, holding, rate)):
        least = f"{fixed.min()}, {holding.min()} and {rate.min()}"
        message = f"fixed_cost, holding_cost, demand_rate must be > 0, were {least}"
        raise ProblemError(message)
    quantity, cost = lots(fixed.ravel(), holding.ravel(), rate.ravel())
    return quantity, cost


def discounted_quantity(
    *,
    fixed_cost: float,
    holding_rate: float,
    demand_rate: float,
    breaks: Sequence[tuple[float, float]],
    incremental: bool = False,
) -> Lot:
    """Return the best lot where the price depends on the quantity.

    Parameters
    ----------
    fixed_cost
        Money an order, > 0.
    holding_rate
        Money a unit of time for each money of stock, > 0.
    demand_rate
        Units a unit of time, > 0.
    breaks
        Quantity from which a price holds, and the price; rising quantities from 0 on,
        falling prices > 0.
    incremental
        Whether a price holds for the units beyond its quantity only, not for all.

    Raises
    ------
    ProblemError
        If an entry is not allowed.

    References
    ----------
    Hadley and Whitin (1963), sections 2-11 and 2-12; Snyder and Shen (2019), 3.4.

    Examples
    --------
    >>> lot = discounted_quantity(
    ...     fixed_cost=8.0, holding_rate=0.3, demand_rate=1300.0,
    ...     breaks=[(0.0, 0.75), (400.0, 0.72), (800.0, 0.68)],
    ... )
    >>> lot.quantity, lot.band, round(lot.cost, 6)
    (800.0, 2, 978.6)
    """
    _positive(fixed_cost=fixed_cost, holding_rate=holding_rate, demand_rate=demand_rate)
    _judge_breaks(breaks)
    best: Lot | None = None
    constant = 0.0  # of an incremental band: what its units cost more than its price
    for band, (start, price) in enumerate(breaks):
        end = breaks[band + 1][0] if band + 1 < len(breaks) else math.inf
        if incremental and band:
            constant += (breaks[band - 1][1] - price) * start
        fixed = fixed_cost + constant
        holding = holding_rate * price
        free = math.sqrt(2.0 * fixed * demand_rate / holding)
        if incremental and not start <= free <= end:
            continue
        quantity = min(max(free, start), end)
        cost = price * demand_rate + fixed * demand_rate / quantity
        cost += 0.5 * (holding * quantity + holding_rate * constant)
        # At its end the next band is cheaper, so nothing of this one is lost there.
        if best is None or cost < best.cost:
            best = Lot(quantity=quantity, cost=cost, band=band)
    assert best is not None, "some band holds its own best lot"
    return best


def _judge_breaks(breaks: Sequence[tuple[float, float]]) -> None:
    starts = [start for start, _ in breaks]
    prices = [price for _, price in breaks]
    rising = all(a < b for a, b in pairwise(starts))
    falling = all(a > b > 0.0 for a, b in pairwise(prices))
    if not starts or starts[0] != 0.0 or not rising or not falling or prices[0] <= 0.0:
        message = (
            "breaks must begin at 0 and rise, their prices fall and be > 0, "
            f"were {list(breaks)}"
        )
        raise ProblemError(message)


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not 0.0 < value < math.inf:
            message = f"{name} must be > 0 and finite, was {value}"
            raise ProblemError(message)
