"""What the page of health shows: plain records of numbers and names.

Ages and times are in cycles; `HealthData.cycle` says what a cycle is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from twin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.report.data import FloatArray

NOT_DUE = None
"""In place of a window: no renewal is due within the time looked at."""


def _nothing() -> FloatArray:
    return np.empty(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineRow:
    """A machine in the ranking.

    Attributes
    ----------
    name
        Of the machine.
    risk
        Probability of failing within the horizon, in [0, 1].
    left
        Remaining life: mean, and the first and the last quantile shown.
    window
        From, at, by: when a renewal costs least, from now; None if none is due.
    alarm_since
        Age at which the standing alarm was raised; None without one.
    age
        Of the machine.
    drivers
        Sensors that take most life off, with the cycles; may be "".
    """

    name: str
    risk: float
    left: tuple[float, float, float]
    window: tuple[float, float, float] | None
    alarm_since: float | None
    age: float
    drivers: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Degradation:
    """How the remaining life of a machine was seen as it aged.

    Attributes
    ----------
    row
        The machine.
    age
        ndarray of shape (n,), rising.
    mean, median
        Remaining life seen at each age; the median goes beyond the cap of the mean.
    low, high
        Its first and last quantile.
    """

    row: MachineRow
    age: FloatArray
    mean: FloatArray
    median: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadTile:
    """A number at the head of the page: name, value and note as text."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HealthData:
    """All that a page of health shows.

    Attributes
    ----------
    title, subtitle
        Head of the page.
    cycle
        What a cycle is, such as "1 h"; "" if nobody knows.
    horizon
        Cycles of the probability of failing.
    share_percent
        Share of futures between the first and the last quantile, percent.
    tiles
        Numbers at the head, at most six are shown.
    ranking
        The most urgent machine first.
    curves
        Of the most urgent machines.
    machines, sensors, effects
        Cycles that each sensor (columns) takes off the remaining life of each machine
        (rows): ndarray of shape (n_machines, n_sensors).
    predicted, observed, n_cases
        Calibration of the probability: means by class, and how many cases it has.
    warnings
        ndarray: for how many cycles alarms had stood when units failed, of units held
        out.
    alarm_text
        How alarms are raised, and what they were worth, in a sentence or two.
    created_from
        What the page was made from: text by term.

    Raises
    ------
    InputError
        If the effects do not fit machines and sensors.
    """

    title: str
    subtitle: str = ""
    cycle: str = ""
    horizon: int
    share_percent: float
    tiles: tuple[HeadTile, ...] = ()
    ranking: tuple[MachineRow, ...] = ()
    curves: tuple[Degradation, ...] = ()
    machines: tuple[str, ...] = ()
    sensors: tuple[str, ...] = ()
    effects: FloatArray = field(default_factory=lambda: np.empty((0, 0)))
    predicted: FloatArray = field(default_factory=_nothing)
    observed: FloatArray = field(default_factory=_nothing)
    n_cases: FloatArray = field(default_factory=_nothing)
    warnings: FloatArray = field(default_factory=_nothing)
    alarm_text: str = ""
    created_from: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def __post_init__(self) -> None:
        wanted = (len(self.machines), len(self.sensors))
        if self.effects.shape != wanted:
            msg = (
                f"effects must have a row a machine and a column a sensor, shape "
                f"{wanted}, had {self.effects.shape}"
            )
            raise InputError(msg)
