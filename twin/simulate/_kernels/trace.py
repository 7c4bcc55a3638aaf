"""Telling what happens: rows of a trace, at once or later together."""

import numpy as np

from streams._kernels.compiling import inlined
from streams.batch import NO_TIME, NO_VALUE
from twin.simulate import layout as laid
from twin.simulate import tables as t
from twin.simulate.layout import Layout
from twin.simulate.tables import Simulated, Trace

NONE = -1
NAN = float(NO_VALUE)
NEVER = int(NO_TIME)


@inlined
def tell(
    sim: Simulated, trace: Trace, time_us: int, type_code: int, code: int,
    subject: int, item: int, place: int, party: int, parent: int,
    value0: float, value1: float, time0: int,
) -> None:  # fmt: skip
    """Add a row without a third value."""
    tell_three(
        sim, trace, time_us, type_code, code, subject, item, place, party, parent,
        value0, value1, NAN, time0,
    )  # fmt: skip


@inlined
def tell_three(
    sim: Simulated, trace: Trace, time_us: int, type_code: int, code: int,
    subject: int, item: int, place: int, party: int, parent: int,
    value0: float, value1: float, value2: float, time0: int,
) -> None:  # fmt: skip
    """Add a row; a trace without rows is not kept."""
    if len(trace.time_us) == 0:
        return
    n = sim.clock[t.N_TRACED]
    sim.clock[t.N_TRACED] = n + 1
    i = np.uint64(n)  # never counted from the end
    trace.time_us[i] = time_us
    trace.type_code[i] = type_code
    trace.code[i] = code
    trace.subject[i] = subject
    trace.item[i] = item
    trace.place[i] = place
    trace.party[i] = party
    trace.parent[i] = parent
    trace.value0[i] = value0
    trace.value1[i] = value1
    trace.value2[i] = value2
    trace.time0[i] = time0


@inlined
def reference(layout: Layout, kind: int, index: int) -> int:
    """Number of the name of an entity, `NONE` if there is none."""
    return layout.settings[laid.FIRST_NAME + kind] + index if index >= 0 else NONE


@inlined
def next_id(sim: Simulated, taken: t.I8, letter: int) -> int:
    """The next running number of a letter that no id of the network holds."""
    n = sim.clock[t.NUMBER + letter] + 1
    passed = sim.clock[t.TAKEN + letter]
    while taken[letter, passed] <= n:
        if taken[letter, passed] == n:
            n += 1
        passed += 1
    sim.clock[t.TAKEN + letter] = passed
    sim.clock[t.NUMBER + letter] = n
    return n


@inlined
def id_of(layout: Layout, letter: int, n: int) -> int:
    """Number of the name of what was given a running number."""
    first = layout.settings[laid.FIRST_NAME + t.NUMBERED]
    return first + n * len(t.LETTERS) + letter


@inlined
def note(
    sim: Simulated, time_us: int, type_code: int, code: int,
    subject: int, item: int, place: int, party: int, parent: int, value0: float,
) -> int:  # fmt: skip
    """Keep a row to be told later; return its place."""
    pending = sim.pending
    at = sim.clock[t.FREE_PENDING]
    row = pending[at]
    sim.clock[t.FREE_PENDING] = row.next
    sim.clock[t.N_PENDING] += 1
    row.time_us = time_us
    row.type_code = type_code
    row.code = code
    row.subject = subject
    row.item = item
    row.place = place
    row.party = party
    row.parent = parent
    row.value0 = value0
    row.next = NONE
    return at


@inlined
def tell_noted(sim: Simulated, trace: Trace, first: int) -> None:
    """Tell a chain of kept rows, and free them."""
    pending = sim.pending
    at = first
    while at >= 0:
        row = pending[at]
        tell(
            sim, trace, row.time_us, row.type_code, row.code,
            row.subject, row.item, row.place, row.party, row.parent,
            row.value0, NAN, NEVER,
        )  # fmt: skip
        following = row.next
        row.next = sim.clock[t.FREE_PENDING]
        sim.clock[t.FREE_PENDING] = at
        sim.clock[t.N_PENDING] -= 1
        at = following
