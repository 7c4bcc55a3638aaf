"""A network as arrays: one record a table, dense indices for ids.

Rows are sorted by the key of their table, so that an index does not depend on the order
of rows in a file. A column ``x`` that names an id is an array ``x_index``, -1 where the
cell is '*' or empty; a choice is its position in the choices of its column; a law is a
code of `twin.model.laws`; an empty number is NaN, or infinite where it is a limit.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.model.tables import SITE_KINDS

Float = NDArray[np.float64]
Index = NDArray[np.int32]
Code = NDArray[np.int8]
Flag = NDArray[np.bool_]

PLACE_KINDS = (*SITE_KINDS, "supplier", "customer")
PLANT, WAREHOUSE, STORE, SUPPLIER, CUSTOMER = range(len(PLACE_KINDS))


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a network; durations in microseconds.

    Attributes
    ----------
    name, currency, time_zone : str
        As in ``network.toml``.
    as_of_us : int
        When the initial stock was true, microseconds UTC.
    period_us, review_us : int
        Length of a period of capacities, and time from one plan to the next.
    horizon_periods : int
        Periods a plan looks ahead.
    holding_rate_per_year : float
        Cost of stock a year as a share of its value.
    """

    name: str
    currency: str
    time_zone: str
    as_of_us: int
    period_us: int
    review_us: int
    horizon_periods: int
    holding_rate_per_year: float


@dataclass(frozen=True, slots=True)
class Places:
    """Sites, then suppliers, then customers, in one index; arrays of (n_places,).

    `kind` is a code of `PLACE_KINDS`; `dispatch_capacity_per_period` is infinite and
    `handling_cost` 0 for customers.
    """

    ids: tuple[str, ...]
    kind: Code
    time_zone: tuple[str, ...]
    latitude_deg: Float
    longitude_deg: Float
    dispatch_capacity_per_period: Float
    handling_cost: Float
    yield_rate: Float
    calendar_index: Index
    priority: Float


@dataclass(frozen=True, slots=True)
class Items:
    """Items; arrays of (n_items,)."""

    ids: tuple[str, ...]
    unit: tuple[str, ...]
    unit_cost: Float
    price: Float
    shelf_life_s: Float


@dataclass(frozen=True, slots=True)
class Bills:
    """Rows of bills of materials, by item; arrays of (n_bills,)."""

    item_index: Index
    component_index: Index
    quantity: Float
    scrap_rate: Float


@dataclass(frozen=True, slots=True)
class Routings:
    """Operations of routings, by item, site and step; arrays of (n_routings,).

    `operation_index` points into `Network.operations`, `machine_group_index` into
    `Network.groups`; an `item_index` or `site_index` of -1 is any.
    """

    item_index: Index
    site_index: Index
    step: NDArray[np.int64]
    operation_index: Index
    machine_group_index: Index
    setup_s: Float
    duration_s: Float
    duration_law: Index
    duration_cv: Float
    yield_rate: Float


@dataclass(frozen=True, slots=True)
class Machines:
    """Machines; arrays of (n_machines,). `group_index` points into `Network.groups`."""

    ids: tuple[str, ...]
    site_index: Index
    group_index: Index
    slots: NDArray[np.int64]
    speed: Float
    mttf_s: Float
    mttr_s: Float
    cost_per_h: Float
    calendar_index: Index


@dataclass(frozen=True, slots=True)
class Calendars:
    """Shifts; `ids` has one entry a calendar, the arrays one row a shift.

    `weekday` is 0 on monday; `start_s` and `end_s` are seconds from local midnight.
    """

    ids: tuple[str, ...]
    calendar_index: Index
    weekday: Code
    start_s: NDArray[np.int64]
    end_s: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lanes:
    """Lanes; arrays of (n_lanes,). An `item_index` of -1 is any item."""

    ids: tuple[str, ...]
    from_place_index: Index
    to_place_index: Index
    item_index: Index
    lead_time_s: Float
    lead_time_law: Index
    lead_time_cv: Float
    price: Float
    unit_cost: Float
    fixed_cost: Float
    pipeline_cost_per_day: Float
    capacity_per_period: Float
    minimum: Float
    multiple: Float


@dataclass(frozen=True, slots=True)
class Demands:
    """Demands by customer, item and site; arrays of (n_demands,).

    `law` is a code of `tables.DEMAND_LAWS`; `price` is filled from the item (NaN if
    neither has one).
    """

    customer_index: Index
    item_index: Index
    site_index: Index
    mean_per_day: Float
    law: Code
    dispersion: Float
    trend_per_day: Float
    weekly_profile_index: Index
    yearly_profile_index: Index
    price: Float
    shortage_cost: Float
    backlogged: Flag


@dataclass(frozen=True, slots=True)
class Stock:
    """Stock points by item and site; arrays of (n_stock,).

    Beside the rows of the table, every point is here that demand, lanes or production
    need, with nothing on hand. `policy` is a code of `tables.POLICIES`;
    `holding_cost_per_day` is filled from the unit cost and the rate of the network.
    """

    item_index: Index
    site_index: Index
    on_hand: Float
    holding_cost_per_day: Float
    policy: Code
    reorder_point: Float
    order_up_to: Float
    order_quantity: Float
    safety_stock: Float


@dataclass(frozen=True, slots=True)
class OpenOrders:
    """Orders under way at `as_of`; `kind` is a code of `tables.ORDER_KINDS`."""

    ids: tuple[str, ...]
    kind: Code
    item_index: Index
    from_place_index: Index
    to_place_index: Index
    quantity: Float
    due_us: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Profiles:
    """Repeating patterns: profile `k` is `factor[start[k]:start[k + 1]]`, of mean 1."""

    ids: tuple[str, ...]
    start: Index
    factor: Float


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which things go together; two arrays of the same length.

    Attributes
    ----------
    first, second : ndarray of shape (n_pairs,), int32
        Sorted by first, then second.
    """

    first: Index
    second: Index
