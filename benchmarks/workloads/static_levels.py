"""Static base-stock levels for the serial chain, the best of which hindsight knows.

Every candidate is played over all episodes at once, on arrays: the chain of
`benchmarks.workloads.chain` with three stages, as the published environment steps it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.workloads.chain import (
    LANES,
    N_PERIODS,
    RETAIL_PRICE,
    SHORTAGE_COST,
    SITES,
    Scenario,
    certain_demand,
)

Array = NDArray[np.float64]

STEP = 40.0  # units, of the grid that begins the search
LARGEST = 1_200.0  # units; demand of the nine periods of the chain is below 800
N_KEPT = 40  # candidates around which the grid is halved
FINEST = 0.5  # units


class Levels(NamedTuple):
    """Order-up-to levels of the stages, from retailer to factory.

    With `echelon` a level is of all that is at a stage or after it, less backorders;
    else of what the stage itself has and waits for.
    """

    level: Array  # of shape (n_candidates, 3)
    echelon: bool


class Episodes(NamedTuple):
    """What candidates do: profit (n_candidates, n_episodes), orders of each period."""

    profit: Array
    orders: Array  # of shape (n_candidates, n_episodes, N_PERIODS, 3)


def best_levels(scenario: Scenario, seeds: tuple[int, ...]) -> tuple[Levels, float]:
    """Search all static levels for the greatest mean profit on episodes that are known.

    A grid over all levels, then finer ones around the best, for levels of echelons and
    for those of stages.

    Parameters
    ----------
    scenario : Scenario
        A serial one whose demand does not follow service.
    seeds : tuple of int
        Of the episodes.

    Returns
    -------
    tuple of Levels and float
        The best candidate, and its mean profit.
    """
    demand = np.concatenate([certain_demand(scenario, seed) for seed in seeds])
    found = [_searched(scenario, demand, echelon=echelon) for echelon in (True, False)]
    return max(found, key=lambda one: one[1])


def _searched(
    scenario: Scenario, demand: Array, *, echelon: bool
) -> tuple[Levels, float]:
    axis = np.arange(0.0, LARGEST + 1.0, STEP)
    level = np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(-1, 3)
    if echelon:
        level = level[(np.diff(level, axis=1) >= 0.0).all(axis=1)]
    else:
        level = level[level.max(axis=1) <= LARGEST / 2]
    step = STEP
    while True:
        value = mean_profit(scenario, Levels(level, echelon), demand)
        if step <= FINEST:
            best = int(np.argmax(value))
            return Levels(level[[best]], echelon), float(value[best])
        step /= 2
        kept = level[np.argsort(-value, kind="stable")[:N_KEPT]]
        around = np.stack(np.meshgrid(*[[-step, 0.0, step]] * 3), axis=-1)
        level = (kept[:, None, :] + around.reshape(1, -1, 3)).reshape(-1, 3)
        level = np.unique(np.maximum(level, 0.0), axis=0)


def mean_profit(scenario: Scenario, levels: Levels, demand: Array) -> Array:
    """Return the mean profit of each candidate, shape (n_candidates,)."""
    at_once = 500  # candidates: arrays that stay in the cache
    parts = [
        played(scenario, Levels(levels.level[k : k + at_once], levels.echelon), demand)
        for k in range(0, len(levels.level), at_once)
    ]
    return np.concatenate([part.profit.mean(axis=1) for part in parts])


def played(scenario: Scenario, levels: Levels, demand: Array) -> Episodes:
    """Play candidates over episodes.

    Parameters
    ----------
    scenario : Scenario
        A serial one.
    levels : Levels
        Candidates.
    demand : ndarray of shape (n_episodes, N_PERIODS), float64
        Units a period.

    Returns
    -------
    Episodes
    """
    stages = SITES["serial"].values()
    holding = np.array([holding for _, holding, _, _ in stages])
    on_the_way = np.array([cost for *_, cost in LANES["serial"]])
    lead = [periods for _, _, periods, _, _ in LANES["serial"]]
    *_, capacity, making = SITES["serial"]["n3"]
    most_of_stages, price = [np.inf, capacity or np.inf], LANES["serial"][-1][3]
    shape = len(levels.level), len(demand)
    stock = np.empty((*shape, 3))
    stock[:] = [on_hand for on_hand, *_ in stages]
    coming, unmet = np.zeros((*shape, 3)), np.zeros(shape)
    orders, sent = np.zeros((2, *shape, N_PERIODS, 3))
    profit = np.zeros(shape)
    for period in range(N_PERIODS):
        position = stock + coming
        position[..., 0] -= unmet if scenario.backlogged else 0.0
        if levels.echelon:
            position = position.cumsum(axis=-1)
        asked = np.maximum(levels.level[:, None, :] - position, 0.0)
        orders[:, :, period] = asked
        sent[:, :, period] = asked
        # The supplier has all, the factory what it can make of what it has.
        most = np.minimum(stock[..., 1:], most_of_stages)
        sent[:, :, period, :2] = np.minimum(asked[..., :2], most)
        now = sent[:, :, period]
        arriving = np.stack(
            [
                sent[:, :, period - lead[k], k] if period >= lead[k] else 0.0 * unmet
                for k in range(3)
            ],
            axis=-1,
        )
        coming += now - arriving
        stock += arriving
        stock[..., 1:] -= now[..., :2]
        wanted = demand[None, :, period] + (unmet if scenario.backlogged else 0.0)
        sold = np.minimum(wanted, stock[..., 0])
        stock[..., 0] -= sold
        unmet = wanted - sold
        profit += RETAIL_PRICE * sold - price * now[..., 2] - making * now[..., 1]
        profit -= stock @ holding + coming @ on_the_way + SHORTAGE_COST * unmet
    return Episodes(profit, orders)
