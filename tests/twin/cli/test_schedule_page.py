"""The page of a schedule, as the command writes it."""

import numpy as np

from optimizer.production.scheduling import Schedule
from optimizer.production.scheduling.formats.shops import problem_of_routes
from twin.cli.schedule_page import write_page


def test_a_chart_has_what_was_scheduled(tmp_path):
    problem = problem_of_routes([[[(0, 2)], [(1, 3)]]], 2)
    found = Schedule(
        status="optimal", objective=5.0, bound=5.0, gap=0.0, mode=np.array([0, 1]),
        start=np.array([0, 2]), end=np.array([2, 5]),
    )  # fmt: skip
    path = tmp_path / "page.html"
    write_page(path, name="a shop", told="optimal", problem=problem, found=found)
    text = path.read_text()
    assert "Schedule of a shop" in text
    assert "machine 1" in text
