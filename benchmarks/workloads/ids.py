"""Ids that are a prefix and a number: their text and their hashes, by arrays."""

import numpy as np
from numpy.typing import NDArray

from streams._kernels.hashing import xxh64_spans
from streams.names import address_of

ID, ID_DIGITS, JOB_DIGITS = "e-", 10, 8

Spans = tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]


def numbered(prefix: str, numbers: NDArray[np.int64], n_digits: int) -> Spans:
    """Write ids of the form prefix and number, all of one length.

    Parameters
    ----------
    prefix
        Any length.
    numbers
        Whole numbers >= 0.
    n_digits
        A multiple of 2, so many that the largest number has no more.

    Returns
    -------
    tuple
        Their bytes one after the other, and where each starts and ends.
    """
    flat = numbers.ravel()
    text = np.empty((len(flat), len(prefix) + n_digits), np.uint8)
    text[:, : len(prefix)] = np.frombuffer(prefix.encode(), np.uint8)
    left = flat
    for column in range(text.shape[1] - 2, len(prefix) - 1, -2):
        upper = left // 100
        text[:, column : column + 2] = _PAIRS[left - 100 * upper]
        left = upper
    starts = np.arange(len(flat), dtype=np.int64) * text.shape[1]
    return text.ravel(), starts, starts + text.shape[1]


_PAIRS = np.array([list(b"%02d" % pair) for pair in range(100)], np.uint8)
_FOURS = np.array([b"%04d" % four for four in range(10_000)], "S4").view(np.uint32)
_ID_AND_TWO = np.array([f"{ID}{two:02d}".encode() for two in range(100)], "S4").view(
    np.uint32
)
"""Four letters of an id as one number: a look-up each instead of ten divisions."""


def id_hashes(sequence: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Hash the ids of events, given their numbers in [0, 10**ID_DIGITS)."""
    flat = sequence.ravel()
    upper = flat // 10_000
    highest = upper // 10_000
    text = np.empty((len(flat), 3), np.uint32)
    text[:, 0] = _ID_AND_TWO[highest]
    text[:, 1] = _FOURS[upper - 10_000 * highest]
    text[:, 2] = _FOURS[flat - 10_000 * upper]
    starts = np.arange(len(flat), dtype=np.int64) * 12
    letters = text.view(np.uint8).ravel()
    hashes: NDArray[np.uint64] = xxh64_spans(address_of(letters), starts, starts + 12)
    return hashes.reshape(sequence.shape)


def event_id(number: int) -> str:
    """Return the id of an event by its number in the stream."""
    return f"{ID}{number:0{ID_DIGITS}d}"
