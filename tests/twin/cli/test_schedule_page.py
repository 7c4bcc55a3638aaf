"""The page of a schedule, as the command writes it."""

from dataclasses import replace

import numpy as np

from optimizer.production.scheduling import Buffers, Machines, Schedule
from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.problem import Names
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


def test_places_of_buffers_have_rows_behind_their_machines(tmp_path):
    routes = [[[(0, 1)], [(2, 9)]], [[(1, 1)], [(2, 9)]], [[(0, 1)], [(2, 9)]]]
    problem = replace(
        problem_of_routes(routes, 3),
        machines=Machines(matrix=[-1] * 3, buffer=[0, 0, -1]),
        buffers=Buffers(capacity=[2]),
        names=Names(machines=("saw", "mill", "oven"), buffers=("rack",)),
    )
    start = np.array([0, 1, 0, 10, 1, 19])
    found = Schedule(
        status="feasible", objective=28.0, bound=0.0, gap=1.0, mode=np.arange(6),
        start=start, end=start + problem.modes.duration,
    )  # fmt: skip
    path = tmp_path / "page.html"
    write_page(path, name="a line", told="feasible", problem=problem, found=found)
    assert '["saw ","mill ","rack 1 ","rack 2 ","oven "]' in path.read_text()
