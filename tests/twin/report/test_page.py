"""The page in a real browser: it draws, it asks for nothing, it turns dark."""

import pytest

from twin.report import write
from twin.report.palette import DARK, LIGHT
from twin.report.render import CHARTS

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DRAWN = """() => Object.fromEntries([...document.querySelectorAll(".chart")].map(
    (chart) => [chart.id, {
        traces: (chart._fullData || []).length,
        marks: chart.querySelectorAll(
            ".trace path, .trace text, .point path, .points path").length,
        overflow: chart.scrollWidth - chart.clientWidth,
    }]))"""

# The page hears of a change of its colours with the next frame.
NEXT_FRAME = """() => new Promise(
    (done) => requestAnimationFrame(() => requestAnimationFrame(done)))"""


@pytest.fixture
def open_page(browser, data, tmp_path):
    """Open the report; gives the page, its requests, and what went wrong."""
    write(data, tmp_path / "report.html")
    pages = []

    def opened(**options):
        page = browser.new_page(**options)
        pages.append(page)
        requests, wrong = [], []
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text))
        page.goto((tmp_path / "report.html").as_uri())
        page.wait_for_selector(".chart .main-svg")
        return page, requests, wrong

    yield opened
    for page in pages:
        page.close()


def test_page_draws_every_chart_without_network_or_complaint(open_page):
    page, requests, wrong = open_page(viewport={"width": 1400, "height": 900})
    drawn = page.evaluate(DRAWN)
    assert drawn.keys() == {f"chart-{chart.name}" for chart in CHARTS}
    assert all(chart["traces"] and chart["marks"] for chart in drawn.values()), drawn
    assert [url for url in requests if not url.startswith("file:")] == []
    assert len(requests) == 1
    assert wrong == []


@pytest.mark.parametrize("width", [800, 1280])
def test_page_fits_laptop_and_tablet(open_page, width):
    page, _, _ = open_page(viewport={"width": width, "height": 900})
    wide = "document.documentElement.scrollWidth"
    assert page.evaluate(wide) <= width
    assert all(chart["overflow"] <= 0 for chart in page.evaluate(DRAWN).values())


def test_dark_page_has_dark_charts_and_prints_light(open_page):
    page, _, _ = open_page(color_scheme="dark")
    line = "document.querySelector('#chart-stock')._fullData[0].line.color"
    assert page.evaluate(line) == DARK["stock"]
    page.emulate_media(color_scheme="light")
    page.evaluate(NEXT_FRAME)
    assert page.evaluate(line) == LIGHT["stock"]
    page.emulate_media(color_scheme="dark")
    page.evaluate(NEXT_FRAME)
    assert page.evaluate(line) == DARK["stock"]
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(line) == LIGHT["stock"]


def test_keyboard_reaches_the_report_first(open_page):
    page, _, _ = open_page()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
