from streams.events import (
    MachineStateChanged,
    MaintenanceDone,
    OperationStarted,
    ProductionOrderReleased,
    SetupCompleted,
)
from twin.simulate.opening.machines import FAILED, MAINTAINED, WORKS

SECOND_US = 1_000_000
FAILING = {
    "mttf_s": 500, "mttr_s": 40, "maintenance_every_s": 900, "maintenance_s": 60
}  # fmt: skip


def turned(state, machine="F1"):
    return MachineStateChanged(machine=machine, state=state)


def seconds(column):
    return (column / SECOND_US).tolist()


def test_machines_are_as_old_as_the_state_and_the_last_repair(steady, told):
    found = told(
        steady(machine=FAILING), (2, turned("busy")), (12, turned("down")),
        (20, turned("busy")), (23, turned("idle")), at_s=50,
    ).conditions.machines  # fmt: skip
    assert found.cause.tolist() == [WORKS, WORKS]
    assert seconds(found.age_us) == [30, 50]
    assert seconds(found.busy_us) == [3, 0]
    assert seconds(found.unmaintained_us) == [50, 50]


def test_maintenance_counts_from_its_end_by_its_clock(steady, told):
    machine = FAILING | {"maintenance_clock": "busy"}
    done = MaintenanceDone(machine="F1", kind="preventive")
    found = told(
        steady(machine=machine), (2, turned("busy")), (12, turned("idle")),
        (13, turned("maintenance")), (15, done), (15, turned("busy")), at_s=40,
    ).conditions.machines  # fmt: skip
    assert seconds(found.unmaintained_us) == [25, 0]
    assert seconds(found.age_us) == [25, 40]


def test_what_stands_has_a_cause_if_the_model_knows_it(steady, told):
    events = [(5, turned("down")), (7, turned("maintenance", "K1"))]
    found = told(steady(machine=FAILING), *events, at_s=9)
    machines = found.conditions.machines
    assert machines.cause.tolist() == [FAILED, MAINTAINED]
    start_us = found.network.settings.as_of_us - 9 * SECOND_US
    assert ((machines.since_us - start_us) / SECOND_US).tolist() == [5, 7]
    found = told(steady(), *events, at_s=9).conditions
    assert found.machines.cause.tolist() == [WORKS, WORKS]
    assert found.left_out == (
        "1 machines down that the model has no law for: they go on",
        "1 machines under maintenance that the model has no law for: they go on",
    )


def test_setup_is_that_of_the_last_operation_or_what_was_told(steady, told):
    network = steady(
        routing={"setup_family": "green"},
        setups=[
            {"group": "filling", "from_family": "*", "to_family": "red", "setup_s": 5}
        ],
    )
    order = ProductionOrderReleased(
        production_order="A", item="tea", site="P", quantity=1
    )
    begun = OperationStarted(
        production_order="A", operation="fill", machine="F1", item="tea"
    )
    red = SetupCompleted(machine="F1", family="red")
    found = told(network, (0, order), (1, red), at_s=2)
    assert found.conditions.machines.family.tolist() == [1, -1]
    found = told(network, (0, order), (1, red), (1, begun), at_s=2)
    assert found.conditions.machines.family.tolist() == [0, -1]
    assert found.network.families == ("green", "red")
