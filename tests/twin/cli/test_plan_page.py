"""What the page of a plan is made of."""

import re
import time

import numpy as np

from twin.cli.plan_page import write_page
from twin.masterplan import ExpectedDemand, make_plan


def test_page_shows_machines_shipments_and_lanes(works, tmp_path):
    demand = ExpectedDemand(np.full((1, 20), 25.0), np.full((1, 10), 0.2))
    plan = make_plan(works(), demand, n_periods=4, monotonic_s=time.monotonic)
    path = tmp_path / "report.html"
    write_page(plan, path)
    page = path.read_text()
    assert "plan of 4 reviews" in page
    assert re.search(r"V (>|&gt;|\\u003e|\\u0026gt;) P", page)
    for text in ("K1", "Stock projection", "What falls short"):
        assert text in page, text
