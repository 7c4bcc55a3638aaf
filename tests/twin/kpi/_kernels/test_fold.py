"""The fold as a whole: what is left out, and that it agrees with live state."""

import numpy as np

from streams.events import OrderReceived, StockCounted
from twin.kpi import RunMeasures
from twin.kpi.terms import Window
from twin.state.known import known_entities
from twin.state.state import State

DAY_US = 86_400_000_000


def order(name):
    return OrderReceived(
        order=name, customer="M", item="tea", site="shop", quantity=1.0
    )


def test_events_before_the_network_and_after_the_window_are_left_out(measure):
    run = measure((-1, order("A")), (0, order("B")), (23, order("C")), (24, order("D")))
    assert (run.n_events, run.n_outside) == (2, 2)
    assert run.measures()["demanded_units"] == 2


def test_settling_changes_nothing_that_is_booked(measure):
    run = measure((5, StockCounted(item="tea", site="shop", quantity=3.0)))
    first, again = run.measures(), run.measures()
    np.testing.assert_equal(first, again)


def test_machines_and_stock_are_those_of_live_state(works, run_loop, scripted):
    network = works()
    run = run_loop(network, scripted(), 4, seed=3)
    events, as_of_us = run.events, network.settings.as_of_us
    measures = RunMeasures(network, run.names, Window(as_of_us, as_of_us + 9 * DAY_US))
    measures.book(events)
    state = State.of_model(known_entities(network), run.names)
    state.apply(events)
    n_machines = len(network.machines.ids)
    told = measures._fold
    times = state.tables.time_in_state_us[:n_machines]
    assert told.time_in_state_us.tolist() == times.tolist()
    stock = run.loop.view.stock_column(state.settled(), "on_hand")
    np.testing.assert_allclose(told.on_hand["level"], stock, rtol=1e-12)
