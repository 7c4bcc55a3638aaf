"""Layout of the shop: recipes, steps, machine groups, machines, streams of orders."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.model.elements import NO_LIMIT
from twin.model.network import Network
from twin.simulate.disruptions import Disruption
from twin.simulate.laying.ageing import ageing_columns
from twin.simulate.laying.rows import (
    laid_spans,
    law_columns,
    rows_of,
    stock_points,
)
from twin.simulate.layout import (
    COMPONENT_ROW,
    DRAWS_ALONE,
    DRAWS_ORDERS,
    DRAWS_STEPS,
    GROUP_ROW,
    MACHINE_ROW,
    MACHINE_WINDOW_ROW,
    MIX_ROW,
    NEVER_US,
    RECIPE_ROW,
    RELEASE_ROW,
    STEP_ROW,
)
from twin.simulate.random import SECOND_US
from twin.simulate.routings import RoutingRows
from twin.simulate.tables import I8, Records


def recipes(
    network: Network,
) -> tuple[NDArray[np.int32], Records, Records, Records]:
    """Lay out what is made: recipe by item and site, recipes, steps, components.

    Parameters
    ----------
    network : Network
        What is made, its bills and routings.

    Returns
    -------
    tuple of ndarray
        Recipe by item and site, of shape (n_items, n_sites), recipes, steps and
        components. The group of a step is the number of its name and site, until groups
        are laid out.
    """
    n_sites = network.n_sites
    recipe_of = np.full((len(network.items.ids), n_sites), -1, np.int32)
    point_of = stock_points(network)
    made = network.production
    recipes, bills = np.zeros(len(made.first), RECIPE_ROW), network.bills
    step_rows: list[NDArray[np.intp]] = []
    step_groups: list[NDArray[np.int64]] = []
    components: list[tuple[float, int, int]] = []
    n_steps = 0
    routing = RoutingRows(network)
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
        found = routing.of(int(item), int(site))
        row["first_step"], row["last_step"] = n_steps, n_steps + len(found)
        row["ahead"] = _ahead(found)
        n_steps += len(found)
        step_rows.append(found)
        groups = network.routings.machine_group_index[found].astype(np.int64)
        step_groups.append(groups * n_sites + int(site))
    steps = _steps(network, recipes, step_rows, step_groups)
    return recipe_of, recipes, steps, np.array(components, COMPONENT_ROW)


def _ahead(rows: NDArray[np.intp]) -> int:
    """How far the operations of these rows of the routings can be drawn ahead."""
    if len(rows) == 1:
        return DRAWS_ORDERS
    return DRAWS_STEPS if (np.diff(rows) == 1).all() else DRAWS_ALONE


def _steps(
    network: Network, recipes: Records, rows: list[NDArray[np.intp]],
    groups: list[NDArray[np.int64]],
) -> Records:  # fmt: skip
    if not rows:
        return np.zeros(0, STEP_ROW)
    found, routings = np.concatenate(rows), network.routings
    steps = rows_of(
        STEP_ROW, len(found),
        row=found, group=np.concatenate(groups),
        **law_columns(
            routings.duration_law, routings.duration_s, routings.duration_cv, found
        ),
        setup_s=routings.setup_s[found],
        yield_rate=routings.yield_rate[found],
        operation=routings.operation_index[found],
        family=routings.setup_family_index[found],
        rework_rate=routings.rework_rate[found],
        sampling_rate=routings.sampling_rate[found],
        batch_min=routings.batch_min[found],
        batch_max=routings.batch_max[found],
        timeout_us=[
            NEVER_US if np.isinf(s) else round(float(s) * SECOND_US)
            for s in routings.batch_timeout_s[found]
        ],
        operator_pool=routings.operator_pool_index[found],
        operators=routings.operators[found],
        tool_pool=routings.tool_pool_index[found],
    )  # fmt: skip
    for recipe in recipes:
        first, last = recipe["first_step"], recipe["last_step"]
        own = steps[first:last]
        # Added up from the end, as the reference does.
        own["left_setup_s"] = np.cumsum(own["setup_s"][::-1])[::-1]
        own["left_s"] = np.cumsum(own["mean_s"][::-1])[::-1]
        back = routings.rework_step[found[first:last]]
        own["back"] = np.searchsorted(routings.step[found[first:last]], back)
    return steps


def groups(
    network: Network,
) -> tuple[Records, NDArray[np.int32], NDArray[np.int32]]:
    """Lay out machine groups, their members, and the group by name and site.

    Parameters
    ----------
    network : Network
        Its machines, and the rules of their groups.

    Returns
    -------
    tuple of ndarray
        Rows of groups, `Layout.members`, and the group by name and site, of shape
        (n_names, n_sites), -1 where there is none.
    """
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
    rows = rows_of(GROUP_ROW, len(members), first=ends[:-1], last=ends[1:])
    rows["capacity"], rows["flow_factor"] = NO_LIMIT, 1.0
    _say_how(network, rows, group_of)
    flat = [machine for some in members for machine in some]
    return rows, np.array(flat, np.int32), group_of


def _say_how(network: Network, rows: Records, group_of: NDArray[np.int32]) -> None:
    rules = network.group_rules
    named = rules.site_index >= 0
    # Rows of a site come after those of any, and stand.
    for k in np.argsort(named, kind="stable"):
        places = group_of[rules.group_index[k]]
        at = places[rules.site_index[k]] if named[k] else places[places >= 0]
        for name in ("rule", "capacity", "flow_factor"):
            rows[name][at] = getattr(rules, name)[k]


def machines(
    network: Network, group_of: NDArray[np.int32], until_us: int
) -> tuple[Records, I8]:
    """Lay out machines, and when their calendars are open.

    Parameters
    ----------
    network : Network
        Its machines and calendars.
    group_of : ndarray of shape (n_names, n_sites), int32
        Group by name and site.
    until_us : int
        How far calendars reach, microseconds UTC.

    Returns
    -------
    tuple of ndarray
        Rows of machines and `Layout.spans`.
    """
    machines = network.machines
    rows = rows_of(
        MACHINE_ROW, len(machines.ids),
        speed=machines.speed, slots=machines.slots,
        group=group_of[machines.group_index, machines.site_index],
        **ageing_columns(machines),
    )  # fmt: skip
    own = machines.calendar_index
    used = np.where(own >= 0, own, network.places.calendar_index[machines.site_index])
    first, last, spans = laid_spans(network, used, machines.site_index, until_us)
    rows["first_span"], rows["last_span"] = first, last
    return rows, spans


def machine_windows(
    network: Network, disruptions: Sequence[Disruption], machines: Records
) -> Records:
    """Lay out when machines are disrupted.

    Parameters
    ----------
    network : Network
        From whose `as_of` on windows count.
    disruptions : sequence of Disruption
        Those of machines count.
    machines : ndarray of shape (n_machines,), records
        As laid out.

    Returns
    -------
    ndarray of records
        In the order of machines, those of a machine by time.
    """
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
    return np.array(found, MACHINE_WINDOW_ROW)


def releases(network: Network, recipe_of: NDArray[np.int32]) -> tuple[Records, Records]:
    """Lay out streams of orders, and the items of each.

    Parameters
    ----------
    network : Network
        Its releases.
    recipe_of : ndarray of shape (n_items, n_sites), int32
        Recipe by item and site.

    Returns
    -------
    tuple of ndarray
        Rows of streams, and `Layout.mix`, in the order of streams.
    """
    given = network.releases
    first = np.searchsorted(given.release_index, np.arange(len(given.ids)))
    last = np.searchsorted(given.release_index, np.arange(len(given.ids)), side="right")
    first_us = [
        NEVER_US if np.isnan(s) else round(float(s) * SECOND_US)
        for s in given.first_s[first]
    ]
    releases = rows_of(
        RELEASE_ROW, len(given.ids),
        **law_columns(given.interval_law, given.interval_s, given.interval_cv, first),
        first_us=first_us, first_mix=first, last_mix=last,
    )  # fmt: skip
    due = [NEVER_US if np.isinf(s) else round(s * SECOND_US) for s in given.due_s]
    mix = rows_of(
        MIX_ROW, len(given.item_index),
        quantity=given.quantity, priority=given.priority, due_us=due,
        recipe=recipe_of[given.item_index, given.site_index],
    )  # fmt: skip
    for start, stop in zip(first, last, strict=True):
        shares = given.share[start:stop]
        mix["reached"][start:stop] = np.cumsum(shares) / shares.sum()
    return releases, mix
