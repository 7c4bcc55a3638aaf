"""How orders vary beside what customers ask for, by echelon."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from twin.kpi.folded import Folded
from twin.kpi.tables import F8
from twin.model.network import Network


def echelons(network: Network) -> NDArray[np.int32]:
    """Return how far each site is from the customers.

    Parameters
    ----------
    network : Network
        Its demands and lanes.

    Returns
    -------
    ndarray of shape (n_sites,), int32
        1 for sites that serve customers, 2 for those that supply them, and so on by
        the shortest way; 0 for sites from which no way leads to a customer.
    """
    lanes, n_sites = network.lanes, network.n_sites
    level = np.zeros(n_sites, np.int32)
    level[network.demands.site_index] = 1
    between = (lanes.from_place_index < n_sites) & (lanes.to_place_index < n_sites)
    origin, target = lanes.from_place_index[between], lanes.to_place_index[between]
    for echelon in range(2, n_sites + 1):
        reached = origin[(level[target] == echelon - 1) & (level[origin] == 0)]
        if not len(reached):
            break
        level[reached] = echelon
    return level


def variance_ratio(orders: F8, demand: F8) -> float:
    """Return the bullwhip of orders over demand, each by its own mean.

    Parameters
    ----------
    orders, demand : ndarray of shape (n_buckets,), float64
        Money by bucket; demand before the first bucket with any is left out.

    Returns
    -------
    float
        ``(var(orders) / mean(orders)^2) / (var(demand) / mean(demand)^2)``: the ratio
        of variances where as much is ordered as demanded, and without a unit
        otherwise. 1 if neither varies, infinite if orders alone do, NaN if there are
        no orders, no demand or fewer than two buckets.

    References
    ----------
    Chen, Drezner, Ryan, Simchi-Levi (2000), "Quantifying the bullwhip effect in a
    simple supply chain", Management Science 46(3), equation 2.3: Var(q) / Var(D).
    Fransoo, Wouters (2000), "Measuring the bullwhip effect in the supply chain", Supply
    Chain Management 5(2), section 2: the square root, of coefficients of variation.

    Examples
    --------
    >>> variance_ratio(np.array([8.0, 12.0]), np.array([9.0, 11.0]))
    4.0
    >>> variance_ratio(np.array([5.0, 5.0]), np.array([10.0, 10.0]))
    1.0
    """
    asked = np.flatnonzero(demand)
    first = int(asked[0]) if len(asked) else len(demand)
    # A network begins with a bucket that nobody asked anything in.
    orders, demand = orders[first:], demand[first:]
    if len(demand) < 2 or not orders.any():  # noqa: PLR2004
        return float("nan")
    above, below = _relative_variance(orders), _relative_variance(demand)
    if below == 0.0:
        return 1.0 if above == 0.0 else float("inf")
    return above / below


def _relative_variance(flow: F8) -> float:
    if (flow == flow[0]).all():
        return 0.0  # without the rounding of a mean
    return float(flow.var() / flow.mean() ** 2)


def bullwhip(folded: Folded) -> dict[str, float]:
    """Return the bullwhip of the whole network, see `twin.kpi.definitions`.

    Parameters
    ----------
    folded : Folded
        A finished fold.

    Returns
    -------
    dict of str to float
        ``bullwhip``: of what is ordered from suppliers.
    """
    tables = folded.tables
    return {"bullwhip": variance_ratio(tables.placed[-1], tables.asked.sum(axis=0))}


def echelon_table(folded: Folded) -> pl.DataFrame:
    """Return the bullwhip by echelon.

    Parameters
    ----------
    folded : Folded
        A finished fold.

    Returns
    -------
    polars.DataFrame
        Columns echelon (see `echelons`), sites (their number), ordered (money a
        bucket at unit cost, mean) and bullwhip of the orders of its sites over all
        that customers ask for.
    """
    tables, level = folded.tables, echelons(folded.network)
    demand = tables.asked.sum(axis=0)
    rows = []
    for echelon in np.unique(level[level > 0]).tolist():
        orders = tables.placed[:-1][level == echelon].sum(axis=0)
        rows.append(
            {
                "echelon": echelon,
                "sites": int((level == echelon).sum()),
                "ordered": float(orders.mean()) if len(orders) else None,
                "bullwhip": variance_ratio(orders, demand),
            }
        )
    schema = {
        "echelon": pl.Int64, "sites": pl.Int64,
        "ordered": pl.Float64, "bullwhip": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema).fill_nan(None)
