"""What is under way when a compiled simulation begins: orders, work, machines."""

import numpy as np
from numpy.typing import NDArray

from twin.model.elements import NO_STEP
from twin.model.network import Network
from twin.simulate import layout as laid
from twin.simulate import tables as t
from twin.simulate._kernels import failures, opening, run, stations
from twin.simulate._kernels.ageing import REPAIR
from twin.simulate._kernels.opened import (
    CUSTOMER,
    PRODUCTION,
    OpenOrders,
    Taken,
    take_over_all,
)
from twin.simulate._kernels.trace import NEVER, NONE
from twin.simulate.demand import delivery_lanes
from twin.simulate.laying.rows import check_point
from twin.simulate.layout import Layout
from twin.simulate.opening.floor import SETS_UP, WAITS
from twin.simulate.opening.machines import FAILED, MAINTAINED
from twin.simulate.opening.residuals import Beginning
from twin.simulate.tables import Simulated, Trace

_ENDS = {
    FAILED: (t.FAILURE, failures.REPAIRED),
    MAINTAINED: (t.MAINTENANCE, failures.MAINTAINED),
}


def open_orders(network: Network, layout: Layout) -> OpenOrders:
    """Return the open orders of a network, made once for many simulations.

    Parameters
    ----------
    network : Network
        Its open orders.
    layout : Layout
        Of the network.

    Returns
    -------
    OpenOrders

    Raises
    ------
    OptionError
        If an order is of an item that is not kept where it goes, or is served from.
    """
    orders, demands = network.open_orders, network.demands
    item, origin, target = (
        np.asarray(column, np.int32)
        for column in (
            orders.item_index,
            orders.from_place_index,
            orders.to_place_index,
        )
    )
    lane_of = delivery_lanes(network)
    keys = (demands.customer_index, demands.item_index, demands.site_index)
    # Of rows that are alike the last one counts.
    demand_of = {
        key: row
        for row, key in enumerate(zip(*(k.tolist() for k in keys), strict=True))
    }
    is_customers = orders.kind == CUSTOMER
    rows = list(zip(item.tolist(), origin.tolist(), target.tolist(), strict=True))
    kept = np.where(is_customers, origin, target).tolist()
    points = [
        check_point(network, layout, one, place)
        for one, place in zip(item.tolist(), kept, strict=True)
    ]
    return OpenOrders(
        kind=np.asarray(orders.kind, np.int32),
        item=item,
        origin=origin,
        target=target,
        quantity=np.asarray(orders.quantity, np.float64),
        price=network.items.price[item],
        due_us=np.asarray(orders.due_us, np.int64),
        point=np.array(points, np.int32),
        demand=np.array([demand_of.get((c, i, s), NONE) for i, s, c in rows], np.int32),
        lane=np.array([lane_of.get((s, c, i), NONE) for i, s, c in rows], np.int32),
        step=_steps(network, layout),
    )


def _steps(network: Network, layout: Layout) -> NDArray[np.int32]:
    """Return the place of the next step of each open order in its recipe, or -1."""
    orders = network.open_orders
    found = np.full(len(orders.ids), NONE, np.int32)
    at_steps = (orders.kind == PRODUCTION) & (orders.step != NO_STEP)
    for k in np.flatnonzero(at_steps).tolist():
        recipe = layout.recipe_of[orders.item_index[k], orders.to_place_index[k]]
        ends = (layout.recipes[name][recipe] for name in ("first_step", "last_step"))
        steps = network.routings.step[layout.steps["row"][slice(*ends)]]
        found[k] = np.searchsorted(steps, orders.step[k])
    return found


def take_over_orders(
    layout: Layout, sim: Simulated, trace: Trace, orders: OpenOrders,
    *, beginning: Beginning | None = None,
) -> None:  # fmt: skip
    """Make the open orders of a network known, and let them end when due, or go on.

    Parameters
    ----------
    layout, sim, trace : Layout, Simulated, array of records
        Of a simulation that has just begun; there must be room.
    orders : OpenOrders
        Of its network.
    beginning : Beginning or None
        What is under way, see the reference.
    """
    n = len(orders.kind)
    taken = Taken(
        number=t.OPENED + np.arange(n),
        is_begun=np.zeros(n, np.bool_),
        arrives_us=np.full(n, NEVER, np.int64),
        at=np.full(n, NONE, np.int64),
    )
    if beginning is not None:
        taken.number[:] += len(beginning.orders)
        for one in beginning.orders:
            taken.number[one.order] = one.number
            taken.is_begun[one.order] = True
        for k, arrives_us in beginning.arrives_us.items():
            taken.arrives_us[k] = arrives_us
    take_over_all(layout, sim, trace, orders, taken)
    if beginning is not None:
        _take_over_work(layout, sim, trace, beginning=beginning, rows_of=taken.at)


def _come(layout: Layout, sim: Simulated, at: int, now_us: int) -> None:
    starts, n = int(layout.settings[laid.STARTS]), int(sim.orders[at]["n"])
    run.appoint(sim, now_us, stations.COMPLETION, starts, n, stations.START, at)


def _take_over_work(
    layout: Layout, sim: Simulated, trace: Trace,
    *, beginning: Beginning, rows_of: NDArray[np.int64],
) -> None:  # fmt: skip
    """Put orders on their machines, or let them wait, as they came."""
    now_us = int(sim.clock[t.NOW_US])
    rows = [int(rows_of[one.order]) for one in beginning.orders]
    for at, one in zip(rows, beginning.orders, strict=True):
        row = sim.orders[at]
        if one.comes:
            _come(layout, sim, at, now_us)
            continue
        row["machine"] = one.machine
        step = layout.steps[layout.recipes["first_step"][row["recipe"]] + row["step"]]
        row["setup_s"] = step["setup_s"]
        row["work_s"] = one.unit_s * row["pieces"]
        row["phase"] = stations.SETS_UP if one.phase == SETS_UP else stations.WORKS
        row["started_us"] = row["arrived_us"] = one.since_us
        row["whole_us"], row["remaining_us"] = one.whole_us, one.remaining_us
    for at, one in zip(rows, beginning.orders, strict=True):
        if one.phase == WAITS and not one.comes:
            opening.wait(layout, sim, trace, at, now_us)
        elif one.phase != WAITS and one.is_first:
            last = at
            for mate in one.mates:
                sim.orders[last]["mate"] = last = rows[mate]
            opening.take_over(layout, sim, trace, one.machine, at, now_us)
    for group in range(len(sim.groups)):
        run.appoint(
            sim, now_us, stations.RELEASE, len(layout.releases) + group, 0,
            stations.TIMES_OUT, group,
        )  # fmt: skip


def begin_aged(layout: Layout, sim: Simulated, beginning: Beginning) -> Layout:
    """Prepare machines and streams of orders that are not new, before `run.begin`.

    Parameters
    ----------
    layout : Layout
        Of the network.
    sim : Simulated
        Nothing has happened in it; there must be room for an appointment a machine.
    beginning : Beginning
        What is under way.

    Returns
    -------
    Layout
        For the start alone.
    """
    layout = layout._replace(
        settings=layout.settings.copy(), releases=layout.releases.copy()
    )
    layout.settings[laid.AGED] = 1
    for stream, first_us in enumerate(beginning.first_us):
        if first_us >= 0:
            layout.releases["first_us"][stream] = first_us
    for machine, begun in enumerate(beginning.machines):
        row = sim.machines[machine]
        row["since_us"] = layout.settings[laid.AS_OF_US]
        row["family"], row["busy_us"] = begun.family, begun.busy_us
        row["left_us"], row["until_due_us"] = begun.left_us, begun.until_due_us
        row["failure"] = begun.cause == FAILED
        row["maintenance"] = begun.cause == MAINTAINED
        row["maintained_us"] = begun.since_us
        if begun.cause in _ENDS:
            cause, what = _ENDS[begun.cause]
            entity = int(layout.settings[laid.FIRST_MACHINE]) + machine
            run.appoint(
                sim, begun.ends_us, REPAIR, t.N_CAUSES * entity + cause, 0,
                what, machine,
            )  # fmt: skip
    return layout
