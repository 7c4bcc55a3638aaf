"""The purchasing problem: needs of items and offers of suppliers.

Time is cut into periods 0, 1, ... An order that is placed at the beginning of period t
with a lead time of L periods is there before the need of period t + L. What is left at
the end of a period costs holding, what is missing waits and costs shortage, or, where
an item forbids it, must not be missing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction

from optimizer.errors import ProblemError

__all__ = [
    "Item",
    "Lateness",
    "Offer",
    "OpenOrder",
    "PriceBreak",
    "PurchasingProblem",
    "Supplier",
]

SHARES_OFF = 1e-6
# Names that a message lists.
SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """How many periods late an order comes, by chance.

    Parameters
    ----------
    periods
        Whole, >= 0; 0 is on time.
    probability
        Share of each, >= 0, in sum 1.

    Raises
    ------
    ProblemError
        If an entry is not allowed.

    Examples
    --------
    >>> Lateness(periods=(0, 2), probability=(0.9, 0.1)).late
    0.1
    """

    periods: tuple[int, ...] = (0,)
    probability: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        if not self.periods or len(self.periods) != len(self.probability):
            message = (
                "lateness: periods and probability must be of one length >= 1, were "
                f"{len(self.periods)} and {len(self.probability)}"
            )
            raise ProblemError(message)
        if any(not one >= 0 or one != int(one) for one in self.periods):
            message = (
                f"lateness: periods must be whole and >= 0, were {list(self.periods)}"
            )
            raise ProblemError(message)
        share = sum(self.probability)
        if not min(self.probability) >= 0.0 or not abs(share - 1.0) <= SHARES_OFF:
            message = (
                "lateness: probability must be >= 0 and sum to 1, was "
                f"{list(self.probability)}, in sum {share:g}"
            )
            raise ProblemError(message)

    @property
    def late(self) -> float:
        """Probability to be late at all."""
        pairs = zip(self.periods, self.probability, strict=True)
        return sum(share for late, share in pairs if late)


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier:
    """Who sells.

    Parameters
    ----------
    name
        Unique.
    order_cost
        Money for each period in which anything is ordered, >= 0.
    capacity
        Most units a period, of all items, by period of the order; None for no limit.
    exchange_rate
        Our money for one of the supplier's, > 0.
    payment_days
        Days until an invoice is due, >= 0.
    minimum_spend
        Our money that a contract obliges to spend over the horizon, >= 0.
    take_or_pay
        Whether what is short of the minimum is paid all the same; else it binds.
    """

    name: str
    order_cost: float = 0.0
    capacity: tuple[float, ...] | None = None
    exchange_rate: float = 1.0
    payment_days: float = 0.0
    minimum_spend: float = 0.0
    take_or_pay: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBreak:
    """A price that holds from a quantity on.

    Parameters
    ----------
    quantity
        Units of an order, >= 0.
    price
        Supplier's money a unit, >= 0.
    """

    quantity: float
    price: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a supplier asks for an item.

    Parameters
    ----------
    item, supplier
        Names.
    prices
        Breaks by rising quantity, the first from 0 on.
    incremental
        Whether a price holds for the units beyond its quantity only, not for all.
    lead_periods
        Whole periods from order to receipt, >= 0.
    minimum
        Least units of an order, >= 0.
    multiple
        Units that an order is a multiple of, > 0.
    capacity
        Most units of an order, by period of the order; None for no limit.
    order_cost
        Our money an order, freight and handling, >= 0.
    freight
        Our money a unit, >= 0.
    share_max
        Largest share of the item's ordered units by this offer, in (0, 1].
    lateness
        Periods late, by chance.
    mode
        Tells offers of a supplier for an item apart, such as "sea" and "air"; "" where
        there is one.
    """

    item: str
    supplier: str
    prices: tuple[PriceBreak, ...]
    incremental: bool = False
    lead_periods: int = 0
    minimum: float = 0.0
    multiple: float = 1.0
    capacity: tuple[float, ...] | None = None
    order_cost: float = 0.0
    freight: float = 0.0
    share_max: float = 1.0
    lateness: Lateness = field(default_factory=Lateness)
    mode: str = ""

    @property
    def name(self) -> str:
        """Item, supplier and mode."""
        by = f" by {self.mode}" if self.mode else ""
        return f"{self.item} from {self.supplier}{by}"

    @property
    def key(self) -> tuple[str, str, str]:
        """What no other offer of a problem has: item, supplier and mode."""
        return self.item, self.supplier, self.mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What is needed.

    Parameters
    ----------
    name
        Unique.
    needs
        Units by period, >= 0.
    stock
        Units at the beginning, >= 0.
    holding_cost
        Money a unit left at the end of a period, >= 0.
    shortage_cost
        Money a unit missing at the end of a period, > 0; None: nothing may be missing.
    safety_stock, safety_cost
        Units that should be left at the end of each period, and money a unit below it
        and period, >= 0.
    end_value
        Money a unit that is left after the last period, >= 0.
    """

    name: str
    needs: tuple[float, ...]
    stock: float = 0.0
    holding_cost: float = 0.0
    shortage_cost: float | None = None
    safety_stock: float = 0.0
    safety_cost: float = 0.0
    end_value: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrder:
    """An order placed before: it comes and is not planned again.

    Parameters
    ----------
    item
        Name.
    period
        In which it comes, >= 0.
    quantity
        Units, > 0.
    supplier
        Name, "" where it does not matter.
    """

    item: str
    period: int
    quantity: float
    supplier: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchasingProblem:
    """All that is bought together.

    Parameters
    ----------
    items, suppliers, offers
        At most one offer for each item, supplier and mode.
    open_orders
        On their way.
    period_days
        Days of a period, > 0.
    interest_rate
        Money a year for money that is paid early, >= 0: a price that is due after D
        days counts ``1 / (1 + interest_rate * D / 365)``.

    Raises
    ------
    ProblemError
        If an entry is not allowed.
    """

    items: tuple[Item, ...]
    suppliers: tuple[Supplier, ...]
    offers: tuple[Offer, ...]
    open_orders: tuple[OpenOrder, ...] = ()
    period_days: float = 7.0
    interest_rate: float = 0.0

    def __post_init__(self) -> None:
        if not self.items:
            raise ProblemError("items must be at least one, were none")
        _judge("problem", "period_days", self.period_days, above=0.0)
        _judge("problem", "interest_rate", self.interest_rate, least=0.0)
        items = _different("item", [one.name for one in self.items])
        suppliers = _different("supplier", [one.name for one in self.suppliers])
        for item in self.items:
            self._judge_item(item)
        for supplier in self.suppliers:
            self._judge_supplier(supplier)
        keys: set[tuple[str, str, str]] = set()
        for offer in self.offers:
            if offer.key in keys:
                rule = "comes twice; `mode` tells two of one supplier apart"
                _refuse(f"offer of {offer.name}", rule)
            keys.add(offer.key)
            _known(f"offer of {offer.name}", "item", offer.item, items)
            _known(f"offer of {offer.name}", "supplier", offer.supplier, suppliers)
            self._judge_offer(offer)
        for order in self.open_orders:
            name = f"open order of {order.item!r}"
            _known(name, "item", order.item, items)
            if order.supplier:
                _known(name, "supplier", order.supplier, suppliers)
            _judge_whole(name, "period", order.period)
            _judge(name, "quantity", order.quantity, above=0.0)

    @property
    def n_periods(self) -> int:
        """Periods planned."""
        return len(self.items[0].needs)

    def money_factor(self, supplier: Supplier) -> float:
        """Return our money, now, for one of a supplier's when an invoice comes.

        Parameters
        ----------
        supplier
            Its exchange rate and terms count.
        """
        late = self.interest_rate * supplier.payment_days / 365.0
        return supplier.exchange_rate / (1.0 + late)

    def _judge_item(self, item: Item) -> None:
        name = f"item {item.name!r}"
        if len(item.needs) != self.n_periods or not item.needs:
            rule = (
                "as many periods as the first item's" if item.needs else ">= 1 period"
            )
            _refuse(
                name,
                f"needs must be {rule} ({self.n_periods}), were {len(item.needs)}",
            )
        for need in item.needs:
            _judge(name, "needs", need, least=0.0)
        for field_name in (
            "stock", "holding_cost", "safety_stock", "safety_cost", "end_value",
        ):  # fmt: skip
            _judge(name, field_name, getattr(item, field_name), least=0.0)
        if item.shortage_cost is not None:
            _judge(name, "shortage_cost", item.shortage_cost, above=0.0)

    def _judge_supplier(self, supplier: Supplier) -> None:
        name = f"supplier {supplier.name!r}"
        for field_name in ("order_cost", "payment_days", "minimum_spend"):
            _judge(name, field_name, getattr(supplier, field_name), least=0.0)
        _judge(name, "exchange_rate", supplier.exchange_rate, above=0.0)
        self._judge_capacity(name, supplier.capacity)

    def _judge_offer(self, offer: Offer) -> None:
        name = f"offer of {offer.name}"
        _judge_whole(name, "lead_periods", offer.lead_periods)
        for field_name in ("minimum", "order_cost", "freight"):
            _judge(name, field_name, getattr(offer, field_name), least=0.0)
        _judge(name, "multiple", offer.multiple, above=0.0)
        _judge(name, "share_max", offer.share_max, above=0.0)
        if offer.share_max > 1.0:
            _refuse(name, f"share_max must be <= 1, was {offer.share_max}")
        starts = [one.quantity for one in offer.prices]
        if not starts or starts[0] != 0.0 or sorted(set(starts)) != starts:
            _refuse(name, f"quantities of prices must rise from 0, were {starts}")
        for one in offer.prices:
            _judge(name, "price", one.price, least=0.0)
        self._judge_capacity(name, offer.capacity)

    def _judge_capacity(self, name: str, capacity: tuple[float, ...] | None) -> None:
        if capacity is None:
            return
        if len(capacity) != self.n_periods:
            rule = f"capacity must be a number for each of {self.n_periods} periods"
            _refuse(name, f"{rule}, were {len(capacity)}")
        for value in capacity:
            _judge(name, "capacity", value, least=0.0)


def common_step(values: list[float]) -> float:
    """Return the largest step that all values are multiples of.

    Parameters
    ----------
    values
        > 0; taken to a millionth.

    Examples
    --------
    >>> common_step([2.5, 10.0])
    2.5
    """
    numerator, denominator = 0, 1
    for value in values:
        given = Fraction(value).limit_denominator(1_000_000)
        low = (
            denominator * given.denominator // math.gcd(denominator, given.denominator)
        )
        numerator = math.gcd(
            numerator * (low // denominator),
            given.numerator * (low // given.denominator),
        )
        denominator = low
    return numerator / denominator


def _refuse(name: str, rule: str) -> None:
    message = f"{name}: {rule}"
    raise ProblemError(message)


def _different(what: str, names: list[str]) -> dict[str, None]:
    """Return the names in their order, to look up."""
    known: dict[str, None] = {}
    for name in names:
        if name in known:
            _refuse(f"{what} {name!r}", "comes twice")
        known[name] = None
    return known


def _known(name: str, what: str, value: str, allowed: dict[str, None]) -> None:
    if value not in allowed:
        shown = [repr(one) for one in list(allowed)[:SHOWN]]
        more = ["..."] if len(allowed) > SHOWN else []
        there = f"there are {', '.join(shown + more)}" if shown else "there are none"
        _refuse(name, f"{what} {value!r} is not there; {there}")


def _judge_whole(name: str, what: str, value: float) -> None:
    if not 0 <= value < math.inf or value != int(value):
        _refuse(name, f"{what} must be a whole number >= 0, was {value}")


def _judge(
    name: str,
    what: str,
    value: float,
    *,
    least: float | None = None,
    above: float | None = None,
) -> None:
    if least is not None and not least <= value < math.inf:
        _refuse(name, f"{what} must be >= {least:g} and finite, was {value}")
    if above is not None and not above < value < math.inf:
        _refuse(name, f"{what} must be > {above:g} and finite, was {value}")
