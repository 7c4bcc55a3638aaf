import numpy as np
import pytest

from streams.names import Names
from twin.errors import OptionError
from twin.simulate import tables as t
from twin.simulate.compiled import folding
from twin.simulate.compiled import plant as compiled
from twin.simulate.compiled.folding import FoldedState, advance_folding
from twin.simulate.compiled.plant import CompiledPlant
from twin.state import views
from twin.state.known import known_entities
from twin.state.state import State

HOUR_US = 3_600_000_000


def folded_and_applied(network, *, hours):
    """State folded while the simulation runs, and state that events were applied to."""
    names, start_us = Names(), network.settings.as_of_us
    plant = CompiledPlant(network, names, seed=3)
    state = State.of_model(known_entities(network), names)
    other = CompiledPlant(network, Names(), seed=3)
    folded = FoldedState(network, other.reach(start_us + hours[-1] * HOUR_US))
    for hour in hours:
        until_us = start_us + hour * HOUR_US
        batch = plant.advance(until_us)
        assert len(batch)
        state.apply(batch)
        advance_folding(other, folded, until_us)
        assert other.now_us == until_us
    return folded, state


@pytest.mark.parametrize("rows", [64, 1 << 14])
def test_folded_state_is_that_of_applied_events(busy, monkeypatch, rows):
    monkeypatch.setattr(compiled, "TRACE_ROWS", rows)
    folded, state = folded_and_applied(busy(), hours=(1, 2, 5))
    assert folded.state.digest() == state.digest()
    assert views.contradictions(folded.settled()).height == 0


def test_settled_state_is_that_of_applied_events(busy, monkeypatch):
    """What is judged frees names of the fold, not of the state that is looked at."""
    folded, state = folded_and_applied(busy(), hours=(1, 2, 5))
    before = folded.state.digest()
    for _ in range(2):  # the second time in memory that is there already
        assert folded.settled().digest() == state.settled().digest()
    assert folded.state.digest() == before


def test_fork_folds_on_by_itself(chain):
    network = chain()
    plant = CompiledPlant(network, Names(), seed=3)
    until_us = network.settings.as_of_us + 240 * HOUR_US
    folded = FoldedState(network, plant.reach(until_us))
    empty = folded.state.digest()
    fork, trace = folded.fork(), plant.trace_until(until_us)
    highest = folding.highest_of(plant.tables)
    order = fork.take(trace, range(len(trace.time_us)), highest, hold=False)
    assert sorted(order.tolist()) == list(range(len(trace.time_us)))
    assert (np.diff(trace.time_us[order]) >= 0).all()
    assert folded.state.digest() == empty != fork.state.digest()
    folded.take(trace, range(len(trace.time_us)), highest, hold=False)
    assert folded.state.digest() == fork.state.digest()


def test_demand_of_a_chain_is_folded(chain):
    folded, state = folded_and_applied(chain(), hours=(24, 240))
    assert folded.state.digest() == state.digest()


def test_small_rings_widen(busy, monkeypatch):
    """State remembers more orders than a ring has places."""
    monkeypatch.setattr(compiled, "TRACE_ROWS", 64)
    monkeypatch.setattr(folding, "_RING", 32)
    folded, state = folded_and_applied(busy(), hours=(1, 6))
    assert folded._names.ring[0] > 32
    assert folded.state.digest() == state.digest()


def test_ring_smaller_than_a_trace_widens(busy, monkeypatch):
    monkeypatch.setattr(folding, "_RING", 2)
    folded, state = folded_and_applied(busy(), hours=(1, 6))
    assert folded._names.ring[0] > 2
    assert folded.state.digest() == state.digest()


def test_rework_is_folded_wherever_a_trace_ends(busy, monkeypatch):
    monkeypatch.setattr(compiled, "TRACE_ROWS", 64)
    routings = [
        {"item": "tea", "step": 1, "operation": "fill", "machine_group": "filling",
         "duration_s": 60, "rework_rate": 0.4, "rework_step": 1}
    ]  # fmt: skip
    folded, state = folded_and_applied(busy(routings=routings), hours=(1, 5))
    assert folded.state.digest() == state.digest()


def test_trace_too_small_for_an_appointment_widens(busy, monkeypatch):
    monkeypatch.setattr(compiled, "TRACE_ROWS", 8)
    folded, state = folded_and_applied(busy(), hours=(1, 3))
    assert folded.state.digest() == state.digest()


def test_highest_numbers_are_those_given(busy):
    plant = CompiledPlant(busy(), Names(), seed=3)
    plant.advance(plant.now_us + HOUR_US)
    highest = folding.highest_of(plant.tables)
    assert highest.shape == (len(t.LETTERS),)
    assert highest[t.PRODUCTION_IDS] > 10
    plant.tables.clock[t.NUMBER :] = 0
    assert np.any(highest > 0)


@pytest.mark.parametrize("breaks", ["fold", "simulation"])
def test_failure_of_either_side_ends_both_for_good(busy, monkeypatch, breaks):
    monkeypatch.setattr(compiled, "TRACE_ROWS", 64)
    plant = CompiledPlant(busy(), Names(), seed=3)
    until_us = plant.now_us + HOUR_US
    folded = FoldedState(busy(), plant.reach(until_us + HOUR_US))
    goes_on, n_calls = plant.run_until_full, []

    def fail(*given, **__):
        n_calls.append(given)
        if breaks == "simulation" and len(n_calls) < 3:
            return goes_on(*given)
        raise ArithmeticError("on purpose")

    with monkeypatch.context() as broken:
        if breaks == "fold":
            broken.setattr(folded, "take", fail)
        else:
            broken.setattr(plant, "run_until_full", fail)
        with pytest.raises(ArithmeticError):
            advance_folding(plant, folded, until_us)
    assert folded.has_failed
    assert plant.tables.clock[t.N_TRACED] == 0, "no rows of another trace are left"
    digest, now_us = folded.state.digest(), plant.now_us
    with pytest.raises(OptionError, match="failed before"):
        advance_folding(plant, folded, until_us + HOUR_US)
    assert (folded.state.digest(), plant.now_us) == (digest, now_us)
