import numpy as np
import pytest

from twin.cli.branching import Compared, WhatIfSpec
from twin.cli.comparing import comparison_page
from twin.model.changes.file import changes_of
from twin.report.comparison import render
from twin.simulate.replicate import ReplicateOptions
from twin.whatif import FutureOptions, base_branch, branch_of, compare


@pytest.fixture
def compared(two_echelon, tmp_path):
    base = base_branch(two_echelon())
    more = branch_of(changes_of({"name": "more", "demand": [{"factor": 2}]}), base)
    comparison = compare(
        [base, more],
        FutureOptions(horizon_s=4 * 86_400),
        ReplicateOptions(n_max=3),
        monotonic_s=lambda: 0.0,
    )
    spec = WhatIfSpec(network=tmp_path, changes=(), n_replications=3, horizon_days=4.0)
    return Compared(spec, comparison, {"source": "a-log", "state_hash": "0f"})


@pytest.fixture
def page(compared):
    return comparison_page(compared, list(compared.comparison.cells()))


def test_page_tells_branches_and_where_they_begin(page):
    assert page.title == "What if: more"
    assert [branch.name for branch in page.branches] == ["base", "more"]
    assert page.branches[1].lines == ("demands: mean_per_day of M tea shop: 4 to 8",)
    assert page.created_from["begins with"] == "a-log"
    assert "3 futures of 4 days from 2024-01-01" in page.subtitle


def test_measures_keep_their_numbers_and_unknown_ones_are_left_out(page, compared):
    names = [measure.name for measure in page.measures]
    assert names[:3] == ["Result", "On time in full", "Fill rate"]
    assert "OEE" not in names  # a chain has no machines
    sales = next(measure for measure in page.measures if measure.name == "Sales")
    raw = compared.comparison.replications.values["more"]["sales"]
    assert sales.values[1].tolist() == raw.tolist()
    assert sales.estimates[1].mean == pytest.approx(raw.mean())
    assert sales.estimates[1].verdict == "better"
    assert sales.unit == "EUR"


def test_bands_hold_the_middle_of_the_futures(page, compared):
    stock = page.panels[0]
    values = compared.comparison.series("stock_value", compared.comparison.branches[0])
    band = stock.bands[0]
    np.testing.assert_allclose(band.mean, values.mean(axis=0))
    assert ((band.low <= band.mean) & (band.mean <= band.high)).all()
    assert page.panels[2].bands[0].mean.max() <= 100.0


def test_page_can_be_written(page):
    assert "What if: more" in render(page)
