"""The replenishment problem with demands as one that nothing tells apart.

Customers that are served from one point, at one price and one cost of waiting, are for
a plan one customer. On a network of many customers that is most of the rows.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from optimizer.logistics.distribution.problem import (
    ReplenishmentNetwork,
    ReplenishmentProblem,
)

if TYPE_CHECKING:
    from optimizer.logistics.distribution.problem import (
        FloatArray,
        IntArray,
        ReplenishmentSolution,
    )

__all__ = ["MergedProblem", "merged_demands"]

_OF_DEMANDS = ("demand_point", "price", "shortage_cost", "backlogged")


@dataclass(frozen=True, slots=True, eq=False)
class MergedProblem:
    """A problem and the smaller one in its place.

    Attributes
    ----------
    whole, problem
        The two problems.
    demand_of
        ndarray of shape (n_demands of `whole`,), int64: in which demand of `problem`
        each is.
    """

    whole: ReplenishmentProblem
    problem: ReplenishmentProblem
    demand_of: IntArray

    def parted(self, solution: ReplenishmentSolution) -> ReplenishmentSolution:
        """Return a plan of the smaller problem as one of the whole.

        Parameters
        ----------
        solution
            Of `problem`.

        Returns
        -------
        ReplenishmentSolution
            Of the same profit; in every period merged demands are served the same share
            of what each waits for.
        """
        if self.problem is self.whole:
            return solution
        whole, of = self.whole, self.demand_of
        sales, backlog = np.zeros_like(whole.demand), np.zeros_like(whole.demand)
        waiting: FloatArray = whole.backlog
        for period in range(whole.n_periods):
            asked = waiting + whole.demand[:, period]
            total = np.bincount(of, weights=asked, minlength=len(solution.sales))
            sold = np.minimum(solution.sales[:, period], total)
            share = sold / np.where(total > 0.0, total, 1.0)
            sales[:, period] = asked * share[of]
            waiting = np.where(whole.network.backlogged, asked - sales[:, period], 0.0)
            backlog[:, period] = waiting
        return replace(solution, sales=sales, backlog=backlog)


def merged_demands(problem: ReplenishmentProblem) -> MergedProblem:
    """Merge demands of one point, price, cost of waiting and kind.

    Parameters
    ----------
    problem
        Any.

    Returns
    -------
    MergedProblem
        Its problem has the same best profit; it is the same object if no two demands
        are alike.
    """
    network = problem.network
    if network.n_demands <= 1:
        return MergedProblem(problem, problem, np.arange(network.n_demands))
    columns = [getattr(network, name).astype(np.float64) for name in _OF_DEMANDS]
    kinds, first, demand_of = np.unique(
        np.column_stack(columns), axis=0, return_index=True, return_inverse=True
    )
    demand_of = demand_of.reshape(-1).astype(np.int64)
    if len(kinds) == network.n_demands:
        return MergedProblem(problem, problem, np.arange(network.n_demands))
    demand = np.zeros((len(kinds), problem.n_periods))
    np.add.at(demand, demand_of, problem.demand)
    backlog = np.zeros(len(kinds))
    np.add.at(backlog, demand_of, problem.backlog)
    smaller = ReplenishmentProblem(
        network=_with_demands(network, first),
        stock=problem.stock,
        demand=demand,
        arrivals=problem.arrivals,
        backlog=backlog,
        capacity=problem.capacity,
    )
    return MergedProblem(problem, smaller, demand_of)


def _with_demands(
    network: ReplenishmentNetwork, rows: IntArray
) -> ReplenishmentNetwork:
    values = {
        one.name: getattr(network, one.name) for one in fields(network) if one.init
    }
    values |= {name: values[name][rows] for name in _OF_DEMANDS}
    return ReplenishmentNetwork(**values)
