"""Orders that are under way when a simulation begins."""

from collections.abc import Mapping

import numpy as np

from twin.model.elements import NO_STEP
from twin.model.tables import ORDER_KINDS
from twin.simulate.opening.floor import SETS_UP, WAITS
from twin.simulate.opening.residuals import Beginning
from twin.simulate.reference.engine import Engine
from twin.simulate.reference.factory import Factory
from twin.simulate.reference.machines import MachinePark
from twin.simulate.reference.market import CustomerOrder, Market
from twin.simulate.reference.orders import Operation, ProductionOrder, Recipe
from twin.simulate.reference.recipes import routing_rows
from twin.simulate.reference.schedule import RESPONSE_US
from twin.simulate.reference.supply import OpenLaneOrder, Supply
from twin.simulate.tables import OPENED

PRODUCTION, CUSTOMER = ORDER_KINDS.index("production"), ORDER_KINDS.index("customer")


def take_over_orders(
    engine: Engine, market: Market, supply: Supply,
    shop: tuple[Factory, MachinePark], *, beginning: Beginning | None = None,
) -> None:  # fmt: skip
    """Make the open orders of a network known by events, and let them end when due.

    Purchase and transfer orders arrive when they are due: when their goods left is not
    known, so no dispatch is told. What production yields comes when it is due; but
    where the step is known with which it goes on, it comes to that step now, its
    components taken. Customers are served as soon as there is stock.

    With a beginning, orders at their operations are where they were, in the order in
    which they came there, and goods on the way take what is left of their lead times.

    Parameters
    ----------
    engine : Engine
        At the `as_of` of its network.
    market, supply : Market, Supply
        Of this simulation.
    shop : tuple of Factory and MachinePark
        Of this simulation.
    beginning : Beginning or None
        What is under way.
    """
    factory, park = shop
    network = engine.network
    orders, now_us = network.open_orders, network.settings.as_of_us
    begun = {} if beginning is None else {one.order: one for one in beginning.orders}
    arrives_us = {} if beginning is None else beginning.arrives_us
    known: dict[int, ProductionOrder] = {}
    for k, name in enumerate(engine.names.indices(orders.ids).tolist()):
        item, quantity = int(orders.item_index[k]), float(orders.quantity[k])
        origin = int(orders.from_place_index[k])
        target = int(orders.to_place_index[k])
        due_us = max(int(orders.due_us[k]), now_us + RESPONSE_US)
        if orders.kind[k] == CUSTOMER:
            demand = market.demand_of(target, item, origin)
            order = CustomerOrder(name, target, item, origin, quantity, demand)
            price = float(network.items.price[item])
            market.open(order, price=price, due_us=due_us, now_us=now_us)
            market.arrived(engine.points.point(item, origin), now_us)
        elif orders.kind[k] == PRODUCTION:
            kept = Recipe(
                engine.points.point(item, target),
                engine.item_names[item], engine.place_names[target], 1.0,
            )  # fmt: skip
            made = ProductionOrder(k, name, item, target, kept, quantity)
            if orders.step[k] != NO_STEP:
                rows = routing_rows(network, item, target)
                steps = network.routings.step[rows]
                made.n = OPENED + k if beginning is None else beginning.number(k)
                made.recipe = factory.recipe(item, target)
                made.step = int(np.searchsorted(steps, orders.step[k]))
                made.due_us = due_us = int(orders.due_us[k])
            if k in begun:
                factory.know(made, due_us=due_us, now_us=now_us)
                known[k] = made
            else:
                factory.open(made, due_us=due_us, now_us=now_us)
        else:
            supply.open(
                OpenLaneOrder(k, name, item, origin, target, quantity),
                due_us=due_us, now_us=now_us, arrives_us=arrives_us.get(k, due_us),
            )  # fmt: skip
    if beginning is not None:
        _go_on(factory, park, beginning, known=known, now_us=now_us)


def _go_on(
    factory: Factory, park: MachinePark, beginning: Beginning,
    *, known: Mapping[int, ProductionOrder], now_us: int,
) -> None:  # fmt: skip
    """Put orders on their machines, or let them wait, as they came."""
    operations: dict[int, Operation] = {}
    for place, one in enumerate(beginning.orders):
        if one.comes:
            factory.come(known[one.order], now_us)
            continue
        order = known[one.order]
        work_s = one.unit_s * order.pieces
        operation = Operation(
            order, order.recipe.steps[order.step], work_s, one.machine
        )
        operation.sets_up = one.phase == SETS_UP
        operation.started_us = operation.arrived_us = one.since_us
        operation.whole_us, operation.remaining_us = one.whole_us, one.remaining_us
        operations[place] = operation
    for place, operation in operations.items():
        begun = beginning.orders[place]
        if begun.phase == WAITS:
            park.wait(operation, now_us)
        elif begun.is_first:
            operation.mates = tuple(operations[mate] for mate in begun.mates)
            park.take_over(begun.machine, operation, now_us)
    park.fill_all(now_us)
