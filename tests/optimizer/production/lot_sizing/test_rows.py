"""Tests of `optimizer.production.lot_sizing.rows`."""

import numpy as np

from optimizer.production.lot_sizing.rows import Sheet, limited, reduced


def _sheet():
    sheet = Sheet()
    there = np.array([True, False, True])
    first = sheet.columns(np.array([1.0, 2.0, 3.0]), upper=5.0, there=there)
    second = sheet.columns(np.array([4.0]), upper=1.0, integer=True)
    rows = sheet.rows(2, upper=np.array([7.0, 8.0]))
    sheet.enter(rows[0], first, 2.0)
    sheet.enter(rows, second, np.array([1.0, 6.0]))
    sheet.enter(rows[:1], second, 0.5)
    return sheet.arrays(), first


def test_sheet_numbers_what_is_there_and_adds_up():
    arrays, first = _sheet()
    assert first.tolist() == [0, -1, 1]
    assert arrays.cost.tolist() == [1, 3, 4]
    assert arrays.integer.tolist() == [False, False, True]
    entries = zip(arrays.row, arrays.column, arrays.value, strict=True)
    assert [tuple(map(float, entry)) for entry in entries] == [
        (0, 0, 2), (0, 1, 2), (0, 2, 1.5), (1, 2, 6),
    ]  # fmt: skip


def test_reduced_moves_fixed_columns_to_the_bounds():
    arrays, _ = _sheet()
    free = np.array([True, True, False])
    left = reduced(arrays, free, np.array([0.0, 0.0, 1.0]))
    assert left.row_upper.tolist() == [5.5]
    assert left.column.tolist() == [0, 1]
    assert left.cost.tolist() == [1, 3]


def test_limited_adds_a_row():
    arrays, _ = _sheet()
    more = limited(arrays, np.array([0.0, 2.0, 3.0]), 9.0)
    assert more.row_upper.tolist() == [7, 8, 9]
    assert more.column[-2:].tolist() == [1, 2]
    assert more.row[-2:].tolist() == [2, 2]
