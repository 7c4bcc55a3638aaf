"""What is under way when a compiled simulation begins: orders, work, machines."""

from collections.abc import Mapping

import numpy as np

from streams.events import TYPE_CODES
from twin.model.elements import NO_STEP
from twin.model.network import Network
from twin.model.tables import ORDER_KINDS
from twin.simulate import layout as laid
from twin.simulate import tables as t
from twin.simulate._kernels import failures, opening, run, stations, supply
from twin.simulate._kernels.ageing import REPAIR
from twin.simulate._kernels.trace import NAN, NONE
from twin.simulate.demand import delivery_lanes
from twin.simulate.laying.rows import check_point
from twin.simulate.layout import Layout
from twin.simulate.opening.floor import SETS_UP, WAITS
from twin.simulate.opening.machines import FAILED, MAINTAINED
from twin.simulate.opening.residuals import Beginning
from twin.simulate.tables import Simulated, Trace

PRODUCTION, CUSTOMER = ORDER_KINDS.index("production"), ORDER_KINDS.index("customer")
RELEASED = TYPE_CODES["ProductionOrderReleased"]
PLACED = TYPE_CODES["PurchaseOrderPlaced"]
# Entities of the orders under way at the start, see the reference.
_GOODS, _MADE = (1 << 28) - 2, (1 << 28) - 1
_ENDS = {
    FAILED: (t.FAILURE, failures.REPAIRED),
    MAINTAINED: (t.MAINTENANCE, failures.MAINTAINED),
}


def take_over_orders(
    network: Network, layout: Layout, sim: Simulated, trace: Trace,
    *, beginning: Beginning | None = None,
) -> None:  # fmt: skip
    """Make the open orders of a network known, and let them end when due, or go on.

    Parameters
    ----------
    network : Network
        Its open orders.
    layout, sim, trace : Layout, Simulated, array of records
        Of a simulation that has just begun; there must be room.
    beginning : Beginning or None
        What is under way, see the reference.
    """
    begun = {} if beginning is None else {one.order: one for one in beginning.orders}
    arrives_us = {} if beginning is None else beginning.arrives_us
    known: dict[int, int] = {}
    orders, now_us = network.open_orders, network.settings.as_of_us
    lane_of = delivery_lanes(network)
    keys = (network.demands.customer_index, network.demands.item_index,
            network.demands.site_index)  # fmt: skip
    # Of rows that are alike the last one counts.
    demand_of = {
        key: row
        for row, key in enumerate(zip(*(k.tolist() for k in keys), strict=True))
    }
    for k in range(len(orders.ids)):
        due_us = max(int(orders.due_us[k]), now_us + stations.RESPONSE_US)
        if orders.kind[k] == CUSTOMER:
            at = _customer(
                network, layout, sim, k=k, lane_of=lane_of, demand_of=demand_of
            )
            price = float(network.items.price[orders.item_index[k]])
            run.open_customer(layout, sim, trace, at, price, due_us)
        elif orders.kind[k] == PRODUCTION:
            n = t.OPENED + k if beginning is None else beginning.number(k)
            known[k] = at = _know(network, layout, sim, trace, k=k, n=n)
            if k not in begun:
                _go_on(network, layout, sim, at, due_us=due_us)
        else:
            _await(
                network, layout, sim, trace, k=k, due_us=due_us,
                arrives_us=arrives_us.get(k, due_us),
            )  # fmt: skip
    if beginning is not None:
        _take_over_work(layout, sim, trace, beginning=beginning, known=known)


def _name(layout: Layout, kind: int, index: int) -> int:
    return int(layout.settings[laid.FIRST_NAME + kind]) + index


def _tell(trace: Trace, sim: Simulated, **columns: float) -> None:
    if not len(trace.time_us):
        return
    row = sim.clock[t.N_TRACED]
    sim.clock[t.N_TRACED] += 1
    told = {"code": NONE, "party": NONE, "parent": NONE, "value1": NAN} | columns
    for name, value in told.items():
        getattr(trace, name)[row] = value


def _customer(
    network: Network, layout: Layout, sim: Simulated, *, k: int,
    lane_of: dict[tuple[int, int, int], int],
    demand_of: dict[tuple[int, int, int], int],
) -> int:  # fmt: skip
    orders = network.open_orders
    item, site = int(orders.item_index[k]), int(orders.from_place_index[k])
    customer = int(orders.to_place_index[k])
    at = int(sim.clock[t.FREE_CUSTOMER])
    row = sim.customers[at]
    sim.clock[t.FREE_CUSTOMER] = row["next"]
    sim.clock[t.N_CUSTOMERS] += 1
    row["name"] = _name(layout, t.OPEN_ORDER, k)
    row["remaining"] = orders.quantity[k]
    row["customer"], row["item"], row["site"] = customer, item, site
    row["point"] = check_point(network, layout, item, site)
    row["demand"] = demand_of.get((customer, item, site), NONE)
    row["lane"] = lane_of.get((site, customer, item), NONE)
    return at


def _know(
    network: Network, layout: Layout, sim: Simulated, trace: Trace, *, k: int, n: int
) -> int:
    """Tell of a production order; `n` is its number if its step is known."""
    orders, now_us = network.open_orders, network.settings.as_of_us
    item, site = int(orders.item_index[k]), int(orders.to_place_index[k])
    at = int(sim.clock[t.FREE_ORDER])
    row = sim.orders[at]
    sim.clock[t.FREE_ORDER] = row["next"]
    sim.clock[t.N_ORDERS] += 1
    row["name"], row["n"] = _name(layout, t.OPEN_ORDER, k), k
    row["recipe"], row["issues"] = NONE, NONE
    row["pieces"], row["item"], row["site"] = orders.quantity[k], item, site
    row["priority"] = NAN
    row["machine"] = row["mate"] = NONE
    row["target"] = check_point(network, layout, item, site)
    row["released"], row["released_us"] = orders.quantity[k], now_us
    row["due_us"] = max(int(orders.due_us[k]), now_us + stations.RESPONSE_US)
    if layout.settings[laid.POLICIES]:
        sim.points["in_production"][row["target"]] += orders.quantity[k]
    if int(orders.step[k]) != NO_STEP:
        row["due_us"] = int(orders.due_us[k])
        row["n"] = n
        row["recipe"] = recipe = layout.recipe_of[item, site]
        rows = (layout.recipes[name][recipe] for name in ("first_step", "last_step"))
        steps = network.routings.step[layout.steps["row"][slice(*rows)]]
        row["step"] = np.searchsorted(steps, orders.step[k])
    _tell(
        trace, sim, time_us=now_us, type_code=RELEASED, subject=int(row["name"]),
        item=_name(layout, t.ITEM, item), place=_name(layout, t.PLACE, site),
        value0=orders.quantity[k], time0=int(row["due_us"]),
    )  # fmt: skip
    return at


def _go_on(
    network: Network, layout: Layout, sim: Simulated, at: int, *, due_us: int
) -> None:
    """Let an order come to its step, or end when it is due."""
    row = sim.orders[at]
    if row["recipe"] < 0:
        k = int(row["n"])
        run.appoint(sim, due_us, stations.COMPLETION, _MADE, k, stations.FINISH, at)
    else:
        _come(layout, sim, at, network.settings.as_of_us)


def _come(layout: Layout, sim: Simulated, at: int, now_us: int) -> None:
    starts, n = int(layout.settings[laid.STARTS]), int(sim.orders[at]["n"])
    run.appoint(sim, now_us, stations.COMPLETION, starts, n, stations.START, at)


def _take_over_work(
    layout: Layout, sim: Simulated, trace: Trace,
    *, beginning: Beginning, known: Mapping[int, int],
) -> None:  # fmt: skip
    """Put orders on their machines, or let them wait, as they came."""
    now_us, rows = int(sim.clock[t.NOW_US]), [known[k.order] for k in beginning.orders]
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


def _await(
    network: Network, layout: Layout, sim: Simulated, trace: Trace,
    *, k: int, due_us: int, arrives_us: int,
) -> None:  # fmt: skip
    orders, now_us = network.open_orders, network.settings.as_of_us
    item, origin = int(orders.item_index[k]), int(orders.from_place_index[k])
    destination = int(orders.to_place_index[k])
    at = int(sim.clock[t.FREE_GOODS])
    row = sim.goods[at]
    sim.clock[t.FREE_GOODS] = row["next"]
    sim.clock[t.N_GOODS] += 1
    row["name"], row["n"] = _name(layout, t.OPEN_ORDER, k), k
    row["shipment"] = run.give_number(layout, sim, t.SHIPMENT_IDS)
    row["lane"], row["item"], row["source"] = NONE, item, NONE
    row["origin"], row["destination"] = origin, destination
    row["quantity"] = orders.quantity[k]
    row["target"] = check_point(network, layout, item, destination)
    sim.points["on_order"][row["target"]] += orders.quantity[k]
    _tell(
        trace, sim, time_us=now_us, type_code=PLACED, subject=int(row["name"]),
        item=_name(layout, t.ITEM, item), place=_name(layout, t.PLACE, destination),
        party=_name(layout, t.PLACE, origin), value0=orders.quantity[k], time0=due_us,
    )  # fmt: skip
    run.appoint(sim, arrives_us, supply.COMPLETION, _GOODS, k, supply.RECEIVE, at)
