import numpy as np
import pytest

from twin.simulate.disruptions import Disruption

AS_OF_US = 1_704_067_200_000_000  # a monday
SECOND_US = 1_000_000
OFF, IDLE, BUSY, DOWN, MAINTENANCE = 0, 1, 3, 5, 6
FAILS_AT_700 = {"mttf_s": 700, "failure_law": "constant", "mttr_s": 50,
                "repair_law": "constant"}  # fmt: skip


@pytest.fixture
def filler(workshop):
    """A workshop whose first machine has columns of its own."""

    def build(*, calendars=(), **columns):
        def change(tables):
            tables["machines"][0].update(columns)

        return workshop(change, **({"calendars": calendars} if calendars else {}))

    return build


def at_s(event, column="time_us"):
    return round((event[column] - AS_OF_US) / SECOND_US, 3)


def of_machine(run, type_name, machine="F1"):
    return [e for e in run.events(type_name) if run.names[e["place"]] == machine]


def spans(run):
    events = of_machine(run, "OperationCompleted")
    return [(at_s(event, "time0"), at_s(event)) for event in events]


def states(run):
    return [(at_s(e), e["code"]) for e in of_machine(run, "MachineStateChanged")]


@pytest.mark.parametrize(
    "case", [("resume", 950, 0), ("restart", 1050, 0), ("scrap", 700, 5)]
)
def test_failure_decides_what_becomes_of_work(simulation, filler, make, case):
    on_failure, end_s, scrapped = case
    run = simulation(filler(**FAILS_AT_700, on_failure=on_failure))
    run.plant.release(make(run.network, 10, 5))
    run.advance(days=1200 / 86_400)
    assert spans(run) == [(0, 600), (600, end_s)]
    second = of_machine(run, "OperationCompleted")[1]
    assert (second["value0"], second["value1"]) == (5 - scrapped, scrapped)
    assert (700, DOWN) in states(run)
    run.advance()
    packed = len(of_machine(run, "OperationCompleted", "K1"))
    assert packed == (1 if scrapped else 2)
    assert len(run.events("ProductionOrderClosed")) == 2
    run.assert_same()


def test_failure_by_busy_time_waits_while_nothing_runs(simulation, filler, make):
    run = simulation(filler(**FAILS_AT_700, failure_clock="busy"))
    run.plant.release(make(run.network, 10))
    run.advance(days=1000 / 86_400)
    run.plant.release(make(run.network, 5))
    run.advance()
    downs = [time_s for time_s, state in states(run) if state == DOWN]
    assert downs == [1100]
    assert spans(run) == [(0, 600), (1000, 1350)]


def test_failure_by_the_clock_comes_while_idle(simulation, filler):
    run = simulation(filler(**FAILS_AT_700))
    run.advance(days=1600 / 86_400)
    assert states(run) == [(0, IDLE), (700, DOWN), (750, IDLE), (1450, DOWN),
                           (1500, IDLE)]  # fmt: skip


def test_maintenance_waits_for_work_and_lets_none_begin(simulation, filler, make):
    run = simulation(filler(maintenance_every_s=500, maintenance_s=100))
    run.plant.release(make(run.network, 10, 5))
    run.advance(days=1400 / 86_400)
    assert spans(run) == [(0, 600), (700, 1000)]
    assert states(run) == [(0, IDLE), (600, MAINTENANCE), (700, IDLE),
                           (1200, MAINTENANCE), (1300, IDLE)]  # fmt: skip
    done = of_machine(run, "MaintenanceDone")
    assert [(at_s(e, "time0"), at_s(e)) for e in done] == [(600, 700), (1200, 1300)]
    run.assert_same()


def test_maintenance_by_busy_time_comes_after_it(simulation, filler, make):
    columns = {"maintenance_every_s": 650, "maintenance_clock": "busy"}
    run = simulation(filler(**columns, maintenance_s=100))
    run.plant.release(make(run.network, 10))
    run.advance(days=1000 / 86_400)
    run.plant.release(make(run.network, 5, 5))
    run.advance()
    assert spans(run) == [(0, 600), (1000, 1300), (1400, 1700)]


def test_maintenance_makes_a_machine_new(simulation, filler):
    run = simulation(filler(**FAILS_AT_700, maintenance_every_s=600))
    run.advance(days=0.5)
    assert DOWN not in [state for _, state in states(run)]
    assert states(run)[1:3] == [(600, MAINTENANCE), (600, IDLE)]
    first, last = of_machine(run, "MachineStateChanged")[1:3]
    assert last["time_us"] - first["time_us"] == 1


def test_maintenance_begins_off_shift_and_not_while_disrupted(simulation, filler):
    early = [{"calendar": "short", "weekday": "monday", "start": "01:00",
              "end": "02:00"}]  # fmt: skip
    broken = Disruption(
        "machine", AS_OF_US + 400 * SECOND_US, AS_OF_US + 550 * SECOND_US, targets=(0,)
    )
    network = filler(
        calendars=early, calendar="short", maintenance_every_s=500, maintenance_s=100
    )
    run = simulation(network, disruptions=[broken])
    run.advance(days=700 / 86_400)
    assert states(run) == [(0, OFF), (400, DOWN), (550, OFF), (550, MAINTENANCE),
                           (650, OFF)]  # fmt: skip


def test_wear_shows_in_readings_and_goes_with_repair(simulation, filler, make):
    run = simulation(filler(**FAILS_AT_700, wear_per_h=1.0, reading_every_s=300))
    run.plant.release(make(run.network, 20))
    run.advance(days=1200 / 86_400)
    readings = of_machine(run, "MachineReading")
    assert [at_s(event) for event in readings] == [300, 600, 900, 1200]
    told = [event["value0"] for event in readings]
    # Busy 300 s, 600 s; new at 750 s, then busy 150 s, 450 s.
    np.testing.assert_allclose(told, np.array([300, 600, 150, 450]) / 3600)
    run.assert_same()


def test_failures_and_repairs_follow_their_laws(simulation, filler):
    laws = {"failure_law": "weibull", "failure_cv": 0.5, "repair_law": "gamma",
            "repair_cv": 0.4}  # fmt: skip
    run = simulation(filler(mttf_s=900, mttr_s=300, **laws))
    run.advance(days=20)
    lengths = np.diff([time_s for time_s, _ in states(run)])
    for times, mean, cv in ((lengths[::2], 900, 0.5), (lengths[1::2], 300, 0.4)):
        assert times.mean() == pytest.approx(mean, rel=0.04)
        assert times.std() / times.mean() == pytest.approx(cv, rel=0.06)
