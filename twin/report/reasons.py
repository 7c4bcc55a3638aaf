"""Why forecasts are what they are, as the tables of their page."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from twin.report.formatting import MISSING, number, time
from twin.report.tables import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "Change",
    "Reason",
    "change_table",
    "driver_table",
    "method_table",
    "reason_table",
]

TITLES = {
    "ets_theta": "exponential smoothing and theta, their mean",
    "seasons": "exponential smoothing with two seasons",
    "ets": "exponential smoothing, models averaged",
    "theta": "theta",
    "ses": "simple exponential smoothing",
    "damped_holt": "smoothing with a damped trend",
    "seasonal_naive": "last season again",
    "intermittent": "counts of demand that comes now and then",
    "booster": "gradient booster over all series",
}
"""Methods in words."""

ROWS_MAX = 20
"""Changes listed; twice as many would hide what is surest."""
DRIVERS_MAX = 12
ALMOST_NEVER = 1e-6
NOTHING = 1e-3  # of the level: a rise or a swing that no eye sees


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why one series is forecast so.

    Attributes
    ----------
    series, method, why
        Its name, the method's, and the reason in a sentence.
    level, trend, swing
        At its end: the level, the rise of the next step, and from the lowest to the
        highest phase of the season; None where a method has none.
    models
        Share of each model that was averaged, the largest first.
    skill
        Share of seasonal naive's loss that the method saved at earlier cutoffs; None
        where that is not known.
    n_cutoffs
        How many of them.
    n_errors
        Earlier errors that the quantiles were corrected by; 0: they were not.
    """

    series: str
    method: str
    why: str
    level: float | None = None
    trend: float | None = None
    swing: float | None = None
    models: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    skill: float | None = None
    n_cutoffs: int = 0
    n_errors: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What changed of late in a series.

    Attributes
    ----------
    series, kind
        Its name; shock, shift or trend.
    when_us
        The first value that changed, microseconds UTC; None for running steps.
    step
        Its number in the series, from 1.
    size, level
        Of the change (of a trend, a step), and the mean before.
    statistic, probability
        Standard errors, and how likely a series in which nothing happens shows as much.
    """

    series: str
    kind: str
    when_us: int | None
    step: int
    size: float
    level: float
    statistic: float
    probability: float


def reason_table(reasons: Sequence[Reason]) -> str:
    """Write why series are forecast so.

    Parameters
    ----------
    reasons
        In the order of the charts.
    """
    heads = ["Series and why", "Level", "Next step", "Season, low to high",
             "Error saved", "Quantiles"]  # fmt: skip
    caption = (
        "Level, rise of the next step and swing of the season as the method sees them "
        "at the end of the past. Error saved: share of the error of repeating the last "
        "season that the method saved when it forecast the last values from earlier "
        "ones; below 0 it lost more. Calibrated quantiles are corrected by the errors "
        "made from earlier cutoffs, of all series of the method together."
    )
    return table(caption, heads, "".join(_reason_row(one) for one in reasons))


def _reason_row(one: Reason) -> str:
    told = html.escape(one.why)
    shares = ", ".join(
        f"{name}\N{NO-BREAK SPACE}{100 * w:.0f}\N{NO-BREAK SPACE}%"
        for name, w in one.models.items()
    )
    if shares:
        told += f"; models by weight: {html.escape(shares)}"
    cells = "".join(
        f'<td class="num">{MISSING if value is None else text}</td>'
        for value, text in (
            (one.level, number(one.level or 0.0)),
            (one.trend, _signed(_beside(one.trend or 0.0, one.level))),
            (one.swing, number(_beside(one.swing or 0.0, one.level))),
        )
    )
    law = "as modelled"
    if one.n_errors:
        law = f'calibrated<span class="note">{one.n_errors:,} errors</span>'
    return (
        f'<tr><th scope="row">{html.escape(one.series)}'
        f'<span class="note">{told}</span></th>{cells}'
        f'<td class="num">{_saved(one)}</td><td class="num">{law}</td></tr>'
    )


def _saved(one: Reason) -> str:
    if one.skill is None or not one.n_cutoffs:
        return MISSING
    worth = "better" if one.skill > 0.0 else "worse" if one.skill < 0.0 else "same"
    cutoffs = f"{one.n_cutoffs} cutoff" + ("s" if one.n_cutoffs > 1 else "")
    return (
        f'<span class="gain {worth}">{100 * one.skill:+.0f} %</span>'
        f'<span class="note">{cutoffs}</span>'
    )


def _beside(value: float, level: float | None) -> float:
    """Return 0 for what is nothing beside the level."""
    return 0.0 if abs(value) < NOTHING * abs(level or 0.0) else value


def _signed(value: float) -> str:
    text = number(value)
    return f"+{text}" if value > 0.0 else text


def change_table(changes: Sequence[Change], *, n_series: int) -> str:
    """Write what changed of late, with the evidence.

    Parameters
    ----------
    changes
        The surest first; the first twenty are written.
    n_series
        Of the whole forecast.
    """
    heads = ["Series", "What", "Since", "Size", "Level before", "Standard errors",
             "By chance"]  # fmt: skip
    more = len(changes) - ROWS_MAX
    left = f" {more:,} less sure ones are in the JSON." if more > 0 else ""
    caption = (
        f"{len(changes):,} of {n_series:,} series, the surest first. A shock is one "
        "value, a shift lasts, a trend grows by its size with each step. By chance: "
        f"share of series in which nothing happens that show as much.{left}"
    )
    rows = "".join(_change_row(one) for one in changes[:ROWS_MAX])
    return table(caption, heads, rows)


def _change_row(one: Change) -> str:
    since = f"value {one.step:,}" if one.when_us is None else time(one.when_us)
    chance = "almost never"
    if one.probability >= ALMOST_NEVER:
        chance = f"1 in {1.0 / one.probability:,.0f}"
    kind = html.escape(one.kind) + (" up" if one.size > 0.0 else " down")
    return (
        f'<tr><th scope="row">{html.escape(one.series)}</th><td>{kind}</td>'
        f'<td class="when">{since}</td><td class="num">{_signed(one.size)}</td>'
        f'<td class="num">{number(one.level)}</td>'
        f'<td class="num">{abs(one.statistic):.1f}</td>'
        f'<td class="num">{chance}</td></tr>'
    )


def method_table(methods: Mapping[str, int]) -> str:
    """Write how many series each method forecasts.

    Parameters
    ----------
    methods
        Count by name.
    """
    rows = "".join(
        f'<tr><th scope="row">{html.escape(TITLES.get(name, name))}'
        f'<span class="note">{html.escape(name)}</span></th>'
        f'<td class="num">{count:,}</td></tr>'
        for name, count in sorted(methods.items(), key=lambda one: -one[1])
    )
    caption = "How many series each method forecasts."
    return table(caption, ["Method", "Series"], rows)


def driver_table(drivers: Mapping[str, float]) -> str:
    """Write what moves the booster.

    Parameters
    ----------
    drivers
        Importance by name, most first; the first twelve are written.
    """
    shown = list(drivers.items())[:DRIVERS_MAX]
    rows = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th>'
        f'<td class="num">{100 * share:.1f} %</td></tr>'
        for name, share in shown
    )
    caption = (
        "By how much of the variance the error of the booster grows when the values of "
        "a driver are shuffled among series and steps."
    )
    return table(caption, ["Driver", "Error gained"], rows)
