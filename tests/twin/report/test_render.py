import dataclasses
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from twin.report import ExceptionMessage, GanttBar, KpiRow, Series, render, write
from twin.report.render import CHARTS

EVIL = "<script>alert(1)</script>"
VOID = {"meta", "br", "img", "link", "input", "polyline"}


class Page(HTMLParser):
    """What stands in a page: elements with attributes, and whether they nest."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.scripts = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        if self.open and self.open[-1] == "script":
            self.scripts.append(text)


@pytest.fixture
def page(data):
    return Page(render(data))


def figures(page):
    """Charts in the page, by the id of their place."""
    names = [a["data-chart"] for tag, a in page.elements if "data-chart" in a]
    texts = [text for text in page.scripts if text.startswith('{"data"')]
    return dict(zip(names, map(json.loads, texts), strict=True))


def test_page_nests_and_has_every_section(page):
    assert page.open == []
    sections = [a["id"] for tag, a in page.elements if tag == "section"]
    assert sections == [
        "measures", "service", "costs", "stock", "forecasts", "variance", "plan",
        "exceptions",
    ]  # fmt: skip
    headings = {a["id"] for tag, a in page.elements if tag == "h2"}
    assert headings == {f"{name}-title" for name in sections}


def test_page_refers_to_nothing_outside_itself(page):
    references = [
        value
        for _, attributes in page.elements
        for name, value in attributes.items()
        if name in {"src", "href", "data", "action", "poster", "srcset"}
    ]
    assert references
    assert all(reference.startswith("#") for reference in references)
    assert not [tag for tag, _ in page.elements if tag in {"link", "iframe", "img"}]
    styles = [a for tag, a in page.elements if tag == "meta" and "content" in a]
    assert any("default-src 'none'" in a["content"] for a in styles)


def test_style_loads_nothing(data):
    style = re.search(r"<style>(.*?)</style>", render(data), re.DOTALL)[1]
    assert "url(" not in style
    assert "@import" not in style


def test_plotly_stands_in_the_page_once(page):
    assert sum("plotly.js v" in text for text in page.scripts) == 1


def test_every_chart_has_a_name_and_its_figure(page):
    charts = {a["id"]: a for tag, a in page.elements if a.get("class") == "chart"}
    assert charts.keys() == figures(page).keys()
    assert charts.keys() == {f"chart-{chart.name}" for chart in CHARTS}
    assert all(attributes["aria-label"] for attributes in charts.values())


def test_same_data_give_the_same_page(data):
    assert render(data) == render(data)


def test_names_from_outside_do_no_harm(data, changed):
    bar = dataclasses.replace(data.gantt[0], resource=EVIL, label=EVIL)
    evil = changed(
        title=EVIL,
        subtitle=EVIL,
        kpis=(KpiRow(EVIL, 1.0, EVIL, note=EVIL),),
        stock=(Series(EVIL, np.zeros(120), EVIL),),
        forecasts=(dataclasses.replace(data.forecasts[0], name=EVIL),),
        gantt=(bar,),
        exceptions=(ExceptionMessage(EVIL, 1.0),),
    )
    text = render(evil)
    assert "<script>alert" not in text
    assert Page(text).open == []
    # Escaped twice: once for the chart, which reads tags, once for the page.
    [area] = figures(Page(text))["chart-stock"]["data"]
    assert area["name"].startswith("&lt;script&gt;alert")


def test_dollar_signs_and_braces_pass_through(changed):
    text = render(changed(title="$title {x} ${y} %{z}"))
    assert "<h1>$title {x} ${y} %{z}</h1>" in text


def test_empty_report_says_so_in_every_section(empty):
    text = render(empty)
    assert text.count('class="empty"') == len(CHARTS) + 2 + 1  # and without script
    assert "data-chart" not in text.replace("script[data-chart]", "")


def test_large_report_stays_small(changed):
    bars = tuple(
        GanttBar(f"M{i % 50}", f"J{i}", i * 60_000_000, i * 60_000_000 + 9, "down")
        for i in range(20_000)
    )
    page = render(changed(gantt=bars))
    assert len(page) < 6_000_000
    assert "of 20,000 activities are not drawn" in page


def test_write_puts_the_page_into_a_file(data, tmp_path):
    write(data, tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == render(data)
