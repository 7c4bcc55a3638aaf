"""One order for one season: critical ratios, for one item and for many."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from optimizer.errors import ProblemError
from optimizer.inventory._kernels.panels import poisson_newsvendors

if TYPE_CHECKING:
    from optimizer.inventory.problem import FloatArray, Lattice

__all__ = [
    "Newsvendors",
    "newsvendor",
    "newsvendor_costs",
    "newsvendors_normal",
    "newsvendors_poisson",
]

STANDARD = NormalDist()
# Above it exp(-mean) has no digits left.
POISSON_MEAN_MAX = 700.0


class Newsvendors(NamedTuple):
    """Levels (units) and expected costs (money), arrays of shape (n,), float64."""

    level: FloatArray
    cost: FloatArray


def newsvendor_costs(
    *,
    price: float,
    unit_cost: float,
    salvage: float = 0.0,
    holding_cost: float = 0.0,
    shortage_cost: float = 0.0,
) -> tuple[float, float]:
    """Return what a unit too much and a unit too few cost.

    Parameters
    ----------
    price, unit_cost, salvage
        Money a unit sold, bought, and left over.
    holding_cost, shortage_cost
        Money a unit left over or missing beside that.

    Returns
    -------
    tuple of float
        Overage and underage, both > 0.

    Raises
    ------
    ProblemError
        If one of them is not > 0.

    Examples
    --------
    >>> newsvendor_costs(price=1.0, unit_cost=0.3, salvage=0.12)
    (0.18, 0.7)
    """
    over = unit_cost - salvage + holding_cost
    under = price - unit_cost + shortage_cost
    if over <= 0.0 or under <= 0.0:
        message = f"overage and underage must be > 0, were {over} and {under}"
        raise ProblemError(message)
    return over, under


def newsvendor(
    demand: Lattice, *, holding_cost: float, shortage_cost: float
) -> tuple[float, float]:
    """Return the best level for any distribution on a lattice, and its cost.

    Parameters
    ----------
    demand
        Demand of the season, or of the interval a level covers.
    holding_cost, shortage_cost
        Money a unit left over, and a unit missing, > 0.

    Returns
    -------
    tuple of float
        Level, units, and expected cost.

    Raises
    ------
    ProblemError
        If a cost is not > 0.

    Examples
    --------
    >>> from optimizer.inventory import DemandLaw
    >>> level, cost = newsvendor(
    ...     DemandLaw.poisson(6.0).over(1.0), holding_cost=1.0, shortage_cost=4.0
    ... )
    >>> level, round(cost, 6)
    (8.0, 3.570107)
    """
    _judge(np.array([holding_cost]), np.array([shortage_cost]))
    number = demand.quantile(shortage_cost / (shortage_cost + holding_cost))
    level = demand.step * number
    missing = float(demand.loss(np.array([number]))[0])
    left = level - demand.mean + missing
    return level, holding_cost * left + shortage_cost * missing


def newsvendors_normal(
    mean: npt.ArrayLike,
    sd: npt.ArrayLike,
    *,
    holding_cost: npt.ArrayLike,
    shortage_cost: npt.ArrayLike,
) -> Newsvendors:
    """Return levels of many newsvendors with normal demand.

    Parameters
    ----------
    mean, sd
        ndarrays of shape (n,), float64: demand of the season, units, sd >= 0.
    holding_cost, shortage_cost
        The same: money a unit left over, and a unit missing, > 0.

    Raises
    ------
    ProblemError
        If a cost is not > 0 or a standard deviation is below 0.

    References
    ----------
    Snyder and Shen (2019), "Fundamentals of Supply Chain Theory", 2nd edition,
    equations 4.24 and 4.30.

    Examples
    --------
    >>> found = newsvendors_normal([50.0], [8.0], holding_cost=0.18, shortage_cost=0.7)
    >>> found.level.round(6).tolist(), found.cost.round(6).tolist()
    ([56.603956], [1.997605])
    """
    mean, sd = np.asarray(mean, np.float64), np.asarray(sd, np.float64)
    holding = np.asarray(holding_cost, np.float64)
    shortage = np.asarray(shortage_cost, np.float64)
    _judge(holding, shortage)
    if not (sd >= 0.0).all():
        message = f"sd must be >= 0, was {float(sd.min())}"
        raise ProblemError(message)
    z = special.ndtri(shortage / (holding + shortage))
    density = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    return Newsvendors(mean + z * sd, (holding + shortage) * sd * density)


def newsvendors_poisson(
    mean: npt.ArrayLike, *, holding_cost: npt.ArrayLike, shortage_cost: npt.ArrayLike
) -> Newsvendors:
    """Return levels of many newsvendors with Poisson demand.

    Parameters
    ----------
    mean
        ndarray of shape (n,), float64: units of the season, in (0, 700].
    holding_cost, shortage_cost
        The same shape: money a unit left over, and a unit missing, > 0.

    Raises
    ------
    ProblemError
        If a mean or a cost is not allowed.
    """
    mean = np.atleast_1d(np.asarray(mean, np.float64))
    holding = np.broadcast_to(np.asarray(holding_cost, np.float64), mean.shape)
    shortage = np.broadcast_to(np.asarray(shortage_cost, np.float64), mean.shape)
    _judge(holding, shortage)
    if not ((mean > 0.0) & (mean <= POISSON_MEAN_MAX)).all():
        message = f"mean must be > 0 and <= {POISSON_MEAN_MAX:g}, was {mean.tolist()}"
        raise ProblemError(message)
    holding, shortage = holding.copy(), shortage.copy()
    return Newsvendors(*poisson_newsvendors(mean, holding, shortage))


def _judge(holding: FloatArray, shortage: FloatArray) -> None:
    for name, cost in (("holding_cost", holding), ("shortage_cost", shortage)):
        if not (cost > 0.0).all():
            message = f"{name} must be > 0, was {float(cost.min())}"
            raise ProblemError(message)
