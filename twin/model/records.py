"""A network as arrays: one record a table, dense indices for ids.

Rows are sorted by the key of their table, so that an index does not depend on the order
of rows in a file. A column ``x`` that names an id is an array ``x_index``, -1 where the
cell is '*' or empty; a choice is its position in the choices of its column; a law is a
code of `twin.model.laws`; an empty number is NaN, or infinite where it is a limit, an
interval or an allowance.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.model.tables import SITE_KINDS

Float = NDArray[np.float64]
Index = NDArray[np.int32]
Code = NDArray[np.int8]
Flag = NDArray[np.bool_]
Count = NDArray[np.int64]

PLACE_KINDS = (*SITE_KINDS, "supplier", "customer")
PLANT, WAREHOUSE, STORE, SUPPLIER, CUSTOMER = range(len(PLACE_KINDS))
ANY_FAMILY = -2  # '*' in setups; -1 is nothing set up yet, as for a new machine


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
    approval : str
        ``required``: orders of a live loop wait until their plan is approved.
    """

    name: str
    currency: str
    time_zone: str
    as_of_us: int
    period_us: int
    review_us: int
    horizon_periods: int
    holding_rate_per_year: float
    approval: str = "none"


@dataclass(frozen=True, slots=True)
class Places:
    """Sites, then suppliers, then customers, in one index; arrays of (n_places,).

    `kind` is a code of `PLACE_KINDS`; `dispatch_capacity_per_period` is infinite and
    `handling_cost` 0 for customers. Outages are those of suppliers: for others `mttf_s`
    is infinite, `mttr_s` 0, and both laws are exponential.
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
    tariff_index: Index
    mttf_s: Float
    mttr_s: Float
    failure_law: Index
    failure_cv: Float
    repair_law: Index
    repair_cv: Float
    priority: Float


@dataclass(frozen=True, slots=True)
class Items:
    """Items; arrays of (n_items,).

    `strategy` is a code of `elements.STRATEGIES`; `order_wait_s` is infinite where an
    order waits until there are enough.
    """

    ids: tuple[str, ...]
    unit: tuple[str, ...]
    unit_cost: Float
    price: Float
    shelf_life_s: Float
    strategy: Code
    order_batch_min: Count
    order_wait_s: Float


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
    `Network.groups`, `setup_family_index` into `Network.families`; an `item_index` or
    `site_index` of -1 is any, a pool of -1 none. `batch_timeout_s` is infinite where a
    batch waits for ever, `rework_step` -1 where nothing goes back.
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
    setup_family_index: Index
    batch_min: Count
    batch_max: Count
    batch_timeout_s: Float
    operator_pool_index: Index
    operators: Count
    tool_pool_index: Index
    rework_rate: Float
    rework_step: Count
    sampling_rate: Float


@dataclass(frozen=True, slots=True)
class Machines:
    """Machines; arrays of (n_machines,). `group_index` points into `Network.groups`.

    `failure_clock` and `maintenance_clock` are codes of `elements.CLOCKS`, `on_failure`
    of `elements.ON_FAILURE`; `maintenance_every_s` and `reading_every_s` are infinite
    where there are none.
    """

    ids: tuple[str, ...]
    site_index: Index
    group_index: Index
    slots: NDArray[np.int64]
    speed: Float
    mttf_s: Float
    mttr_s: Float
    cost_per_h: Float
    calendar_index: Index
    failure_law: Index
    failure_cv: Float
    repair_law: Index
    repair_cv: Float
    failure_clock: Code
    on_failure: Code
    maintenance_every_s: Float
    maintenance_clock: Code
    maintenance_s: Float
    power_off_kw: Float
    power_idle_kw: Float
    power_setup_kw: Float
    power_busy_kw: Float
    wear_per_h: Float
    wear_hazard: Float
    wear_speed: Float
    wear_yield: Float
    reading_every_s: Float


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
    split: Flag


@dataclass(frozen=True, slots=True)
class Stock:
    """Stock points by item and site; arrays of (n_stock,).

    Beside the rows of the table, every point is here that demand, lanes or production
    need, with nothing on hand. `policy` is a code of `tables.POLICIES`, `allocation` of
    `elements.ALLOCATIONS`; `holding_cost_per_day` is filled from the unit cost and the
    rate of the network, `review_s` from the network's.
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
    allocation: Code
    review_s: Float


@dataclass(frozen=True, slots=True)
class OpenOrders:
    """Orders under way at `as_of`; `kind` is a code of `tables.ORDER_KINDS`.

    `step` is -1 where it is not known what is left to do; `options` None where an order
    has none.
    """

    ids: tuple[str, ...]
    kind: Code
    item_index: Index
    from_place_index: Index
    to_place_index: Index
    quantity: Float
    due_us: NDArray[np.int64]
    step: Count
    options: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Profiles:
    """Repeating patterns: profile `k` is `factor[start[k]:start[k + 1]]`, of mean 1."""

    ids: tuple[str, ...]
    start: Index
    factor: Float


@dataclass(frozen=True, slots=True)
class Groups:
    """How machine groups choose, by group and site; arrays of (n_rows,).

    `rule` is a code of `elements.DISPATCH_RULES`; a `site_index` of -1 is any, a
    `capacity` of `elements.NO_LIMIT` none. Slack is what is left until an order is due
    less `flow_factor` times the work that is left. A group without a row takes the
    first in the queue, which has no limit.
    """

    group_index: Index
    site_index: Index
    rule: Code
    capacity: Count
    flow_factor: Float


@dataclass(frozen=True, slots=True)
class Setups:
    """Times of setups by group and families before and after; arrays of (n_setups,).

    Families point into `Network.families`; `ANY_FAMILY` is any, and -1 in
    `from_family_index` is nothing set up yet.
    """

    group_index: Index
    from_family_index: Index
    to_family_index: Index
    setup_s: Float


@dataclass(frozen=True, slots=True)
class Pools:
    """Pools; arrays of (n_pools,). `kind` is a code of `elements.POOL_KINDS`."""

    ids: tuple[str, ...]
    site_index: Index
    kind: Code
    size: Count
    calendar_index: Index


@dataclass(frozen=True, slots=True)
class Releases:
    """Streams of production orders; one entry of `ids` a stream, one row an item.

    The rows of a stream stand together and agree in interval, law, cv and first order.
    `due_s` is infinite where orders have no due date, `first_s` is NaN where the first
    order comes after one interval.
    """

    ids: tuple[str, ...]
    release_index: Index
    item_index: Index
    site_index: Index
    quantity: Float
    interval_s: Float
    interval_law: Index
    interval_cv: Float
    share: Float
    due_s: Float
    priority: Float
    first_s: Float


@dataclass(frozen=True, slots=True)
class Tariffs:
    """Prices of energy; one entry of `ids` a tariff, one row a price.

    `start_s` is seconds from local midnight, ascending within a tariff; the last price
    of a tariff holds from midnight to its first start too.
    """

    ids: tuple[str, ...]
    tariff_index: Index
    start_s: Count
    price_per_kwh: Float


@dataclass(frozen=True, slots=True)
class Outputs:
    """What comes out beside an item, by item and product; arrays of (n_outputs,).

    An item without a row for itself comes out once.
    """

    item_index: Index
    product_index: Index
    quantity: Float


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
