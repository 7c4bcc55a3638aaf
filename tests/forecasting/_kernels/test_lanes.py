import numpy as np
import pytest
from numba import njit

from forecasting._kernels.lanes import (
    N_LANES,
    exponent,
    fill,
    larger,
    load,
    mantissa,
    reciprocal,
    smaller,
    store,
)


@njit
def through_all(w):
    a, b = load(w, 0), load(w, N_LANES)
    store(w, 2 * N_LANES, (a + 2 * b) / (a - b * 0.5) - 1)
    store(w, 3 * N_LANES, smaller(larger(a, 0.5), b))
    store(w, 4 * N_LANES, reciprocal(b))
    store(w, 5 * N_LANES, exponent(b))
    store(w, 6 * N_LANES, mantissa(b))
    store(w, 7 * N_LANES, fill(3.0) * 2)


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    w = np.zeros(8 * N_LANES)
    w[:N_LANES] = rng.normal(size=N_LANES)
    w[N_LANES : 2 * N_LANES] = np.exp(rng.normal(scale=20.0, size=N_LANES))
    through_all(w)
    return w.reshape(8, N_LANES)


def test_lanes_calculate_as_numpy_does(rows):
    a, b = rows[:2]
    assert rows[2] == pytest.approx((a + 2 * b) / (a - b * 0.5) - 1, rel=1e-12)
    assert (rows[3] == np.minimum(np.maximum(a, 0.5), b)).all()
    assert (rows[7] == 6.0).all()


def test_reciprocal_has_fourteen_digits(rows):
    assert rows[4] == pytest.approx(1.0 / rows[1], rel=1e-13)


def test_exponent_and_mantissa_make_up_the_number(rows):
    found, power = np.frexp(rows[1])
    assert (rows[5] == power - 1).all()
    assert (rows[6] == 2 * found).all()


def test_larger_takes_the_second_where_the_first_is_no_number():
    @njit
    def clamped(w):
        store(w, 0, larger(load(w, 0), 1.0))

    w = np.full(N_LANES, np.nan)
    clamped(w)
    assert (w == 1.0).all()
