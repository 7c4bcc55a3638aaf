"""The page around the charts: style, head, sections, the script that draws."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from importlib import resources
from string import Template
from typing import TYPE_CHECKING

from plotly.offline import get_plotlyjs

from twin.report.palette import DARK, LIGHT, pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from plotly import graph_objects as go

__all__ = ["Section", "chart", "empty", "listed", "origin", "page", "reading", "write"]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: its id, its heading, and its body as HTML."""

    name: str
    title: str
    body: str


UTC = "All times are UTC."


def page(
    title: str,
    subtitle: str,
    sections: Sequence[Section],
    *,
    head: str,
    tiles: str,
    times: str = UTC,
) -> str:
    """Write a page that needs nothing else.

    Parameters
    ----------
    title, subtitle
        Not yet escaped.
    sections
        In the order of the page.
    head
        HTML below the title, see `origin`.
    tiles
        HTML before the first section; may be "".
    times
        Sentence that says what times on the page are; "" where there are none.

    Returns
    -------
    str
        About 5 MB, nearly all of it the script that draws the charts.
    """
    links = "".join(f'<a href="#{one.name}">{one.title}</a>' for one in sections)
    return Template(_text("page.html")).substitute(
        title=html.escape(title),
        subtitle=html.escape(subtitle),
        style=_colours() + _text("style.css"),
        origin=head,
        tiles=tiles,
        times=f"{html.escape(times)} " if times else "",
        links=links,
        sections="".join(
            f'<section id="{one.name}" aria-labelledby="{one.name}-title">'
            f'<h2 id="{one.name}-title">{one.title}</h2>{one.body}</section>'
            for one in sections
        ),
        theme=_script_safe(json.dumps(pairs())),
        plotly=get_plotlyjs(),
        script=_text("page.js"),
    )


def write(html_page: str, path: Path) -> None:
    """Write a page whole or not at all; its folder is made.

    Parameters
    ----------
    html_page
        As of `page`.
    path
        File to write. One that is there keeps its content until the new page is
        complete; what is no file, as a device, is written to as it is.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    whole = path.resolve()
    whole.parent.mkdir(parents=True, exist_ok=True)
    if whole.exists() and not whole.is_file():
        whole.write_text(html_page, encoding="utf-8")
        return
    part = whole.with_name(f".{whole.name}.part")
    try:
        part.write_text(html_page, encoding="utf-8")
        part.replace(whole)
    finally:
        part.unlink(missing_ok=True)


def origin(created_from: Mapping[str, str]) -> str:
    """Write what a page was made from, as a list of terms; empty if unknown.

    Parameters
    ----------
    created_from
        Text by term, not yet escaped.
    """
    if not created_from:
        return ""
    written = "".join(
        f"<div><dt>{html.escape(term)}</dt><dd>{html.escape(text)}</dd></div>"
        for term, text in created_from.items()
    )
    return f'<dl class="origin">{written}</dl>'


def reading(text: str) -> str:
    """Write how a section reads, as HTML."""
    return f'<p class="reading">{text}</p>'


def empty(text: str) -> str:
    """Write what stands where there is nothing to show, as HTML."""
    return f'<p class="empty">{text}</p>'


def listed(sentences: Iterable[str]) -> str:
    """Write sentences below one another, as HTML.

    Parameters
    ----------
    sentences
        Not yet escaped.
    """
    told = "".join(f"<li>{html.escape(one)}</li>" for one in sentences)
    return f"<ul>{told}</ul>"


def chart(name: str, label: str, figure: go.Figure, *, note: str = "") -> str:
    """Write a chart as HTML: its place, and its data for the script of the page.

    Parameters
    ----------
    name
        Id of the section.
    label
        Says what is shown to who cannot see it; already escaped.
    figure
        The chart.
    note
        A sentence below it, as HTML; may be "".
    """
    more = f'<p class="note">{note}</p>' if note else ""
    place = f"chart-{name}"
    return (
        f'<figure><div id="{place}" class="chart" role="img" aria-label="{label}" '
        f'style="height:{figure.layout.height}px"></div>'
        f'<script type="application/json" data-chart="{place}">'
        f"{_script_safe(figure.to_json())}</script>{more}</figure>"
    )


def _text(name: str) -> str:
    return resources.files("twin.report").joinpath(name).read_text(encoding="utf-8")


def _script_safe(text: str) -> str:
    """Keep JSON from ending the script element that holds it."""
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _colours() -> str:
    """Write the palette as custom properties, for both pages."""

    def rules(colours: dict[str, str]) -> str:
        return "".join(f"--{meaning}:{value};" for meaning, value in colours.items())

    dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{rules(DARK)}}}}}"
    return f":root{{{rules(LIGHT)}}}{dark}\n"
