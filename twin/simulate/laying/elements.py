"""Layout of what a shop may have beyond machines: setups, outputs, pools, batches."""

import numpy as np
from numpy.typing import NDArray

from twin.model.elements import DISPATCH_RULES, NO_LIMIT
from twin.model.network import Network
from twin.model.records import ANY_FAMILY
from twin.simulate.laying.rows import laid_spans, rows_of, stock_points
from twin.simulate.layout import OUTPUT_ROW, POOL_ROW, SETUP_ROW
from twin.simulate.random import SECOND_US
from twin.simulate.tables import I8, Records

_FIFO = DISPATCH_RULES.index("fifo")


def outputs(network: Network, recipes: Records) -> Records:
    """Lay out what comes out beside the item, and tell recipes where it stands.

    Parameters
    ----------
    network : Network
        Its outputs.
    recipes : ndarray of shape (n_recipes,), records
        As laid out; their first and last outputs are set.

    Returns
    -------
    ndarray of records
        Rows in the order of recipes; a recipe without outputs has none.
    """
    given, points = network.outputs, stock_points(network)
    rows: list[tuple[float, int, int]] = []
    for recipe in recipes:
        item, site = int(recipe["item"]), int(recipe["site"])
        own = given.item_index == item
        recipe["first_output"] = recipe["last_output"] = len(rows)
        if not own.any():
            continue
        per_unit = {item: 1.0} | dict(
            zip(given.product_index[own].tolist(), given.quantity[own].tolist(),
                strict=True)
        )  # fmt: skip
        rows += [
            (quantity, int(points[product, site]), product)
            for product, quantity in sorted(per_unit.items())
        ]
        recipe["last_output"] = len(rows)
    return np.array(rows, OUTPUT_ROW)


def setups(network: Network, groups: Records, group_of: NDArray[np.int32]) -> Records:
    """Lay out times of setups, and tell groups where theirs stand.

    Parameters
    ----------
    network : Network
        Its setups.
    groups : ndarray of shape (n_groups,), records
        As laid out; their first and last setups are set.
    group_of : ndarray of shape (n_names, n_sites), int32
        Group by name and site.

    Returns
    -------
    ndarray of records
        The most specific row of a group comes first.
    """
    given = network.setups
    before, after = given.from_family_index, given.to_family_index
    order = np.lexsort((after == ANY_FAMILY, before == ANY_FAMILY, given.group_index))
    of_group = given.group_index[order]
    for group in range(len(network.groups)):
        found = group_of[group][group_of[group] >= 0]
        groups["first_setup"][found] = np.searchsorted(of_group, group)
        groups["last_setup"][found] = np.searchsorted(of_group, group, side="right")
    return rows_of(
        SETUP_ROW, len(order), before=before[order], after=after[order],
        time_us=[round(float(s) * SECOND_US) for s in given.setup_s[order]],
    )  # fmt: skip


def pools(
    network: Network, group_of: NDArray[np.int32], until_us: int
) -> tuple[Records, I8, NDArray[np.int32]]:
    """Lay out pools, when they are there, and the groups that may need each.

    Parameters
    ----------
    network : Network
        Its pools.
    group_of : ndarray of shape (n_names, n_sites), int32
        Group by name and site.
    until_us : int
        How far calendars reach, microseconds UTC.

    Returns
    -------
    tuple of ndarray
        Rows of pools, `Layout.pool_spans` and `Layout.pool_groups`.
    """
    given, routings = network.pools, network.routings
    first, last, spans = laid_spans(
        network, given.calendar_index, given.site_index, until_us
    )
    rows = rows_of(
        POOL_ROW, len(given.ids), size=given.size, first_span=first, last_span=last
    )
    found: list[int] = []
    for pool, row in enumerate(rows):
        row["first_group"] = len(found)
        needing = (routings.operator_pool_index == pool) | (
            routings.tool_pool_index == pool
        )
        at = group_of[np.unique(routings.machine_group_index[needing])]
        found += np.sort(at[at >= 0]).tolist()
        row["last_group"] = len(found)
    return rows, spans, np.array(found, np.int32)


def mark_plain(groups: Records, steps: Records) -> None:
    """Tell which groups just take the first in their queues.

    Parameters
    ----------
    groups : ndarray of shape (n_groups,), records
        Changed in place.
    steps : ndarray of shape (n_steps,), records
        Which of them work in batches or need pools.
    """
    groups["plain"] = (groups["rule"] == _FIFO) & (groups["capacity"] == NO_LIMIT)
    special = (
        (steps["batch_max"] > 1)
        | (steps["operator_pool"] >= 0)
        | (steps["tool_pool"] >= 0)
    )
    groups["plain"][steps["group"][special]] = 0


def most_starts(network: Network, outputs: Records) -> int:
    """Bound what one appointment adds: starts of orders, ends of batches, receipts.

    Parameters
    ----------
    network : Network
        Its machines and routings.
    outputs : ndarray of records
        As laid out.

    Returns
    -------
    int
        Rows.
    """
    n_slots = int(network.machines.slots.sum())
    most = int(network.routings.batch_max.max(initial=1))
    if most == 1 and not len(outputs):
        return n_slots
    return n_slots * (1 + most) + most * (2 + len(outputs))
