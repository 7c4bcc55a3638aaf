"""Levels, windows and prices, compiled."""

import numpy as np
from numba import njit

from twin.kpi import tables as k
from twin.kpi._kernels.levels import inside, leave_state, overlap_us, shift, spent
from twin.kpi.terms import Window, terms_of

HOUR_US = 3_600_000_000


@njit
def shifted(levels, terms, time_us, change):
    shift(levels[0], terms, time_us, change)


@njit
def asked(terms, first_us, last_us):
    return inside(terms, first_us), overlap_us(terms, first_us, last_us)


@njit
def left(machines, times, terms, time_us):
    leave_state(machines[0], times, terms, 0, time_us)


@njit
def spent_by(terms, time_us):
    return spent(terms, 0, time_us)


def terms_from(small, start, end):
    network = small()
    as_of = network.settings.as_of_us
    window = Window(as_of + start, as_of + end)
    return as_of, terms_of(
        network, window, opened_us=as_of, at_once_us=0, bucket_us=HOUR_US
    )


def test_level_is_integrated_over_the_window(small):
    as_of, terms = terms_from(small, 10, 20)
    level = np.zeros(1, k.LEVEL)
    level["since_us"], level["level"] = as_of, 3.0
    shifted(level, terms, as_of + 12, 1.0)
    assert (level["integral"][0], level["level"][0]) == (3 * 2, 4)
    shifted(level, terms, as_of + 30, 0.0)
    assert level["integral"][0] == 3 * 2 + 4 * 8


def test_late_change_counts_from_when_it_happened(small):
    as_of, terms = terms_from(small, 0, 100)
    in_order, late = np.zeros(1, k.LEVEL), np.zeros(1, k.LEVEL)
    for level, times in ((in_order, (5, 20)), (late, (20, 5))):
        level["since_us"] = as_of
        for time in times:
            shifted(level, terms, as_of + time, float(time))
        shifted(level, terms, as_of + 100, 0.0)
    assert in_order == late
    assert in_order["integral"][0] == 5 * 95 + 20 * 80


def test_end_of_the_window_is_not_in_it(small):
    as_of, terms = terms_from(small, 10, 20)
    assert asked(terms, as_of + 10, as_of + 20) == (True, 10)
    assert asked(terms, as_of + 20, as_of + 30) == (False, 0)
    assert asked(terms, as_of + 9, as_of + 12) == (False, 2)


def test_states_take_time_and_energy(small):
    as_of, terms = terms_from(small, 0, 24 * HOUR_US)
    machines, times = np.zeros(2, k.MACHINE), np.zeros((2, 8), np.int64)
    machines["since_us"], machines["state"] = as_of, 4
    left(machines, times, terms, as_of + 8 * HOUR_US)
    assert times[0, 4] == machines["worked_us"][0] == 8 * HOUR_US
    assert machines["energy_kwh"][0] == 80.0
    assert abs(machines["energy_cost"][0] - 10 * (6 * 0.1 + 2 * 0.3)) < 1e-9
    # Time does not go back.
    left(machines, times, terms, as_of)
    assert times[0, 4] == 8 * HOUR_US


def test_price_is_found_among_many_steps(small):
    as_of, terms = terms_from(small, 0, 40 * 24 * HOUR_US)
    day = 16 * 0.3 + 8 * 0.1
    before = spent_by(terms, as_of)
    for days in (1, 17, 39):
        total = spent_by(terms, as_of + days * 24 * HOUR_US) - before
        assert abs(total / HOUR_US - days * day) < 1e-9
