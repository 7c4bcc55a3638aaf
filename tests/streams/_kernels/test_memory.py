"""Instructions against Python's integers."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import carray, njit

from streams._kernels.memory import (
    differing_64,
    fill_line,
    leading_zeros,
    load_u8,
    load_u32,
    load_u64,
    multiply_high,
    pointer,
    prefetch,
    quotes_32,
    same_bytes,
    specials_32,
    trailing_zeros,
)

WORDS = st.integers(0, 2**64 - 1)


@njit
def instructions(x, y):
    return multiply_high(x, y), trailing_zeros(x), leading_zeros(x)


@njit
def load_behind_prefetch(address):
    prefetch(0)
    prefetch(address)
    return load_u8(address)


@njit
def summed(address, n_words):
    return carray(pointer(address), n_words, np.int64).sum()


@njit
def loads(address):
    return load_u8(address), load_u32(address), load_u64(address)


@njit
def vectors(one, other):
    return differing_64(one, other), quotes_32(one), specials_32(one)


@njit
def filled(address, value):
    fill_line(address, value)


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


def bits(flags: list[bool]) -> int:
    return sum(1 << place for place, flag in enumerate(flags) if flag)


@settings(deadline=None)
@given(st.binary(min_size=64, max_size=64), st.lists(st.integers(0, 63)))
def test_vectors_give_one_bit_a_byte(data, places):
    one, other = np.frombuffer(data, np.uint8), np.frombuffer(data, np.uint8).copy()
    other[places] ^= 1
    found = vectors(one.ctypes.data, other.ctypes.data)
    assert found[0] == bits([place in places for place in range(64)])
    assert found[1] == bits([byte == 0x22 for byte in data[:32]])
    special = [byte == 0x5C or byte < 0x20 or byte >= 0x80 for byte in data[:32]]
    assert found[2] == bits(special)


def test_line_is_filled_and_no_more():
    data = np.zeros(12, np.uint64)
    filled(data.ctypes.data + 8, np.uint64(2**63 + 1))
    assert data.tolist() == [0, *[2**63 + 1] * 8, 0, 0, 0]


def test_prefetch_changes_nothing_and_takes_any_address():
    data = np.array([7], np.uint8)
    assert load_behind_prefetch(data.ctypes.data) == 7
    assert data[0] == 7


def test_pointer_makes_an_array_of_memory():
    data = np.arange(5)
    assert summed(data.ctypes.data + 8, 3) == 1 + 2 + 3
