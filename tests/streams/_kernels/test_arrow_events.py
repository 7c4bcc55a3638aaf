"""Rows are judged as column by column, and references looked up as by NumPy."""

import numpy as np
import pytest

from streams._kernels import arrow_events as rows

N_ROWS = 2 * rows.BLOCK_ROWS + 13
NOTHING = np.zeros(0, np.int64)


def rules() -> rows.EventRules:
    return rows.EventRules(
        required=np.array([0b1, 0b11], np.uint32),
        allowed=np.array([0b1 | 1 << rows.VALUE_BIT, 0b111], np.uint32),
        lows=np.array([[0.0, -9.0]] + [[-1e300, -1e300]] * 3),
        code_low=np.array([-1, 0], np.int32),
        code_high=np.array([-1, 2], np.int32),
        bounds_us=np.array([-100, 100]),
    )


class Case:
    """Columns of a message: rows of two types, the second with a code and a name."""

    def __init__(self) -> None:
        rng = np.random.default_rng(5)
        self.types = rng.integers(0, 2, N_ROWS).astype(np.int16)
        self.times = rng.integers(-100, 101, N_ROWS)
        self.codes = np.where(self.types == 1, 2, -1).astype(np.int16)
        self.values = np.where(self.types == 0, 1.5, np.nan)
        self.source = rng.integers(0, 3, N_ROWS).astype(np.int32)
        self.subject = rng.integers(0, 2, N_ROWS).astype(np.int32)
        self.given = np.packbits(self.types == 1, bitorder="little")
        self.numbers = np.array([7, 8, 9, -1, 20, 21, -1], np.int32)
        self.references = np.zeros((rows.N_NAMED, N_ROWS), np.int32)

    def read(self) -> bool:
        plain = np.zeros(rows.N_PLAIN, np.int64)
        for place, column in (
            (rows.TIME, self.times),
            (rows.TYPE, self.types),
            (rows.CODE, self.codes),
            (rows.VALUE0, self.values),
        ):
            plain[place] = column.ctypes.data
        indices, bits, first, count = np.zeros((4, rows.N_NAMED), np.int64)
        indices[:2] = self.source.ctypes.data, self.subject.ctypes.data
        bits[1] = self.given.ctypes.data
        first[1], count[0], count[1] = 4, 3, 2
        named = rows.Named(indices, bits, first, count, self.numbers)
        span = (0, N_ROWS)
        return bool(rows.read_events(rules(), plain, named, self.references, span))


def test_references_are_those_of_the_dictionaries() -> None:
    case = Case()
    assert case.read()
    assert np.array_equal(case.references[0], case.numbers[case.source])
    expected = np.where(case.types == 1, case.numbers[4 + case.subject], -1)
    assert np.array_equal(case.references[1], expected)
    assert (case.references[2:] == -1).all()


@pytest.mark.parametrize("row", [0, rows.BLOCK_ROWS + 3, N_ROWS - 1])
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("types", 2),
        ("types", -1),
        ("times", 101),
        ("times", np.iinfo(np.int64).min),
        ("times", np.iinfo(np.int64).max),
        ("codes", 3),
        ("codes", -2),
        ("values", np.inf),
        ("values", -1e9),
        ("source", 3),
        ("source", -1),
        ("source", np.iinfo(np.int32).min),
    ],
)
def test_one_wrong_cell_is_found(column: str, value: float, row: int) -> None:
    case = Case()
    getattr(case, column)[row] = value
    assert not case.read()


@pytest.mark.parametrize("row", [1, N_ROWS - 1])
def test_a_reference_that_lacks_is_found(row: int) -> None:
    case = Case()
    case.types[row], case.codes[row], case.values[row] = 1, 2, np.nan
    case.given[row >> 3] &= 0xFF ^ (1 << (row & 7))
    assert not case.read()
    case.given[row >> 3] |= 1 << (row & 7)
    assert case.read()


@pytest.mark.parametrize("row", [1, N_ROWS - 1])
def test_what_a_null_hides_is_not_looked_at(row: int) -> None:
    case = Case()
    case.types[row], case.codes[row], case.values[row] = 0, -1, 1.0
    case.given[row >> 3] &= 0xFF ^ (1 << (row & 7))
    case.subject[row] = 1 << 30
    assert case.read()
    assert case.references[1, row] == -1
