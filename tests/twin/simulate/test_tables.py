from itertools import pairwise

import numpy as np
import pytest

from twin.simulate import tables as t

FIXED = {
    "points": 3, "machines": 2, "groups": 2, "lanes": 1, "places": 2, "demands": 1,
    "releases": 1, "pools": 1, "micro": 8,
}  # fmt: skip
CHAINED = {
    "orders": t.FREE_ORDER, "customers": t.FREE_CUSTOMER, "goods": t.FREE_GOODS,
    "pending": t.FREE_PENDING,
}  # fmt: skip


def capacity(**more):
    """What a network has is 1 wherever the test does not say."""
    always = dict.fromkeys(set(t.Capacity._fields) - set(t.Capacity._field_defaults), 1)
    return t.Capacity(**always | FIXED | more)


def free_rows(tables, name):
    rows, found = getattr(tables, name), []
    at = int(tables.clock[CHAINED[name]])
    while at >= 0:
        found.append(at)
        at = int(rows["next"][at])
    return found


def test_trace_has_the_types_of_events():
    trace = t.Trace.of_rows(5)
    assert {len(column) for column in trace} == {5}
    assert trace.time_us.dtype == trace.time0.dtype == np.int64
    assert trace.type_code.dtype == trace.code.dtype == np.int16
    assert {trace.value0.dtype, trace.value1.dtype} == {np.dtype(np.float64)}
    named = (trace.subject, trace.item, trace.place, trace.party, trace.parent)
    assert {column.dtype for column in named} == {np.dtype(np.int32)}
    assert np.isnan(trace.value2).all()
    assert len({column.ctypes.data for column in trace}) == len(trace)


def test_first_rows_of_a_trace_are_a_copy():
    trace = t.Trace.of_rows(5)
    trace.time_us[:] = np.arange(5)
    first = trace.first(2)
    trace.time_us[:] = 9
    assert first.time_us.tolist() == [0, 1]
    assert {len(column) for column in first} == {2}


def test_tables_are_views_of_one_block_on_lines_of_the_cache():
    tables = t.Simulated.of_capacity(capacity())
    start = tables.block.ctypes.data
    places = []
    for name in t.Simulated._fields[1:]:
        rows = getattr(tables, name)
        assert np.shares_memory(rows, tables.block), name
        places.append((rows.ctypes.data - start, rows.nbytes))
    assert all(place % 64 == 0 for place, _ in places)
    ends = sorted(places)
    for (place, size), (following, _) in pairwise(ends):
        assert place + size <= following


def test_copy_of_the_block_is_a_fork():
    cap = capacity()
    tables = t.empty(cap)
    tables.orders["pieces"][3] = 7.0
    fork = t.Simulated.over(tables.block.copy(), cap)
    tables.orders["pieces"][3] = 8.0
    assert fork.orders["pieces"][3] == 7.0
    assert free_rows(fork, "orders") == list(range(64))


@pytest.mark.parametrize("name", CHAINED)
def test_nothing_is_used_at_first(name):
    tables = t.empty(capacity())
    assert free_rows(tables, name) == list(range(64))
    assert tables.clock[t.DRAWN_PERIOD] == t.BY_LAW
    assert (tables.points["head"] == -1).all()
    assert (tables.machines["state"] == -1).all()
    assert tables.clock[t.NUMBER :].sum() == 0


@pytest.mark.parametrize("name", CHAINED)
def test_grown_tables_keep_everything_and_have_new_rows_free(name):
    old = capacity(**{name: 4})
    new = old._replace(**{name: 8}, calendar=128)
    tables = t.empty(old)
    # Row 0 is in use, the rest is free.
    tables.clock[CHAINED[name]] = getattr(tables, name)["next"][0]
    getattr(tables, name)["next"][0] = -1
    tables.clock[t.NOW_US] = 17
    tables.calendar["key"][:] = np.arange(64)
    tables.drawn[:] = 2.5
    wide = t.grown(tables, old, new)
    assert free_rows(wide, name) == [4, 5, 6, 7, 1, 2, 3]
    assert wide.calendar["key"].tolist() == list(range(64)) + [0] * 64
    assert wide.clock[t.NOW_US] == 17
    assert wide.drawn.tolist() == [2.5]
    for other in set(CHAINED) - {name}:
        assert free_rows(wide, other) == free_rows(tables, other)
    assert len(getattr(tables, name)) == 4


def test_full_table_has_new_rows_free_when_grown():
    old = capacity(goods=2)
    tables = t.empty(old)
    tables.clock[t.FREE_GOODS] = -1
    wide = t.grown(tables, old, old._replace(goods=5))
    assert free_rows(wide, "goods") == [2, 3, 4]


def test_what_lasts_ends_with_the_last_appointment():
    tables = t.empty(capacity())
    tables.clock[t.N_CALENDAR] = 2
    tables.calendar["time_us"][:3] = 7
    words = t.lasting(tables)
    other = t.empty(capacity())
    other.block.view(np.int64)[: len(words)] = words
    assert other.calendar["time_us"][:3].tolist() == [7, 7, 0]
    for name in t.Simulated._fields[1:]:
        if name not in {"calendar", "micro", "logs"}:
            assert np.array_equal(getattr(other, name), getattr(tables, name)), name
