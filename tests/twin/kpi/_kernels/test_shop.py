"""Production orders and machines, compiled, by the tables they leave."""

from streams.batch import NO_TIME
from streams.events import (
    MachineStateChanged,
    OperationCompleted,
    OperationStarted,
    ProductionOrderClosed,
    ProductionOrderReleased,
)
from twin.kpi.tables import used

HOUR_US = 3_600_000_000


def operation(kind, order, machine="F1", operation="fill", **more):
    return kind(
        production_order=order, operation=operation, machine=machine, item="tea", **more
    )


def orders_of(run):
    return used(run.folded().tables, "production")


def test_work_of_orders_side_by_side_is_told_apart(measure):
    run = measure(
        (1, operation(OperationStarted, "A")), (2, operation(OperationStarted, "B")),
        (3, operation(OperationStarted, "A", "K1", "pack")),
        (4, operation(OperationCompleted, "A")),
        (6, operation(OperationCompleted, "B")),
        (7, operation(OperationCompleted, "A", "K1", "pack")),
    )  # fmt: skip
    assert (orders_of(run)["work_us"] / HOUR_US).tolist() == [3 + 4, 4]
    # Rows of operations are used again.
    assert len(run.folded().tables.operations) == 3


def test_row_of_an_operation_is_used_again(measure):
    events = []
    for n in range(5):
        events += [
            (2 * n, operation(OperationStarted, f"J{n}")),
            (2 * n + 1, operation(OperationCompleted, f"J{n}")),
        ]
    run = measure(*events)
    assert len(run.folded().tables.operations) == 1
    assert (orders_of(run)["work_us"] == HOUR_US).all()


def test_order_first_heard_of_by_its_work_is_in_process_from_then(measure):
    run = measure(
        (2, operation(OperationStarted, "A")),
        (2, ProductionOrderReleased(production_order="A", item="tea", site="works",
                                    quantity=5.0)),
        (6, ProductionOrderClosed(production_order="A")), window=(0, 8),
    )  # fmt: skip
    assert run.measures()["wip_mean_orders"] == 0.5
    assert run.measures()["wip_mean_units"] == 2.5


def test_facts_about_a_closed_order_change_only_the_machine(measure):
    run = measure(
        (1, ProductionOrderReleased(production_order="A", quantity=5.0)),
        (2, ProductionOrderClosed(production_order="A")),
        (3, operation(OperationStarted, "A")),
        (5, operation(OperationCompleted, "A", scrap=1.0)),
        (6, ProductionOrderClosed(production_order="A")),
    )  # fmt: skip
    (order,) = orders_of(run)
    assert (order["work_us"], order["scrap"], order["started_us"]) == (0, 0, NO_TIME)
    assert run.folded().tables.machines["scrap"].tolist() == [1.0, 0.0]
    assert run.measures()["wip_mean_orders"] == 1 / 24


def test_machine_is_busy_while_it_works_and_says_nothing_else(measure):
    run = measure(
        (1, operation(OperationStarted, "A")), (2, operation(OperationStarted, "B")),
        (3, operation(OperationCompleted, "A")),
        (5, operation(OperationCompleted, "B")),
        (8, MachineStateChanged(machine="F1", state="setup")),
    )  # fmt: skip
    hours = run.folded().tables.time_in_state_us[0] / HOUR_US
    assert hours.tolist() == [1, 0, 3, 16, 4, 0, 0, 0]
