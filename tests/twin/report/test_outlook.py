"""The page of forecasts."""

import numpy as np
import pytest

from twin.report import ForecastFan
from twin.report.outlook import PANELS_MAX, Judged, OutlookData, render, write
from twin.report.reasons import Change, Reason

DAY_US = 86_400_000_000


def fan(name, *, unit_us=DAY_US):
    times = unit_us * np.arange(12)
    return ForecastFan(
        name=name, history_times_us=times[:8], history=np.arange(8.0),
        times_us=times[8:], levels=np.array([0.1, 0.5, 0.9]),
        quantiles=np.outer([6.0, 7.0, 8.0], np.ones(4)),
    )  # fmt: skip


def judged(value_added):
    return Judged(
        series="tea@hub", who="Ann <a>", why="fair & square", start_us=0,
        end_us=2 * DAY_US, factor=1.5, asked=30.0, forecast=16.0, adjusted=24.0,
        value_added=value_added,
    )  # fmt: skip


@pytest.fixture
def data():
    def make(n_series=3, **more):
        fans = tuple(fan(f"item {k}") for k in range(min(n_series, PANELS_MAX)))
        given = {"fans": fans, "methods": {"ses": 2, "naive": 1}} | more
        return OutlookData(title="Forecasts", n_series=n_series, **given)

    return make


def test_page_draws_a_panel_a_series_and_counts_methods(data, tmp_path):
    page = render(data())
    assert all(f"item {k}" in page for k in range(3))
    assert "more are in the table" not in page
    assert page.index("simple exponential") < page.index(">naive<")
    assert "Value added" not in page
    write(data(), tmp_path / "deep" / "page.html")
    assert (tmp_path / "deep" / "page.html").read_text(encoding="utf-8") == page


def test_series_that_are_not_drawn_are_counted(data):
    assert "12 series with the greatest mean are drawn; 1,988 more" in render(
        data(2000)
    )
    assert "There is no forecast." in render(data(0, fans=()))


def test_adjustments_are_judged_in_a_table(data):
    page = render(data(judged=(judged(0.25), judged(-0.5), judged(None))))
    assert "Ann &lt;a&gt;" in page
    assert "fair &amp; square" in page
    assert 'gain better">+25.0 %' in page
    assert 'gain worse">-50.0 %' in page
    assert "1970-01-01 to 1970-01-03" in page


def test_changes_reasons_and_drivers_have_their_sections(data):
    change = Change(
        series="item 0", kind="shock", when_us=None, step=7, size=9.0, level=3.0,
        statistic=8.0, probability=1e-4,
    )  # fmt: skip
    why = Reason(series="item 0", method="ses", why="because")
    page = render(data(changes=(change,), reasons=(why,), drivers={"lag_1": 0.5}))
    for name in ("changes", "reasons", "drivers", "methods"):
        assert f'<section id="{name}"' in page
    assert "because" in page
    plain = render(data())
    assert '<section id="changes"' not in plain
    assert '<section id="reasons"' not in plain


def test_steps_without_times_stand_on_an_axis_of_numbers(data):
    page = render(data(1, fans=(fan("item", unit_us=1),), dated=False))
    assert '"type":"linear"' in page
    assert '"type":"date"' not in page
