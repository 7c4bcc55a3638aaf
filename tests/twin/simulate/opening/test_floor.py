from streams.events import (
    MachineStateChanged,
    OperationCompleted,
    OperationStarted,
    ProductionOrderReleased,
)
from twin.simulate.opening.floor import SETS_UP, WAITS, WORKS, Floor, Seat
from twin.simulate.opening.progress import progress_of

SETUPS = [{"group": "filling", "from_family": "*", "to_family": "*", "setup_s": 20}]


def released(name):
    return ProductionOrderReleased(
        production_order=name, item="tea", site="P", quantity=1
    )


def started(name, operation="fill", machine="F1"):
    return OperationStarted(production_order=name, operation=operation, machine=machine)


def completed(name, operation="fill", machine="F1"):
    return OperationCompleted(
        production_order=name, operation=operation, machine=machine, good=1
    )


def turned(machine, state):
    return MachineStateChanged(machine=machine, state=state)


def orders(*names):
    return [(second, released(name)) for second, name in enumerate(names)]


def test_what_is_under_way_keeps_its_machine_and_the_rest_waits(steady, told):
    found = told(steady(), *orders("A", "B"), (3, started("A")), at_s=9)
    # In the order in which they came: B came to wait before A was begun.
    assert found.seats == [("B", WAITS, None, 0.0), ("A", WORKS, "F1", 6.0)]
    assert found.conditions.left_out == ()


def test_more_than_a_machine_has_slots_waits_and_is_told(steady, told):
    events = [*orders("A", "B", "C"), (5, started("A")), (6, started("B")),
              (7, started("C", machine="K1"))]  # fmt: skip
    found = told(steady(), *events, at_s=9)
    assert [seat[1:3] for seat in found.seats] == [
        (WORKS, "F1"), (WAITS, None), (WAITS, None)
    ]  # fmt: skip
    assert found.conditions.left_out == (
        "2 operations on machines that cannot have them by the model: they wait",
    )


def test_machine_is_set_up_for_who_came_first(steady, told):
    network = steady(routing={"setup_family": "red"}, setups=SETUPS)
    events = [*orders("B", "A"), (4, turned("F1", "setup")), (6, released("C"))]
    found = told(network, *events, at_s=9)
    assert found.seats == [
        ("A", WAITS, None, 0.0), ("B", SETS_UP, "F1", 5.0), ("C", WAITS, None, 0.0)
    ] or [seat[:2] for seat in found.seats] == [
        ("B", SETS_UP), ("A", WAITS), ("C", WAITS)
    ]  # fmt: skip
    assert found.conditions.machines.family.tolist()[0] == 0
    assert found.conditions.machines.before.tolist()[0] == -1


def test_setup_for_nobody_is_told(steady, told):
    network = steady(routing={"setup_family": "red"}, setups=SETUPS)
    found = told(network, (4, turned("F1", "setup")), (6, released("C")), at_s=9)
    assert [seat[1] for seat in found.seats] == [WAITS]
    (sentence,) = found.conditions.left_out
    assert sentence.startswith("1 setups for which no order waits")


def test_order_that_finds_no_place_is_held_where_it_comes_from(steady, told):
    network = steady(groups=[{"group": "packing", "capacity": 1}])
    events = [*orders("A", "B", "C")]
    for second, name in enumerate("ABC", start=10):
        events += [(second, started(name)), (second + 0.5, completed(name))]
    events += [(10.5, started("A", "pack", "K1")), (13, turned("F1", "blocked"))]
    found = told(network, *events, at_s=20)
    assert [seat[:3] for seat in found.seats] == [
        ("A", WORKS, "K1"), ("B", WAITS, None), ("C", WAITS, "F1")
    ]  # fmt: skip


def test_orders_begun_together_are_a_batch(steady, told):
    network = steady(routing={"batch_min": 1, "batch_max": 2})
    events = [*orders("A", "B", "C"), *((5, started(name)) for name in "ABC")]
    found = told(network, *events, at_s=9)
    assert (
        found.conditions.work.batch.tolist() == [2, 1, 1]
        or [seat[1] for seat in found.seats].count(WORKS) == 2
    )
    assert len(found.conditions.left_out) == 1


def test_work_that_is_done_anew_has_no_age(steady, told):
    network = steady(machine={"mttf_s": 99, "mttr_s": 9, "on_failure": "restart"})
    begin = [*orders("A"), (1, started("A")), (4, turned("F1", "down"))]
    assert told(network, *begin, at_s=6).seats == [("A", WORKS, "F1", 0.0)]
    found = told(network, *begin, (6, turned("F1", "busy")), at_s=9)
    assert found.seats == [("A", WORKS, "F1", 3.0)]


def test_floor_gives_every_order_a_seat(steady, told):
    found = told(steady(), *orders("A", "B"), at_s=9)
    at_us = found.conditions.at_us
    floor = Floor(found.network, found.conditions.machines, at_us)
    progress = progress_of(found.state, found.network, at_us=at_us)
    seats = floor.seats(progress)
    assert [seat.batch for seat in seats] == [0, 1]
    assert seats[0] == Seat(0, WAITS, -1, progress[0].since_us, 0, 0)
    assert floor.machines().family.tolist() == [-1, -1]
    assert floor.left_out() == []
