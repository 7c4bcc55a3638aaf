"""How much of a plan the next one keeps.

References
----------
Sridharan, Berry, Udayabhanu (1988), "Measuring master production schedule stability
under rolling planning horizons", Decision Sciences 19(1): units planned otherwise,
period by period, over what there was to plan.
Pfeiffer, Kadar, Monostori (2007), "Stability-oriented evaluation of rescheduling
strategies, by using simulation", Computers in Industry 58(7): shares and shifts of
starts of what both schedules have.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from twin.diff.operations import OperationChange
from twin.diff.orders import OrderChange

DAY_US = 86_400e6


@dataclass(frozen=True, slots=True)
class Stability:
    """How stable the step from a plan to the next is.

    Attributes
    ----------
    orders_kept, operations_kept : float
        Share of all orders, and of all operations, of either plan that are the same in
        both, in [0, 1]; 1 where there are none.
    units_moved : float
        Units that are released for another review than before, of all units of both
        plans, in [0, 1]: 0 if nothing changed, 1 if nothing was kept.
    order_shift_days, operation_shift_days : float
        Mean of how far releases of orders and starts of operations moved, to either
        side, of those that both plans have; those that did not move count as 0.
    fenced : int
        Orders released before the time fence of the former plan that were changed,
        added or dropped.
    """

    orders_kept: float
    operations_kept: float
    units_moved: float
    order_shift_days: float
    operation_shift_days: float
    fenced: int


def stability_of(
    orders: Sequence[OrderChange],
    operations: Sequence[OperationChange],
    *,
    fence_us: int = 0,
    unit: float = DAY_US,
) -> Stability:
    """Measure how much was kept.

    Parameters
    ----------
    orders : sequence of OrderChange
        Of two plans.
    operations : sequence of OperationChange
        Of the same plans.
    fence_us : int
        Time fence of the former plan, microseconds UTC.
    unit : float
        What a day is in the times of operations: microseconds, or ticks of a schedule.
    """
    return Stability(
        orders_kept=_kept(one.what for one in orders),
        operations_kept=_kept(one.what for one in operations),
        units_moved=_units_moved(orders),
        order_shift_days=_mean(
            abs(one.shift_us) / DAY_US
            for one in orders
            if one.before is not None and one.after is not None
        ),
        operation_shift_days=_mean(
            abs(one.shift) / unit
            for one in operations
            if one.before is not None and one.after is not None
        ),
        fenced=sum(one.what != "same" and _first_us(one) < fence_us for one in orders),
    )


def _first_us(change: OrderChange) -> int:
    ends = (change.before, change.after)
    return min(one.release_us for one in ends if one is not None)


def _kept(found: Iterable[str]) -> float:
    whats = list(found)
    return whats.count("same") / len(whats) if whats else 1.0


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else 0.0


def _units_moved(orders: Sequence[OrderChange]) -> float:
    moved: dict[tuple[object, ...], float] = defaultdict(float)
    total = 0.0
    for change in orders:
        for sign, one in ((-1.0, change.before), (1.0, change.after)):
            if one is not None:
                moved[*one.key, one.release_us] += sign * one.quantity
                total += one.quantity
    return sum(map(abs, moved.values())) / total if total else 0.0
