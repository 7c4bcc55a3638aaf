"""The page of shipments."""

import json
import re
from dataclasses import replace

import pytest

from twin.report import skeleton
from twin.report.lanes import Place
from twin.report.shipments import LanePeriod, ShipmentsData, render


@pytest.fixture
def data():
    flows = [
        LanePeriod(
            lane=lane, from_site="plant", to_site=f"shop <{lane}>", period=period,
            vehicles=lane + 1, filled=0.5, units=10.0, cost=7.0 * lane + 1.0,
            between_firms=lane == 1,
        )
        for lane in range(2)
        for period in ("w1", "w2")
    ]  # fmt: skip
    return ShipmentsData(
        title="Shipments of <a>",
        periods=("w1", "w2", "w3"),
        flows=flows,
        demand=(5.0, 5.0, 5.0),
        served=(5.0, 4.0, 5.0),
        stock=(9.0, 9.0, 9.0),
        costs={"vehicles": 30.0, "shortage": 10.0},
        short=[("shop <1>", "pump", "w2", 1.0)],
        history=[(0.1, 9.0, 1.0), (0.2, 8.0, 2.0)],
    )


def chart_of(page, name):
    found = re.search(rf'data-chart="chart-{name}">(.*?)</script>', page, re.DOTALL)
    return json.loads(found[1])["data"]


def test_lanes_service_costs_and_shortage_are_shown(data, tmp_path):
    skeleton.write(render(data), tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    drawn = chart_of(page, "lanes")[0]
    # The dearest lane first; nothing leaves in the last week.
    assert drawn["z"] == [[2, 2, None], [1, 1, None]]
    assert chart_of(page, "service")[1]["y"] == [5.0, 4.0, 5.0]
    assert "75.0%" in page
    assert "Shipments of &lt;a&gt;" in page
    assert "shop &lt;1&gt;" in page
    assert "chart-map" not in page


def test_map_is_drawn_where_positions_are_known(data):
    places = [Place("plant", "site", 48.0, 9.0), Place("shop <0>", "site", 49.0, 9.5)]
    assert chart_of(render(replace(data, places=places)), "map")


def test_nothing_shipped_and_why_is_said():
    page = render(ShipmentsData(title="none", remarks=["conflict: 3 < 4"]))
    assert "Nothing is shipped." in page
    assert "conflict: 3 &lt; 4" in page
