"""The page that compares policies over seeds."""

import math

import numpy as np
import pytest

from twin.cli.intervals import intervals
from twin.cli.loop_page import comparison_of, measure_data, write_comparison

POLICIES = ("base-stock", "clairvoyant")


@pytest.fixture
def runs(two_echelon, played):
    network = two_echelon(settings={"horizon_periods": 6})
    return network, [played(network, *POLICIES, seed=seed) for seed in (0, 1, 2)]


def test_page_says_what_the_table_says(runs, tmp_path):
    network, played = runs
    data = comparison_of(network, played)
    assert [one.name for one in data.branches] == list(POLICIES)
    assert data.branches[1].lines == ("knows all demand",)
    (result,) = (one for one in data.measures if one.name == "Result")
    rows = {(row.measure, row.policy): row for row in intervals(played)}
    for estimate, policy in zip(result.estimates, POLICIES, strict=True):
        row = rows["result", policy]
        assert estimate.mean == pytest.approx(row.mean)
        assert estimate.half_width == pytest.approx(row.half_width)
    assert result.estimates[1].difference == pytest.approx(
        rows["result", "clairvoyant"].difference
    )
    assert [len(one) for one in result.values] == [3, 3]
    assert data.panels[0].name == "Stock on hand"
    assert {len(band.times_us) for panel in data.panels for band in panel.bands} == {3}
    write_comparison(network, played, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "Each dot is a policy less" in page
    assert "future" not in page.partition("<script")[0]


def test_difference_is_judged_by_what_is_better():
    better = measure_data(
        "x", [[1.0, 2.0, 3.0], [2.0, 3.0, 4.0]], unit="", better="high", note=""
    )
    assert [one.verdict for one in better.estimates] == ["", "better"]
    worse = measure_data(
        "x", [[1.0, 2.0, 3.0], [2.0, 3.0, 4.0]], unit="", better="low", note=""
    )
    assert worse.estimates[1].verdict == "worse"


def test_seed_without_a_value_is_left_out():
    data = measure_data(
        "x", [[1.0, np.nan, 3.0], [2.0, 9.0, np.nan]], unit="", better="high", note=""
    )
    assert data.estimates[0].mean == 2.0
    assert data.estimates[1].difference == 1.0
    assert math.isnan(data.estimates[1].half_width) is False
    assert math.isnan(data.estimates[1].half_width_of_difference)
