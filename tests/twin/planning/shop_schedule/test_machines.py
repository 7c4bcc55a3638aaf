"""Machines as rows: slots, setups, batches, maintenance."""

import numpy as np
import pytest

from twin.planning.shop_schedule.machines import park_of
from twin.planning.shop_schedule.work import jobs_of

TICK_US = 1_000_000
ORDERS = [
    {"order": name, "kind": "production", "item": "tea", "to_place": "P",
     "quantity": 10, "due": "2024-01-03T00:00:00Z", "step": 1}
    for name in ("A", "B")
]  # fmt: skip


@pytest.fixture
def park(works):
    def make(change):
        def both(tables):
            tables["open_orders"] = ORDERS
            change(tables)

        network, told = works(both), []
        jobs = jobs_of(network, None, priority={}, left_out=told)
        laid = park_of(
            network, jobs, None, ticks=86_400, tick_us=TICK_US, left_out=told
        )
        tables = laid.tables(network, conditions=None, first={}, tick_us=TICK_US)
        return network, laid, tables, told

    return make


def test_slots_are_rows(park):
    def slots(tables):
        tables["machines"][0]["slots"] = 2

    _, laid, (machines, setups), _ = park(slots)
    assert laid.names == ("F1 #1", "F1 #2", "K1")
    assert len(machines) == 3
    assert setups.time.size == 0


def test_setups_take_what_the_most_specific_row_says(park):
    def families(tables):
        tables["routings"][0]["setup_family"] = "green"
        tables["setups"] = [
            {"group": "filling", "from_family": "*", "to_family": "green",
             "setup_s": 60},
            {"group": "filling", "from_family": None, "to_family": "green",
             "setup_s": 20},
        ]  # fmt: skip

    network, laid, (machines, setups), _ = park(families)
    row = np.flatnonzero(network.routings.setup_family_index >= 0)[0]
    green, new = laid.family_of(network, row), machines.first_family[0]
    assert machines.matrix.tolist() == [0, -1]
    assert setups.time[0, new, green] == 20
    assert setups.time[0, green, green] == 0


def test_batches_become_shares_of_a_capacity(park):
    def ovens(tables):
        tables["routings"][0]["batch_max"] = 4

    network, laid, (machines, _), _ = park(ovens)
    assert machines.batch.tolist() == [4, 0]
    row = int(np.flatnonzero(network.routings.batch_max == 4)[0])
    assert laid.size_of(network, row) == 1


def test_maintenance_by_the_clock_closes_and_by_busy_time_is_told(park):
    def maintained(tables):
        tables["machines"][0].update(maintenance_every_s=40_000, maintenance_s=600)
        tables["machines"][1].update(
            maintenance_every_s=40_000, maintenance_s=600, maintenance_clock="busy"
        )

    _, laid, _, told = park(maintained)
    assert laid.closed[0] == [(40_000, 40_600), (80_000, 80_600)]
    assert laid.closed[1] == []
    assert [(one.start, one.end) for one in laid.stops[0]] == laid.closed[0]
    assert laid.stops[1] == []
    assert "K1" in told[0]


def test_machines_close_while_nobody_is_there(park):
    def operators(tables):
        tables["calendars"] = [
            {"calendar": "late", "weekday": "monday", "start": "08:00", "end": "16:00"}
        ]
        tables["pools"] = [{"pool": "crew", "site": "P", "size": 1, "calendar": "late"}]
        tables["routings"][0]["operator_pool"] = "crew"

    _, laid, _, _ = park(operators)
    assert laid.closed[0][0] == (0, 8 * 3600)
    assert laid.closed[1] == []
