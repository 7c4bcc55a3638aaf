"""Orders that are under way when a simulation begins."""

import numpy as np

from twin.model.elements import NO_STEP
from twin.model.tables import ORDER_KINDS
from twin.simulate.reference.engine import Engine
from twin.simulate.reference.factory import Factory
from twin.simulate.reference.market import CustomerOrder, Market
from twin.simulate.reference.orders import ProductionOrder, Recipe
from twin.simulate.reference.recipes import routing_rows
from twin.simulate.reference.schedule import RESPONSE_US
from twin.simulate.reference.supply import OpenLaneOrder, Supply
from twin.simulate.tables import OPENED

PRODUCTION, CUSTOMER = ORDER_KINDS.index("production"), ORDER_KINDS.index("customer")


def take_over_orders(
    engine: Engine, market: Market, supply: Supply, factory: Factory
) -> None:
    """Make the open orders of a network known by events, and let them end when due.

    Purchase and transfer orders arrive when they are due: when their goods left is not
    known, so no dispatch is told. What production yields comes when it is due; but
    where the step is known with which it goes on, it comes to that step now, its
    components taken. Customers are served as soon as there is stock.

    Parameters
    ----------
    engine : Engine
        At the `as_of` of its network.
    market, supply, factory : Market, Supply, Factory
        Of this simulation.
    """
    network = engine.network
    orders, now_us = network.open_orders, network.settings.as_of_us
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
            kept = Recipe(engine.points.point(item, target), 1.0)
            made = ProductionOrder(k, name, item, target, kept, quantity)
            if orders.step[k] != NO_STEP:
                rows = routing_rows(network, item, target)
                steps = network.routings.step[rows]
                made.n, made.recipe = OPENED + k, factory.recipe(item, target)
                made.step = int(np.searchsorted(steps, orders.step[k]))
                made.due_us = due_us = int(orders.due_us[k])
            factory.open(made, due_us=due_us, now_us=now_us)
        else:
            supply.open(
                OpenLaneOrder(k, name, item, origin, target, quantity),
                due_us=due_us, now_us=now_us,
            )  # fmt: skip
