"""Paired differences over seeds: what one policy did better than another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.workloads.closing.episodes import MEASURES
from twin.simulate.replicate.intervals import mean_interval


@dataclass(frozen=True, slots=True)
class Reference:
    """A measure of the table.

    Attributes
    ----------
    measure : str
        Of `MEASURES`.
    label, unit : str
        As reported.
    change : float or None
        What others report, as a relative change; None if nobody does.
    """

    measure: str
    label: str
    unit: str
    change: float | None = None


REFERENCES = (
    Reference("total_cost", "total cost", "EUR"),
    Reference("order_lead_time_days", "order lead time", "days", 20 / 35 - 1),
    Reference("operating_cost", "operating cost", "EUR", -0.20),
    Reference("product_cost", "product cost a unit", "EUR", -0.073),
    Reference("turns", "stock turns", "1/year", 0.50),
    Reference("throughput", "throughput", "units/day", 0.45),
    Reference("oee", "OEE", "1"),
    Reference("machine_on", "machines on", "1", 0.25),
    Reference("scrap", "scrap", "1", -0.20),
    Reference("energy_per_unit", "energy a unit", "kWh", -0.18),
    Reference("energy_cost", "energy cost", "EUR"),
    Reference("on_time", "on-time share", "1"),
)
"""Rows of the table, with the changes that platforms for factories report of their
customers: gained by factories that had no planning, not over a tuned baseline."""


@dataclass(frozen=True, slots=True)
class Paired:
    """Mean of one policy, of another, and of their differences with a 95 % interval."""

    ours: float
    theirs: float
    difference: float
    low: float
    high: float

    @property
    def change(self) -> float:
        """The mean difference as a share of theirs."""
        return self.difference / self.theirs

    @property
    def is_sure(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low > 0.0 or self.high < 0.0


def paired(
    ours: Sequence[Mapping[str, float]],
    theirs: Sequence[Mapping[str, float]],
    measure: str,
) -> Paired:
    """Compare two policies on the same seeds.

    Parameters
    ----------
    ours, theirs : sequence of mapping
        Measures by episode, in the same order, at least two.
    measure : str
        One of `MEASURES`.

    Returns
    -------
    Paired

    References
    ----------
    Law (2015), Simulation Modeling and Analysis, 5th edition, section 10.2.1: the
    paired-t interval.
    """
    assert measure in MEASURES
    one = np.array([row[measure] for row in ours])
    other = np.array([row[measure] for row in theirs])
    found = mean_interval(one - other)
    return Paired(
        float(one.mean()), float(other.mean()), found.mean,
        found.mean - found.half_width, found.mean + found.half_width,
    )  # fmt: skip
