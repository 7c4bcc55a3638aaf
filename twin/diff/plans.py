"""Two plans, put side by side."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from twin.diff.customers import (
    CustomerChange,
    compare_customers,
    served_of_tables,
    until,
)
from twin.diff.money import MoneyChange, compare_money
from twin.diff.operations import (
    OperationChange,
    compare_operations,
    operations_of_table,
)
from twin.diff.orders import OrderChange, compare_orders, orders_of_table
from twin.diff.stability import Stability, stability_of
from twin.errors import InputError
from twin.said import Said


@dataclass(frozen=True, slots=True)
class PlanSide:
    """What is compared of a plan.

    Attributes
    ----------
    orders, operations, sales, shipments : polars.DataFrame
        Tables of `twin.masterplan.PlanTables`.
    kpis : mapping of str to float or None
        What it comes to.
    start_us, review_us, n_periods : int
        From when, how often, and how many reviews.
    fence_us : int
        Its time fence, microseconds UTC.
    """

    orders: pl.DataFrame
    operations: pl.DataFrame
    sales: pl.DataFrame
    shipments: pl.DataFrame
    kpis: Mapping[str, float | None]
    start_us: int
    review_us: int
    n_periods: int
    fence_us: int = 0

    @property
    def end_us(self) -> int:
        """End of the last review, microseconds UTC."""
        return self.start_us + self.n_periods * self.review_us


@dataclass(frozen=True, slots=True)
class PlanDiff:
    """What a plan does otherwise than a former one.

    Attributes
    ----------
    start_us, end_us : int
        The time that both plan: only what is released, asked for or sent then is
        compared.
    orders : tuple of OrderChange
        Purchase, production and transport.
    operations : tuple of OperationChange
        On machines.
    customers : tuple of CustomerChange
        Orders of customers.
    money : tuple of MoneyChange
        Of each plan's own time.
    stability : Stability
        How much was kept.
    """

    start_us: int
    end_us: int
    orders: tuple[OrderChange, ...]
    operations: tuple[OperationChange, ...]
    customers: tuple[CustomerChange, ...]
    money: tuple[MoneyChange, ...]
    stability: Stability


def compare(before: PlanSide, after: PlanSide) -> PlanDiff:
    """Compare two plans.

    Parameters
    ----------
    before, after : PlanSide
        The former plan and the new one.

    Returns
    -------
    PlanDiff
        Without any change if both are the same plan.

    Raises
    ------
    InputError
        If they plan no time in common.
    """
    start_us = max(before.start_us, after.start_us)
    end_us = min(before.end_us, after.end_us)
    if end_us <= start_us:
        msg = (
            f"plans of {before.start_us} to {before.end_us} and {after.start_us} to "
            f"{after.end_us} us: have no time in common"
        )
        raise InputError(Said(msg, "no_common_time"))
    common = pl.col("release_us").is_between(start_us, end_us, closed="left")
    sides = (before, after)
    former, newer = (orders_of_table(side.orders.filter(common)) for side in sides)
    orders = compare_orders(former, newer, review_us=after.review_us)
    runs = pl.col("end_us").is_between(start_us, end_us, closed="right")
    done = (operations_of_table(side.operations.filter(runs)) for side in sides)
    operations = compare_operations(*done, renamed=_renamed(orders))
    served = (
        served_of_tables(*until(side.sales, side.shipments, end_us)) for side in sides
    )
    same_start = before.start_us == after.start_us
    customers = (
        one
        for one in compare_customers(*served)
        # Demand of a review falls at its end: that of a later start is of one plan.
        if (one.before and one.after)
        or one.asked_us > start_us
        or (same_start and one.asked_us == start_us)
    )
    return PlanDiff(
        start_us=start_us,
        end_us=end_us,
        orders=orders,
        operations=operations,
        customers=tuple(customers),
        money=compare_money(before.kpis, after.kpis),
        stability=stability_of(orders, operations, fence_us=before.fence_us),
    )


def _renamed(orders: Iterable[OrderChange]) -> dict[str, str | None]:
    """Return which order before each order after is: None if it was added."""
    return {
        one.after.order: None if one.before is None else one.before.order
        for one in orders
        if one.after is not None and one.after.order
    }
