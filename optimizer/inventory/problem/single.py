"""One order for one season, and lots of steady demand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from optimizer.errors import ProblemError

if TYPE_CHECKING:
    from optimizer.inventory.problem.laws import DemandLaw

__all__ = ["LotItem", "LotSize", "SeasonItem", "SeasonOrder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonItem:
    """An item that is ordered once.

    Parameters
    ----------
    name
        Says which.
    demand
        Of a period.
    periods
        Periods of the season, > 0; whole for `empirical` and `forecast` demand.
    overage_cost, underage_cost
        Money a unit left over, and a unit missing, > 0.

    Raises
    ------
    ProblemError
        If an entry is not allowed.
    """

    name: str
    demand: DemandLaw
    overage_cost: float
    underage_cost: float
    periods: float = 1.0

    def __post_init__(self) -> None:
        for what in ("overage_cost", "underage_cost", "periods"):
            _judge(self.name, what, getattr(self, what))


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonOrder:
    """What to order for a season.

    Parameters
    ----------
    item
        Its name.
    level
        Units.
    critical_ratio
        Probability that the level should suffice with.
    in_stock
        Probability that it does.
    cost
        Expected money for units left over and missing.
    """

    item: str
    level: float
    critical_ratio: float
    in_stock: float
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LotItem:
    """An item of steady demand.

    Parameters
    ----------
    name
        Says which.
    fixed_cost
        Money an order, > 0.
    demand_rate
        Units a unit of time, > 0.
    holding_cost
        Money a unit and unit of time, > 0; None: `holding_rate` and `prices` say it.
    holding_rate
        Money a unit of time for each money of stock, > 0.
    prices
        Quantity from which a price holds, and the price; quantities rise from 0, prices
        fall and are > 0. They go with `holding_rate`.
    incremental
        Whether a price holds for the units beyond its quantity only, not for all.
    shortage_cost
        Money a unit that waits and unit of time, > 0; None: nobody waits.
    production_rate
        Units a unit of time at which a lot comes in, above the demand rate.

    Raises
    ------
    ProblemError
        If an entry is not allowed, or two do not go together.
    """

    name: str
    fixed_cost: float
    demand_rate: float
    holding_cost: float | None = None
    holding_rate: float | None = None
    prices: tuple[tuple[float, float], ...] = ()
    incremental: bool = False
    shortage_cost: float | None = None
    production_rate: float = math.inf

    def __post_init__(self) -> None:
        for what in ("fixed_cost", "demand_rate"):
            _judge(self.name, what, getattr(self, what))
        if (self.holding_cost is None) == (self.holding_rate is None):
            _refuse(self.name, "must have one of holding_cost and holding_rate")
        for what in ("holding_cost", "holding_rate", "shortage_cost"):
            value = getattr(self, what)
            if value is not None:
                _judge(self.name, what, value)
        if bool(self.prices) != (self.holding_rate is not None):
            _refuse(self.name, "prices go with holding_rate, and it with them")
        if self.prices:
            self._judge_prices()
        if not self.production_rate > self.demand_rate:
            rule = f"production_rate must be > {self.demand_rate:g}"
            _refuse(self.name, f"{rule}, was {self.production_rate}")

    def _judge_prices(self) -> None:
        starts = [start for start, _ in self.prices]
        prices = [price for _, price in self.prices]
        rising = all(a < b for a, b in pairwise(starts))
        falling = all(a > b for a, b in pairwise(prices))
        if starts[0] != 0.0 or not rising or not falling or not prices[-1] > 0.0:
            rule = "prices must begin at 0, quantities rise, prices fall and be > 0"
            _refuse(self.name, f"{rule}, were {list(self.prices)}")
        if self.shortage_cost is not None or self.production_rate < math.inf:
            rule = "shortage_cost and production_rate go without price breaks only"
            _refuse(self.name, rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class LotSize:
    """How much of an item to order at a time.

    Parameters
    ----------
    item
        Its name.
    quantity
        Units, > 0.
    cost
        Money a unit of time; with price breaks, purchases included.
    backorder_share
        Share of demand that waits for the next lot.
    price
        Of the last unit; 0 without prices.
    """

    item: str
    quantity: float
    cost: float
    backorder_share: float
    price: float


def _judge(item: str, what: str, value: float) -> None:
    if not 0.0 < value < math.inf:
        _refuse(item, f"{what} must be > 0 and finite, was {value}")


def _refuse(item: str, rule: str) -> None:
    message = f"item {item!r}: {rule}"
    raise ProblemError(message)
