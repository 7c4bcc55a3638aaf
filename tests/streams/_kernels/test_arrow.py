import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams._kernels import arrow


def bits(valid):
    return np.packbits(np.array(valid, np.bool_), bitorder="little")


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-2, 6), st.booleans()), max_size=30))
def test_gather_maps_entries_nulls_and_what_is_outside(rows):
    indices = np.array([index for index, _ in rows] or [0], np.int32)
    valid = [is_valid for _, is_valid in rows]
    mapping = np.array([10, 11, 12, 13], np.int32)
    packed = bits([*valid, True])
    out = np.empty(len(rows), np.int32)
    arrow.gather(indices.ctypes.data, packed.ctypes.data, mapping, out)
    inside = [10 + index if 0 <= index < 4 else arrow.WRONG for index, _ in rows]
    expected = [
        one if is_valid else arrow.NOTHING
        for one, is_valid in zip(inside, valid, strict=True)
    ]
    assert out.tolist() == expected
    arrow.gather(indices.ctypes.data, 0, mapping, out)
    assert out.tolist() == inside


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_spans_tell_nulls_and_offsets_that_go_back(dtype):
    out = np.empty((2, 3), np.int64)
    packed = bits([True, False, True])
    offsets = np.array([0, 2, 2, 7], dtype)
    width = offsets.itemsize
    found = arrow.spans(offsets.ctypes.data, width, packed.ctypes.data, out)
    assert found == (True, 7)
    assert out.tolist() == [[0, -1, 2], [2, 2, 7]]
    for broken in ([0, 3, 2, 7], [-1, 2, 3, 4], [0, 1, 2, -5]):
        offsets = np.array(broken, dtype)
        assert not arrow.spans(offsets.ctypes.data, width, 0, out)[0]


@given(st.binary(max_size=40))
@settings(deadline=None)
def test_ascii_is_what_python_calls_ascii(text):
    data = np.frombuffer(text or b"a", np.uint8)
    assert arrow.is_ascii(data.ctypes.data, len(text)) == text.isascii()


def test_numbers_make_nulls_nan_and_nan_infinite():
    given_ = np.array([1.5, np.nan, 3.0, -np.inf])
    packed, out = bits([True, True, False, True]), np.empty(4)
    arrow.numbers(given_.ctypes.data, packed.ctypes.data, out)
    assert np.array_equal(out, [1.5, np.inf, np.nan, -np.inf], equal_nan=True)
    assert arrow.has_nan(given_.ctypes.data, 4)
    assert not arrow.has_nan(given_[2:].ctypes.data, 2)


def test_heads_of_unknown_type_or_impossible_time_are_marked():
    bad, present = np.empty(4, np.uint8), np.zeros(3, np.uint8)
    times = np.array([0, 5, 11, -1], np.int64)
    codes = np.array([2, 3, 0, -1], np.int16)
    assert not arrow.check_heads(times, codes, (0, 10), present, bad)
    assert bad.tolist() == [0, 1, 1, 1]
    assert present.tolist() == [1, 0, 1]


CODES = np.array([0, 0, 1, 1, 2, 2], np.int16)  # absent, optional, required
MODES = np.array([arrow.ABSENT, arrow.OPTIONAL, arrow.REQUIRED], np.uint8)


def marks(check, column, *args):
    bad = np.zeros(len(column), np.uint8)
    check(column, CODES, *args, bad)
    return bad.tolist()


def test_columns_are_checked_by_what_their_type_says():
    present_or_not = np.array([7, -1, 7, -1, 7, -1], np.int32)
    assert marks(arrow.check_references, present_or_not, MODES, -1) == [
        1,
        0,
        0,
        0,
        0,
        1,
    ]
    wrong = np.full(6, arrow.WRONG, np.int32)
    assert marks(arrow.check_references, wrong, MODES, -1) == [1] * 6
    numbers = np.array([7, np.nan, 7, np.nan, 7, np.nan])
    lows = np.zeros(3)
    assert marks(arrow.check_numbers, numbers, MODES, lows, -1) == [1, 0, 0, 0, 0, 1]
    bad = np.array([np.nan, np.nan, -1, np.inf, 0, -np.inf])
    assert marks(arrow.check_numbers, bad, MODES, lows, -1) == [0, 0, 1, 1, 0, 1]
    times = np.array([7, -99, 7, -99, 7, -99], np.int64)
    bounds = (0, 8, -99)
    assert marks(arrow.check_times, times, MODES, bounds) == [1, 0, 0, 0, 0, 1]
    assert marks(arrow.check_times, times + 2, MODES, bounds) == [1, 1, 1, 1, 1, 1]


def test_codes_are_those_of_their_type():
    n_choices = np.array([0, 2, 3], np.int16)
    column = np.array([-1, 0, 1, 2, -1, -2], np.int16)
    assert marks(arrow.check_codes, column, n_choices) == [0, 1, 0, 1, 1, 1]
    bad = np.zeros(3, np.uint8)
    arrow.check_least(np.array([0, -1, 5], np.int64), 0, bad)
    assert bad.tolist() == [0, 1, 0]


@pytest.mark.parametrize("one", [0, 1, 2])
@pytest.mark.parametrize("low", [0.0, -np.inf])
def test_rows_of_one_type_are_checked_as_rows_of_several(one, low):
    names = np.array([-2, -1, 0, 5, 2**31 - 1], np.int32)
    numbers = np.array([np.nan, np.inf, -np.inf, -1.0, 0.0, arrow.LARGEST, -1e300])
    lows = np.full(3, low)
    for check, column, tables in (
        (arrow.check_references, names, (MODES,)),
        (arrow.check_numbers, numbers, (MODES, lows)),
    ):
        codes = np.full(len(column), one, np.int16)
        found = [np.zeros(len(column), np.uint8) for _ in range(2)]
        check(column, codes, *tables, one, found[0])
        check(column, codes, *tables, -1, found[1])
        assert found[0].tolist() == found[1].tolist()
