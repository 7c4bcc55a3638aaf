"""The page of locations."""

import json
import re

from twin.report import skeleton
from twin.report.location import CLIENTS_MAX, Flow, LocationData, Site, render


def data(n_clients=3):
    flows = [
        Flow(
            from_kind="plant", from_number=0, to_kind="depot", to_number=1,
            quantity=float(n_clients), cost=4.0,
        )
    ]  # fmt: skip
    flows += [
        Flow(
            from_kind="depot", from_number=1, to_kind="client", to_number=k,
            quantity=1.0, cost=2.0,
        )
        for k in range(n_clients)
    ]  # fmt: skip
    return LocationData(
        title="Locations of <a>",
        sites=[Site(kind="depot", number=1, capacity=6.0, fixed_cost=9.0)],
        flows=flows,
        history=[(0.1, 9.0, 1.0), (0.2, 8.0, 2.0)],
    )


def sankey_of(page):
    found = re.search(r'data-chart="chart-flows">(.*?)</script>', page, re.DOTALL)
    return json.loads(found[1])["data"][0]


def test_flows_and_open_sites_are_drawn(tmp_path):
    skeleton.write(render(data()), tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    drawn = sankey_of(page)
    assert drawn["node"]["label"][:2] == ["plant 0", "depot 1"]
    assert len(drawn["link"]["value"]) == 4
    assert "50%" in page
    assert "Locations of &lt;a&gt;" in page


def test_many_clients_are_drawn_as_one():
    drawn = sankey_of(render(data(CLIENTS_MAX + 1)))
    assert f"clients of depot 1 ({CLIENTS_MAX + 1})" in drawn["node"]["label"]
    assert sum(drawn["link"]["value"]) == 2 * (CLIENTS_MAX + 1)


def test_no_plan_is_said():
    assert "There is no plan." in render(LocationData(title="none"))
