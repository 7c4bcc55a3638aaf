import numpy as np
import pytest

from twin.simulate import layout as laid
from twin.simulate import tables as t
from twin.simulate._kernels.trace import (
    NAN,
    NEVER,
    NONE,
    id_of,
    next_id,
    note,
    reference,
    tell,
    tell_noted,
    tell_three,
)
from twin.simulate.laying.whole import lay_out
from twin.simulate.tables import Trace


@pytest.fixture
def sim():
    always = set(t.Capacity._fields) - set(t.Capacity._field_defaults)
    return t.empty(t.Capacity(**dict.fromkeys(always, 1), pending=8))


@pytest.fixture(scope="module")
def layout(workshop):
    network = workshop()
    return lay_out(network, (), until_us=network.settings.as_of_us)


def test_rows_are_told_one_after_the_other(sim):
    trace = Trace.of_rows(4)
    tell(sim, trace, 5, 1, 2, 3, 4, 6, 7, 8, 0.5, 1.5, 9)
    tell_three(sim, trace, 6, 1, NONE, 3, NONE, 6, 7, 8, 0.5, NAN, 2.5, NEVER)
    assert sim.clock[t.N_TRACED] == 2
    first, second = ([column[k] for column in trace] for k in (0, 1))
    assert first[:8] == [5, 1, 2, 3, 4, 6, 7, 8]
    assert first[8:10] + first[11:] == [0.5, 1.5, 9]
    assert np.isnan(first[10])
    assert second[10] == 2.5
    assert second[11] == NEVER


def test_trace_without_rows_is_not_kept(sim):
    tell(sim, Trace.of_rows(0), 5, 1, 2, 3, 4, 6, 7, 8, 0.5, 1.5, 9)
    assert sim.clock[t.N_TRACED] == 0


def test_noted_rows_are_told_together_and_freed(sim):
    free = [sim.clock[t.FREE_PENDING], sim.clock[t.N_PENDING]]
    rows = [note(sim, 5, k, NONE, k, 4, 6, NONE, NONE, k / 2) for k in (1, 2, 3)]
    sim.pending["next"][rows[0]] = rows[2]
    assert sim.clock[t.N_PENDING] == 3
    trace = Trace.of_rows(4)
    tell_noted(sim, trace, rows[0])
    assert trace.type_code.tolist() == [1, 3, 0, 0]
    assert trace.value0[:2].tolist() == [0.5, 1.5]
    assert np.isnan(trace.value1[:2]).all()
    assert sim.clock[t.N_PENDING] == 1
    tell_noted(sim, trace, rows[1])
    assert trace.subject.tolist() == [1, 3, 2, 0]
    assert sim.clock[t.N_PENDING] == free[1] == 0
    again = {note(sim, 5, 1, NONE, 1, 4, 6, NONE, NONE, 0.0) for _ in range(8)}
    assert again == set(range(8))


def test_running_numbers_pass_over_those_taken(sim):
    never = laid.NEVER_US
    taken = np.array([[never] * 4, [1, 2, 4, never], [3, 9, never, never]], np.int64)
    assert [next_id(sim, taken, 0) for _ in range(3)] == [1, 2, 3]
    assert [next_id(sim, taken, 1) for _ in range(3)] == [3, 5, 6]
    assert [next_id(sim, taken, 2) for _ in range(8)] == [1, 2, 4, 5, 6, 7, 8, 10]
    assert sim.clock[t.NUMBER : t.NUMBER + 3].tolist() == [3, 6, 10]


def test_numbers_of_names_do_not_meet(layout, workshop):
    network = workshop()
    found = [
        reference(layout, kind, index)
        for kind, ids in (
            (t.ITEM, network.items.ids), (t.PLACE, network.places.ids),
            (t.MACHINE, network.machines.ids), (t.OPERATION, network.operations),
        )
        for index in range(len(ids))
    ]  # fmt: skip
    assert found == list(range(len(found)))
    assert reference(layout, t.ITEM, -1) == NONE
    first = layout.settings[laid.FIRST_NAME + t.NUMBERED]
    ids = [id_of(layout, letter, n) for n in range(3) for letter in range(4)]
    assert ids == list(range(first, first + 12))
    assert first >= len(found)
