"""Stock items that are replenished on their own, and their policies."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from optimizer.errors import ProblemError
from optimizer.inventory.problem.lattice import Lattice
from optimizer.inventory.problem.laws import DemandLaw, LeadTime

if TYPE_CHECKING:
    from optimizer.result import SolveStatus

__all__ = [
    "InventoryPlan",
    "InventoryProblem",
    "ItemMeasures",
    "ItemPolicy",
    "PolicyKind",
    "ServiceTarget",
    "StockItem",
]

PolicyKind = Literal["base_stock", "s_S", "r_Q"]
"""How an item is replenished: up to a level each time, up to a level once it falls to a
point, or by a quantity once it does."""
POLICY_KINDS = ("base_stock", "s_S", "r_Q")
SERVICE_KINDS = ("cycle", "fill")

# Steps in an economic lot. Its cost is flat: a lot a thousandth off costs a millionth
# more; checking a policy takes the square of this.
LOT_STEPS_MAX = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTarget:
    """The service that a policy must reach.

    Parameters
    ----------
    kind
        `cycle`: share of replenishment cycles without a stockout; `fill`: share of
        demand that is served from the shelf.
    level
        In (0, 1).

    Raises
    ------
    ProblemError
        If an entry is not allowed.
    """

    kind: Literal["cycle", "fill"]
    level: float

    def __post_init__(self) -> None:
        if self.kind not in SERVICE_KINDS:
            message = f"service must be cycle or fill, was {self.kind!r}"
            raise ProblemError(message)
        if not 0.0 < self.level < 1.0:
            message = (
                f"{self.kind} service must be above 0 and below 1, was {self.level}"
            )
            raise ProblemError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockItem:
    """An item at a place, replenished from where there is always enough.

    With review, in every period: what was ordered `lead` periods ago arrives, demand is
    served or backlogged, cost is paid on what is left; at the beginning of each
    `review_periods`-th period, before arrivals, an order may be placed.

    Parameters
    ----------
    name
        Says which item and where.
    demand
        Demand of a period.
    lead
        Time from order to receipt.
    review_periods
        Periods from one review to the next, whole, >= 1; 0: after every unit of demand
        (`base_stock` and `r_Q` only).
    holding_cost
        Money a unit on hand and period, > 0.
    shortage_cost
        Money a unit backlogged and period, > 0; None: `service` says what is enough.
    fixed_cost
        Money an order, of `r_Q` a batch, >= 0.
    unit_cost
        Money a unit, >= 0: the value of stock; it does not enter the cost of a policy.
    service
        What must be reached; with a shortage cost as well, whatever is more counts.
    policy
        Kind of policy; None: `base_stock` without a fixed cost, else `s_S`, or `r_Q`
        without review or with `multiple`.
    multiple
        Units that orders are a multiple of, > 0; None: any quantity.
    protection
        Demand of the whole protection interval (review and lead time), as a forecast
        gives it; None: it follows from `demand` and `lead`.
    group
        Class of service that the item belongs to, such as A; "" for none.

    Raises
    ------
    ProblemError
        If an entry is not allowed.
    """

    name: str
    demand: DemandLaw
    lead: LeadTime = field(default_factory=LeadTime)
    review_periods: int = 1
    holding_cost: float = 1.0
    shortage_cost: float | None = None
    fixed_cost: float = 0.0
    unit_cost: float = 0.0
    service: ServiceTarget | None = None
    policy: PolicyKind | None = None
    multiple: float | None = None
    protection: Lattice | None = None
    group: str = ""

    def __post_init__(self) -> None:
        self._judge("holding_cost", self.holding_cost, above=0.0)
        self._judge("fixed_cost", self.fixed_cost)
        self._judge("unit_cost", self.unit_cost)
        if self.shortage_cost is not None:
            self._judge("shortage_cost", self.shortage_cost, above=0.0)
        if self.multiple is not None:
            self._judge("multiple", self.multiple, above=0.0)
        if self.shortage_cost is None and self.service is None and not self.group:
            self._refuse("needs a shortage_cost, a service or a group, had none")
        if self.review_periods < 0:
            self._refuse(f"review_periods must be >= 0, was {self.review_periods}")
        if self.policy is not None and self.policy not in POLICY_KINDS:
            allowed = ", ".join(POLICY_KINDS)
            self._refuse(f"policy must be one of {allowed}, was {self.policy!r}")
        if self.policy == "s_S" and self.review_periods == 0:
            self._refuse("policy s_S needs review_periods >= 1; without review use r_Q")
        if self.demand.mean <= 0.0:
            self._refuse(f"demand must have a mean > 0, was {self.demand.mean}")

    def _refuse(self, rule: str) -> None:
        message = f"item {self.name!r}: {rule}"
        raise ProblemError(message)

    def _judge(self, name: str, value: float, *, above: float | None = None) -> None:
        least = -1e-300 if above is None else above
        if not least < value < math.inf:
            rule = ">= 0" if above is None else f"> {above:g}"
            self._refuse(f"{name} must be {rule} and finite, was {value}")

    @property
    def chosen(self) -> PolicyKind:
        """The kind of policy that is optimised."""
        if self.policy is not None:
            return self.policy
        if self.fixed_cost == 0.0 and self.multiple is None:
            return "base_stock"
        return "r_Q" if self.review_periods == 0 or self.multiple else "s_S"

    @property
    def step(self) -> float:
        """Units from one level that is tried to the next."""
        if self.protection is not None:
            return self.protection.step
        step = self.demand.step(self.lead.longest + max(1, self.review_periods))
        lot = math.sqrt(2.0 * self.fixed_cost * self.demand.mean / self.holding_cost)
        if lot > LOT_STEPS_MAX * step:
            step *= math.ceil(lot / (LOT_STEPS_MAX * step))
        if self.multiple is None:
            return step
        # Order sizes must lie on the lattice.
        if step > self.multiple:
            return math.ceil(step / self.multiple) * self.multiple
        return self.multiple / math.floor(self.multiple / step + 1e-9)

    def exposures(self) -> list[Lattice]:
        """Return demand from an order to the end of each period that it must cover.

        Returns
        -------
        list of Lattice
            Of ``lead + 1 ... lead + review_periods`` periods; without review, of the
            lead time alone. The last one is the protection interval.
        """
        if self.protection is not None and self.review_periods <= 1:
            return [self.protection]
        after = range(1, self.review_periods + 1) if self.review_periods else (0,)
        covers = [self.demand_over(periods) for periods in after]
        if self.protection is not None:
            covers[-1] = self.protection
        return covers

    def demand_over(self, after: int) -> Lattice:
        """Return demand of the lead time and so many periods after it.

        Parameters
        ----------
        after
            Periods, >= 0.
        """
        step = self.step
        return Lattice.mixture(
            [
                (share, self.demand.over(periods + after, step))
                for periods, share in zip(
                    self.lead.periods, self.lead.probability, strict=True
                )
            ]
        )

    def review_demand(self) -> Lattice:
        """Return demand from one review to the next; one unit without review."""
        if self.review_periods == 0:
            return Lattice(1, np.ones(1), self.step)
        return self.demand.over(self.review_periods, self.step)


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryProblem:
    """Items that are planned together.

    Parameters
    ----------
    items
        With names that differ.
    groups
        Service of the items of a class that have none of their own, by class.

    Raises
    ------
    ProblemError
        If two items have one name, or there is none.
    """

    items: tuple[StockItem, ...]
    groups: dict[str, ServiceTarget] = field(default_factory=dict)

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for item in self.items:
            if item.name in seen:
                message = f"item {item.name!r} comes twice"
                raise ProblemError(message)
            seen.add(item.name)
            served = item.service is not None or item.group in self.groups
            if item.shortage_cost is None and not served:
                message = (
                    f"item {item.name!r}: group {item.group!r} must be one of "
                    f"{', '.join(self.groups) or 'none'}, as it has no service itself"
                )
                raise ProblemError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemMeasures:
    """What is expected of a policy.

    Parameters
    ----------
    cost
        Money a period: holding, shortage where it has a price, and orders.
    holding_cost, shortage_cost, order_cost
        Its parts.
    on_hand, backorder
        Units at the ends of periods (without review: over time), on average.
    cycle_service
        Share of replenishment cycles without a stockout.
    fill_rate
        Share of demand served from the shelf.
    orders_per_period
        Orders (of `r_Q` batches) a period.
    """

    cost: float
    holding_cost: float
    shortage_cost: float
    order_cost: float
    on_hand: float
    backorder: float
    cycle_service: float
    fill_rate: float
    orders_per_period: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPolicy:
    """When and how much to order of an item.

    Parameters
    ----------
    item
        Its name.
    policy
        `base_stock`: each review up to `order_up_to`; `s_S`: up to `order_up_to` when
        the position is at most `reorder_point`; `r_Q`: then as many batches of
        `order_quantity` as bring it above.
    reorder_point, order_up_to, order_quantity
        Units; of `base_stock` the reorder point is a step below the level, of `s_S` and
        `base_stock` the quantity is the mean of an order.
    safety_stock
        Units that are left on average when an order arrives: mean position after
        reviews less mean demand over the protection interval, of `s_S` and `r_Q` the
        reorder point less it.
    measures
        What is expected.
    """

    item: str
    policy: PolicyKind
    reorder_point: float
    order_up_to: float
    order_quantity: float
    safety_stock: float
    measures: ItemMeasures


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryPlan:
    """Policies of all items.

    Parameters
    ----------
    status
        `optimal`: each the cheapest of its kind; `feasible`: some only reach their
        service, as time ran out or with an order size fixed beforehand.
    objective
        Expected money a period, of all items.
    bound, gap
        No policies of these kinds are cheaper; see `optimizer.relative_gap`.
    policies
        In the order of the items.
    history
        Seconds, objective so far.
    seconds
        Time the solve took.
    simulated
        Measured service by item, where a simulation judged the plan.
    rounds
        How often a simulation judged it.
    """

    status: SolveStatus
    objective: float
    bound: float
    gap: float
    policies: tuple[ItemPolicy, ...]
    seconds: float = 0.0
    simulated: dict[str, float] = field(default_factory=dict)
    rounds: int = 0
