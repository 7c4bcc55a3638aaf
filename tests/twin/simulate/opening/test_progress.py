import pytest

from streams.events import (
    MachineStateChanged,
    OperationCompleted,
    OperationStarted,
    ProductionOrderReleased,
)
from twin.simulate.opening.progress import busy_us, machines_in, progress_of

SECOND_US = 1_000_000


def released(name="A", quantity=2, item="tea"):
    return ProductionOrderReleased(
        production_order=name, item=item, site="P", quantity=quantity
    )


def started(operation, machine, name="A"):
    return OperationStarted(production_order=name, operation=operation, machine=machine)


def completed(operation, machine, name="A", **pieces):
    return OperationCompleted(
        production_order=name, operation=operation, machine=machine,
        **{"good": 2} | pieces,
    )  # fmt: skip


@pytest.fixture
def order(folding, steady):
    """How far the only order is at a second."""

    def find(*timed, at_s, network=None):
        network = network or steady()
        fold = folding(network)
        _, state = fold.fold(*[(s * SECOND_US, event) for s, event in timed])
        at_us = fold.as_of_us + at_s * SECOND_US
        (found,) = progress_of(state, network, at_us=at_us)
        return found, (found.since_us - fold.as_of_us) / SECOND_US

    return find


def test_released_order_waits_for_its_first_operation(order):
    found, since_s = order((3, released()), at_s=9)
    assert (found.step, found.machine, found.is_running) == (0, -1, False)
    assert since_s == 3
    assert found.worked_us == 0


def test_operation_under_way_is_as_old_as_its_machine_was_busy(order):
    machine = [MachineStateChanged(machine="F1", state=s) for s in ("down", "busy")]
    found, since_s = order(
        (0, released()), (5, started("fill", "F1")),
        (7, machine[0]), (17, machine[1]), at_s=20,
    )  # fmt: skip
    assert (found.step, found.is_running, since_s) == (0, True, 5)
    assert found.worked_us == (2 + 3) * SECOND_US


def test_order_waits_for_the_next_operation_since_the_last_ended(order):
    found, since_s = order(
        (0, released()), (1, started("fill", "F1")), (4, completed("fill", "F1")),
        at_s=9,
    )  # fmt: skip
    assert (found.step, found.row, found.is_running, since_s) == (1, 1, False, 4)
    assert found.machine == 0


def test_rework_sends_back(order, steady):
    network = steady(routing={"rework_rate": 0.5, "rework_step": 10})
    back = completed("pack", "K1", good=0, rework=2)
    found, _ = order(
        (0, released()), (1, started("fill", "F1")), (2, completed("fill", "F1")),
        (3, started("pack", "K1")), (4, back), at_s=5, network=network,
    )  # fmt: skip
    assert (found.step, found.machine) == (0, 1)


def test_of_several_operations_with_a_name_the_count_decides(order, steady):
    routings = [
        {"item": "tea", "step": k, "operation": "etch", "machine_group": "filling",
         "duration_s": 5}
        for k in range(3)
    ]  # fmt: skip
    network = steady(routings=routings)
    done = [(1, started("etch", "F1")), (2, completed("etch", "F1"))]
    found, _ = order((0, released()), *done, at_s=5, network=network)
    assert found.step == 1
    found, _ = order(
        (0, released()), *done, (3, started("etch", "F1")), at_s=5, network=network
    )
    assert (found.step, found.is_running) == (1, True)


def test_order_whose_operations_are_done_has_none_left(order):
    found, _ = order(
        (0, released()), (1, completed("fill", "F1")), (2, completed("pack", "K1")),
        at_s=5,
    )  # fmt: skip
    assert (found.step, found.row) == (2, -1)


def test_machines_are_found_by_their_ids(folding, steady):
    network = steady()
    off = MachineStateChanged(machine="X9", state="busy")
    _, state = folding(network).fold((2 * SECOND_US, off))
    assert machines_in(state, network).tolist() == [0, 1, -1]
    at_us = network.settings.as_of_us + 9 * SECOND_US
    assert busy_us(state, at_us).tolist() == [0, 0, 7 * SECOND_US]
