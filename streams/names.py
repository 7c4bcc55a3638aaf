"""Ids of entities as dense numbers: one table of names a process."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from streams._kernels.hashing import xxh64_at, xxh64_spans
from streams._kernels.names import (
    RECENT_BITS,
    RECENT_WIDTH,
    NamesTable,
    compact,
    index_all,
    intern_spans,
)
from streams.spans import Buffer

FIRST_NAMES, FIRST_BYTES = 1024, 16_384
FEW = 32  # numbers up to which texts are hashed sooner than rows of letters
CACHE_MAX = 65_536  # names remembered as Python strings; a bound on memory only

Scalar = TypeVar("Scalar", bound=np.generic)


def address_of(data: Buffer) -> int:
    """Return where the bytes of a buffer stand; the caller keeps the buffer alive.

    Parameters
    ----------
    data : bytes-like
        Contiguous.

    Returns
    -------
    int
        0 for an empty buffer.
    """
    if not len(data):
        return 0
    view = data if isinstance(data, np.ndarray) else np.frombuffer(data, np.uint8)
    return int(view.ctypes.data)


def hash64(text: str) -> int:
    """Hash a string to 64 bits, the same in every process (XXH64, Collet 2012).

    Parameters
    ----------
    text : str
        Any string that UTF-8 can write.

    Returns
    -------
    int
        In [0, 2**64). Two of a billion different strings collide with a chance of 3 %.

    Examples
    --------
    >>> hash64("M7") == hash64("M7"), hash64("M7") == hash64("M8")
    (True, False)
    """
    data = text.encode()
    return int(xxh64_at(address_of(data), len(data)))


def hash64_all(texts: Sequence[str]) -> NDArray[np.uint64]:
    """Hash many strings, as `hash64` does each.

    Parameters
    ----------
    texts : sequence of str
        Strings that UTF-8 can write.

    Returns
    -------
    ndarray of shape (len(texts),), uint64

    Examples
    --------
    >>> hash64_all(["M7", ""]).tolist() == [hash64("M7"), hash64("")]
    True
    """
    data, starts, ends = _spans(texts)
    hashes: NDArray[np.uint64] = xxh64_spans(address_of(data), starts, ends)
    return hashes


def hash64_numbered(prefix: str, numbers: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Hash numbers after a prefix, as `hash64` does each text, and ten times faster.

    Parameters
    ----------
    prefix : str
        A string that UTF-8 can write.
    numbers : ndarray of shape (n,), int64
        >= 0, ascending.

    Returns
    -------
    ndarray of shape (n,), uint64

    Examples
    --------
    >>> found = hash64_numbered("M", np.array([9, 10]))
    >>> found.tolist() == [hash64("M9"), hash64("M10")]
    True
    """
    if len(numbers) <= FEW:
        return hash64_all([f"{prefix}{number}" for number in numbers.tolist()])
    head = np.frombuffer(prefix.encode(), np.uint8)
    hashes, done = np.empty(len(numbers), np.uint64), 0
    while done < len(numbers):  # those of as many digits together, as rows of letters
        n_digits = len(str(numbers[done]))
        end = int(np.searchsorted(numbers, 10**n_digits))
        left, width = numbers[done:end], len(head) + n_digits
        rows = np.empty((end - done, width), np.uint8)
        rows[:, : len(head)] = head
        for column in range(width - 1, len(head) - 1, -1):
            left, digit = np.divmod(left, 10)
            rows[:, column] = digit + ord("0")
        ends = np.arange(1, end - done + 1) * width
        hashes[done:end] = xxh64_spans(address_of(rows.ravel()), ends - width, ends)
        done = end
    return hashes


def _spans(
    texts: Sequence[str | None],
) -> tuple[bytes, NDArray[np.int64], NDArray[np.int64]]:
    """Write texts one behind the other; the span of None starts at -1."""
    parts = [b"" if text is None else text.encode() for text in texts]
    lengths = np.fromiter(map(len, parts), np.int64, len(parts))
    ends = lengths.cumsum()
    starts = ends - lengths
    starts[[text is None for text in texts]] = -1
    return b"".join(parts), starts, ends


class Names:
    """A growing table of ids: string to dense number, and back.

    Numbers are given in order of arrival, so they never enter a hash of state; the
    64-bit hash of the string does. The table is a few arrays that kernels fill.

    Examples
    --------
    >>> names = Names()
    >>> names.index("M7"), names.index("M8"), names.index("M7")
    (0, 1, 0)
    >>> names[1]
    'M8'
    """

    def __init__(self) -> None:
        self._table = NamesTable(
            n_names=np.zeros(1, np.int64),
            arena=np.zeros(FIRST_BYTES, np.uint8),
            ends=np.zeros(FIRST_NAMES, np.int64),
            hashes=np.zeros(FIRST_NAMES, np.uint64),
            slots=np.zeros(2 * FIRST_NAMES, np.int64),
        )
        self._cache: dict[str, int] = {}  # 0.05 us a look-up, against 5 us of a kernel
        self._recent: NDArray[np.uint64] | None = None
        self._generation = 0

    def __len__(self) -> int:
        return int(self._table.n_names[0])

    def __getitem__(self, index: int) -> str:
        n_names = len(self)
        if not -n_names <= index < n_names:
            msg = f"name {index}: must be in 0..{n_names - 1}"
            raise IndexError(msg)
        number = index % n_names
        start = self._table.ends[number - 1] if number else 0
        return self._table.arena[start : self._table.ends[number]].tobytes().decode()

    def texts(self, numbers: NDArray[np.integer]) -> list[str | None]:
        """Return many names at once, a quarter of the work of one after the other.

        Parameters
        ----------
        numbers : ndarray of shape (n,), int
            -1 gives None.

        Raises
        ------
        IndexError
            If a number is of no name.

        Examples
        --------
        >>> names = Names()
        >>> names.texts(names.indices(["M7", None, "M8"]))
        ['M7', None, 'M8']
        """
        outside = (numbers < -1) | (numbers >= len(self))
        if outside.any():
            msg = f"name {numbers[outside][0]}: must be in 0..{len(self) - 1}"
            raise IndexError(msg)
        table = self._table
        arena = table.arena.data
        starts = np.where(numbers > 0, table.ends[numbers - 1], 0)
        return [
            None if number < 0 else str(arena[start:end], "utf-8")
            for number, start, end in zip(
                numbers.tolist(),
                starts.tolist(),
                table.ends[numbers].tolist(),
                strict=True,
            )
        ]

    @property
    def hashes(self) -> NDArray[np.uint64]:
        """Hash of every name, shape (len(self),), uint64."""
        return self._table.hashes[: len(self)]

    @property
    def table(self) -> NamesTable:
        """The arrays, for a kernel; valid until the next call of `reserve`."""
        return self._table

    @property
    def generation(self) -> int:
        """How often `keep` has numbered the names anew."""
        return self._generation

    @property
    def recent(self) -> NDArray[np.uint64]:
        """Names seen lately, for a kernel (see `streams._kernels.names.recall`)."""
        if self._recent is None:
            self._recent = np.zeros((1 << RECENT_BITS, RECENT_WIDTH), np.uint64)
        return self._recent

    @property
    def n_bytes(self) -> int:
        """Bytes of all names in UTF-8."""
        return int(self._table.ends[len(self) - 1]) if len(self) else 0

    def index(self, name: str) -> int:
        """Return the number of a name, giving it the next one if it is new."""
        found = self._cache.get(name)
        if found is not None:
            return found
        number = int(self.indices((name,))[0])
        if len(self._cache) >= CACHE_MAX:
            self._cache.clear()
        self._cache[name] = number
        return number

    def indices(self, names: Iterable[str | None]) -> NDArray[np.int32]:
        """Return the numbers of many names; None gives `NO_REFERENCE`."""
        data, starts, ends = _spans(tuple(names))
        return self.intern_spans(data, starts, ends)

    def reserve(self, n_names: int, n_bytes: int) -> None:
        """Make room for new names, so that a kernel can add them.

        Parameters
        ----------
        n_names, n_bytes : int
            How many more names, and bytes of them together, must fit; >= 0.
        """
        n_names, n_bytes = n_names + len(self), n_bytes + self.n_bytes
        table = self._table
        if n_bytes > len(table.arena):
            table = table._replace(arena=_grown(table.arena, n_bytes))
        if n_names > len(table.ends):
            ends = _grown(table.ends, n_names)
            hashes = _grown(table.hashes, n_names)
            slots = np.zeros(2 * len(ends), np.int64)
            table = table._replace(ends=ends, hashes=hashes, slots=slots)
            index_all(table)
        self._table = table

    def intern_spans(
        self, data: Buffer, starts: NDArray[np.int64], ends: NDArray[np.int64]
    ) -> NDArray[np.int32]:
        """Return the numbers of many names that stand in one buffer.

        Parameters
        ----------
        data : bytes-like
            Contiguous buffer; the spans must be valid UTF-8, which is not checked.
        starts, ends : ndarray of shape (n,), int64
            Name i is ``data[starts[i]:ends[i]]``; a start of -1 means no name.

        Returns
        -------
        ndarray of shape (n,), int32
            -1 where there is no name.
        """
        numbers = np.empty(len(starts), np.int32)
        if not len(starts):
            return numbers
        address, spans = address_of(data), (starts, ends, numbers)
        done = intern_spans(self._table, address, spans, 0)
        while done < len(
            starts
        ):  # a table doubles, so this happens a few times at most
            self.reserve(1, int(ends[done] - starts[done]))
            done = intern_spans(self._table, address, spans, done)
        return numbers

    def keep(self, numbers: NDArray[np.integer]) -> NDArray[np.int32]:
        """Forget all names but some, which move together in their old order.

        Memory that was reserved stays, so that a table that is thinned out from time
        to time has a bound.

        Parameters
        ----------
        numbers : ndarray of shape (n,), int
            Numbers of the names to keep, ascending, each once.

        Returns
        -------
        ndarray of shape (len(self) before,), int32
            New number of each name, -1 for those that are gone.

        Raises
        ------
        IndexError
            If the numbers are not ascending or not those of names.

        Examples
        --------
        >>> names = Names()
        >>> names.indices(["A", "B", "C"]).tolist()
        [0, 1, 2]
        >>> names.keep(np.array([0, 2])).tolist(), names[1], len(names)
        ([0, -1, 1], 'C', 2)
        """
        kept = np.array(numbers, np.int64)
        inside = not len(kept) or (kept[0] >= 0 and kept[-1] < len(self))
        if not inside or (np.diff(kept) <= 0).any():
            msg = f"numbers: must be ascending in 0..{len(self) - 1}, were {kept}"
            raise IndexError(msg)
        mapping = np.empty(len(self), np.int32)
        compact(self._table, kept, mapping)
        self._cache.clear()
        self._recent = None
        self._generation += 1
        return mapping


def _grown(array: NDArray[Scalar], n_least: int) -> NDArray[Scalar]:
    """Copy an array into one of at least twice its length; a power of two times it."""
    length = 2 * len(array)
    while length < n_least:
        length *= 2
    grown = np.zeros(length, array.dtype)
    grown[: len(array)] = array
    return grown
