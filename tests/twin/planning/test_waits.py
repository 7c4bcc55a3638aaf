"""Jobs between operations, by machine and place."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.problem import (
    Buffers,
    Machines,
    Names,
    Schedule,
)
from twin.planning.scheduling import document_of
from twin.planning.waits import wait_columns, waits_of


@pytest.fixture
def shop():
    """Three jobs of a tick on the saw wait for the oven, where the first takes ten."""
    routes = [[[(0, 1)], [(1, 10)]], [[(0, 1)], [(1, 1)]], [[(0, 1)], [(1, 1)]]]
    return replace(
        problem_of_routes(routes, 2),
        machines=Machines(matrix=[-1, -1], buffer=[0, -1]),
        buffers=Buffers(capacity=[1]),
        names=Names(machines=("saw", "oven"), buffers=("rack",)),
    )


@pytest.fixture
def schedule():
    start = np.array([0, 1, 1, 11, 2, 12])
    return Schedule(
        status="feasible", objective=13.0, bound=0.0, gap=1.0, mode=np.arange(6),
        start=start, end=start + np.array([1, 10, 1, 1, 1, 1]),
    )  # fmt: skip


def test_a_job_stays_on_its_machine_and_goes_into_a_place(shop, schedule):
    assert waits_of(shop, schedule) == [
        (2, "rack", 2, 11), (4, "saw", 3, 11), (4, "rack", 11, 12),
    ]  # fmt: skip
    roomy = replace(shop, buffers=Buffers(capacity=[2]))
    assert waits_of(roomy, schedule) == [(2, "rack 1", 2, 11), (4, "rack 2", 3, 12)]
    assert waits_of(replace(shop, machines=Machines(matrix=[-1, -1])), schedule) == []


def test_rows_tell_of_waiting_where_there_is_any(shop, schedule):
    assert wait_columns(shop, schedule)[4] == {
        "leaves": 11, "buffer": "rack", "goes": 12,
    }  # fmt: skip
    rows = document_of(shop, schedule)["operations"]
    assert [(row["end"], row["leaves"], row["buffer"]) for row in rows] == [
        (1, 1, None), (2, 2, "rack"), (11, 11, None), (3, 11, "rack"), (12, 12, None),
        (13, 13, None),
    ]  # fmt: skip
    plain = replace(shop, machines=Machines(matrix=[-1, -1]))
    assert "leaves" not in document_of(plain, schedule)["operations"][0]
