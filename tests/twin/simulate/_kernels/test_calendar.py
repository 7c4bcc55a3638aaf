import numpy as np
import pytest

from twin.simulate import tables as t
from twin.simulate._kernels.calendar import push, settle, take_first, tie_key
from twin.simulate.reference.schedule import tie_key as reference_key


@pytest.fixture
def sim():
    """Tables with nothing but a calendar."""
    always = set(t.Capacity._fields) - set(t.Capacity._field_defaults)
    return t.empty(t.Capacity(**dict.fromkeys(always, 1), calendar=512))


def pop(sim):
    settle(sim)
    first = sim.calendar[0].copy()
    take_first(sim)
    return int(first["time_us"]), int(first["key"]), int(first["ref"])


@pytest.mark.parametrize("seed", range(3))
def test_appointments_come_in_the_order_of_time_and_key(sim, seed):
    rng = np.random.default_rng(seed)
    keys = rng.permutation(500)
    wanted = sorted((int(rng.integers(20)), int(key), int(key) % 7) for key in keys)
    for time_us, key, ref in rng.permutation(wanted).tolist():
        push(sim, time_us, key, 3, ref, 9)
    assert sim.clock[t.N_CALENDAR] == 500
    assert (sim.calendar["what"][:500] == 3).all()
    assert (sim.calendar["epoch"][:500] == 9).all()
    assert [pop(sim) for _ in wanted] == wanted
    settle(sim)
    assert sim.clock[t.N_CALENDAR] == 0


def test_pushes_and_pops_may_alternate(sim):
    rng, inside, popped = np.random.default_rng(5), [], []
    for key in range(600):
        # As in a simulation, nothing is put before what has come.
        time_us = (popped[-1][0] if popped else 0) + int(rng.integers(10))
        push(sim, time_us, 600 - key, 0, key, 0)
        inside.append((time_us, 600 - key, key))
        # None, one or more are added between two that are taken out.
        while inside and rng.random() < 0.4:
            popped.append(pop(sim))
            inside.sort()
            assert popped[-1] == inside.pop(0)
    settle(sim)
    assert sim.clock[t.N_CALENDAR] == len(inside) > 50


def test_keys_order_as_those_of_the_reference():
    cases = [
        (rank, entity, n)
        for rank in (0, 1, 7)
        for entity in (0, 1, (1 << 28) - 1)
        for n in (0, 1, (1 << 32) - 1)
    ]
    keys = [tie_key(*case) for case in cases]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(cases)
    theirs = [reference_key(*case) for case in cases]
    assert theirs == sorted(theirs)
