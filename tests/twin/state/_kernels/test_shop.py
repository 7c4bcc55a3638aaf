"""Production orders and machines by examples small enough to do by hand."""

import pytest

from streams.events import (
    MachineReading,
    MachineStateChanged,
    MaintenanceDone,
    OperationCompleted,
    OperationStarted,
    ProductionOrderClosed,
    ProductionOrderReleased,
    SetupCompleted,
)
from twin.state import views

HOUR = 3_600_000_000
WORK = {"production_order": "J1", "operation": "turn", "machine": "M1"}
RELEASED = ProductionOrderReleased(
    production_order="J1", item="pump", site="plant", quantity=5.0, due_us=3 * HOUR
)
STARTED = OperationStarted(**WORK)
COMPLETED = OperationCompleted(good=4.0, scrap=1.0, rework=2.0, **WORK)
CLOSED = ProductionOrderClosed(production_order="J1")


def job(state):
    (row,) = views.production_orders(state).to_dicts()
    return row


def machine(state, name="M1"):
    rows = {row["machine"]: row for row in views.machines(state).to_dicts()}
    return rows[name]


def wrong(state):
    return dict(views.contradictions(state).select("contradiction", "count").rows())


def test_job_is_in_progress_from_release_to_close(world):
    row = job(world.fold((1, RELEASED), (2, STARTED)))
    assert (row["item"], row["site"], row["quantity"]) == ("pump", "plant", 5)
    assert (row["released_us"], row["started_us"]) == (1, 2)
    assert (row["operations_started"], row["operations_running"]) == (1, 1)
    row = job(world.fold((3, COMPLETED)))
    assert (row["good"], row["scrap"], row["rework"]) == (4, 1, 2)
    assert (row["operations_completed"], row["operations_running"]) == (1, 0)
    state = world.fold((5 * HOUR, CLOSED))
    assert views.production_orders(state).is_empty()
    (closed,) = views.history(state).to_dicts()
    assert (closed["kind"], closed["place"]) == ("production", "plant")
    assert (closed["lead_us"], closed["late_us"]) == (5 * HOUR - 1, 2 * HOUR)
    assert not wrong(state)


def test_work_tells_that_a_machine_is_busy(world):
    state = world.fold((1, RELEASED), (HOUR, STARTED))
    assert machine(state)["state"] == "busy"
    row = machine(world.fold((3 * HOUR, COMPLETED)))
    assert (row["state"], row["since_us"], row["busy_h"]) == ("idle", 3 * HOUR, 2.0)
    assert (row["good"], row["scrap"], row["operations_completed"]) == (4, 1, 1)


def test_signal_of_a_machine_beats_its_work(world):
    down = MachineStateChanged(machine="M1", state="down")
    row = machine(world.fold((1, RELEASED), (2, down), (3, STARTED)))
    assert (row["state"], row["failures"]) == ("down", 1)
    row = machine(world.fold((4, COMPLETED)))
    assert row["state"] == "down"


def test_readings_and_other_news_make_a_machine_known(world):
    state = world.fold(
        (1, MachineReading(machine="M2", sensor="heat", value=-3.0)),
        (2, MaintenanceDone(machine="M3")),
        (3, SetupCompleted(machine="M4", family="red")),
    )
    assert machine(state, "M2")["readings"] == 1
    rows = views.coverage(state).to_dicts()
    assert [(row["kind"], row["ids"]) for row in rows] == [("machine", 3)]


def test_operation_that_took_no_time_completes_after_its_own_start(world):
    done = OperationCompleted(started_us=2, **WORK)
    state = world.fold((1, RELEASED), (2, done), (2, STARTED))
    assert not wrong(state)
    assert job(state)["operations_running"] == 0
    assert machine(state)["state"] == "idle"


@pytest.mark.parametrize(
    ("events", "kinds"),
    [
        ([RELEASED, RELEASED], {"repeated_order": 1}),
        ([STARTED], {"unknown_order": 1}),
        ([RELEASED, COMPLETED], {"completed_without_start": 1}),
        ([RELEASED, STARTED, CLOSED], {"closed_while_running": 1}),
        ([RELEASED, CLOSED, STARTED], {"fact_about_closed_order": 1}),
    ],
)
def test_what_does_not_fit_is_counted_by_kind(world, events, kinds):
    state = world.fold(*enumerate(events, start=1))
    assert wrong(state) == kinds


def test_machine_never_runs_less_than_nothing(world):
    world.fold((1, RELEASED), (2, COMPLETED))
    row = machine(world.fold((3, STARTED)))
    assert row["operations_running"] == 1
