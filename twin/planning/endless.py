"""What makes a profit endless: the activity to name when data reward hoarding."""

from dataclasses import replace

import numpy as np

from optimizer import SolveOptions
from optimizer.logistics.distribution import ReplenishmentProblem, plan_replenishment
from twin.planning.structure import (
    PlanningStructure,
    activity_costs,
    replacement_costs,
)

LARGE = 1e6
"""Times the largest quantity of a problem: more than any plan orders for demand."""

SHARE = 1e-3
"""Of the largest order, what still counts as ordered without limit."""


def endless_profit(
    structure: PlanningStructure, problem: ReplenishmentProblem, options: SolveOptions
) -> str:
    """Say which activity earns without limit, and why.

    Parameters
    ----------
    structure : PlanningStructure
        What the activities mean.
    problem : ReplenishmentProblem
        Whose profit has no limit.
    options : SolveOptions
        Of one more solve, with every order limited to what no plan needs: what is
        ordered up to that limit is what earns.

    Returns
    -------
    str
        One sentence that names the lane and item, or what is made and where.
    """
    network = problem.network
    known = (problem.stock, problem.demand, problem.backlog, problem.arrivals)
    most = LARGE * max(1.0, *(float(part.max(initial=0.0)) for part in known))
    limited = replace(network, order_upper=np.minimum(network.order_upper, most))
    solution = plan_replenishment(
        replace(problem, network=limited), replace(options, check=False)
    )
    cost = activity_costs(network, replacement_costs(network))
    worth = network.terminal_value[network.output_point]
    ordered = solution.orders.sum(axis=1)
    # What only supplies it is ordered without limit as well, and earns nothing itself.
    endless = ordered >= SHARE * ordered.max()
    activity = int(np.argmax(np.where(endless, worth - cost, -np.inf)))
    return (
        f"{_activity_name(structure, activity)}: endless profit, because a unit costs "
        f"{cost[activity]:.6g} and is worth {worth[activity]:.6g} as stock, "
        "and nothing limits how many; check its prices and costs, or give it a capacity"
    )


def _activity_name(structure: PlanningStructure, activity: int) -> str:
    network = structure.network
    item = network.items.ids[int(structure.activity_item[activity])]
    lane = int(structure.activity_lane[activity])
    if lane >= 0:
        return f"lane {network.lanes.ids[lane]!r}, item {item!r}"
    site = network.places.ids[int(structure.activity_site[activity])]
    return f"production {f'{item}@{site}'!r}"
