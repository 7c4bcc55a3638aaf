"""Which scenario is best, and how sure that is."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr

from twin.errors import OptionError
from twin.simulate.replicate.intervals import N_VALUES_MIN, check_confidence

TIE = 0.5  # probability of either order where two scenarios never differ


@dataclass(frozen=True, slots=True)
class Contender:
    """A scenario among others.

    Attributes
    ----------
    scenario : str
        Its name.
    mean : float
        Of the measure.
    certainty : float
        1 less the sum of the one-sided p-values of "is not better than", over all
        others: the mean of this scenario is the best at this confidence at least
        (Bonferroni). 0 where the sum exceeds 1.
    first_share : float
        Share of replications in which it was best; ties share. How often it wins on
        one and the same future, which is another question than whose mean is best.
    is_contender : bool
        Whether no other scenario is better at the given confidence. The best one is
        among the contenders with at least that confidence.
    """

    scenario: str
    mean: float
    certainty: float
    first_share: float
    is_contender: bool


def rank(
    values: Mapping[str, ArrayLike],
    *,
    largest: bool = False,
    confidence: float = 0.95,
) -> list[Contender]:
    """Rank scenarios by the mean of a measure, with paired t tests.

    Parameters
    ----------
    values : mapping of str to array_like of shape (n_replications,), float64
        The measure of at least two scenarios on the same replications. A replication
        in which it is NaN for one of them is left out for all.
    largest : bool
        Whether more is better.
    confidence : float
        Of the set of contenders, in (0, 1).

    Returns
    -------
    list of Contender
        Best mean first.

    Raises
    ------
    OptionError
        If there are fewer than two scenarios, or than two replications that count.

    References
    ----------
    Nelson, Matejcik (1995), Using common random numbers for indifference-zone
    selection and multiple comparisons in simulation, Management Science 41(12): their
    Bonferroni procedure for dependent scenarios, without indifference zone.

    Examples
    --------
    >>> ranked = rank({"a": [5.0, 7.0, 6.0], "b": [4.0, 6.5, 5.1]})
    >>> [(each.scenario, each.first_share) for each in ranked]
    [('b', 1.0), ('a', 0.0)]
    >>> round(ranked[0].certainty, 3)
    0.983
    """
    check_confidence(confidence)
    table = _complete(values)
    cost = -table if largest else table
    k = len(table)
    p = _p_values(cost)
    worse_max = (1.0 - confidence) / (k - 1)
    certainty = np.maximum(1.0 - p.sum(axis=1), 0.0)
    first = cost == cost.min(axis=0)
    share = (first / first.sum(axis=0)).mean(axis=1)
    order = np.argsort(cost.mean(axis=1), kind="stable")
    names = list(values)
    return [
        Contender(
            scenario=names[i],
            mean=float(table[i].mean()),
            certainty=float(certainty[i]),
            first_share=float(share[i]),
            is_contender=not bool((np.delete(p[:, i], i) < worse_max).any()),
        )
        for i in order
    ]


def _complete(values: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
    if len(values) < N_VALUES_MIN:
        msg = f"values must hold at least two scenarios, had {len(values)}"
        raise OptionError(msg)
    rows = [np.asarray(row, np.float64) for row in values.values()]
    if len({row.shape for row in rows}) > 1:
        shapes = {name: np.shape(row) for name, row in values.items()}
        msg = f"values must be of the same replications, had shapes {shapes}"
        raise OptionError(msg)
    table = np.stack(rows)
    complete: NDArray[np.float64] = table[:, ~np.isnan(table).any(axis=0)]
    if complete.shape[1] < N_VALUES_MIN:
        msg = f"values must hold two complete replications, had {complete.shape[1]}"
        raise OptionError(msg)
    return complete


def _p_values(cost: NDArray[np.float64]) -> NDArray[np.float64]:
    # p[i, j]: probability to look so much better than j if i is not; 0 on the diagonal.
    k, n = cost.shape
    p = np.zeros((k, k))
    for i in range(k):
        for j in range(k):
            if i != j:
                p[i, j] = _p_value(cost[i] - cost[j], n)
    return p


def _p_value(difference: NDArray[np.float64], n: int) -> float:
    mean, std = float(difference.mean()), float(difference.std(ddof=1))
    if std > 0.0:
        return float(stdtr(n - 1, mean / std * math.sqrt(n)))
    return TIE if mean == 0.0 else float(mean > 0.0)
