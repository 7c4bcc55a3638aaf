import threading

import pytest
from numba import njit

from twin.service._kernels import NotCachedError, cached_only


@njit
def doubled(number):
    return 2 * number


def test_kernel_runs_only_where_it_is_compiled():
    with pytest.raises(NotCachedError, match="doubled"), cached_only():
        doubled(3)
    assert doubled(3) == 6
    with cached_only():
        assert doubled(4) == 8


def test_others_compile_meanwhile():
    made = []
    with cached_only():
        other = threading.Thread(target=lambda: made.append(doubled(1.5)))
        other.start()
        other.join()
    assert made == [3.0]
