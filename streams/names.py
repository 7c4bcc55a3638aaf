"""Ids of entities as dense numbers: one table of names a process."""

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


def hash64(text: str) -> int:
    """Hash a string to 64 bits, the same in every process (BLAKE2b, Aumasson 2013).

    Parameters
    ----------
    text : str
        Any string.

    Returns
    -------
    int
        In [0, 2**64). Two of a billion different strings collide with a chance of 3 %.

    Examples
    --------
    >>> hash64("M7") == hash64("M7"), hash64("M7") == hash64("M8")
    (True, False)
    """
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


class Names:
    """A growing table of ids: string to dense number, and back.

    Numbers are given in order of arrival, so they never enter a hash of state; the
    64-bit hash of the string does.

    Examples
    --------
    >>> names = Names()
    >>> names.index("M7"), names.index("M8"), names.index("M7")
    (0, 1, 0)
    >>> names[1]
    'M8'
    """

    def __init__(self) -> None:
        self._index: dict[str, int] = {}
        self._strings: list[str] = []
        self._hashes = np.zeros(1024, np.uint64)

    def __len__(self) -> int:
        return len(self._strings)

    def __getitem__(self, index: int) -> str:
        return self._strings[index]

    @property
    def hashes(self) -> NDArray[np.uint64]:
        """Hash of every name, shape (len(self),), uint64."""
        return self._hashes[: len(self._strings)]

    def index(self, name: str) -> int:
        """Return the number of a name, giving it the next one if it is new."""
        found = self._index.get(name)
        if found is not None:
            return found
        number = len(self._strings)
        if number == len(self._hashes):
            self._hashes = np.concatenate([self._hashes, np.zeros_like(self._hashes)])
        self._hashes[number] = hash64(name)
        self._strings.append(name)
        self._index[name] = number
        return number

    def indices(self, names: Iterable[str | None]) -> NDArray[np.int32]:
        """Return the numbers of many names; None gives `NO_REFERENCE`."""
        index = self.index
        return np.array([-1 if n is None else index(n) for n in names], np.int32)
