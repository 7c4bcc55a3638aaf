"""The keys of recent events: who comes again is dropped, in bounded memory."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.batch import EventBatch

# Odd, so that no bits of the source are lost; 2**64 / golden ratio spreads neighbours.
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


def event_keys(batch: EventBatch) -> NDArray[np.uint64]:
    """Key of each event: a 64-bit hash of (source, id), the same in every process.

    Parameters
    ----------
    batch : EventBatch
        Its columns `source` and `id_hash` are used.

    Returns
    -------
    ndarray of shape (n,), uint64
    """
    return batch.names.hashes[batch.source] * _SPREAD + batch.id_hash


class RecentKeys:
    """Two generations of keys; when the newer one is full it becomes the older one.

    A repeated key is found for certain while fewer than `keys_max` other new keys came
    since, and never after twice as many.

    Parameters
    ----------
    keys_max : int
        Size of a generation, >= 1. A million take about 100 MB in both together.

    Examples
    --------
    >>> recent = RecentKeys(keys_max=10)
    >>> recent.add(np.array([1, 2, 1], np.uint64)).tolist()
    [True, True, False]
    """

    def __init__(self, keys_max: int) -> None:
        self._keys_max = keys_max
        self._newer: set[int] = set()
        self._older: set[int] = set()

    def add(self, keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Remember keys, one after the other.

        Parameters
        ----------
        keys : ndarray of shape (n,), uint64
            May repeat one another.

        Returns
        -------
        ndarray of shape (n,), bool
            Whether the key is new.
        """
        new = np.zeros(len(keys), np.bool_)
        for row, key in enumerate(keys.tolist()):
            if key not in self._newer and key not in self._older:
                new[row] = True
                self._newer.add(key)
                if len(self._newer) >= self._keys_max:
                    self._older, self._newer = self._newer, set()
        return new

    def snapshot(self) -> dict[str, NDArray[np.uint64]]:
        """Return the keys by generation, each sorted."""
        return {
            "newer": np.array(sorted(self._newer), np.uint64),
            "older": np.array(sorted(self._older), np.uint64),
        }

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what `snapshot` returned."""
        self._newer = set(arrays["newer"].tolist())
        self._older = set(arrays["older"].tolist())
