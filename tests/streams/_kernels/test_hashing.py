"""XXH64 against published values and a plain twin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams._kernels.hashing import xxh64_at, xxh64_spans

PRIMES = (
    0x9E3779B185EBCA87,
    0xC2B2AE3D27D4EB4F,
    0x165667B19E3779F9,
    0x85EBCA77C2B2AE63,
    0x27D4EB2F165667C5,
)
MASK = 2**64 - 1


def rotate(x, bits):
    return (x << bits | x >> (64 - bits)) & MASK


def turn(accumulator, lane):
    return rotate((accumulator + lane * PRIMES[1]) & MASK, 31) * PRIMES[0] & MASK


def plain(data: bytes) -> int:
    """The specification word for word, in Python's integers."""
    number = int.from_bytes
    at, value = 0, PRIMES[4]
    if len(data) >= 32:
        lanes = [PRIMES[0] + PRIMES[1], PRIMES[1], 0, -PRIMES[0]]
        while at + 32 <= len(data):
            for i in range(4):
                lane = number(data[at + 8 * i : at + 8 * i + 8], "little")
                lanes[i] = turn(lanes[i], lane)
            at += 32
        turns = zip(lanes, (1, 7, 12, 18), strict=True)
        value = sum(rotate(lane & MASK, bits) for lane, bits in turns) & MASK
        for lane in lanes:
            value = ((value ^ turn(0, lane)) * PRIMES[0] + PRIMES[3]) & MASK
    value += len(data)
    while at + 8 <= len(data):
        value ^= turn(0, number(data[at : at + 8], "little"))
        value = (rotate(value & MASK, 27) * PRIMES[0] + PRIMES[3]) & MASK
        at += 8
    if at + 4 <= len(data):
        value ^= number(data[at : at + 4], "little") * PRIMES[0] & MASK
        value = (rotate(value & MASK, 23) * PRIMES[1] + PRIMES[2]) & MASK
        at += 4
    for byte in data[at:]:
        value = rotate((value ^ byte * PRIMES[4]) & MASK, 11) * PRIMES[0] & MASK
    value = (value ^ value >> 33) * PRIMES[1] & MASK
    value = (value ^ value >> 29) * PRIMES[2] & MASK
    return value ^ value >> 32


def hashed(data: bytes) -> int:
    return int(xxh64_at(np.frombuffer(data, np.uint8).ctypes.data, len(data)))


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"", 0xEF46DB3751D8E999),
        (b"a", 0xD24EC4F1A98C6E5B),
        (b"abc", 0x44BC2CF5AD770999),
        (b"Nobody inspects the spammish repetition", 0xFBCEA83C8A378BF1),
    ],
)
def test_hash_has_the_published_value(data, value):
    assert hashed(data) == plain(data) == value


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_hash_is_that_of_the_specification(data):
    assert hashed(data) == plain(data)


def test_spans_are_hashed_each_on_its_own():
    data = np.frombuffer(b"-abc-a", np.uint8)
    starts, ends = np.array([1, 5, 2]), np.array([4, 6, 2])
    hashes = xxh64_spans(data.ctypes.data, starts, ends).tolist()
    assert hashes == [plain(b"abc"), plain(b"a"), plain(b"")]
