"""The page of health."""

from dataclasses import replace

import pytest

from twin.report.health import HealthData, render, write

DRAWN = """() => [...document.querySelectorAll(".chart")].map(
    (chart) => [chart.id, chart.scrollWidth - chart.clientWidth])"""


def test_machines_are_told_with_risk_window_and_alarm(health):
    page = render(health)
    assert page == render(health)
    assert "press &lt;0&gt;" in page
    assert "Health of &lt;machines&gt;" in page
    assert "<machines>" not in page
    assert "<strong>9</strong>, 8 to 10" in page
    assert page.count("none due") == 1
    assert page.count(">alarm</span> for 20 cycles") == 2
    assert "2 machines with less risk are not drawn" in page
    assert "A cycle is 1 h." in page


def test_an_empty_page_says_so():
    page = render(HealthData(title="Nothing", horizon=30, share_percent=90.0))
    nothing = ("There is no machine.", "No sensor speaks for", "Nothing was held out.")
    assert [page.count(text) for text in nothing] == [2, 1, 1]


@pytest.mark.browser
@pytest.mark.slow
def test_it_draws_in_a_browser_without_network_or_complaint(health, browser, tmp_path):
    write(health, tmp_path / "health.html")
    wrong, requests = [], []
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text))
    page.goto((tmp_path / "health.html").as_uri())
    page.wait_for_selector(".chart .main-svg")
    drawn = dict(page.evaluate(DRAWN))
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert drawn == {f"chart-{n}": 0 for n in ("degradation", "sensors", "trust")}
    assert (wide, wrong, len(requests)) == (1440, [], 1)


def test_no_machine_less_than_a_table_holds_is_left_out(health):
    many = replace(health, ranking=health.ranking * 12)
    assert "32 more are in the table of health." in render(many)
