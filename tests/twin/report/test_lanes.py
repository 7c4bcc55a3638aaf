"""The map of lanes."""

import math

import pytest

from twin.report.lanes import Flow, Place, figure, note

PLACES = [
    Place("far", "supplier", 31.0, 121.0),
    Place("plant", "plant", 52.0, 9.0),
    Place("shop", "store", 48.0, 11.0),
    Place("lost", "store", math.nan, 11.0),
]


def test_widths_follow_the_root_of_money():
    flows = [
        Flow("far", "plant", "purchase", 10.0, 400.0),
        Flow("plant", "shop", "transport", 10.0, 100.0),
        Flow("shop", "plant", "transport", 5.0, 25.0),
    ]
    chart = figure(PLACES, flows)
    widths = [trace.line.width for trace in chart.data if trace.mode == "lines"]
    assert widths == pytest.approx([9.0, 9.0, 4.5])


def test_picture_holds_own_places():
    chart = figure(PLACES, [Flow("far", "plant", "purchase", 1.0, 1.0)])
    west, east = chart.layout.xaxis.range
    assert west < 9.0 < east < 121.0


def test_near_suppliers_are_in_the_picture_and_far_ones_are_named():
    near = Place("near", "supplier", 50.0, 7.9)
    flows = [
        Flow("far", "plant", "purchase", 1.0, 1.0),
        Flow("near", "plant", "purchase", 1.0, 1.0),
        Flow("plant", "shop", "transport", 1.0, 1.0),
    ]
    west, east = figure([*PLACES, near], flows).layout.xaxis.range
    assert west < 7.9
    assert east < 121.0
    assert note([*PLACES, near], flows) == "Too far away to be drawn: far."
    assert note([*PLACES, near], flows[1:]) == note([], []) == ""


def test_places_at_one_spot_share_a_name():
    places = [*PLACES, Place("town", "customer", 48.0, 11.0)]
    flows = [
        Flow("plant", "shop", "transport", 1.0, 0.0),
        Flow("shop", "town", "delivery", 1.0, 0.0),
    ]
    (points,) = [t for t in figure(places, flows).data if t.mode == "markers+text"]
    assert list(points.text) == ["plant", "shop, town"]


def test_nothing_is_drawn_without_positions():
    assert figure(PLACES, [Flow("plant", "lost", "transport", 1.0, 1.0)]) is None
    assert figure([], []) is None
