"""The keys of recent events: who comes again is dropped, in bounded memory."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams._kernels.keys import (
    KeyTable,
    event_keys_of,
    index_keys,
    remember,
)
from streams._kernels.order import COPY, TAKEN
from streams.batch import EventBatch, plain

KEYS_FIRST = 1024
"""Room of a new table, a power of two: 16 kB, so that a small replay stays small."""

GROWTH = 4
"""A table that is full gets so many times its room. Doubling it moves every key once on
average, this a third of them."""


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
    keys: NDArray[np.uint64] = event_keys_of(
        plain(batch.source), plain(batch.id_hash), batch.names.hashes
    )
    return keys


class RecentKeys:
    """Two generations of keys; when the newer one is full it becomes the older one.

    A repeated key is found for certain while fewer than `keys_max` other new keys came
    since, and never after twice as many.

    Parameters
    ----------
    keys_max : int
        Size of a generation, >= 1. A million take 34 MB in both together.

    Examples
    --------
    >>> recent = RecentKeys(keys_max=10)
    >>> recent.add(np.array([1, 2, 1], np.uint64)).tolist()
    [True, True, False]
    """

    def __init__(self, keys_max: int) -> None:
        self._keys_max = keys_max
        self._newer = self._table(_NO_KEYS)
        self._older = self._table(_NO_KEYS)

    @property
    def n_bytes(self) -> int:
        """Memory of both generations."""
        tables = (self._newer, self._older)
        return sum(table.log.nbytes + table.slots.nbytes for table in tables)

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
        verdict = np.full(len(keys), TAKEN, np.uint8)
        self.judge(keys, verdict)
        is_new: NDArray[np.bool_] = verdict != COPY
        return is_new

    def judge(self, keys: NDArray[np.uint64], verdict: NDArray[np.uint8]) -> None:
        """Remember the keys of events that are taken so far, and mark the copies.

        Parameters
        ----------
        keys : ndarray of shape (n,), uint64
            May repeat one another.
        verdict : ndarray of shape (n,), uint8
            Verdicts of `streams._kernels.order`; a repeated key makes one a copy.
        """
        done = self._remember(keys, verdict, 0)
        while done < len(keys):
            done = self._remember(keys, verdict, done)

    def _remember(
        self, keys: NDArray[np.uint64], verdict: NDArray[np.uint8], first: int
    ) -> int:
        done = int(remember(self._newer, self._older, keys, verdict, first))
        n_keys = int(self._newer.n_keys[0])
        if n_keys >= self._keys_max:
            # The next generation will be as long.
            self._older = self._newer
            self._newer = self._table(_NO_KEYS, self._keys_max)
        elif n_keys == len(self._newer.log):
            self._newer = self._table(self._newer.log, GROWTH * n_keys)
        return done

    def _table(self, keys: NDArray[np.uint64], n_least: int = 1) -> KeyTable:
        """Return a table that holds keys, with room up to the next power of two."""
        capacity = KEYS_FIRST
        while capacity < max(len(keys), min(n_least, self._keys_max)):
            capacity *= 2
        # The log ends where the generation does, which compiled code must not miss.
        log = np.zeros(max(len(keys), min(capacity, self._keys_max)), np.uint64)
        log[: len(keys)] = keys
        table = KeyTable(
            n_keys=np.array([len(keys)], np.int64),
            log=log,
            slots=np.zeros(2 * capacity, np.uint32),
        )
        index_keys(table)
        return table

    def snapshot(self) -> dict[str, NDArray[np.uint64]]:
        """Return the keys by generation, in the order they came, without copying.

        A later snapshot of the same generation begins with this one, so that what came
        since is its end.
        """
        return {
            "newer": self._newer.log[: self._newer.n_keys[0]],
            "older": self._older.log[: self._older.n_keys[0]],
        }

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what `snapshot` returned, with generations of any size."""
        newer, older = arrays["newer"], arrays["older"]
        if len(newer) >= self._keys_max:
            newer, older = _NO_KEYS, newer
        self._newer = self._table(newer, len(newer) + 1)
        self._older = self._table(older)


_NO_KEYS = np.zeros(0, np.uint64)
