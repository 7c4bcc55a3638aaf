"""Columns in one block: apart from each other, filled with nothing given."""

import numpy as np
import pytest

from streams._kernels import blocks
from streams.batch import NO_TIME


@pytest.mark.parametrize("n_rows", [1, 7, 64, 300])
def test_filled_columns_hold_nothing_and_never_overlap(n_rows):
    memory, (eight, four, two, one) = blocks.new_block(n_rows)
    blocks.fill_block(memory, n_rows, 3)
    values = eight[blocks.VALUES : blocks.TIMES]
    times = eight[blocks.TIMES : blocks.DETAIL_START]
    zeros = [*eight[: blocks.VALUES], *eight[blocks.DETAIL_START :], *one]
    assert (len(values), len(times), len(zeros)) == (4, 2, 8)
    assert all(np.isnan(column.view(np.float64)).all() for column in values)
    assert all((column == NO_TIME).all() for column in times)
    assert not any(column.any() for column in (*zeros, two[blocks.TYPE_CODE]))
    assert all((column == -1).all() for column in (*four, two[blocks.CODE]))
    assert (two[blocks.PARTITION] == 3).all()
    for number, column in enumerate([*eight, *four, *two, *one]):
        column[:] = number
    for number, column in enumerate([*eight, *four, *two, *one]):
        assert (column == number).all()
        assert column.flags.carray


def test_details_are_joined():
    data = np.frombuffer(b"..ab.cde", np.uint8)
    starts, ends = np.array([2, 0, 5]), np.array([4, 0, 8])
    out = np.empty(5, np.uint8)
    rows = np.array([0, 2])
    blocks.gather_details(data.ctypes.data, rows, (starts, ends), out)
    assert out.tobytes() == b"abcde"
    assert (starts.tolist(), ends.tolist()) == ([0, 0, 2], [2, 0, 5])
