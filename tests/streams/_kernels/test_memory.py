"""Instructions against Python's integers."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from streams._kernels.memory import (
    leading_zeros,
    load_u8,
    load_u32,
    load_u64,
    multiply_high,
    same_bytes,
    trailing_zeros,
)

WORDS = st.integers(0, 2**64 - 1)


@njit
def instructions(x, y):
    return multiply_high(x, y), trailing_zeros(x), leading_zeros(x)


@njit
def loads(address):
    return load_u8(address), load_u32(address), load_u64(address)


@settings(deadline=None)
@given(WORDS, WORDS)
def test_instructions_count_like_integers(x, y):
    high, trailing, leading = instructions(np.uint64(x), np.uint64(y))
    assert high == x * y >> 64
    assert leading == 64 - x.bit_length()
    assert trailing == ((x & -x).bit_length() - 1 if x else 64)


def test_loads_are_little_endian_and_need_no_alignment():
    data = np.arange(20, dtype=np.uint8)
    read = [int(value) for value in loads(data.ctypes.data + 3)]
    expected = [int.from_bytes(data[3 : 3 + n].tobytes(), "little") for n in (1, 4, 8)]
    assert read == expected


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=40), st.integers(0, 400))
def test_bytes_are_the_same_only_if_all_are(data, place):
    one, other = np.frombuffer(data, np.uint8), np.frombuffer(data, np.uint8).copy()
    assert same_bytes(one.ctypes.data, other.ctypes.data, len(data))
    other[place % len(data)] ^= 1 << place % 8
    assert not same_bytes(one.ctypes.data, other.ctypes.data, len(data))
