from dataclasses import replace

import numpy as np
import pytest

from streams.names import Names
from twin.model.network import build
from twin.simulate.compiled.plant import CompiledPlant
from twin.simulate.opening.conditions import Conditions, Transit, WorkInProgress
from twin.simulate.opening.floor import SETS_UP, WAITS, WORKS
from twin.simulate.opening.machines import MachineConditions

SECOND_US = 1_000_000
# Positions in `streams.events.MachineState`.
IDLE, SETUP, BUSY, BLOCKED = range(1, 5)


def column(*values):
    return np.array(values, np.int64)


@pytest.fixture
def opened():
    """Start a line of two machines with three orders where they are told to be."""

    def make(phases, machines, *, step=0, capacity=None, **operation):
        place = {"site": "P"}
        network = build(
            {
                "sites": [place | {"kind": "plant"}],
                "items": [{"item": "tea"}],
                "machines": [
                    place | {"machine": f"m{k}", "group": f"g{k}"} for k in range(2)
                ],
                "groups": [{"group": "g1", "capacity": capacity}],
                "setups": [
                    {"group": "g0", "from_family": "*", "to_family": "a", "setup_s": 9}
                ],
                "routings": [
                    {"item": "tea", "step": k, "operation": f"o{k}", "duration_s": 60,
                     "machine_group": f"g{k}", "setup_family": "a"} | operation
                    for k in range(2)
                ],
                "open_orders": [
                    {"order": f"w{k}", "kind": "production", "item": "tea",
                     "to_place": "P", "quantity": 1, "due": "2024-01-02T00:00:00Z",
                     "step": step}
                    for k in range(3)
                ],
            },
            {"name": "line", "as_of": "2024-01-01T00:00:00Z"},
        )  # fmt: skip
        at_us, nothing = network.settings.as_of_us, column(0, 0)
        none = column(-1, -1)
        machine = MachineConditions(
            cause=nothing, state=nothing, since_us=nothing + at_us,
            family=column(0, -1), before=none,
            age_us=nothing, busy_us=nothing, unmaintained_us=nothing,
        )  # fmt: skip
        work = WorkInProgress(
            order=column(0, 1, 2),
            row=column(step, step, step),
            phase=column(*phases),
            machine=column(*machines),
            since_us=at_us - 10 * SECOND_US - column(2, 1, 0),
            worked_us=column(4, 4, 4) * SECOND_US,
            batch=column(0, 1, 2),
        )
        empty = column()
        begins = Conditions(
            at_us=at_us, begin_us=at_us, work=work, machines=machine,
            transit=Transit(empty, empty, empty), released_us=empty, left_out=(),
        )  # fmt: skip
        return CompiledPlant(network, Names(), seed=1, begins=begins), begins

    return make


def test_work_goes_on_and_the_others_wait(opened):
    plant, _ = opened((WORKS, WAITS, WAITS), (0, -1, -1))
    assert plant.tables.machines["state"].tolist() == [BUSY, IDLE]
    assert plant.tables.groups["waiting"].tolist() == [2, 0]
    plant.advance(plant.now_us + 56 * SECOND_US - 1)
    assert plant.tables.groups["waiting"].tolist() == [2, 0]
    plant.advance(plant.now_us + 1)
    assert plant.tables.groups["waiting"].tolist() == [1, 0]
    assert plant.tables.machines["state"].tolist() == [BUSY, BUSY]


def test_setup_goes_on_before_the_work(opened):
    plant, _ = opened((SETS_UP, WAITS, WAITS), (0, -1, -1))
    assert plant.tables.machines["state"].tolist() == [SETUP, IDLE]
    plant.advance(plant.now_us + 5 * SECOND_US)
    assert plant.tables.machines["state"].tolist() == [BUSY, IDLE]
    plant.advance(plant.now_us + 60 * SECOND_US)
    assert plant.tables.machines["state"].tolist() == [BUSY, BUSY]


def test_order_past_a_full_queue_is_held(opened):
    plant, _ = opened((WORKS, WAITS, WAITS), (1, -1, 0), step=1, capacity=1)
    assert plant.tables.machines["state"].tolist() == [BLOCKED, BUSY]
    assert plant.tables.machines["held"].tolist() == [1, 0]
    plant.advance(plant.now_us + 56 * SECOND_US)
    assert plant.tables.machines["state"].tolist() == [IDLE, BUSY]


def test_batch_waits_from_when_it_came(opened):
    batch = {"batch_min": 4, "batch_max": 4, "batch_timeout_s": 20}
    plant, begins = opened((WAITS, WAITS, WAITS), (-1, -1, -1), **batch)
    arrived = plant.tables.orders["arrived_us"][:3].tolist()
    assert arrived == begins.work.since_us.tolist()
    plant.advance(plant.now_us + 10 * SECOND_US - 3)
    assert plant.tables.machines["running"].tolist() == [0, 0]
    plant.advance(plant.now_us + 1)
    assert plant.tables.machines["running"].tolist() == [1, 0]
    assert plant.tables.groups["waiting"].tolist() == [0, 0]


def test_mates_are_worked_on_in_one_slot(opened):
    _, begins = opened((WORKS, WORKS, WAITS), (0, 0, -1), batch_min=2, batch_max=2)
    work = replace(begins.work, batch=column(0, 0, 2))
    plant, _ = opened((WORKS, WAITS, WAITS), (0, -1, -1), batch_min=2, batch_max=2)
    together = CompiledPlant(
        plant.network, Names(), seed=1, begins=replace(begins, work=work)
    )
    assert together.tables.machines["running"].tolist() == [1, 0]
    events = together.advance(together.now_us + 56 * SECOND_US)
    assert (events.value0 == 1.0).sum() >= 4  # two began, and two ended
