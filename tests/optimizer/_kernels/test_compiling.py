import numpy as np
import pytest
from numba.core.errors import TypingError

from optimizer._kernels.compiling import kernel, part


@part
def twice(values, i):
    return 2 * values[i]


@kernel
def total(values):
    result = 0
    for i in range(values.size):
        result += twice(values, i)
    return result


@kernel
def allocating(n):
    return np.zeros(n).sum()


def test_kernels_compute():
    assert total(np.arange(5)) == 20


def test_kernels_that_allocate_are_refused():
    with pytest.raises(TypingError, match="zeros"):
        allocating(3)
