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


def test_inlined_kernel_has_no_machine_code_of_its_own():
    inner = inlined(add_one)

    @entry
    def outer(cells):
        inner(cells, 1)

    outer(np.zeros(3, np.int64))
    (result,) = inner.overloads.values()
    assert result.library.get_pointer_to_function(result.fndesc.mangled_name) == 0
    # As it is: neither improved, nor with what it calls.
    assert "define" in str(result.library.get_llvm_str())


def test_inlined_kernel_that_python_calls_works_as_an_entry():
    inner, cells = inlined(add_one), np.zeros(3, np.int64)
    inner(cells, 2)
    assert cells.tolist() == [0, 0, 1]
    assert not inner.overloads


def test_inlined_kernels_of_one_body_are_told_apart():
    first = inlined(lambda x: x + 1)
    second = inlined(lambda x: x * 10)

    @entry
    def both(x):
        return first(x) + second(x)

    assert both(7) == 78
