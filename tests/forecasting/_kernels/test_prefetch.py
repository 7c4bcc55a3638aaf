"""Asking for memory changes nothing, wherever it points."""

import numpy as np
from numba import njit

from forecasting._kernels.prefetch import LINE_BYTES, prefetch


@njit
def _ask_and_sum(values, distance):
    prefetch(values.ctypes.data + distance)
    return values.sum()


def test_prefetch_changes_no_value():
    values = np.arange(16.0)
    assert _ask_and_sum(values, LINE_BYTES) == 120.0
    assert values.tolist() == np.arange(16.0).tolist()


def test_prefetch_of_an_address_of_nobody_is_harmless():
    assert _ask_and_sum(np.ones(3), 1 << 46) == 3.0
