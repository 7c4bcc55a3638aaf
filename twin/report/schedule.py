"""A detailed schedule as one self-contained HTML page: who does what, when."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from plotly import graph_objects as go

from twin.report import skeleton
from twin.report.course import course_sections
from twin.report.formatting import label, short
from twin.report.layout import single
from twin.report.palette import LIGHT, tint
from twin.report.tables import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "BARS_MAX",
    "Bar",
    "Calendar",
    "Gap",
    "Pause",
    "ScheduleData",
    "render",
]

BARS_MAX = 6000
"""Bars drawn; twice as many make zooming slow."""

LABELLED_MAX = 400
"""Bars up to which each says what it is; of more, the pointer tells."""

ROW_PX, FRAME_PX, ROWS_MAX = 24, 80, 120
BAR_WIDTH = 0.74

HUES = (
    "#56b4e9", "#e69f00", "#00936b", "#b8649a", "#5b57c8", "#8ab833",
    "#c9a227", "#3aa6a0", "#a3785c", "#7f95d1", "#d98cb3", "#6f9e4f",
)  # fmt: skip
"""Colours of jobs, in turn; none of them is the one of lateness."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """An operation: what, where, when in ticks, and whether its job ends late.

    Of one that has moved, `was` says where it was before.
    """

    job: str
    operation: str
    row: str
    start: int
    end: int
    late: bool = False
    setup: int = 0
    was: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A closed window of a machine, in ticks."""

    row: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A stretch in which a job stays on its machine or in a buffer, in ticks."""

    job: str
    row: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When ticks are: time of tick 0, microseconds UTC, their length, and the zone."""

    at_us: int
    tick_us: int
    time_zone: str

    def local(self, tick: int) -> datetime:
        """Return the local time of a tick, without its zone, as charts take it.

        Examples
        --------
        >>> Calendar(at_us=0, tick_us=60_000_000, time_zone="Europe/Berlin").local(90)
        datetime.datetime(1970, 1, 1, 2, 30)
        """
        begin = datetime(1970, 1, 1, tzinfo=UTC)
        moment = begin + timedelta(microseconds=self.at_us + tick * self.tick_us)
        return moment.astimezone(ZoneInfo(self.time_zone)).replace(tzinfo=None)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScheduleData:
    """All that the page of a schedule shows.

    Attributes
    ----------
    title, subtitle
        Head of the page.
    rows
        Machines in their order; rows of bars that are not among them come behind.
    bars, gaps
        What is done, and when a machine is closed.
    pauses
        Where jobs are between two operations, if room is limited.
    facts
        Figures of the schedule: text by term.
    history
        Seconds, objective and bound over the solve.
    late
        Job, due date, end, ticks late; the latest first.
    calendar
        When ticks are; None shows ticks.
    notes
        What the schedule does not know, a sentence each.
    """

    title: str
    subtitle: str = ""
    rows: Sequence[str]
    bars: Sequence[Bar]
    gaps: Sequence[Gap] = ()
    pauses: Sequence[Pause] = ()
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    history: Sequence[tuple[float, float, float]] = ()
    late: Sequence[tuple[str, int, int, int]] = ()
    calendar: Calendar | None = None
    notes: Sequence[str] = ()

    def place(self, tick: int) -> int | str:
        """Return where a tick is on the axis."""
        if self.calendar is None:
            return tick
        return self.calendar.local(tick).isoformat(sep=" ")

    def width(self, start: int, end: int) -> float:
        """Return how long a span is on the axis."""
        if self.calendar is None:
            return end - start
        span = self.calendar.local(end) - self.calendar.local(start)
        return span / timedelta(milliseconds=1)

    def said(self, tick: int) -> str:
        """Return a time as people read it."""
        if self.calendar is None:
            return f"{tick:,}"
        return f"{self.calendar.local(tick):%a %Y-%m-%d %H:%M}"

    def lasting(self, ticks: int) -> str:
        """Return a duration as people read it."""
        if self.calendar is None:
            return f"{ticks:,}"
        return f"{ticks * self.calendar.tick_us / 3.6e9:,.1f} h"


def render(data: ScheduleData) -> str:
    """Write the schedule as one HTML page that needs nothing else.

    Parameters
    ----------
    data
        What the page shows.

    Returns
    -------
    str
        The page; about 5 MB, nearly all of it the script that draws the charts.
    """
    sections = [skeleton.Section("schedule", "Schedule", _gantt(data))]
    if data.late:
        sections.append(skeleton.Section("late", "Late jobs", _late(data)))
    if data.notes:
        notes = skeleton.listed(data.notes)
        sections.append(skeleton.Section("notes", "What it does not know", notes))
    said = "How the best schedule and the bound came to meet."
    sections += course_sections(data.history, said)
    return skeleton.page(
        data.title,
        data.subtitle,
        sections,
        head=skeleton.origin(data.facts),
        tiles="",
        times=_times(data),
    )


def _gantt(data: ScheduleData) -> str:
    how = _how(data)
    if not data.bars:
        return skeleton.reading(how) + skeleton.empty("There is no schedule.")
    rows = _shown_rows(data)
    kept = set(rows)
    bars = [bar for bar in data.bars if bar.row in kept][:BARS_MAX]
    left = len(data.bars) - len(bars)
    note = f"{left:,} of {len(data.bars):,} operations are not drawn." if left else ""
    chart = single(height_px=FRAME_PX + ROW_PX * len(rows))
    place = {row: at for at, row in enumerate(rows)}
    closed = [gap for gap in data.gaps if gap.row in kept]
    if closed:
        chart.add_trace(_closed(data, closed, place, max(bar.end for bar in bars)))
    setups = [bar for bar in bars if bar.setup]
    if setups:
        chart.add_trace(_setups(data, setups, closed, place))
    pauses = [pause for pause in data.pauses if pause.row in kept][:BARS_MAX]
    if pauses:
        chart.add_trace(_pauses(data, pauses, place))
    chart.add_trace(_bars(data, bars, place))
    chart.update_layout(
        barmode="overlay",
        hovermode="closest",
        showlegend=False,
        margin={"t": 12},
        uniformtext={"minsize": 8, "mode": "hide"},
    )
    chart.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[f"{label(short(row))} " for row in rows],
        range=[len(rows) - 0.5, -0.5],
        tickfont={"size": 11.5, "color": LIGHT["ink"]},
        showgrid=False,
        zeroline=False,
    )
    title, kind = "ticks", "linear"
    if data.calendar is not None:
        title, kind = f"time in {data.calendar.time_zone}", "date"
    chart.update_xaxes(showgrid=True, zeroline=False, title=title, type=kind)
    drawn = skeleton.chart("schedule", html.escape(how), chart, note=note)
    return skeleton.reading(how) + drawn


def _times(data: ScheduleData) -> str:
    if data.calendar is None:
        return "Times are ticks from the start of the problem."
    return f"Times are those of {data.calendar.time_zone}."


def _how(data: ScheduleData) -> str:
    """Say how the chart reads: nothing of what it does not show."""
    told = ["A row a machine, a colour a job."]
    shown = (
        (any(bar.was for bar in data.bars), "What has moved is dotted."),
        (any(bar.late for bar in data.bars), "Late jobs are outlined in vermilion."),
        (
            any(bar.setup for bar in data.bars),
            "Setups are thin dark bars before their operation.",
        ),
        (bool(data.gaps), "Hatched spans are closed time."),
        (
            bool(data.pauses),
            "Pale thin bars are jobs that wait, on their machine or in a buffer.",
        ),
    )
    told += [sentence for there, sentence in shown if there]
    return " ".join((*told, "Drag to zoom, double-click to see all."))


def _shown_rows(data: ScheduleData) -> list[str]:
    """Return the rows to draw: all, or those with most work; machines come first."""
    load = dict.fromkeys(data.rows, 0)
    spans: list[Bar | Pause] = [*data.bars, *data.pauses]
    for span in spans:
        load[span.row] = load.get(span.row, 0) + span.end - span.start
    if len(load) <= ROWS_MAX:
        return list(load)
    busiest = set(sorted(load, key=lambda row: -load[row])[:ROWS_MAX])
    return [row for row in load if row in busiest]


def _bars(data: ScheduleData, bars: Sequence[Bar], place: Mapping[str, int]) -> go.Bar:
    hue = _hues(data)
    spoken = len(bars) <= LABELLED_MAX
    return go.Bar(
        orientation="h",
        base=[data.place(bar.start) for bar in bars],
        x=[data.width(bar.start, bar.end) for bar in bars],
        y=[place[bar.row] for bar in bars],
        width=BAR_WIDTH,
        text=[label(bar.job) for bar in bars] if spoken else None,
        textposition="inside",
        insidetextanchor="start",
        textangle=0,
        textfont={"size": 10.5, "color": "#10151d"},
        marker={
            "color": [hue[bar.job] for bar in bars],
            "line": {
                "color": [
                    LIGHT["shortage"] if bar.late else LIGHT["surface"] for bar in bars
                ],
                "width": [2.2 if bar.late else 0.6 for bar in bars],
            },
            **_dots(bars),
        },
        customdata=[_hover(data, bar) for bar in bars],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _dots(bars: Sequence[Bar]) -> dict[str, object]:
    """Return the pattern of bars that have moved, none where none has."""
    if not any(bar.was for bar in bars):
        return {}
    shapes = ["." if bar.was else "" for bar in bars]
    dots = {"shape": shapes, "fillmode": "overlay", "size": 7, "solidity": 0.12}
    return {"pattern": dots | {"fgcolor": "#10151d", "fgopacity": 0.55}}


def _hues(data: ScheduleData) -> dict[str, str]:
    """Return the colour of each job, in turn as they begin."""
    jobs = dict.fromkeys(bar.job for bar in data.bars)
    return {job: HUES[at % len(HUES)] for at, job in enumerate(jobs)}


def _pauses(
    data: ScheduleData, pauses: Sequence[Pause], place: Mapping[str, int]
) -> go.Bar:
    hue = _hues(data)
    return go.Bar(
        orientation="h",
        base=[data.place(pause.start) for pause in pauses],
        x=[data.width(pause.start, pause.end) for pause in pauses],
        y=[place[pause.row] for pause in pauses],
        width=BAR_WIDTH / 2,
        opacity=0.45,
        marker={"color": [hue.get(pause.job, LIGHT["down"]) for pause in pauses]},
        hovertemplate=[
            f"{label(pause.job)} waits, {data.said(pause.start)} to "
            f"{data.said(pause.end)}<br>{label(pause.row)}<extra></extra>"
            for pause in pauses
        ],
    )


def _hover(data: ScheduleData, bar: Bar) -> str:
    late = "<br><b>job is late</b>" if bar.late else ""
    setup = f"<br>after a setup of {data.lasting(bar.setup)}" if bar.setup else ""
    was = f"<br>was on {label(bar.was)}" if bar.was else ""
    return (
        f"<b>{label(bar.job)}</b>, {label(bar.operation)}<br>{label(bar.row)}"
        f"<br>{data.said(bar.start)} to {data.said(bar.end)}{setup}{late}{was}"
    )


def _setups(
    data: ScheduleData,
    bars: Sequence[Bar],
    closed: Sequence[Gap],
    place: Mapping[str, int],
) -> go.Bar:
    windows: dict[str, list[Gap]] = {}
    for gap in sorted(closed, key=lambda gap: -gap.start):
        windows.setdefault(gap.row, []).append(gap)
    begin = [_setup_start(bar, windows.get(bar.row, ())) for bar in bars]
    return go.Bar(
        orientation="h",
        base=[data.place(start) for start in begin],
        x=[
            data.width(start, bar.start) for bar, start in zip(bars, begin, strict=True)
        ],
        y=[place[bar.row] for bar in bars],
        width=BAR_WIDTH / 3,
        marker={"color": LIGHT["down"]},
        hovertemplate=[
            f"setup for {label(bar.job)}: {data.lasting(bar.setup)}<extra></extra>"
            for bar in bars
        ],
    )


def _setup_start(bar: Bar, gaps: Sequence[Gap]) -> int:
    """Return when a setup begins at the latest, around closed time, the last first."""
    begin = bar.start - bar.setup
    for gap in gaps:
        if begin < gap.end <= bar.start:
            begin -= gap.end - gap.start
    return begin


def _closed(
    data: ScheduleData, gaps: Sequence[Gap], place: Mapping[str, int], end: int
) -> go.Bar:
    shown = [gap for gap in gaps if gap.start < end]
    return go.Bar(
        orientation="h",
        base=[data.place(gap.start) for gap in shown],
        x=[data.width(gap.start, min(gap.end, end)) for gap in shown],
        y=[place[gap.row] for gap in shown],
        width=1.0,
        marker={
            "color": tint("maintenance", 0.18),
            "pattern": {"shape": "/", "fgcolor": LIGHT["maintenance"], "size": 6},
        },
        hovertemplate=[
            f"closed, {data.said(gap.start)} to {data.said(gap.end)}<extra></extra>"
            for gap in shown
        ],
    )


def _late(data: ScheduleData) -> str:
    said, lasting = data.said, data.lasting
    rows = "".join(
        f"<tr><th scope='row'>{html.escape(job)}</th><td>{said(due)}</td>"
        f"<td>{said(end)}</td><td>{lasting(late)}</td></tr>"
        for job, due, end, late in data.late
    )
    unit = "ticks" if data.calendar is None else "local time"
    caption = f"Jobs that end after their due date, the latest first; times in {unit}."
    return table(caption, ["Job", "Due", "Ends", "Late by"], rows)
