"""Plan the policies of all items, checked, and judged by simulation if one is given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from optimizer.errors import CheckError
from optimizer.inventory.check import (
    check_lot,
    check_policy,
    check_season,
    check_serial,
    check_times,
)
from optimizer.inventory.problem import InventoryPlan, LotSize, SeasonOrder
from optimizer.inventory.search.levels import METHODS, policy_with, reached
from optimizer.inventory.search.newsvendor import newsvendor
from optimizer.inventory.search.order_quantity import (
    discounted_quantity,
    order_quantity,
)
from optimizer.inventory.search.serial import optimize_serial
from optimizer.inventory.search.tree import optimize_tree
from optimizer.result import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from optimizer.inventory.problem import (
        InventoryProblem,
        ItemPolicy,
        LotItem,
        SeasonItem,
        SerialPolicy,
        SerialSystem,
        ServiceTarget,
        ServiceTimes,
        ServiceTree,
        StockItem,
    )
    from optimizer.options import SolveOptions

    Simulate = Callable[[Sequence[ItemPolicy]], Mapping[str, "Simulated"]]

__all__ = [
    "Simulated",
    "plan_inventory",
    "plan_lot",
    "plan_season",
    "plan_serial",
    "plan_tree",
]

# Safety stock that simulation found too small grows by this share of the mean demand
# of an interval at most in a round: more would answer noise.
LIFT_SHARE = 0.5
LIFT_LEAST = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """Service that a simulation measured.

    Parameters
    ----------
    service
        Of the kind that the item must reach, in [0, 1].
    half_width
        Of its confidence interval, >= 0.
    """

    service: float
    half_width: float = 0.0


def plan_inventory(
    problem: InventoryProblem,
    options: SolveOptions,
    *,
    simulate: Simulate | None = None,
    rounds: int = 3,
    on_progress: Callable[[Progress], None] | None = None,
) -> InventoryPlan:
    """Return the best policy of every item, each checked.

    Parameters
    ----------
    problem
        The items, and the service of classes.
    options
        Clock, and whether the checker judges; the methods are exact and draw nothing.
        When time is over, items that are left get no better kind than `base_stock`.
    simulate
        Plays policies and returns measured service by item; items whose interval stays
        below their target get more safety stock, up to `rounds` times.
    rounds
        Most simulations, >= 1.
    on_progress
        Called after every item.

    Returns
    -------
    InventoryPlan
        `optimal` if every policy is the cheapest of its kind.

    Raises
    ------
    CheckError
        If a policy does not pass its checker.

    Examples
    --------
    >>> from optimizer import SolveOptions
    >>> from optimizer.inventory import DemandLaw, InventoryProblem, StockItem
    >>> item = StockItem(
    ...     name="pump", demand=DemandLaw.poisson(6.0), holding_cost=1.0,
    ...     shortage_cost=4.0, fixed_cost=5.0,
    ... )
    >>> plan = plan_inventory(
    ...     InventoryProblem(items=(item,)), SolveOptions(monotonic_s=lambda: 0.0)
    ... )
    >>> plan.status, round(plan.objective, 6), plan.policies[0].policy
    ('optimal', 8.034112, 's_S')
    """
    begun_s = options.monotonic_s()
    items = [_with_service(item, problem) for item in problem.items]
    policies: list[ItemPolicy] = []
    exact, cost = True, 0.0
    for item in items:
        late = options.monotonic_s() - begun_s >= options.time_limit_s
        kind = "base_stock" if late else item.chosen
        exact &= not late and item.shortage_cost is not None
        policy = METHODS[kind](item)
        # Raised for its service a policy is the cheapest no more, unless one level.
        exact &= kind == "base_stock" or item.service is None
        policies.append(policy)
        cost += policy.measures.cost
        if on_progress is not None:
            spent_s = options.monotonic_s() - begun_s
            on_progress(Progress(seconds=spent_s, objective=cost, bound=0.0))
    n_rounds, measured = 0, dict[str, float]()
    if simulate is not None:
        n_rounds, measured, policies = _judged(items, policies, simulate, rounds)
    if options.check:
        _check_all(items, policies)
    cost = sum(policy.measures.cost for policy in policies)
    lifted = n_rounds > 1
    return InventoryPlan(
        status="optimal" if exact and not lifted else "feasible",
        objective=cost,
        bound=cost if exact and not lifted else 0.0,
        gap=0.0 if exact and not lifted else 1.0,
        policies=tuple(policies),
        seconds=options.monotonic_s() - begun_s,
        simulated=measured,
        rounds=n_rounds,
    )


def plan_serial(system: SerialSystem, *, check: bool = True) -> SerialPolicy:
    """Return the best echelon levels of a serial system, checked.

    Parameters
    ----------
    system
        Any.
    check
        Whether the checker judges them.

    Raises
    ------
    CheckError
        If they do not pass.
    """
    policy = optimize_serial(system)
    wrong = check_serial(system, policy) if check else ()
    if wrong:
        message = f"the levels of a serial system were refused: {'; '.join(wrong)}"
        raise CheckError(message)
    return policy


def plan_tree(tree: ServiceTree, *, check: bool = True) -> ServiceTimes:
    """Return the best service times of a tree, checked.

    Parameters
    ----------
    tree
        Any.
    check
        Whether the checker judges them.

    Raises
    ------
    CheckError
        If they do not pass.
    """
    times = optimize_tree(tree)
    wrong = check_times(tree, times) if check else ()
    if wrong:
        message = f"the service times of a tree were refused: {'; '.join(wrong)}"
        raise CheckError(message)
    return times


def plan_season(item: SeasonItem) -> SeasonOrder:
    """Return the best order of an item that is ordered once, checked.

    Parameters
    ----------
    item
        Any.

    Raises
    ------
    CheckError
        If the order does not pass.

    Examples
    --------
    >>> from optimizer.inventory import DemandLaw, SeasonItem
    >>> item = SeasonItem(
    ...     name="cake", demand=DemandLaw.poisson(6.0), overage_cost=1.0,
    ...     underage_cost=4.0,
    ... )
    >>> order = plan_season(item)
    >>> order.level, round(order.cost, 6)
    (8.0, 3.570107)
    """
    demand = item.demand.over(item.periods)
    over, under = item.overage_cost, item.underage_cost
    level, cost = newsvendor(demand, holding_cost=over, shortage_cost=under)
    order = SeasonOrder(
        item=item.name,
        level=level,
        critical_ratio=under / (under + over),
        in_stock=float(demand.cdf(np.array([round(level / demand.step)]))[0]),
        cost=cost,
    )
    wrong = check_season(item, order)
    if wrong:
        message = f"the order of a season was refused: {'; '.join(wrong)}"
        raise CheckError(message)
    return order


def plan_lot(item: LotItem) -> LotSize:
    """Return the best lot of an item of steady demand, checked.

    Parameters
    ----------
    item
        Any.

    Raises
    ------
    CheckError
        If the lot does not pass.

    Examples
    --------
    >>> from optimizer.inventory import LotItem
    >>> item = LotItem(
    ...     name="pen", fixed_cost=8.0, demand_rate=1300.0, holding_rate=0.3,
    ...     prices=((0.0, 0.75), (400.0, 0.72), (800.0, 0.68)),
    ... )
    >>> lot = plan_lot(item)
    >>> lot.quantity, round(lot.cost, 6), lot.price
    (800.0, 978.6, 0.68)
    """
    if item.holding_rate is not None:
        found = discounted_quantity(
            fixed_cost=item.fixed_cost,
            holding_rate=item.holding_rate,
            demand_rate=item.demand_rate,
            breaks=item.prices,
            incremental=item.incremental,
        )
    else:
        assert item.holding_cost is not None, "an item has one of the two"
        found = order_quantity(
            fixed_cost=item.fixed_cost,
            holding_cost=item.holding_cost,
            demand_rate=item.demand_rate,
            shortage_cost=item.shortage_cost,
            production_rate=item.production_rate,
        )
    lot = LotSize(
        item=item.name,
        quantity=found.quantity,
        cost=found.cost,
        backorder_share=found.backorder_share,
        price=item.prices[found.band][1] if item.prices else 0.0,
    )
    wrong = check_lot(item, lot)
    if wrong:
        message = f"a lot was refused: {'; '.join(wrong)}"
        raise CheckError(message)
    return lot


def _with_service(item: StockItem, problem: InventoryProblem) -> StockItem:
    service = problem.groups.get(item.group)
    if item.service is not None or service is None:
        return item
    return replace(item, service=service)


def _check_all(items: Sequence[StockItem], policies: Sequence[ItemPolicy]) -> None:
    for item, policy in zip(items, policies, strict=True):
        wrong = check_policy(item, policy)
        if wrong:
            message = f"a policy was refused: {'; '.join(wrong)}"
            raise CheckError(message)


def _judged(
    items: Sequence[StockItem],
    policies: Sequence[ItemPolicy],
    simulate: Simulate,
    rounds: int,
) -> tuple[int, dict[str, float], list[ItemPolicy]]:
    """Simulate, and raise what does not reach its service, a few times."""
    current = list(policies)
    found: Mapping[str, Simulated] = {}
    n_done = 0
    for n_done in range(1, rounds + 1):
        found = simulate(current)
        short = [
            at
            for at, item in enumerate(items)
            if item.service is not None and _falls_short(found, item)
        ]
        if not short or n_done == rounds:
            break
        for at in short:
            current[at] = _raised(items[at], current[at], found[items[at].name])
    return n_done, {name: one.service for name, one in found.items()}, current


def _falls_short(found: Mapping[str, Simulated], item: StockItem) -> bool:
    one = found.get(item.name)
    if one is None or item.service is None:
        return False
    return one.service + one.half_width < item.service.level


def _raised(item: StockItem, policy: ItemPolicy, got: Simulated) -> ItemPolicy:
    """Raise levels by what the model needs to close the gap that was measured."""
    service: ServiceTarget | None = item.service
    assert service is not None, "only an item with a service can fall short"
    # The model was too hopeful by so much; ask it for as much more.
    level = min(service.level + (service.level - got.service), 0.9999)
    asked = replace(service, level=level)
    interval = item.exposures()[-1].mean
    least = max(1, round(LIFT_LEAST * interval / item.step))
    most = max(least, round(LIFT_SHARE * interval / item.step))
    lift = least
    while lift < most and not reached(policy_with(item, policy, lift=lift), asked):
        lift = min(most, lift * 2)
    return policy_with(item, policy, lift=lift)
