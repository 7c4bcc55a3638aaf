import msgspec
import pytest

from streams.events import PlanReleased
from streams.memory import MemoryLog, MemorySink
from twin.live import Decision, Elected

DAY_US = 86_400_000_000


@pytest.fixture
def elected():
    log = MemoryLog(["decisions-0"])

    def plan(merged, occasion):
        start_us = merged.position.of("stock-0")
        event = PlanReleased(plan=occasion, start_us=start_us, end_us=start_us + DAY_US)
        return (Decision(event, 7, b"P"),)

    def make():
        return Elected(plan, MemorySink(log), source="twin", every_s=10)

    return make, log


def saved(plant, moves, first):
    plant.append("stock-0", moves(3, first=first))
    with plant.worker(outputs=False) as worker:
        plant.group.give(0, 1)
        plant.append("stock-1", moves(1, first=first, site="Q"))
        for _ in range(5):
            worker.step()
            plant.clock.sleep(2.0)


def test_decision_is_made_once_at_a_position(plant, moves, elected):
    make, log = elected
    one = make()
    saved(plant, moves, 0)
    assert one.plan_if_due(plant.store, 0.0) == 1
    assert one.plan_if_due(plant.store, 5.0) == 0, "not due"
    assert one.plan_if_due(plant.store, 20.0) == 0, "nothing new"
    saved(plant, moves, 3)
    assert one.plan_if_due(plant.store, 40.0) == 1
    events = [msgspec.json.decode(value) for value, *_ in log.records("decisions-0")]
    assert [event["data"]["start_us"] for event in events] == [3, 6]
    assert log.records("decisions-0")[0][2] == b"P"


def test_two_planners_at_one_position_write_one_id(plant, moves, elected):
    make, log = elected
    saved(plant, moves, 0)
    assert make().plan_if_due(plant.store, 0.0) == 1
    assert make().plan_if_due(plant.store, 0.0) == 1
    first, second = (value for value, *_ in log.records("decisions-0"))
    assert first == second


def test_nothing_is_planned_before_every_shard_was_saved(plant, moves, elected):
    make, log = elected
    plant.store.folder.mkdir()
    assert make().plan_if_due(plant.store, 0.0) == 0
    plant.append("stock-0", moves(3))
    with plant.worker(outputs=False) as worker:
        plant.group.give(0)
        for _ in range(4):
            worker.step()
            plant.clock.sleep(2.0)
    assert make().plan_if_due(plant.store, 0.0) == 0
    assert not log.records("decisions-0")
