"""A network as both simulation engines read it: arrays, laws prepared, nothing named.

A layout does not change while a network is simulated. What does change is in
`twin.simulate.tables`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from twin.errors import OptionError
from twin.model.network import Network
from twin.simulate._kernels.random import cumulative_weights, law_parameters
from twin.simulate.demand import LawDemand
from twin.simulate.disruptions import Disruption
from twin.simulate.random import SECOND_US
from twin.simulate.reference.shifts import open_spans
from twin.simulate.tables import F8, I8, LETTERS, NUMBERED, Capacity, Records

(
    AS_OF_US,
    PERIOD_US,
    N_PERIODS,
    FIRST_MACHINE,
    STARTS,
    HAS_OUTAGES,
    N_PLACES,
    MOST_STARTS,
) = range(8)
"""Places in `Layout.settings`."""

FIRST_NAME = 8
"""Place in `Layout.settings` of the first number of each kind of name."""

NEVER_US = np.int64(np.iinfo(np.int64).max)


def _record(*fields: tuple[str, str]) -> np.dtype[np.void]:
    named = [(name, code) for code, names in fields for name in names.split()]
    return np.dtype(named, align=True)


# An order on a lane is filled from `source_of`; `made` is in `Layout.recipe_of`.
LANE_ROW = _record(
    ("f8", "mean_s p0 p1 price unit_cost fixed_cost room"),
    ("i4", "law origin destination first_window last_window spare"),
)

PLACE_ROW = _record(("f8", "yield_rate room"))

POINT_ROW = _record(("i4", "item site"))

RECIPE_ROW = _record(
    ("f8", "site_yield"),
    ("i4", "item site target first_step last_step first_component last_component"),
    ("i4", "spare"),
)

STEP_ROW = _record(
    ("f8", "mean_s p0 p1 setup_s yield_rate"), ("i4", "law row operation group")
)

COMPONENT_ROW = _record(("f8", "per_unit"), ("i4", "point item"))

GROUP_ROW = _record(("i4", "first last"))

MACHINE_ROW = _record(
    ("f8", "speed mttf_s mttr_s"),
    ("i4", "group slots first_span last_span has_failures spare"),
)

DEMAND_ROW = _record(
    ("f8", "price dispersion"),
    ("i8", "usual_us"),
    ("i4", "customer item site point lane law backlogged spare"),
)

WINDOW_ROW = _record(("i8", "start_us end_us"), ("f8", "factor"))

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
    lanes, places, points, recipes, steps, components, groups, members, machines,
    demands : arrays of records
        Rows in the order of the network; `members` are the machines of the groups.
    spans : ndarray of shape (n_spans, 2), int64
        When calendars are open, microseconds UTC, end to end by machine.
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
    points: Records
    recipes: Records
    steps: Records
    components: Records
    groups: Records
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


def lay_out(
    network: Network, disruptions: Sequence[Disruption], *, until_us: int
) -> Layout:
    """Lay out a network.

    Parameters
    ----------
    network : Network
        What is simulated.
    disruptions : sequence of Disruption
        What goes wrong.
    until_us : int
        How far shifts and means of demand reach, microseconds UTC.

    Returns
    -------
    Layout
    """
    recipe_of, recipes, steps, components = _recipes(network)
    groups, members, group_of = _groups(network)
    steps["group"] = group_of.reshape(-1)[steps["group"]]
    machines, spans = _machines(network, group_of, until_us)
    machine_windows = _machine_windows(network, disruptions, machines)
    lanes, lane_windows = _lanes(network, disruptions)
    settings = network.settings
    mean = _demand_mean(network, until_us)
    windows, factors = _demand_windows(network, disruptions)
    releases, mix = _releases(network, recipe_of)
    numbers = np.zeros(FIRST_NAME + NUMBERED + 1, np.int64)
    numbers[AS_OF_US], numbers[PERIOD_US] = settings.as_of_us, settings.period_us
    numbers[N_PERIODS] = len(mean)
    numbers[FIRST_MACHINE] = len(lanes) + 1
    numbers[STARTS] = len(lanes) + len(machines) + 1
    numbers[HAS_OUTAGES] = any(one.kind in {"place", "lane"} for one in disruptions)
    numbers[N_PLACES] = len(network.places.ids)
    numbers[MOST_STARTS] = int(network.machines.slots.sum())
    named = (
        network.items.ids, network.places.ids, network.machines.ids,
        network.operations, network.open_orders.ids,
    )  # fmt: skip
    numbers[FIRST_NAME + 1 :] = np.cumsum([len(ids) for ids in named])
    return Layout(
        settings=numbers,
        lanes=lanes,
        places=_places(network),
        points=_points(network),
        recipes=recipes,
        steps=steps,
        components=components,
        groups=groups,
        members=members,
        machines=machines,
        spans=spans,
        releases=releases,
        mix=mix,
        demands=_demands(network),
        demand_mean=mean,
        demand_windows=windows,
        demand_factors=factors,
        lane_windows=lane_windows,
        machine_windows=machine_windows,
        recipe_of=recipe_of,
        point_of=_point_of(network),
        law_start=network.laws.start,
        law_factor=network.laws.factor,
        law_cumulative=cumulative_weights(network.laws.start, network.laws.weight),
        taken=_taken(network.open_orders.ids),
    )


def capacity_of(layout: Layout) -> Capacity:
    """Return the rows a simulation of a layout begins with.

    Parameters
    ----------
    layout : Layout
        Of the network.

    Returns
    -------
    Capacity
        Growing tables have room for what is always there, and some more.
    """
    always = (
        len(layout.machines) * 4
        + len(layout.releases)
        + len(layout.machine_windows)
        + int(layout.settings[MOST_STARTS])
    )
    room = 1 << (always + 63).bit_length()
    return Capacity(
        points=len(layout.points),
        machines=len(layout.machines),
        groups=len(layout.groups),
        lanes=len(layout.lanes),
        places=int(layout.settings[N_PLACES]),
        demands=len(layout.demands),
        releases=len(layout.releases),
        micro=1 << (2 * len(layout.machines) + 63).bit_length(),
        calendar=room,
    )


def _rows(dtype: np.dtype[np.void], n: int, **columns: Any) -> Records:
    rows = np.zeros(n, dtype)
    for name, values in columns.items():
        rows[name] = values
    return rows


def _law(
    law: NDArray[np.int32], mean: F8, cv: F8, rows: Any = slice(None)
) -> dict[str, NDArray[Any]]:
    """Columns of prepared laws, each pair of law and cv prepared once."""
    pairs, inverse = np.unique(
        np.column_stack([law[rows], cv[rows]]), axis=0, return_inverse=True
    )
    prepared = np.array([law_parameters(int(one), float(c)) for one, c in pairs])
    prepared = prepared.reshape(-1, 2)[inverse.reshape(-1)]
    return {"law": law[rows], "mean_s": mean[rows], "p0": prepared[:, 0],
            "p1": prepared[:, 1]}  # fmt: skip


def _point_of(network: Network) -> NDArray[np.int32]:
    found = np.full((len(network.items.ids), len(network.places.ids)), -1, np.int32)
    stock = network.stock
    found[stock.item_index, stock.site_index] = np.arange(len(stock.item_index))
    return found


def _points(network: Network) -> Records:
    stock = network.stock
    return _rows(
        POINT_ROW, len(stock.item_index), item=stock.item_index, site=stock.site_index
    )


def _places(network: Network) -> Records:
    places, settings = network.places, network.settings
    periods = settings.review_us / settings.period_us
    return _rows(
        PLACE_ROW, len(places.ids),
        yield_rate=places.yield_rate,
        room=places.dispatch_capacity_per_period * periods,
    )  # fmt: skip


def _lanes(
    network: Network, disruptions: Sequence[Disruption]
) -> tuple[Records, Records]:
    lanes, settings = network.lanes, network.settings
    rows = _rows(
        LANE_ROW, len(lanes.ids),
        **_law(lanes.lead_time_law, lanes.lead_time_s, lanes.lead_time_cv),
        price=lanes.price, unit_cost=lanes.unit_cost, fixed_cost=lanes.fixed_cost,
        room=lanes.capacity_per_period * (settings.review_us / settings.period_us),
        origin=lanes.from_place_index, destination=lanes.to_place_index,
    )  # fmt: skip
    windows: list[tuple[int, int, float]] = []
    for lane, origin in enumerate(lanes.from_place_index.tolist()):
        struck = sorted(
            (one.start_us, one.end_us, one.factor)
            for one in disruptions
            for target in one.targets
            if (one.kind, target) in {("lane", lane), ("place", origin)}
        )
        rows["first_window"][lane] = len(windows)
        windows += struck
        rows["last_window"][lane] = len(windows)
    return rows, np.array(windows, WINDOW_ROW)


def _recipes(
    network: Network,
) -> tuple[NDArray[np.int32], Records, Records, Records]:
    n_sites = network.n_sites
    recipe_of = np.full((len(network.items.ids), n_sites), -1, np.int32)
    point_of = _point_of(network)
    made = network.production
    recipes, bills = np.zeros(len(made.first), RECIPE_ROW), network.bills
    step_rows: list[NDArray[np.intp]] = []
    step_groups: list[NDArray[np.int64]] = []
    components: list[tuple[float, int, int]] = []
    n_steps = 0
    rows_of = _RoutingRows(network)
    for k, (item, site) in enumerate(zip(made.first, made.second, strict=True)):
        recipe_of[item, site] = k
        row = recipes[k]
        row["item"], row["site"], row["target"] = item, site, point_of[item, site]
        row["site_yield"] = network.places.yield_rate[site]
        row["first_component"] = len(components)
        for bill in np.flatnonzero(bills.item_index == item):
            component = int(bills.component_index[bill])
            per_unit = float(bills.quantity[bill] / (1.0 - bills.scrap_rate[bill]))
            components.append((per_unit, int(point_of[component, site]), component))
        row["last_component"] = len(components)
        found = rows_of.of(int(item), int(site))
        row["first_step"], row["last_step"] = n_steps, n_steps + len(found)
        n_steps += len(found)
        step_rows.append(found)
        groups = network.routings.machine_group_index[found].astype(np.int64)
        step_groups.append(groups * n_sites + int(site))
    steps = _steps(network, step_rows, step_groups)
    return recipe_of, recipes, steps, np.array(components, COMPONENT_ROW)


class _RoutingRows:
    """Rows of routings by item and site: the item's own count before those of '*'."""

    def __init__(self, network: Network) -> None:
        self._routings = network.routings
        order = np.argsort(self._routings.item_index, kind="stable")
        self._order, self._sorted = order, self._routings.item_index[order]

    def of(self, item: int, site: int) -> NDArray[np.intp]:
        rows = self._of_item(item)
        if not len(rows):
            rows = self._of_item(-1)
        sites = self._routings.site_index[rows]
        wanted = site if (sites == site).any() else -1
        found = rows[sites == wanted]
        return found[np.argsort(self._routings.step[found], kind="stable")]

    def _of_item(self, item: int) -> NDArray[np.intp]:
        first, last = np.searchsorted(self._sorted, [item, item + 1])
        return np.sort(self._order[first:last])


def _steps(
    network: Network, rows: list[NDArray[np.intp]], groups: list[NDArray[np.int64]]
) -> Records:
    if not rows:
        return np.zeros(0, STEP_ROW)
    found, routings = np.concatenate(rows), network.routings
    return _rows(
        STEP_ROW, len(found),
        row=found, group=np.concatenate(groups),
        **_law(routings.duration_law, routings.duration_s, routings.duration_cv, found),
        setup_s=routings.setup_s[found],
        yield_rate=routings.yield_rate[found],
        operation=routings.operation_index[found],
    )  # fmt: skip


def _groups(
    network: Network,
) -> tuple[Records, NDArray[np.int32], NDArray[np.int32]]:
    machines = network.machines
    group_of = np.full((len(network.groups), network.n_sites), -1, np.int32)
    members: list[list[int]] = []
    pairs = zip(
        machines.group_index.tolist(), machines.site_index.tolist(), strict=True
    )
    for machine, (group, site) in enumerate(pairs):
        if group_of[group, site] < 0:
            group_of[group, site] = len(members)
            members.append([])
        members[group_of[group, site]].append(machine)
    ends = np.cumsum([0, *map(len, members)])
    rows = _rows(GROUP_ROW, len(members), first=ends[:-1], last=ends[1:])
    flat = [machine for some in members for machine in some]
    return rows, np.array(flat, np.int32), group_of


def _machines(
    network: Network, group_of: NDArray[np.int32], until_us: int
) -> tuple[Records, I8]:
    machines = network.machines
    rows = _rows(
        MACHINE_ROW, len(machines.ids),
        speed=machines.speed, mttf_s=machines.mttf_s, mttr_s=machines.mttr_s,
        slots=machines.slots, has_failures=machines.mttf_s < np.inf,
        group=group_of[machines.group_index, machines.site_index],
    )  # fmt: skip
    start_us = network.settings.as_of_us
    places: dict[tuple[int, str], tuple[int, int]] = {}
    spans: list[tuple[int, int]] = []
    for machine, calendar in enumerate(machines.calendar_index.tolist()):
        site = int(machines.site_index[machine])
        used = calendar if calendar >= 0 else int(network.places.calendar_index[site])
        if used < 0:
            continue
        zone = network.places.time_zone[site]
        if (used, zone) not in places:
            first = len(spans)
            every = open_spans(
                network.calendars, used, ZoneInfo(zone), start_us=start_us
            )
            for span in every:
                spans.append(span)
                # One more than needed: what comes after `until_us` is known, too.
                if span[0] > until_us:
                    break
            places[used, zone] = first, len(spans)
        rows["first_span"][machine], rows["last_span"][machine] = places[used, zone]
    return rows, np.array(spans, np.int64).reshape(-1, 2)


def _machine_windows(
    network: Network, disruptions: Sequence[Disruption], machines: Records
) -> Records:
    start_us = network.settings.as_of_us
    found = []
    for machine in range(len(machines)):
        windows = sorted(
            (max(one.start_us, start_us), one.end_us)
            for one in disruptions
            if one.kind == "machine" and machine in one.targets
            and one.end_us > start_us
        )  # fmt: skip
        found += [(*w, machine, n) for n, w in enumerate(windows)]
    dtype = _record(("i8", "start_us end_us"), ("i4", "machine n"))
    return np.array(found, dtype)


def _demands(network: Network) -> Records:
    demands, point_of = network.demands, _point_of(network)
    lanes, pairs = network.lanes, network.lane_items
    lane_of = {
        (int(lanes.from_place_index[lane]), int(lanes.to_place_index[lane]), item): lane
        for lane, item in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
    }
    ends = zip(
        demands.site_index.tolist(), demands.customer_index.tolist(),
        demands.item_index.tolist(), strict=True,
    )  # fmt: skip
    lane = np.array([lane_of.get(key, -1) for key in ends], np.int32)
    usual = [
        0 if k < 0 else round(float(lanes.lead_time_s[k]) * 1_000_000) for k in lane
    ]
    return _rows(
        DEMAND_ROW, len(lane),
        customer=demands.customer_index, item=demands.item_index,
        site=demands.site_index, price=demands.price, law=demands.law,
        dispersion=demands.dispersion, backlogged=demands.backlogged,
        point=point_of[demands.item_index, demands.site_index],
        lane=lane, usual_us=usual,
    )  # fmt: skip


def _demand_mean(network: Network, until_us: int) -> F8:
    settings, source = network.settings, LawDemand(network, 0)
    n_periods = max((until_us - settings.as_of_us) // settings.period_us, 0)
    mean = np.zeros((n_periods, len(network.demands.item_index)))
    if mean.size:
        for period in range(n_periods):
            mean[period] = source.mean(period)
    return mean


def _demand_windows(
    network: Network, disruptions: Sequence[Disruption]
) -> tuple[Records, F8]:
    demands, found, factors = network.demands, [], []
    for one in disruptions:
        if one.kind == "demand":
            struck = np.ones(len(demands.item_index), np.bool_)
            if one.items:
                struck &= np.isin(demands.item_index, one.items)
            if one.targets:
                struck &= np.isin(demands.customer_index, one.targets)
            found.append((one.start_us, one.end_us, one.factor))
            factors.append(np.where(struck, one.factor, 1.0))
    shape = (len(found), len(demands.item_index))
    return np.array(found, WINDOW_ROW), np.reshape(np.array(factors, float), shape)


def _releases(
    network: Network, recipe_of: NDArray[np.int32]
) -> tuple[Records, Records]:
    given = network.releases
    first = np.searchsorted(given.release_index, np.arange(len(given.ids)))
    last = np.searchsorted(given.release_index, np.arange(len(given.ids)), side="right")
    first_us = [
        NEVER_US if np.isnan(s) else round(float(s) * SECOND_US)
        for s in given.first_s[first]
    ]
    releases = _rows(
        RELEASE_ROW, len(given.ids),
        **_law(given.interval_law, given.interval_s, given.interval_cv, first),
        first_us=first_us, first_mix=first, last_mix=last,
    )  # fmt: skip
    due = [NEVER_US if np.isinf(s) else round(s * SECOND_US) for s in given.due_s]
    mix = _rows(
        MIX_ROW, len(given.item_index),
        quantity=given.quantity, priority=given.priority, due_us=due,
        recipe=recipe_of[given.item_index, given.site_index],
    )  # fmt: skip
    for start, stop in zip(first, last, strict=True):
        shares = given.share[start:stop]
        mix["reached"][start:stop] = np.cumsum(shares) / shares.sum()
    return releases, mix


def _taken(ids: Sequence[str]) -> I8:
    found: list[list[int]] = [[] for _ in LETTERS]
    for name in ids:
        number = name[1:]
        if name[:1] in LETTERS and number.isdecimal() and number == str(int(number)):
            found[LETTERS.index(name[0])].append(int(number))
    # One more than any taken ends each row.
    width = max(map(len, found)) + 1
    rows = np.full((len(LETTERS), width), NEVER_US, np.int64)
    for row, numbers in zip(rows, found, strict=True):
        row[: len(numbers)] = sorted(numbers)
    return rows


def check_point(network: Network, layout: Layout, item: int, place: int) -> int:
    """Return the stock point of an item at a place.

    Raises
    ------
    OptionError
        If the item is not kept there.
    """
    if 0 <= item < len(network.items.ids) and 0 <= place < len(network.places.ids):
        found = int(layout.point_of[item, place])
        if found >= 0:
            return found
    items, places = network.items.ids, network.places.ids
    where = places[place] if 0 <= place < len(places) else place
    what = items[item] if 0 <= item < len(items) else item
    msg = f"item {what!r} is not kept at {where!r}: add it to the stock table"
    raise OptionError(msg)
