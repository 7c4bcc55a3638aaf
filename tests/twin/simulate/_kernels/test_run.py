import numpy as np
import pytest

from streams.events import TYPE_CODES
from streams.names import Names
from twin.simulate import tables as t
from twin.simulate._kernels import run
from twin.simulate.compiled.plant import CompiledPlant
from twin.simulate.tables import Trace

MINUTE_US = 60_000_000
UNTOLD = Trace.of_rows(0)


@pytest.fixture
def plant(busy):
    return CompiledPlant(busy(), Names(), seed=5)


def let(plant, until_us, trace=UNTOLD):
    return run.run(plant.reach(until_us), plant.tables, trace, 5, until_us)


def test_run_goes_to_its_end_in_any_steps(plant):
    start_us = plant.now_us
    fork, end_us = plant.fork(), start_us + 90 * MINUTE_US
    assert let(plant, end_us) == run.FINISHED
    for until_us in np.linspace(start_us, end_us, 40).astype(int).tolist():
        assert let(fork, until_us) == run.FINISHED
        assert fork.now_us == until_us
    assert fork.tables.block.tobytes() == plant.tables.block.tobytes()
    assert (plant.tables.calendar["time_us"][:1] > end_us).all()


def test_run_without_a_trace_goes_the_same_way(plant):
    fork, end_us = plant.fork(), plant.now_us + 60 * MINUTE_US
    before = fork.tables.clock[t.N_TRACED]
    let(fork, end_us)
    assert fork.tables.clock[t.N_TRACED] == before
    plant.advance(end_us)
    assert fork.tables.machines.tobytes() == plant.tables.machines.tobytes()
    assert fork.tables.orders.tobytes() == plant.tables.orders.tobytes()


def test_appointment_made_void_is_not_counted(plant):
    """A machine that fails while it works ends its operation at another time."""
    batch = plant.advance(plant.now_us + 600 * MINUTE_US)
    done = (batch.type_code == TYPE_CODES["OperationCompleted"]).sum()
    failed = plant.tables.machines["n_failures"].sum()
    assert failed > 3
    assert 0 < plant.tables.clock[t.N_VOID] <= failed + 1
    assert done + failed < plant.tables.clock[t.N_EVENTS]


def test_full_trace_stops_before_an_appointment(plant):
    start_us = plant.now_us
    fork, end_us = plant.fork(), start_us + 60 * MINUTE_US
    while (why := let(plant, end_us, Trace.of_rows(200))) != run.FINISHED:
        assert why == run.TRACE_FULL
        assert 0 < plant.tables.clock[t.N_TRACED] < 200
        plant.tables.clock[t.N_TRACED] = 0
    let(fork, end_us)
    assert fork.tables.clock[t.N_EVENTS] == plant.tables.clock[t.N_EVENTS]
    assert fork.tables.machines.tobytes() == plant.tables.machines.tobytes()


@pytest.mark.parametrize(
    ("place", "table", "why"),
    [
        (t.N_CALENDAR, "calendar", run.SHORT_OF_CALENDAR),
        (t.N_ORDERS, "orders", run.SHORT_OF_ORDERS),
        (t.N_GOODS, "goods", run.SHORT_OF_GOODS),
        (t.N_PENDING, "pending", run.SHORT_OF_PENDING),
    ],
)
def test_run_tells_what_it_lacks_and_does_nothing(plant, place, table, why):
    clock = plant.tables.clock
    used = int(clock[place])
    clock[place] = len(getattr(plant.tables, table))
    clock[t.N_SETTLED] = clock[t.N_CALENDAR]
    before = plant.tables.block.tobytes()
    assert let(plant, plant.now_us + 60 * MINUTE_US) == why
    assert plant.tables.block.tobytes() == before
    clock[place] = used


def test_customers_and_demand_are_asked_for(chain):
    network = chain()
    plant = CompiledPlant(network, Names(), seed=5)
    until_us = plant.now_us + network.settings.period_us
    clock = plant.tables.clock
    clock[t.N_CUSTOMERS] = len(plant.tables.customers)
    assert let(plant, until_us) == run.SHORT_OF_CUSTOMERS
    clock[t.N_CUSTOMERS] = 0
    clock[t.DRAWN_PERIOD] = t.TO_BE_DRAWN
    assert let(plant, until_us) == run.NEEDS_DEMAND
    plant.tables.drawn[:] = 6.0
    clock[t.DRAWN_PERIOD] = 0
    assert let(plant, until_us) == run.FINISHED
    assert clock[t.DRAWN_PERIOD] == t.TO_BE_DRAWN
    assert plant.tables.unfilled.tolist() == [2.0]


def test_appointment_of_the_past_comes_first(plant):
    before = plant.tables.clock[t.N_EVENTS]
    run.appoint(plant.tables, plant.now_us, 7, 1, 1, 0, 0)
    assert (plant.tables.calendar["time_us"] == plant.now_us).sum() == 1
    assert plant.tables.clock[t.N_EVENTS] == before


def test_numbers_are_given_once(plant):
    layout = plant.reach(plant.now_us)
    given = [run.give_number(layout, plant.tables, t.SHIPMENT_IDS) for _ in range(3)]
    assert np.diff(given).tolist() == [len(t.LETTERS)] * 2
