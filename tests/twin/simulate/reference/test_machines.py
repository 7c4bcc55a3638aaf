import numpy as np
import pytest

from twin.simulate.disruptions import Disruption
from twin.state import views

AS_OF_US = 1_704_067_200_000_000  # a monday
SECOND_US = 1_000_000
IDLE, BUSY, DOWN, OFF = 1, 3, 5, 0


def spans(run, machine=None):
    """Start and end of completed operations in seconds, by machine or of all."""
    return [
        tuple((event[k] - AS_OF_US) // SECOND_US for k in ("time0", "time_us"))
        for event in run.events("OperationCompleted")
        if machine is None or run.names[event["place"]] == machine
    ]


def states(run, machine):
    return [
        ((event["time_us"] - AS_OF_US) // SECOND_US, event["code"])
        for event in run.events("MachineStateChanged")
        if run.names[event["place"]] == machine
    ]


def test_operations_queue_first_come_first_served(simulation, workshop, make):
    run = simulation(workshop())
    run.plant.release(make(run.network, 10, 20))
    run.advance()
    assert spans(run, "F1") == [(0, 600), (600, 1800)]
    assert spans(run, "K1") == [(600, 1350), (1800, 2700)]
    run.assert_same()


def test_free_machines_of_a_group_work_side_by_side(simulation, workshop, make):
    def more(tables):
        tables["machines"][0]["slots"] = 2
        tables["machines"].append({"machine": "F0", "site": "P", "group": "filling"})

    run = simulation(workshop(more))
    run.plant.release(make(run.network, 5, 5, 5, 5))
    run.advance()
    assert spans(run, "F0") == [(0, 300), (300, 600)]
    assert spans(run, "F1") == [(0, 300), (0, 300)]
    run.assert_same()


def test_work_stops_with_the_machine_and_goes_on(simulation, workshop, make):
    broken = Disruption(
        "machine", AS_OF_US + 100 * SECOND_US, AS_OF_US + 400 * SECOND_US, targets=(0,)
    )
    twice = Disruption(
        "machine", AS_OF_US + 300 * SECOND_US, AS_OF_US + 500 * SECOND_US, targets=(0,)
    )
    run = simulation(workshop(), disruptions=[broken, twice])
    run.plant.release(make(run.network, 10))
    run.advance()
    assert spans(run, "F1") == [(0, 1000)]
    assert states(run, "F1") == [(0, IDLE), (100, DOWN), (500, BUSY)]
    assert run.contradictions() == 0
    machines = views.machines(run.settled())
    assert machines["state"].to_list() == ["idle", "idle"]
    assert machines["failures"].to_list() == [1, 0]


def test_machines_rest_off_shift(simulation, workshop, make):
    calendars = [
        {"calendar": "short", "weekday": day, "start": "01:00", "end": "01:05"}
        for day in ("monday", "tuesday")
    ]

    def rest(tables):
        tables["machines"][0]["calendar"] = "short"

    run = simulation(workshop(rest, calendars=calendars))
    run.plant.release(make(run.network, 6))
    run.advance(days=2)
    day_s = 86_400
    assert spans(run, "F1") == [(3600, day_s + 3660)]
    assert states(run, "F1") == [
        (0, OFF), (3600, IDLE), (3900, OFF), (day_s + 3600, BUSY), (day_s + 3900, OFF),
    ]  # fmt: skip
    run.assert_same()


def test_failures_come_and_go_at_the_rates_of_the_machine(simulation, workshop):
    def frail(tables):
        tables["machines"][0].update(mttf_s=900, mttr_s=300)

    run = simulation(workshop(frail))
    run.advance(days=40)
    changes = states(run, "F1")[1:]
    assert [code for _, code in changes[:4]] == [DOWN, IDLE, DOWN, IDLE]
    times = np.diff([0, *(at_s for at_s, _ in changes)])
    assert times[::2].mean() == pytest.approx(900, rel=0.05)
    assert times[1::2].mean() == pytest.approx(300, rel=0.05)
    down = views.machines(run.settled()).filter(machine="F1")["failures"][0]
    assert down == sum(code == DOWN for _, code in changes)


@pytest.mark.slow
def test_a_single_server_queue_follows_lindley_and_theory(simulation, workshop, make):
    """M/M/1 at load 0.8: the mean wait is 4 services, each start is Lindley's."""

    def single(tables):
        tables["routings"] = [
            {"item": "tea", "step": 1, "operation": "fill",
             "machine_group": "filling", "duration_s": 1.0,
             "duration_law": "exponential", "duration_cv": 1.0},
        ]  # fmt: skip
        tables["bills"] = []

    run = simulation(workshop(single))
    n, one = 30_000, make(run.network, 1)
    gaps_s = np.random.default_rng(7).exponential(1.25, n)
    arrivals_us = AS_OF_US + np.rint(gaps_s * SECOND_US).astype(np.int64).cumsum()
    for at_us in arrivals_us.tolist():
        run.batches.append(run.plant.advance(at_us))
        run.plant.release(one)
    run.batches.append(run.plant.advance(run.plant.now_us + 3600 * SECOND_US))
    completed = run.events("OperationCompleted")
    start_us = np.array([event["time0"] for event in completed])
    end_us = np.array([event["time_us"] for event in completed])
    ready_us = arrivals_us + 1
    before_us = np.concatenate(([0], end_us[:-1]))
    np.testing.assert_array_equal(start_us, np.maximum(ready_us, before_us))
    assert (end_us - start_us).mean() / SECOND_US == pytest.approx(1.0, rel=0.02)
    # The standard error of the mean wait of so many is 0.26.
    assert (start_us - ready_us).mean() / SECOND_US == pytest.approx(4.0, abs=1.0)
