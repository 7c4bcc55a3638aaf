import numba
import numpy as np
import pytest

from streams._kernels.compiling import entry, inlined


def add_one(cells, i):
    cells[i] += 1


def test_inlined_kernel_changes_the_arrays_of_its_caller():
    inner = inlined(add_one)

    def outer(cells):
        for i in range(len(cells)):
            inner(cells, i)

    cells = np.zeros(3, np.int64)
    entry(outer)(cells)
    assert cells.tolist() == [1, 1, 1]


def test_entry_that_allocates_is_refused():
    def allocates(n):
        return np.zeros(n)

    with pytest.raises(numba.core.errors.NumbaError):
        entry(allocates)(3)
