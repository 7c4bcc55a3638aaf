import re

import numpy as np

from twin.report import KpiRow
from twin.report.tiles import POINTS_MAX, sparkline, tiles


def test_first_measures_become_tiles(data):
    text = tiles(data)
    assert text.count('class="tile"') == 6
    assert "1,312,470" in text
    assert "97.4\N{NARROW NO-BREAK SPACE}%" in text
    assert "95.7\N{NARROW NO-BREAK SPACE}% of clairvoyant" in text
    assert "Planning time" not in text


def test_parts_of_every_tile_stand_in_line(data):
    for tile in re.findall(r'<li class="tile">(.*?)</li>', tiles(data)):
        whole = re.sub(r"<p[^>]*>.*?</p>|<svg.*?</svg>|<span></span>", "#", tile)
        assert whole == "#####"


def test_bar_never_leaves_its_tile(changed):
    over = tiles(changed(kpis=(KpiRow("Profit", 1.0, bound_percent=130.0),)))
    under = tiles(changed(kpis=(KpiRow("Profit", 1.0, bound_percent=-20.0),)))
    assert "width:100.0%" in over
    assert "width:0.0%" in under


def test_names_are_escaped(changed):
    text = tiles(changed(kpis=(KpiRow("<b>", 1.0, "<i>", note="<u>"),)))
    assert not {"<b>", "<i>", "<u>"} & set(re.findall(r"<.>", text))


def test_no_measures_give_no_tiles(empty):
    assert tiles(empty) == ""


def test_sparkline_stays_inside_its_box_and_short():
    values = np.random.default_rng(1).normal(size=5_000)
    values[:10] = np.nan
    points = re.search(r'points="(.*?)"', sparkline(values))[1].split()
    xy = np.array([[float(v) for v in point.split(",")] for point in points])
    assert len(xy) <= POINTS_MAX
    assert (xy >= 0).all()
    assert (xy <= (120, 28)).all()


def test_flat_series_has_a_flat_sparkline():
    assert "26.0 " in sparkline(np.ones(3))
