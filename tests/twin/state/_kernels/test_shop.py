"""Production orders and machines by examples small enough to do by hand."""

import pytest

from streams.batch import NO_TIME
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


def shop_row(state, table):
    (row,) = state.used()[table]
    return row


def hash_of(state, name):
    return state.names.hashes[state.names.index(name)]


def test_job_keeps_what_is_worked_on_where_and_since_when(world):
    row = shop_row(world.fold((1, RELEASED)), "production")
    assert (row["operation"], row["machine"], row["begun_us"]) == (0, -1, NO_TIME)
    busy = [(5, MachineStateChanged(machine="M1", state=s)) for s in ("busy",)]
    state = world.fold(*busy, (9, STARTED))
    row = shop_row(state, "production")
    assert row["operation"] == hash_of(state, "turn")
    assert (row["machine"], row["begun_us"], row["begun_busy_us"]) == (0, 9, 4)
    state = world.fold((20, COMPLETED))
    row = shop_row(state, "production")
    assert (row["operation"], row["back"]) == (hash_of(state, "turn"), 1)
    assert shop_row(world.fold((30, STARTED)), "production")["back"] == 0


def test_machine_keeps_its_last_operation_and_setup(world):
    setup = SetupCompleted(machine="M1", family="red")
    started = OperationStarted(item="seal", **WORK)
    state = world.fold((1, RELEASED), (2, setup), (3, started))
    row = shop_row(state, "machines")
    assert row["family"] == hash_of(state, "red")
    assert (row["operation"], row["item"]) == (hash_of(state, "turn"), 1)


def test_machine_is_renewed_when_it_is_repaired_or_maintained(world):
    def turned(time_us, name):
        return time_us, MachineStateChanged(machine="M1", state=name)

    row = shop_row(world.fold(turned(1, "busy")), "machines")
    assert (row["renewed_us"], row["maintained_us"]) == (NO_TIME, NO_TIME)
    row = shop_row(world.fold(turned(11, "down"), turned(15, "busy")), "machines")
    assert (row["renewed_us"], row["renewed_busy_us"]) == (15, 10)
    assert row["maintained_us"] == NO_TIME
    row = shop_row(
        world.fold(turned(17, "maintenance"), turned(20, "idle")), "machines"
    )
    assert (row["maintained_us"], row["maintained_busy_us"]) == (20, 12)
    assert (row["renewed_us"], row["renewed_busy_us"]) == (20, 12)
    corrective = MaintenanceDone(machine="M1", kind="corrective")
    row = shop_row(world.fold((30, corrective)), "machines")
    assert (row["renewed_us"], row["maintained_us"]) == (30, 20)
