"""What a report shows: plain records of numbers, times and names.

Whoever runs the loop fills them; nothing here knows how the numbers came about. Every
part may be left empty, and its section then says so. Times are int64 microseconds UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from twin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Costs",
    "Echelon",
    "ExceptionMessage",
    "FloatArray",
    "ForecastFan",
    "GanttBar",
    "GanttKind",
    "IntArray",
    "KpiRow",
    "Marker",
    "ReportData",
    "Series",
    "Service",
]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
GanttKind = Literal["production", "transport", "purchase", "maintenance", "down"]

GANTT_KINDS: tuple[GanttKind, ...] = (
    "production",
    "transport",
    "purchase",
    "maintenance",
    "down",
)


def _no_floats() -> FloatArray:
    return np.empty(0)


@dataclass(frozen=True, slots=True, eq=False)
class KpiRow:
    """One measure of the whole run.

    The first rows of a report also become the tiles at its head.

    Attributes
    ----------
    name
        What is measured, such as "Fill rate".
    value
        The number, in `unit`; NaN is shown as a dash.
    unit
        "%" (values in percent), the report's currency, or any unit; may be "".
    bound_percent
        Value in percent of the bound named by `ReportData.bound_name`; None if there
        is no bound.
    note
        One short sentence for the reader; may be "".
    better
        Whether a high or a low value is the good one.
    comparisons
        The same measure under other policies: name of the policy -> value in `unit`.
    history
        ndarray of shape (n_periods,), float64, in `unit`: drawn as the tile's small
        line; empty for none.
    """

    name: str
    value: float
    unit: str = ""
    bound_percent: float | None = None
    note: str = ""
    better: Literal["high", "low"] = "high"
    comparisons: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType({})
    )
    history: FloatArray = field(default_factory=_no_floats)


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """A named series over the report's periods.

    Attributes
    ----------
    name
        What the reader sees.
    values
        ndarray of shape (n_periods,), float64, in `unit`; NaN leaves a gap.
    unit
        Unit of the values; may be "".
    """

    name: str
    values: FloatArray
    unit: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """How well customers were served.

    Attributes
    ----------
    fill_rate
        ndarray of shape (n_periods,), float64 in [0, 1]: share of the period's demand
        served in time; NaN in a period without demand.
    cumulative_fill_rate
        ndarray of shape (n_periods,), float64 in [0, 1]: the same from the start on.
    backorders
        ndarray of shape (n_periods,), float64 >= 0: open at the period's end.
    unit
        Unit of the backorders.
    """

    fill_rate: FloatArray
    cumulative_fill_rate: FloatArray
    backorders: FloatArray
    unit: str = "units"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Costs:
    """Money in and out per period, and what it adds up to; in the report's currency.

    Attributes
    ----------
    revenue, purchase, production, transport, holding, shortage
        ndarray of shape (n_periods,), float64: amounts of money, >= 0; revenue comes
        in, all others go out. Empty if the kind does not occur.
    cumulative_profit
        One series per policy, that of the reported policy first.
    """

    revenue: FloatArray = field(default_factory=_no_floats)
    purchase: FloatArray = field(default_factory=_no_floats)
    production: FloatArray = field(default_factory=_no_floats)
    transport: FloatArray = field(default_factory=_no_floats)
    holding: FloatArray = field(default_factory=_no_floats)
    shortage: FloatArray = field(default_factory=_no_floats)
    cumulative_profit: tuple[Series, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ForecastFan:
    """A forecast as quantiles, after the history it was made from.

    Attributes
    ----------
    name
        Item and place.
    history_times_us, history
        ndarrays of shape (n_history,), int64 and float64: what was observed.
    times_us
        ndarray of shape (h,), int64: times of the forecast, rising.
    levels
        ndarray of shape (n_levels,), float64 in (0, 1), rising; bands are drawn between
        the first and the last, the second and the last but one, and so on.
    quantiles
        ndarray of shape (n_levels, h), float64: the forecast, in `unit`.
    actual
        ndarray of shape (h,), float64: what came; None if it is not known. NaN where
        it is not known yet.
    unit
        Unit of the values.
    """

    name: str
    history_times_us: IntArray
    history: FloatArray
    times_us: IntArray
    levels: FloatArray
    quantiles: FloatArray
    actual: FloatArray | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Echelon:
    """Variance that one echelon passes on, against what it receives.

    Attributes
    ----------
    name
        The echelon, such as "Distribution centres".
    order_variance
        Variance of the orders it places, units squared per period, >= 0.
    demand_variance
        Variance of the demand it sees, units squared per period, >= 0.
    ratio
        The first over the second; above 1 the echelon amplifies; NaN if undefined.
    """

    name: str
    order_variance: float
    demand_variance: float
    ratio: float


@dataclass(frozen=True, slots=True)
class GanttBar:
    """One planned activity.

    Attributes
    ----------
    resource
        Machine, lane or supplier: the row in which it is drawn.
    label
        What is made, moved or bought.
    start_us, end_us
        Microseconds UTC, start <= end.
    kind
        What sort of activity it is.
    late
        Whether it ends after it is due.
    """

    resource: str
    label: str
    start_us: int
    end_us: int
    kind: GanttKind
    late: bool = False


@dataclass(frozen=True, slots=True)
class Marker:
    """Something that happened at a time, such as a supplier's failure.

    Attributes
    ----------
    time_us
        Microseconds UTC.
    text
        What happened.
    """

    time_us: int
    text: str


@dataclass(frozen=True, slots=True)
class ExceptionMessage:
    """Something a planner should look at, with what it costs.

    Attributes
    ----------
    text
        What is wrong, where, and since when.
    money
        What it costs, in the report's currency; NaN if unknown.
    """

    text: str
    money: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReportData:
    """Everything that one report shows.

    Attributes
    ----------
    title, subtitle
        Head of the page.
    currency
        Name or sign of the currency, such as "EUR".
    created_from
        What the run was made from: label -> text (network, seed, policy, periods).
    policy
        Name of the reported policy, as it stands in tables and legends.
    bound_name
        What `KpiRow.bound_percent` refers to.
    kpis
        Measures of the run, the most important first.
    times_us
        ndarray of shape (n_periods,), int64: the periods' starts, strictly rising.
    stock
        Stock per place or item.
    service, costs
        None if they were not measured.
    forecasts, variance, gantt, exceptions, disruptions
        The other sections.

    Raises
    ------
    InputError
        If the length of an array does not fit its times, times do not rise, levels
        are outside (0, 1), a bar ends before it starts or its kind is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> times_us = np.array([0, 86_400_000_000])
    >>> stock = (Series("Plant", np.array([3.0, 2.0]), "pieces"),)
    >>> ReportData(title="Week 1", times_us=times_us, stock=stock).n_periods
    2
    >>> ReportData(title="Week 1", times_us=times_us[:1], stock=stock)
    Traceback (most recent call last):
        ...
    twin.errors.InputError: stock 'Plant': values must have shape (1,), was (2,)
    """

    title: str
    subtitle: str = ""
    currency: str = "EUR"
    created_from: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType({})
    )
    policy: str = "this run"
    bound_name: str = "clairvoyant"
    kpis: tuple[KpiRow, ...] = ()
    times_us: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    stock: tuple[Series, ...] = ()
    service: Service | None = None
    costs: Costs | None = None
    forecasts: tuple[ForecastFan, ...] = ()
    variance: tuple[Echelon, ...] = ()
    gantt: tuple[GanttBar, ...] = ()
    exceptions: tuple[ExceptionMessage, ...] = ()
    disruptions: tuple[Marker, ...] = ()

    def __post_init__(self) -> None:
        _check_rising("times_us", self.times_us)
        for name, values in self._over_periods():
            _check_shape(name, values, (self.n_periods,))
        for fan in self.forecasts:
            _check_fan(fan)
        for bar in self.gantt:
            _check_bar(bar)

    @property
    def n_periods(self) -> int:
        """Number of periods."""
        return int(self.times_us.size)

    def _over_periods(self) -> list[tuple[str, FloatArray]]:
        """Every array that has a value a period, with its name in messages."""
        found = [(f"stock '{s.name}': values", s.values) for s in self.stock]
        if self.service is not None:
            found += [
                (f"service: {name}", getattr(self.service, name))
                for name in ("fill_rate", "cumulative_fill_rate", "backorders")
            ]
        if self.costs is not None:
            amounts = ((kind, getattr(self.costs, kind)) for kind in COST_KINDS)
            found += [(f"costs: {kind}", a) for kind, a in amounts if a.size]
            found += [
                (f"cumulative profit '{s.name}': values", s.values)
                for s in self.costs.cumulative_profit
            ]
        found += [(f"kpi '{k.name}': history", k.history) for k in self.kpis]
        return [(n, a) for n, a in found if a.size or not n.startswith("kpi")]


COST_KINDS = ("revenue", "purchase", "production", "transport", "holding", "shortage")


def _check_shape(name: str, values: FloatArray, shape: tuple[int, ...]) -> None:
    if values.shape != shape:
        message = f"{name} must have shape {shape}, was {values.shape}"
        raise InputError(message)


def _check_rising(name: str, times_us: IntArray) -> None:
    falls = np.flatnonzero(np.diff(times_us) <= 0)
    if falls.size:
        first = int(falls[0])
        pair = f"{times_us[first]} before {times_us[first + 1]}"
        message = f"{name} must rise, was {pair} at position {first}"
        raise InputError(message)


def _check_fan(fan: ForecastFan) -> None:
    where = f"forecast '{fan.name}'"
    _check_rising(f"{where}: history_times_us", fan.history_times_us)
    _check_rising(f"{where}: times_us", fan.times_us)
    _check_shape(f"{where}: history", fan.history, fan.history_times_us.shape)
    shape = (fan.levels.size, fan.times_us.size)
    _check_shape(f"{where}: quantiles", fan.quantiles, shape)
    if fan.actual is not None:
        _check_shape(f"{where}: actual", fan.actual, fan.times_us.shape)
    inside = (fan.levels > 0) & (fan.levels < 1)
    if not inside.all() or (np.diff(fan.levels) <= 0).any():
        message = f"{where}: levels must rise within (0, 1), were {fan.levels.tolist()}"
        raise InputError(message)


def _check_bar(bar: GanttBar) -> None:
    where = f"gantt bar '{bar.label}' on '{bar.resource}'"
    if bar.end_us < bar.start_us:
        span = f"{bar.start_us} to {bar.end_us}"
        message = f"{where}: must not end before it starts, was {span}"
        raise InputError(message)
    if bar.kind not in GANTT_KINDS:
        allowed = ", ".join(GANTT_KINDS)
        message = f"{where}: kind must be one of {allowed}, was {bar.kind!r}"
        raise InputError(message)
