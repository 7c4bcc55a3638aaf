"""Copies of everything that is saved, at one moment, and what differs between two."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.checkpoint.frame import ALIGNMENT, Piece
from streams.checkpoint.record import MetaValue, Section
from streams.errors import CheckpointError

Bytes = np.ndarray[Any, np.dtype[np.uint8]]

PAGE_BYTES = 4096
"""What a delta holds at the least of an array that changed. Half of it: the deltas of
scattered changes shrink by up to half, and comparing costs twice as many rows."""

_WORD = np.dtype(np.uint64)
_ZEROS = bytes(ALIGNMENT)


@dataclass(frozen=True, slots=True)
class Part:
    """One array or byte string and its bytes; `piece.start` is 0."""

    piece: Piece
    data: Bytes


def parts_of(sections: Mapping[str, Section]) -> list[Part]:
    """Look at the bytes of sections, without copying what is contiguous.

    Parameters
    ----------
    sections : Mapping of str to bytes or Mapping of str to ndarray
        As for `save`.

    Raises
    ------
    CheckpointError
        If an array holds Python objects.
    """
    return [
        _part(section, name, part)
        for section, content in sections.items()
        for name, part in (
            content.items() if isinstance(content, Mapping) else (("", content),)
        )
    ]


def _part(section: str, name: str, part: bytes | NDArray[Any]) -> Part:
    if not isinstance(part, np.ndarray):
        data = np.frombuffer(part, np.uint8)
        return Part(Piece(section, name, None, (len(part),), 0, len(part)), data)
    if part.dtype.hasobject:
        msg = (
            f"array '{section}.{name}': holds Python objects; only plain types can be "
            f"saved"
        )
        raise CheckpointError(msg)
    data = np.ascontiguousarray(part).reshape(-1).view(np.uint8)
    described = _description(part.dtype)
    return Part(Piece(section, name, described, part.shape, 0, len(data)), data)


@lru_cache(maxsize=256)
def _description(dtype: np.dtype[Any]) -> Any:  # noqa: ANN401
    # Describing a record of 20 fields takes 20 us, which counts in a pause of 1 ms.
    return np.lib.format.dtype_to_descr(dtype)


def filled(data: Bytes) -> list[memoryview | bytes]:
    """Return the bytes of a piece as a whole checkpoint has them: with zeros behind."""
    return [data.data, _ZEROS[: -len(data) % ALIGNMENT]]


class Image:
    """Copies of sections in memory that the next copy uses again.

    Attributes
    ----------
    meta : dict
        Copy of what was given.
    sections : list of str
        Their names.
    parts : dict of (str, str) to Part
        By section and name, in order.
    """

    def __init__(self) -> None:
        self.meta: dict[str, Any] = {}
        self.sections: list[str] = []
        self.parts: dict[tuple[str, str], Part] = {}
        self._memory: dict[tuple[str, str], Bytes] = {}

    def take(
        self, sections: Mapping[str, Section], meta: Mapping[str, MetaValue]
    ) -> None:
        """Copy sections and meta in place of what was held.

        Raises
        ------
        CheckpointError
            If an array holds Python objects.
        """
        given = parts_of(sections)
        self.meta = msgspec.json.decode(msgspec.json.encode(dict(meta)))
        self.sections = list(sections)
        self.parts = {part.piece.key: self._copy(part) for part in given}
        self._memory = {key: self._memory[key] for key in self.parts}

    def reserve(self, other: "Image") -> None:
        """Provide memory for what `other` holds, so that the next `take` is not slower.

        Memory that was never written to costs three times the copy itself.
        """
        for key, part in other.parts.items():
            if len(self._memory.get(key, ())) < len(part.data):
                self._grow(key, len(part.data))[:] = 0

    def _grow(self, key: tuple[str, str], n_bytes: int) -> Bytes:
        # An eighth more, so that what grows little by little is not moved every time.
        pages = -(-(n_bytes + n_bytes // 8) // PAGE_BYTES)
        memory = self._memory[key] = np.empty(pages * PAGE_BYTES, np.uint8)
        return memory

    def _copy(self, part: Part) -> Part:
        n_bytes = len(part.data)
        memory = self._memory.get(part.piece.key)
        if memory is None or len(memory) < n_bytes:
            memory = self._grow(part.piece.key, n_bytes)
        np.copyto(memory[:n_bytes], part.data)
        # Whole pages are compared, so what lies behind must be the same every time.
        memory[n_bytes : n_bytes + -n_bytes % PAGE_BYTES] = 0
        return Part(part.piece, memory[:n_bytes])

    def pages(self, key: tuple[str, str]) -> NDArray[np.uint64]:
        """Return the bytes of a part as whole pages, zeros behind its end.

        Returns
        -------
        ndarray of shape (n_pages, 512), uint64
        """
        n_bytes = len(self.parts[key].data)
        memory = self._memory[key][: n_bytes + -n_bytes % PAGE_BYTES]
        return memory.view(_WORD).reshape(-1, PAGE_BYTES // _WORD.itemsize)


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs from an older image.

    Attributes
    ----------
    pieces : list of Piece
        All of the newer one, with the number of their changed pages.
    numbers : ndarray of shape (n,), uint32
        Changed pages, by piece and then by page.
    pages : list of memoryview
        Their bytes, of one piece after the other; the last page of a piece is cut where
        the piece ends.
    """

    pieces: list[Piece]
    numbers: NDArray[np.uint32]
    pages: list[memoryview]

    @property
    def n_bytes(self) -> int:
        """Length of pages and numbers."""
        return self.numbers.nbytes + sum(map(len, self.pages))


def changes(newer: Image, older: Image) -> Changes:
    """Find the pages of `newer` that are not as in `older`, or not there."""
    pieces, numbers, pages = [], [], []
    for key, part in newer.parts.items():
        now = newer.pages(key)
        changed = _changed(now, older.pages(key) if key in older.parts else now[:0])
        pieces.append(msgspec.structs.replace(part.piece, n_pages=len(changed)))
        if len(changed):
            content = now[changed].reshape(-1).view(np.uint8)
            last = int(changed[-1]) + 1 == len(now)
            beyond = now.nbytes - len(part.data) if last else 0
            pages.append(content[: len(content) - beyond].data)
            numbers.append(changed)
    joined = np.concatenate(numbers) if numbers else np.empty(0, np.uint32)
    return Changes(pieces, joined.astype(np.uint32), pages)


def _changed(
    now: NDArray[np.uint64], before: NDArray[np.uint64]
) -> NDArray[np.unsignedinteger[Any]]:
    n_both = min(len(now), len(before))
    differ = (now[:n_both] != before[:n_both]).any(axis=1)
    added = np.arange(n_both, len(now), dtype=np.uint32)
    return np.concatenate([np.flatnonzero(differ).astype(np.uint32), added])


def patched(
    data: Bytes | None, piece: Piece, numbers: NDArray[np.uint32], content: Bytes
) -> Bytes:
    """Return the bytes of a piece after a delta.

    Parameters
    ----------
    data : ndarray of shape (n_bytes_before,), uint8 or None
        Before; changed in place where the length stays. None: the piece is new.
    piece : Piece
        After.
    numbers : ndarray of shape (n_pages,), uint32
        Its changed pages.
    content : ndarray of shape (n,), uint8
        These pages, as `Changes.pages` has them.

    Returns
    -------
    ndarray of shape (piece.n_bytes,), uint8
    """
    if data is None or len(data) != piece.n_bytes:
        before = data if data is not None else np.empty(0, np.uint8)
        data = np.zeros(piece.n_bytes, np.uint8)
        n_both = min(len(before), len(data))
        data[:n_both] = before[:n_both]
    n_whole = len(data) // PAGE_BYTES
    n_pages = len(content) // PAGE_BYTES
    whole = data[: n_whole * PAGE_BYTES].reshape(-1, PAGE_BYTES)
    whole[numbers[:n_pages]] = content[: n_pages * PAGE_BYTES].reshape(-1, PAGE_BYTES)
    rest = content[n_pages * PAGE_BYTES :]
    if len(rest):
        data[n_whole * PAGE_BYTES :] = rest
    return data
