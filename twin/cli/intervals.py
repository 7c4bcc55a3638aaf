"""Means over seeds with 95 % intervals, and paired differences between policies."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from twin.cli.playing import Played

MEASURES = ("result", "profit", "fill_rate", "mean_stock_value", "shortage")

STUDENT_95 = {
    1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306,
    9: 2.262, 14: 2.145, 19: 2.093, 29: 2.045, 49: 2.010, 99: 1.984, 999: 1.962,
}  # fmt: skip
"""Two-sided 95 % points of Student's t by degrees of freedom.

Between two of them and beyond the last the wider counts, so that no interval is too
narrow.
"""


@dataclass(frozen=True, slots=True)
class Interval:
    """A measure of one policy over seeds.

    Attributes
    ----------
    measure, policy : str
        What was measured, and who decided.
    mean, half_width : float
        Mean over seeds and half width of its 95 % interval.
    difference, difference_half_width : float
        The same of the difference to the first policy, seed by seed: as all policies
        of a seed meet the same demand, it is known better than the means are.
    """

    measure: str
    policy: str
    mean: float
    half_width: float
    difference: float
    difference_half_width: float


def intervals(runs: Sequence[Played]) -> list[Interval]:
    """Summarize seeds.

    Parameters
    ----------
    runs : sequence of Played
        At least two seeds of the same policies.

    Returns
    -------
    list of Interval
        By measure, then by policy in the order played.
    """
    policies = [result.policy for result in runs[0].results]
    totals = [[r.table.totals() for r in played.results] for played in runs]
    rows = []
    for measure in MEASURES:
        first = [total[0][measure] for total in totals]
        for k, policy in enumerate(policies):
            own = [total[k][measure] for total in totals]
            differences = [b - a for a, b in zip(first, own, strict=True)]
            rows.append(
                Interval(measure, policy, *interval(own), *interval(differences))
            )
    return rows


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean of independent values and the half width of its 95 % interval.

    Parameters
    ----------
    values : sequence of float
        At least two.

    References
    ----------
    Student (1908), "The probable error of a mean", Biometrika 6(1).

    Examples
    --------
    >>> mean, half_width = interval([1.0, 2.0, 3.0])
    >>> mean, round(half_width, 3)  # 4.303 * 1 / sqrt(3)
    (2.0, 2.484)
    """
    freedom = len(values) - 1
    point = [point for limit, point in STUDENT_95.items() if limit <= freedom][-1]
    return fmean(values), point * stdev(values) / math.sqrt(len(values))
