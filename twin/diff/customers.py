"""Orders of customers in two plans: which are served earlier, later, or not at all."""

from collections import Counter
from dataclasses import dataclass

import polars as pl

SERVED = 1e-6
"""Share of an order that may lack when it is served in full: rounding."""

Asked = tuple[str, str, str, int, int]


@dataclass(frozen=True, slots=True)
class Served:
    """What becomes of an order of a customer.

    Attributes
    ----------
    order : str
        Its id in the plan.
    quantity, shipped : float
        Units asked for, and shipped within the plan.
    served_us : int or None
        When the last of it is shipped, microseconds UTC; None if it is not served in
        full within the plan.
    """

    order: str
    quantity: float
    shipped: float
    served_us: int | None


@dataclass(frozen=True, slots=True)
class CustomerChange:
    """An order of a customer in two plans.

    Attributes
    ----------
    customer, item, site : str
        Who asks for what where.
    asked_us : int
        When, microseconds UTC.
    before, after : Served or None
        None where nobody asks for it.
    """

    customer: str
    item: str
    site: str
    asked_us: int
    before: Served | None
    after: Served | None

    @property
    def shift_us(self) -> int | None:
        """By how much it is served later, microseconds; None unless both serve it."""
        ends = (self.before, self.after)
        times = [None if one is None else one.served_us for one in ends]
        if times[0] is None or times[1] is None:
            return None
        return times[1] - times[0]

    @property
    def what(self) -> str:
        """What changed.

        ``same``, ``earlier``, ``later``, ``served`` (now, and not before), ``unserved``
        (the other way round), ``more`` or ``less`` (of what neither serves in full),
        ``added`` or ``dropped`` (demand itself).
        """
        if self.before is None or self.after is None:
            return "added" if self.before is None else "dropped"
        later_us = self.shift_us
        if later_us is not None:
            return "same" if not later_us else "later" if later_us > 0 else "earlier"
        if self.before.served_us is None and self.after.served_us is None:
            return _shipped(self.before, self.after)
        return "served" if self.before.served_us is None else "unserved"

    @property
    def one(self) -> Served:
        """The order as it is now, or was."""
        found = self.before if self.after is None else self.after
        assert found is not None  # a change is of some order
        return found


def _shipped(before: Served, after: Served) -> str:
    more = after.shipped - before.shipped
    if abs(more) <= SERVED * after.quantity:
        return "same"
    return "more" if more > 0.0 else "less"


def served_of_tables(
    sales: pl.DataFrame, shipments: pl.DataFrame
) -> dict[Asked, Served]:
    """Tell what becomes of each order of a customer.

    Parameters
    ----------
    sales : polars.DataFrame
        ``order, customer, item, site, asked_us, quantity, shipped``.
    shipments : polars.DataFrame
        ``order, kind, sent_us``.

    Returns
    -------
    dict
        By customer, item, site, time in microseconds UTC, and number among orders that
        are alike in all that: ids are those of a plan, and may differ in another.
    """
    last = (
        shipments.filter(pl.col("kind") == "delivery")
        .group_by("order")
        .agg(pl.col("sent_us").max())
    )
    rows = sales.join(last, on="order", how="left", maintain_order="left").select(
        "customer", "item", "site", "asked_us", "order", "quantity", "shipped",
        "sent_us",
    )  # fmt: skip
    found: dict[Asked, Served] = {}
    alike: Counter[tuple[str, str, str, int]] = Counter()
    for (
        customer,
        item,
        site,
        asked_us,
        order,
        quantity,
        shipped,
        sent_us,
    ) in rows.rows():
        key = customer, item, site, asked_us
        in_full = shipped >= quantity * (1.0 - SERVED)
        served = Served(order, quantity, shipped, sent_us if in_full else None)
        found[*key, alike[key]] = served
        alike[key] += 1
    return found


def until(
    sales: pl.DataFrame, shipments: pl.DataFrame, end_us: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Leave out what a plan knows of the time after another's end.

    Parameters
    ----------
    sales, shipments : polars.DataFrame
        As `served_of_tables`, shipments with ``quantity``.
    end_us : int
        Demand of a review falls at its end, so that of this moment is still counted,
        microseconds UTC.

    Returns
    -------
    tuple of polars.DataFrame
        Sales with what was shipped until then, and shipments until then.
    """
    asked = sales.filter(pl.col("asked_us") <= end_us)
    late = pl.col("sent_us") > end_us
    later = (
        shipments.filter(late & (pl.col("kind") == "delivery"))
        .group_by("order")
        .agg(later=pl.col("quantity").sum())
    )
    rest = pl.col("shipped") - pl.col("later").fill_null(0.0)
    counted = asked.join(later, on="order", how="left", maintain_order="left")
    return counted.with_columns(shipped=rest).drop("later"), shipments.filter(~late)


def compare_customers(
    before: dict[Asked, Served], after: dict[Asked, Served]
) -> tuple[CustomerChange, ...]:
    """Put the orders of customers side by side.

    Parameters
    ----------
    before, after : dict
        Of `served_of_tables`, of the time that both plans plan.

    Returns
    -------
    tuple of CustomerChange
        Each order once, in the order in which they were asked for.
    """
    keys = sorted({*before, *after}, key=lambda key: (key[3], *key))
    return tuple(
        CustomerChange(*key[:4], before.get(key), after.get(key)) for key in keys
    )
