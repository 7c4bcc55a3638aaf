import re

import pytest

from twin.report.comparison import render, write

SECTIONS = ["changes", "differences", "measures", "distribution", "time"]


def test_page_has_its_sections_and_loads_nothing(data):
    text = render(data)
    assert re.findall(r'<section id="(\w+)"', text) == SECTIONS
    assert re.findall(r'data-chart="chart-(\w+)"', text) == [
        "differences", "distribution", "time",
    ]  # fmt: skip
    assert "default-src 'none'" in text
    assert "<title>What if: many things</title>" in text


def test_same_data_make_the_same_page(data, tmp_path):
    write(data, tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == render(data)


def test_empty_comparison_says_so(alone):
    text = render(alone)
    for sentence in (
        "There is no branch to compare", "No measures were taken",
        "Nothing was replicated", "No series was recorded",
    ):  # fmt: skip
        assert sentence in text


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("width", [700, 1280])
def test_page_draws_and_fits(browser, data, tmp_path, width):
    write(data, tmp_path / "page.html")
    page = browser.new_page(viewport={"width": width, "height": 900})
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text))
    page.goto((tmp_path / "page.html").as_uri())
    page.wait_for_selector(".chart .main-svg")
    drawn = page.evaluate(
        "[...document.querySelectorAll('.chart')].map(c => c._fullData.length)"
    )
    assert len(drawn) == 3
    assert all(drawn)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert wrong == []
    page.close()
