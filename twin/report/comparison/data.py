"""What the page of a comparison shows: plain records of numbers, times and names.

The first branch is the base, with which the others are compared. Times are int64
microseconds UTC.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from twin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.report.data import FloatArray, IntArray

Verdict = Literal["better", "worse", "changed", "same", "unclear", ""]


@dataclass(frozen=True, slots=True)
class BranchText:
    """A branch: its name, a sentence about it, and what is different in it."""

    name: str
    description: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measure of one branch.

    Attributes
    ----------
    mean, half_width
        Over replications, and half its interval; NaN is shown as a dash.
    difference, half_width_of_difference
        Paired, to the base; NaN for the base.
    verdict
        What the difference means; "" for the base.
    """

    mean: float
    half_width: float
    difference: float = math.nan
    half_width_of_difference: float = math.nan
    verdict: Verdict = ""


@dataclass(frozen=True, slots=True, eq=False)
class MeasureData:
    """A measure of all branches.

    Attributes
    ----------
    name, unit, note
        What the reader sees; unit and note may be "".
    better
        Which way is better.
    estimates
        By branch.
    values
        By branch: ndarray of shape (n_replications,), float64; NaN is left out.
    """

    name: str
    estimates: tuple[Estimate, ...]
    values: tuple[FloatArray, ...]
    unit: str = ""
    better: Literal["high", "low", "neither"] = "high"
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """A series of one branch over time, and where most replications lie.

    Attributes
    ----------
    times_us
        ndarray of shape (n,), int64, rising.
    low, mean, high
        ndarrays of shape (n,), float64.
    """

    times_us: IntArray
    low: FloatArray
    mean: FloatArray
    high: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class BandPanel:
    """A series of all branches: name, unit, one band a branch."""

    name: str
    unit: str
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What the page calls what it compares.

    Attributes
    ----------
    one, many
        A branch, and several.
    run, runs
        A replication of a branch, and several.
    changes
        Heading of what is different.
    lines
        What the lines of a branch say.
    """

    one: str = "branch"
    many: str = "branches"
    run: str = "future"
    runs: str = "futures"
    changes: str = "What was changed"
    lines: str = "Changes"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ComparisonData:
    """All that a page shows.

    Attributes
    ----------
    title, subtitle
        Head of the page.
    branches
        The base first; at least one.
    measures
        The most telling first: these become the tiles.
    panels
        Series over time.
    band_percent
        Share of replications within a band, percent.
    confidence_percent
        Of every interval.
    created_from
        What the page was made from: text by term.
    words
        What branches and replications are called.

    Raises
    ------
    InputError
        If a measure or panel has not one entry for each branch.
    """

    title: str
    subtitle: str = ""
    branches: tuple[BranchText, ...]
    measures: tuple[MeasureData, ...] = ()
    panels: tuple[BandPanel, ...] = ()
    band_percent: float = 80.0
    confidence_percent: float = 95.0
    created_from: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType({})
    )
    words: Words = field(default_factory=Words)

    def __post_init__(self) -> None:
        counts = {one.name: len(one.estimates) for one in self.measures}
        counts |= {f"values of {one.name}": len(one.values) for one in self.measures}
        counts |= {one.name: len(one.bands) for one in self.panels}
        for name, count in counts.items():
            if count != len(self.branches):
                msg = (
                    f"comparison: {name!r} must have one entry for each of "
                    f"{len(self.branches)} branches, had {count}"
                )
                raise InputError(msg)
