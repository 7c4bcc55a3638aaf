"""XXH64: a 64-bit hash of bytes, the same on every machine.

References
----------
Collet, Y. (2012-2023). *xxHash fast digest algorithm*, version 0.1.1, section "XXH64".
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from streams._kernels.memory import load_u8, load_u32, load_u64

PRIME_1 = np.uint64(0x9E3779B185EBCA87)
PRIME_2 = np.uint64(0xC2B2AE3D27D4EB4F)
PRIME_3 = np.uint64(0x165667B19E3779F9)
PRIME_4 = np.uint64(0x85EBCA77C2B2AE63)
PRIME_5 = np.uint64(0x27D4EB2F165667C5)
# The four accumulators for seed 0, modulo 2**64.
START_1 = np.uint64((0x9E3779B185EBCA87 + 0xC2B2AE3D27D4EB4F) % 2**64)
START_2 = PRIME_2
START_3 = np.uint64(0)
START_4 = np.uint64(2**64 - 0x9E3779B185EBCA87)
BITS = np.uint64(64)


@njit(cache=True, nogil=True)
def _rotate(x: np.uint64, bits: np.uint64) -> np.uint64:
    return (x << bits) | (x >> (BITS - bits))


@njit(cache=True, nogil=True)
def _round(accumulator: np.uint64, lane: np.uint64) -> np.uint64:
    return _rotate(accumulator + lane * PRIME_2, np.uint64(31)) * PRIME_1


@njit(cache=True, nogil=True)
def _merge(accumulator: np.uint64, lane: np.uint64) -> np.uint64:
    return (accumulator ^ _round(np.uint64(0), lane)) * PRIME_1 + PRIME_4


@njit(cache=True, nogil=True)
def _stripes(address: int, n_stripes: int) -> np.uint64:
    one, two, three, four = START_1, START_2, START_3, START_4
    for stripe in range(n_stripes):
        at = address + 32 * stripe
        one = _round(one, load_u64(at))
        two = _round(two, load_u64(at + 8))
        three = _round(three, load_u64(at + 16))
        four = _round(four, load_u64(at + 24))
    joined = (
        _rotate(one, np.uint64(1))
        + _rotate(two, np.uint64(7))
        + _rotate(three, np.uint64(12))
        + _rotate(four, np.uint64(18))
    )
    return _merge(_merge(_merge(_merge(joined, one), two), three), four)


@njit(cache=True, nogil=True)
def xxh64_at(address: int, n_bytes: int) -> np.uint64:
    """Hash `n_bytes` bytes from an address, seed 0; reads nothing behind them."""
    n_stripes = n_bytes >> 5
    value = _stripes(address, n_stripes) if n_stripes else PRIME_5
    value += np.uint64(n_bytes)
    at, end = address + 32 * n_stripes, address + n_bytes
    while at + 8 <= end:
        value ^= _round(np.uint64(0), load_u64(at))
        value = _rotate(value, np.uint64(27)) * PRIME_1 + PRIME_4
        at += 8
    if at + 4 <= end:
        value ^= np.uint64(load_u32(at)) * PRIME_1
        value = _rotate(value, np.uint64(23)) * PRIME_2 + PRIME_3
        at += 4
    while at < end:
        value ^= np.uint64(load_u8(at)) * PRIME_5
        value = _rotate(value, np.uint64(11)) * PRIME_1
        at += 1
    value = (value ^ (value >> np.uint64(33))) * PRIME_2
    value = (value ^ (value >> np.uint64(29))) * PRIME_3
    return value ^ (value >> np.uint64(32))


@njit(cache=True, nogil=True)
def xxh64_spans(
    address: int, starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Hash many spans of the buffer at an address."""
    hashes = np.empty(len(starts), np.uint64)
    for row in range(len(starts)):
        hashes[row] = xxh64_at(address + starts[row], ends[row] - starts[row])
    return hashes
