"""Schedules of shops in times of the world, and kept ones."""

import json
from dataclasses import replace

import numpy as np
import pytest

from optimizer.production.scheduling import Schedule
from twin.cli.console import time_text
from twin.errors import InputError
from twin.planning.shop_schedule import kept_from, shop_document, shop_problem

ORDERS = [
    {"order": "A", "kind": "production", "item": "tea", "to_place": "P",
     "quantity": 10, "due": "2024-01-03T00:00:00Z", "step": 1}
]  # fmt: skip


@pytest.fixture
def shop(works):
    return shop_problem(works(open_orders=ORDERS))


@pytest.fixture
def found():
    return Schedule(
        status="feasible", objective=1.0, bound=0.0, gap=1.0, mode=np.array([0, 1]),
        start=np.array([0, 6000]), end=np.array([6000, 11_400]),
    )  # fmt: skip


def test_times_are_those_of_the_world(shop, found):
    document = shop_document(shop, found, time_text=time_text)
    first = document["operations"][0]
    assert first["start_time"] == document["at"]
    assert first["end_time"].endswith("01:40:00Z")
    assert document["left_out"] == []
    late = replace(shop, until_us=shop.at_us)
    assert len(shop_document(late, found, time_text=time_text)["left_out"]) == 1


def test_a_schedule_made_before_is_kept_where_it_still_can(shop, found, tmp_path):
    path = tmp_path / "schedule.json"
    path.write_text(json.dumps(shop_document(shop, found, time_text=time_text)))
    assert kept_from(shop, path, freeze=None).problem.locks.start.tolist() == [0, 6000]
    later = replace(shop, at_us=shop.at_us + 1_000_000_000)
    kept = kept_from(later, path, freeze=None).problem.locks
    assert kept.operation.tolist() == [1]
    assert kept.start.tolist() == [5000]
    assert len(kept_from(later, path, freeze=100).problem.locks) == 0
    path.write_text("[]")
    with pytest.raises(InputError, match="no schedule of a network"):
        kept_from(shop, path, freeze=None)
