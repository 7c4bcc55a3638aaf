"""Orders of a former plan that a new one keeps, to the last byte.

An order is firm if its row says so: those inside the time fence of the plan it is from,
and whatever a planner marked. Until the fence nothing but firm orders is released;
after it, plans are made around those that are still to come.

References
----------
Vollmann, Berry, Whybark, Jacobs (2005), "Manufacturing Planning and Control for Supply
Chain Management", chapter 6: firm planned orders, demand and planning time fences.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from twin.errors import OptionError
from twin.masterplan.tables import ORDERS
from twin.model.network import Network
from twin.planning import PlanningStructure
from twin.planning.problem import Ahead
from twin.planning.timing import latest_us

FIRM = "yes"


@dataclass(frozen=True, slots=True)
class FirmOrders:
    """Orders that are kept.

    Attributes
    ----------
    orders : polars.DataFrame
        Columns of `twin.masterplan.tables.ORDERS`; all are firm.
    until_us : int
        Before this time nothing else is released, microseconds UTC.
    """

    orders: pl.DataFrame
    until_us: int

    def at(self, now_us: int) -> pl.DataFrame:
        """Return those released at a review."""
        return self.orders.filter(pl.col("release_us") == now_us)

    def after(self, now_us: int) -> pl.DataFrame:
        """Return those released at later reviews."""
        return self.orders.filter(pl.col("release_us") > now_us)

    @property
    def names(self) -> frozenset[str]:
        """Names that they have, so that no other order may get one of them."""
        return frozenset(self.orders["order"].to_list()) - {""}


NOTHING_FIRM = FirmOrders(pl.DataFrame(schema=ORDERS), 0)


def firm_orders(
    orders: pl.DataFrame, network: Network, *, until_us: int, n_periods: int
) -> FirmOrders:
    """Take what is firm of the orders of a former plan.

    Parameters
    ----------
    orders : polars.DataFrame
        Columns of `twin.masterplan.tables.ORDERS`.
    network : Network
        Of the new plan, from whose `as_of` on firm orders count: earlier ones were
        released.
    until_us : int
        Time fence of the former plan.
    n_periods : int
        Reviews of the new plan.

    Raises
    ------
    OptionError
        If a firm order is not released at a review of the new plan, so that it could
        not be kept as it is, or if an order of its name is under way already.
    """
    settings = network.settings
    firm = orders.filter(
        (pl.col("firm") == FIRM) & (pl.col("release_us") >= settings.as_of_us)
    )
    end_us = settings.as_of_us + n_periods * settings.review_us
    known = set(network.open_orders.ids)
    columns = ("release_us", "kind", "item", "order")
    for release_us, kind, item, order in firm.select(columns).iter_rows():
        off_us = (release_us - settings.as_of_us) % settings.review_us
        if off_us or release_us >= end_us:
            msg = (
                f"firm {kind} order {order!r} of {item} is released at {release_us} "
                f"us, which is no review of this plan: they are {settings.review_us} "
                f"us apart, from {settings.as_of_us} to before {end_us}"
            )
            raise OptionError(msg)
        if order in known:
            msg = (
                f"firm {kind} order {order!r} of {item} is to be released, and an "
                f"order of that name is under way"
            )
            raise OptionError(msg)
    return FirmOrders(firm, until_us)


def ahead_of(
    structure: PlanningStructure, firm: pl.DataFrame, now_us: int, n_periods: int
) -> Ahead | None:
    """Say what firm orders that are still to be released bring and take.

    Parameters
    ----------
    structure : PlanningStructure
        What is planned.
    firm : polars.DataFrame
        Columns of `ORDERS`, released after now.
    now_us : int
        Time of the review.
    n_periods : int
        Of the plan.

    Returns
    -------
    Ahead or None
        None if there is nothing to come.
    """
    if not firm.height:
        return None
    problem, network = structure.problem, structure.network
    comes = np.zeros((n_periods, problem.n_points))
    takes = np.zeros(problem.n_points)
    for activity, release_us, quantity in _activities(structure, firm):
        good = quantity * float(structure.yield_rate[activity])
        point = int(problem.output_point[activity])
        wait_us = latest_us(
            problem.lead_periods[activity : activity + 1],
            network.settings.review_us,
            period_us=structure.first_need_us[point : point + 1],
        )
        period = (release_us + int(wait_us[0]) - now_us) // network.settings.review_us
        if period < n_periods:
            comes[max(int(period), 0), point] += good
        first, last = problem.input_start[activity : activity + 2].tolist()
        inputs = problem.input_point[first:last]
        np.add.at(takes, inputs, problem.input_usage[first:last] * good)
    return Ahead(comes, takes)


def _activities(
    structure: PlanningStructure, firm: pl.DataFrame
) -> Iterator[tuple[int, int, float]]:
    network = structure.network
    known = {
        key: k
        for k, key in enumerate(
            zip(
                structure.activity_lane.tolist(), structure.activity_item.tolist(),
                structure.activity_site.tolist(), strict=True,
            )
        )
    }  # fmt: skip
    columns = ("release_us", "lane", "item", "to_place", "quantity")
    for release_us, lane, item, site, quantity in firm.select(columns).iter_rows():
        row = network.lane_index[lane] if lane else -1
        key = row, network.item_index[item], network.place_index[site]
        if key in known:
            yield known[key], release_us, quantity
