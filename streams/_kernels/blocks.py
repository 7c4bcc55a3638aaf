"""Columns of a batch in one block of memory.

All columns stand in one allocation, those of one width side by side, each with a spare
line behind it: kernels fill them by lines, and columns that lie a power of two apart
would push each other out of the processor's cache.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams._kernels.compiling import entry, inlined
from streams._kernels.memory import (
    fill_line,
    load_u8,
    store_f64,
    store_i16,
    store_i32,
    store_i64,
    store_u8,
)

LINE = 64  # bytes
FILLED_ROWS = 256  # filled at once; all their columns fit into the first cache
# Columns of eight, four, two bytes and one byte.
(
    TIME_US,
    ID_HASH,
    SEQUENCE,
    VALUES,  # the first of four
    TIMES,  # the first of two
    DETAIL_START,
    DETAIL_END,
) = (0, 1, 2, 3, 7, 9, 10)
SOURCE, N_REFERENCES = 0, 6
TYPE_CODE, CODE, PARTITION = range(3)
FLAGS, RANK, DONE = range(3)
N_EIGHT, N_FOUR, N_TWO, N_ONE = 11, N_REFERENCES, 3, 3
N_VALUES, N_TIMES = 4, 2
GROUPS = (
    (N_EIGHT, 8, np.int64),
    (N_FOUR, 4, np.int32),
    (N_TWO, 2, np.int16),
    (N_ONE, 1, np.uint8),
)
NO_TIME = np.int64(np.iinfo(np.int64).min)
# What cells hold that no event fills, as bits.
ZERO = np.uint64(0)
ONES = np.uint64(2**64 - 1)
NAN_BITS = np.float64(np.nan).view(np.uint64)
NO_TIME_BITS = np.uint64(2**63)
EVERY_16_BITS = np.uint64(0x0001000100010001)


class Block(NamedTuple):
    """Addresses of the first column of each width, and bytes from one to the next."""

    eight: int
    eight_stride: int
    four: int
    four_stride: int
    two: int
    two_stride: int
    one: int
    one_stride: int


def stride(n_rows: int, width: int) -> int:
    """Return the bytes from one column to the next of the same width.

    Parameters
    ----------
    n_rows, width : int
        Rows, and bytes of a cell.

    Examples
    --------
    >>> stride(3, 8), stride(64, 1), stride(65, 1)
    (128, 128, 192)
    """
    return ((n_rows * width + LINE - 1) // LINE + 1) * LINE


@lru_cache(maxsize=256)
def _plan(n_rows: int) -> tuple[int, list[Any]]:
    """Return the bytes of a block, and of each width what makes a matrix there."""
    n_bytes, plan = 0, []
    for n_columns, width, dtype in GROUPS:
        step = stride(n_rows, width)
        plan.append(((n_columns, n_rows), dtype, n_bytes, (step, width)))
        n_bytes += n_columns * step
    return n_bytes, plan


def new_block(n_rows: int) -> tuple[NDArray[np.uint8], list[NDArray[Any]]]:
    """Allocate a block; not filled.

    Parameters
    ----------
    n_rows : int
        Room for how many rows, >= 0.

    Returns
    -------
    tuple
        The block, and in it the columns of eight, four, two and one byte: matrices
        whose rows are the columns.
    """
    n_bytes, plan = _plan(n_rows)
    memory = np.empty(n_bytes, np.uint8)
    columns = [
        np.ndarray(shape, dtype, memory, first, steps)
        for shape, dtype, first, steps in plan
    ]
    return memory, columns


@inlined
def _stride(n_rows: int, width: int) -> int:
    return (((n_rows * width + LINE - 1) >> 6) + 1) << 6


@inlined
def block_at(address: int, n_rows: int) -> Block:
    """Return where the columns stand in a block for `n_rows` rows."""
    eight_stride, four_stride = _stride(n_rows, 8), _stride(n_rows, 4)
    two_stride, one_stride = _stride(n_rows, 2), _stride(n_rows, 1)
    four = address + N_EIGHT * eight_stride
    two = four + N_FOUR * four_stride
    one = two + N_TWO * two_stride
    return Block(
        address, eight_stride, four, four_stride, two, two_stride, one, one_stride
    )


@inlined
def _fill(address: int, n_bytes: int, value: np.uint64) -> None:
    for place in range(0, n_bytes, LINE):
        fill_line(address + place, value)


@inlined
def fill_rows(block: Block, first: int, n_rows: int, partition: int) -> None:
    """Write what cells hold that no event fills; up to 63 bytes too many.

    Parameters
    ----------
    block : Block
        The columns.
    first, n_rows : int
        Which rows: a multiple of `LINE`, and how many.
    partition : int
        What all cells of its column hold.
    """
    for column in range(N_EIGHT):
        value = ZERO
        if VALUES <= column < VALUES + N_VALUES:
            value = NAN_BITS
        elif TIMES <= column < TIMES + N_TIMES:
            value = NO_TIME_BITS
        _fill(block.eight + column * block.eight_stride + 8 * first, 8 * n_rows, value)
    for column in range(N_FOUR):
        _fill(block.four + column * block.four_stride + 4 * first, 4 * n_rows, ONES)
    for column in range(N_TWO):
        value = ONES
        if column == TYPE_CODE:
            value = ZERO
        elif column == PARTITION:
            value = np.uint64(partition) * EVERY_16_BITS
        _fill(block.two + column * block.two_stride + 2 * first, 2 * n_rows, value)
    for column in range(N_ONE):
        _fill(block.one + column * block.one_stride + first, n_rows, ZERO)


@entry
def fill_block(memory: NDArray[np.uint8], n_rows: int, partition: int) -> None:
    """Fill a whole block with nothing; see `fill_rows`."""
    block = block_at(np.int64(memory.ctypes.data), n_rows)
    fill_rows(block, 0, n_rows, partition)


@entry
def clear_row(block: Block, row: int) -> None:
    """Take back what a row that failed has left."""
    for column in range(N_EIGHT):
        store_i64(block.eight + column * block.eight_stride + 8 * row, 0)
    for column in range(VALUES, VALUES + N_VALUES):
        store_f64(block.eight + column * block.eight_stride + 8 * row, np.nan)
    for column in range(TIMES, TIMES + N_TIMES):
        store_i64(block.eight + column * block.eight_stride + 8 * row, NO_TIME)
    for column in range(N_FOUR):
        store_i32(block.four + column * block.four_stride + 4 * row, -1)
    store_i16(block.two + CODE * block.two_stride + 2 * row, -1)
    for column in range(N_ONE):
        store_u8(block.one + column * block.one_stride + row, 0)


@entry
def gather_details(
    address: int,
    wanted: NDArray[np.int64],
    details: tuple[NDArray[np.int64], NDArray[np.int64]],
    out: NDArray[np.uint8],
) -> None:
    """Copy the details of rows one behind the other; their spans become those in `out`.

    Parameters
    ----------
    address : int
        Of the buffer that the details stand in.
    wanted : ndarray of shape (m,), int64
        Rows that have detail, ascending.
    details : tuple of ndarray of shape (n,), int64
        Starts and ends of the details.
    out : ndarray, uint8
        As long as all details together.
    """
    starts, ends = details
    place = 0
    for index in range(len(wanted)):
        row = wanted[index]
        at = address + starts[row]
        length = ends[row] - starts[row]
        for byte in range(length):
            out[place + byte] = load_u8(at + byte)
        starts[row] = place
        place += length
        ends[row] = place
