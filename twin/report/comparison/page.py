"""The page of a comparison: one file, complete in itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.report import skeleton
from twin.report.comparison import bands, distribution, forest
from twin.report.comparison.tables import change_table, measure_table
from twin.report.comparison.tiles import tiles

if TYPE_CHECKING:
    from pathlib import Path

    from plotly import graph_objects as go

    from twin.report.comparison.data import ComparisonData

__all__ = ["render", "write"]


def render(data: ComparisonData) -> str:
    """Write the comparison as one HTML page that needs nothing else.

    The same data give the same page, byte for byte.

    Parameters
    ----------
    data
        What the page shows.

    Returns
    -------
    str
        The page; about 5 MB, nearly all of it the script that draws the charts.
    """
    sections = [
        skeleton.Section("changes", data.words.changes, change_table(data)),
        skeleton.Section("differences", "Differences", _differences(data)),
        skeleton.Section("measures", "Measures", _measures(data)),
        skeleton.Section("distribution", "Replications", _distribution(data)),
        skeleton.Section("time", "Over time", _over_time(data)),
    ]
    return skeleton.page(
        data.title,
        data.subtitle,
        sections,
        head=skeleton.origin(data.created_from),
        tiles=tiles(data),
    )


def write(data: ComparisonData, path: Path) -> None:
    """Write the page, whole or not at all; an existing file is replaced.

    Parameters
    ----------
    data
        What the page shows.
    path
        File to write; its folder is made.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    skeleton.write(render(data), path)


def _differences(data: ComparisonData) -> str:
    words, base = data.words, data.branches[0].name
    how = (
        f"Each dot is a {words.one} less {base!r}, with its "
        f"{data.confidence_percent:g} % interval. Left or right of the line, with no "
        "part of the interval on it, the difference is more than chance: green is "
        "better, orange is worse, plain is neither. An open dot may be chance. Of "
        "twenty intervals about one misses by chance alone."
    )
    nothing = f"There is no {words.one} to compare with {base!r}."
    return _section("differences", how, forest.figure(data), nothing)


def _measures(data: ComparisonData) -> str:
    table = measure_table(data) or skeleton.empty("No measures were taken.")
    return skeleton.reading(f"All {data.words.many} in numbers.") + table


def _distribution(data: ComparisonData) -> str:
    words = data.words
    how = (
        f"Each small dot is one {words.run}; the box holds the middle half of them, "
        "its line is the median, the dashed one the mean. The same "
        f"{words.run} met the same demand, lead times and failures in every "
        f"{words.one}, so differences are known better than the boxes suggest."
    )
    figure = distribution.figure(data)
    return _section("distribution", how, figure, "Nothing was replicated.")


def _over_time(data: ComparisonData) -> str:
    how = (
        f"Lines are means over {data.words.runs}; {data.band_percent:g} % of the "
        f"{data.words.runs} lie in the band of the same colour."
    )
    return _section("time", how, bands.figure(data), "No series was recorded.")


def _section(name: str, how: str, figure: go.Figure | None, nothing: str) -> str:
    if figure is None:
        return skeleton.reading(how) + skeleton.empty(nothing)
    return skeleton.reading(how) + skeleton.chart(name, how, figure)
