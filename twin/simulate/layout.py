"""A network as both simulation engines read it: arrays, laws prepared, nothing named.

A layout does not change while a network is simulated. What does change is in
`twin.simulate.tables`; `twin.simulate.laying` makes layouts.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.simulate.tables import F8, I8, Records

(
    AS_OF_US,
    PERIOD_US,
    N_PERIODS,
    FIRST_MACHINE,
    STARTS,
    HAS_OUTAGES,
    N_PLACES,
    MOST_STARTS,
    MOVES_FIRST,  # whether an order moves on before its machine takes the next
    POLICIES,  # whether the simulation reviews stock itself
    HAS_LIMITS,  # whether what waits for stock may wait for something else, too
    AGED,  # whether machines are not new at the start
) = range(12)
"""Places in `Layout.settings`."""

FIRST_NAME = 12
"""Place in `Layout.settings` of the first number of each kind of name."""

NEVER_US = np.int64(np.iinfo(np.int64).max)


def _record(*fields: tuple[str, str]) -> np.dtype[np.void]:
    named = [(name, code) for code, names in fields for name in names.split()]
    return np.dtype(named, align=True)


# An order on a lane is filled from `source_of`; `made` is in `Layout.recipe_of`.
LANE_ROW = _record(
    ("f8", "mean_s p0 p1 price unit_cost fixed_cost room minimum multiple"),
    ("i4", "law origin destination first_window last_window spare"),
)

# `outage` is its row in `Layout.outages`, -1 if it never is down by itself.
PLACE_ROW = _record(("f8", "yield_rate room priority"), ("i4", "outage spare"))

OUTAGE_ROW = _record(("f8", "mean_s p0 p1"), ("i4", "law place"))

# How a point is replenished: over `lane`, or by `recipe`. Reviews of an instant come in
# the order of `turn`. Its goods go into the recipes from `first_user` on of `users`.
POINT_ROW = _record(
    ("f8", "reorder_point order_up_to order_quantity"),
    ("i8", "review_us"),
    ("i4", "item site policy lane recipe turn first_user last_user"),
    ("i4", "allocation spare"),
)

DRAWS_ALONE, DRAWS_STEPS, DRAWS_ORDERS = range(3)
"""How far `ahead` operations are drawn: not, several of an order whose rows of the
routings follow each other, or the only one of several orders."""

RECIPE_ROW = _record(
    ("f8", "site_yield"),
    ("i4", "item site target first_step last_step first_component last_component"),
    ("i4", "first_output last_output ahead"),
)

# What is left to do from a step on takes `left_setup_s` and `left_s` a piece. Rework
# goes to `back`, a number of the recipe.
STEP_ROW = _record(
    ("f8", "mean_s p0 p1 setup_s yield_rate left_setup_s left_s"),
    ("f8", "rework_rate sampling_rate"),
    ("i8", "timeout_us"),
    ("i4", "law row operation group family back batch_min batch_max"),
    ("i4", "operator_pool operators tool_pool spare"),
)

OUTPUT_ROW = _record(("f8", "per_unit"), ("i4", "point item"))

# Families as in `twin.model.records.Setups`; the most specific row of a group first.
SETUP_ROW = _record(("i8", "time_us"), ("i4", "before after"))

COMPONENT_ROW = _record(("f8", "per_unit"), ("i4", "point item"))

# A `plain` group takes the first in its queue, whatever it is.
GROUP_ROW = _record(
    ("f8", "flow_factor"),
    ("i4", "first last rule capacity first_setup last_setup plain spare"),
)

POOL_ROW = _record(("i4", "size first_span last_span first_group last_group spare"))

# `ages`: whether it matters when it turns busy or idle. Its failure comes `by_clock`,
# or by busy time; maintenance falls due by busy time where `due_by_busy`.
MACHINE_ROW = _record(
    ("f8", "speed mttf_s failure_p0 failure_p1 mttr_s repair_p0 repair_p1"),
    ("f8", "wear_per_h wear_hazard wear_speed wear_yield"),
    ("i8", "maintenance_every_us maintenance_us reading_every_us"),
    ("i4", "group slots first_span last_span has_failures failure_law repair_law"),
    ("i4", "on_failure by_clock due_by_busy ages spare"),
)

DEMAND_ROW = _record(
    ("f8", "price dispersion"),
    ("i8", "usual_us"),
    ("i4", "customer item site point lane law backlogged split"),
)

WINDOW_ROW = _record(("i8", "start_us end_us"), ("f8", "factor"))

MACHINE_WINDOW_ROW = _record(("i8", "start_us end_us"), ("i4", "machine n"))

RELEASE_ROW = _record(
    ("f8", "mean_s p0 p1"), ("i8", "first_us"), ("i4", "law first_mix last_mix spare")
)

MIX_ROW = _record(
    ("f8", "reached quantity priority"), ("i8", "due_us"), ("i4", "recipe spare")
)


class Layout(NamedTuple):
    """All that both engines read.

    Attributes
    ----------
    settings : ndarray of int64
        See the places of this module.
    lanes, places, outages, repairs, points, recipes, steps, components, outputs,
    groups, setups, pools, members, machines, demands : arrays of records
        Rows in the order of the network; `members` are the machines of the groups.
    spans, pool_spans : ndarray of shape (n_spans, 2), int64
        When calendars are open, microseconds UTC, end to end by machine or pool.
    pool_groups : ndarray of int32
        Groups that may need a pool, by pool.
    lane_windows, demand_windows : arrays of records
        Disruptions; `demand_factors[w, k]` is what window `w` makes of demand `k`.
    demand_mean : ndarray of shape (n_periods, n_demands), float64
        Mean demand of each period that is laid out.
    recipe_of : ndarray of shape (n_items, n_sites), int32
        Row of `recipes`, -1 where an item is not made.
    point_of : ndarray of shape (n_items, n_places), int32
        Stock point, -1 where an item is not kept.
    law_start, law_factor, law_cumulative : ndarray
        Observed laws, see `twin.model.laws`; weights are summed up.
    taken : ndarray of shape (4, n), int64
        Running numbers that ids of the network hold, ascending, by letter.
    """

    settings: I8
    lanes: Records
    places: Records
    outages: Records
    repairs: Records
    points: Records
    users: NDArray[np.int32]
    recipes: Records
    steps: Records
    components: Records
    outputs: Records
    groups: Records
    setups: Records
    pools: Records
    pool_spans: I8
    pool_groups: NDArray[np.int32]
    members: NDArray[np.int32]
    machines: Records
    spans: I8
    releases: Records
    mix: Records
    demands: Records
    demand_mean: F8
    demand_windows: Records
    demand_factors: F8
    lane_windows: Records
    machine_windows: Records
    recipe_of: NDArray[np.int32]
    point_of: NDArray[np.int32]
    law_start: NDArray[np.int32]
    law_factor: F8
    law_cumulative: F8
    taken: I8
