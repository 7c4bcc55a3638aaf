"""OEE, shares and energy of machines by hand; hours."""

import numpy as np
import pytest

from streams.events import (
    MachineStateChanged,
    MaintenanceDone,
    OperationCompleted,
    OperationStarted,
    ProductionOrderReleased,
    SetupCompleted,
    StockMoved,
)
from twin.kpi.machines import machine_table, rates, sums_of_machines, work_cost


def state(name, machine="F1"):
    return MachineStateChanged(machine=machine, state=name)


RELEASED = ProductionOrderReleased(
    production_order="A", item="tea", site="works", quantity=30.0
)
WORK = {"production_order": "A", "operation": "fill", "machine": "F1", "item": "tea"}
STARTED = OperationStarted(**WORK)


def done(good=0.0, scrap=0.0, rework=0.0, **more):
    pieces = {"good": good, "scrap": scrap, "rework": rework}
    return OperationCompleted(**{**WORK, **pieces, **more})


# Off until 4, idle for 2 h, setup for 1 h, busy for 8 h with 2 h down, blocked for 1 h,
# in maintenance for 2 h, idle for the last 4 h.
DAY = [
    (0, state("off")), (4, state("idle")), (5, RELEASED), (6, state("setup")),
    (7, state("idle")), (7, STARTED), (10, state("down")), (12, state("busy")),
    (17, done(good=36.0, scrap=3.0, rework=1.0)), (17, state("blocked")),
    (18, state("maintenance")), (20, state("idle")),
    (0, state("off", "K1")),
]  # fmt: skip


def test_oee_is_availability_by_performance_by_quality(measure):
    run = measure(*DAY)
    (row,) = machine_table(run.folded(), "machine").rows(named=True)[:1]
    # Planned: 24 h less 4 h off and 2 h of maintenance; busy: 3 + 5 h.
    assert row["availability"] == pytest.approx(8 / 18)
    # 40 pieces at 600 s are 6 h 40 min.
    assert row["performance"] == pytest.approx(40 / 6 / 8)
    assert row["quality"] == 36 / 40
    assert row["oee"] == pytest.approx(8 / 18 * 40 / 48 * 0.9)
    shares = {
        "utilisation": 9, "starved_share": 6, "blocked_share": 1, "setup_share": 1,
        "down_share": 2, "maintenance_share": 2,
    }  # fmt: skip
    for name, hours in shares.items():
        assert row[name] == pytest.approx(hours / 20), name


def test_plant_is_measured_by_sums(measure):
    # K1 is off all day: it changes nothing of what is planned.
    measures = measure(*DAY).measures()
    assert measures["availability"] == pytest.approx(8 / 18)
    assert measures["utilisation"] == pytest.approx(9 / 20)
    assert measures["scrap_rate"] == 3 / 40
    assert measures["rework_rate"] == 1 / 40


def test_faster_machine_is_allowed_less_time(measure):
    run = measure(
        (0, RELEASED), (0, state("idle", "K1")),
        (1, OperationStarted(**{**WORK, "operation": "pack", "machine": "K1"})),
        (3, done(good=12.0, operation="pack", machine="K1")),
        (3, RELEASED), (0, state("off")),
    )  # fmt: skip
    # 12 pieces at 600 s and speed 2 are 1 h of the 2 h it took.
    assert run.measures()["performance"] == 0.5


def test_work_of_no_routing_takes_the_time_it_takes(measure):
    run = measure(
        (0, RELEASED), (0, state("idle")), (0, state("off", "K1")),
        (1, OperationStarted(**{**WORK, "operation": "polish"})),
        (3, done(good=12.0, operation="polish")),
    )  # fmt: skip
    assert run.measures()["performance"] == 1.0


def test_energy_is_power_by_state_over_time(measure):
    made = StockMoved(
        item="tea", to_site="works", quantity=36.0, reason="receipt",
        production_order="A",
    )  # fmt: skip
    measures = measure(*DAY, (17, made)).measures()
    # 1 kW off, down and in maintenance (8 h), 2 kW idle and blocked (7 h), 3 kW in
    # setup (1 h), 10 kW busy (8 h); K1 takes none.
    assert measures["energy_kwh"] == pytest.approx(8 + 14 + 3 + 80)
    assert measures["energy_per_unit_kwh"] == pytest.approx(105 / 36)
    # Up to 6:00 and from 22:00 on a kWh costs 0.10, between 0.30.
    cheap = 4 * 1 + 2 * 2 + 2 * 2
    assert measures["energy_cost"] == pytest.approx(0.1 * cheap + 0.3 * (105 - cheap))


def test_work_costs_its_hours_and_what_was_paid(measure):
    run = measure(
        *DAY, (20, MaintenanceDone(machine="F1", cost=50.0)),
        (7, SetupCompleted(machine="F1", family="green", cost=4.0)),
    )  # fmt: skip
    assert work_cost(run.folded()).tolist() == [36 * 9 + 54, 0]
    assert run.measures()["production_cost"] == 36 * 9 + 54


def test_window_cuts_states(measure):
    run = measure(*DAY, window=(9, 13))
    times = sums_of_machines(run.folded(), np.zeros(2, np.int32), 1)
    hours = {name: times[name][0] / 3.6e9 for name in ("busy", "down", "idle", "off")}
    assert hours == {"busy": 2.0, "down": 2.0, "idle": 0.0, "off": 4.0}
    # Nothing was completed in it.
    assert np.isnan(run.measures()["quality"])


def test_machine_nobody_heard_of_is_not_planned(measure):
    measures = measure((12, state("idle"))).measures()
    assert measures["availability"] == 0.0
    assert measures["starved_share"] == 1.0


def test_tables_go_by_machine_group_and_site(measure):
    folded = measure(*DAY).folded()
    assert machine_table(folded, "machine")["machine"].to_list() == ["F1", "K1"]
    groups = machine_table(folded, "group")
    assert groups["group"].to_list() == ["filling", "packing"]
    assert groups["availability"].to_list() == [pytest.approx(8 / 18), None]
    sites = machine_table(folded, "site")
    assert sites["site"].to_list() == ["works"]
    assert sites["good"].to_list() == [36.0]


def test_rates_of_nothing_are_not_numbers(measure):
    sums = sums_of_machines(measure().folded(), np.zeros(2, np.int32), 1)
    assert all(np.isnan(value).all() for value in rates(sums).values())
