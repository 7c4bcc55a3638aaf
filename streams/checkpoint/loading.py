"""Load the newest checkpoint that is whole, or list all of them by their heads."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.checkpoint.frame import (
    MAGIC_DELTA,
    MAGIC_WHOLE,
    PROBE,
    Head,
    Origin,
    Table,
    n_head_bytes,
    read_head,
    read_whole,
    typed,
)
from streams.checkpoint.image import PAGE_BYTES, Bytes, patched
from streams.checkpoint.naming import DELTA, Listing, SaveName
from streams.checkpoint.record import (
    Checkpoint,
    CheckpointHead,
    RejectedCheckpoint,
    Section,
)
from streams.disk import Disk, LocalDisk
from streams.errors import CheckpointCorruptError, CheckpointError

# A file is gone when its owner saved meanwhile; then there are newer ones.
_LISTINGS_MAX = 10


def load(
    folder: Path, *, number: int | None = None, disk: Disk | None = None
) -> Checkpoint | None:
    """Load the newest whole checkpoint.

    Parameters
    ----------
    folder : Path
        Where they were saved.
    number : int or None
        Look no further than this one, as `checkpoints` numbers them; None: the newest.
    disk : Disk or None
        Where; None: this machine.

    Returns
    -------
    Checkpoint or None
        None if nothing was ever saved there, or nothing up to `number` is there still.
        Its `rejected` names newer ones that were passed over.

    Raises
    ------
    CheckpointCorruptError
        If there are checkpoints and none is whole.
    CheckpointError
        If the newest whole one has a version that is not known here.
    """
    place = disk or LocalDisk()
    for _ in range(_LISTINGS_MAX):
        try:
            return _load(folder, place, number)
        except FileNotFoundError:
            continue
    msg = f"checkpoints in {str(folder)!r}: are replaced faster than they can be read"
    raise CheckpointError(msg)


def _load(folder: Path, disk: Disk, number: int | None) -> Checkpoint | None:
    rejected: list[RejectedCheckpoint] = []
    for name in reversed(Listing.of(disk, folder).whole):
        if number is not None and name.number > number:
            continue
        path = folder / name.file()
        try:
            found = _Loading(folder, name, disk)
        except CheckpointCorruptError as error:
            rejected.append(RejectedCheckpoint(path, str(error)))
        else:
            rejected += found.follow(number)
            return found.checkpoint(tuple(rejected))
    if rejected:
        reasons = "; ".join(f"{one.path.name}: {one.reason}" for one in rejected)
        msg = f"checkpoints in {str(folder)!r}: none is whole: {reasons}"
        raise CheckpointCorruptError(msg)
    return None


class _Loading:
    """One whole checkpoint, and the deltas behind it."""

    def __init__(self, folder: Path, name: SaveName, disk: Disk) -> None:
        self._folder = folder
        self._disk = disk
        self._name = name
        self._path = folder / name.file()
        data = disk.read(self._path)
        try:
            head, body = read_whole(data)
        except CheckpointCorruptError:
            raise
        except CheckpointError as error:
            msg = f"{self._path}: {error}"
            raise CheckpointError(msg) from error
        self._table = head.table
        self._checksum = head.checksum
        flat = np.asarray(body)
        self._data: dict[tuple[str, str], Bytes] = {
            piece.key: flat[piece.start : piece.start + piece.n_bytes]
            for piece in head.table.pieces
        }
        self._n_deltas = 0

    def follow(self, number: int | None) -> list[RejectedCheckpoint]:
        """Apply the deltas, up to the first that is not whole."""
        path = self._folder / self._name.file(DELTA)
        try:
            data = self._disk.read(path)
        except FileNotFoundError:
            return []
        start = 0
        while start < len(data):
            sequence = self._n_deltas + 1
            if number is not None and self._name.number + sequence > number:
                break
            try:
                start = self._apply(data, start, sequence)
            except CheckpointCorruptError as error:
                return [RejectedCheckpoint(path, f"delta {sequence}: {error}")]
            except CheckpointError as error:
                msg = f"{path}: {error}"
                raise CheckpointError(msg) from error
            self._n_deltas = sequence
            self._path = path
        return []

    def _apply(self, data: memoryview, start: int, sequence: int) -> int:
        """Apply the delta at a byte and return where the next begins."""
        head = read_head(data[start:], MAGIC_DELTA, start)
        check_origin(head, Origin(self._name.number, self._checksum, sequence))
        body = np.asarray(head.body(data))
        table = head.table
        n_pages = sum(piece.n_pages for piece in table.pieces)
        numbers = body[: 4 * n_pages].view(np.uint32)
        content = body[4 * n_pages :]
        after: dict[tuple[str, str], Bytes] = {}
        for piece in table.pieces:
            own, numbers = numbers[: piece.n_pages], numbers[piece.n_pages :]
            n_bytes = _n_content_bytes(piece.n_bytes, own)
            before = self._data.get(piece.key)
            after[piece.key] = patched(before, piece, own, content[:n_bytes])
            content = content[n_bytes:]
        self._table, self._data = table, after
        return head.end

    def checkpoint(self, rejected: tuple[RejectedCheckpoint, ...]) -> Checkpoint:
        return Checkpoint(
            self._path,
            self._name.number + self._n_deltas,
            self._table.meta,
            _sections(self._table, self._data),
            rejected,
            self._name.generation,
        )


def _n_content_bytes(n_bytes: int, numbers: NDArray[np.uint32]) -> int:
    from_last = n_bytes - PAGE_BYTES * (int(numbers[-1]) + 1) if len(numbers) else 0
    return PAGE_BYTES * len(numbers) + min(0, from_last)


def check_origin(head: Head, expected: Origin) -> None:
    """Refuse a delta of another checkpoint, or out of its order.

    Raises
    ------
    CheckpointCorruptError
        With what it is instead.
    """
    if head.table.origin != expected:
        msg = f"must be {expected}, was {head.table.origin}"
        raise CheckpointCorruptError(msg)


def _sections(table: Table, data: dict[tuple[str, str], Bytes]) -> dict[str, Section]:
    found: dict[str, Any] = {name: {} for name in table.sections}
    for piece in table.pieces:
        part = typed(piece, data[piece.key])
        if piece.dtype is None:
            found[piece.section] = part
        else:
            found[piece.section][piece.name] = part
    return found


def checkpoints(folder: Path, *, disk: Disk | None = None) -> list[CheckpointHead]:
    """List the checkpoints of a folder without reading their bodies.

    So whether one is whole is only known when it is loaded; those whose head is damaged
    are left out.

    Parameters
    ----------
    folder : Path
        Where they were saved.
    disk : Disk or None
        Where; None: this machine.

    Returns
    -------
    list of CheckpointHead
        By age, oldest first: by generation, then by number.

    Examples
    --------
    >>> checkpoints(Path("nowhere"))
    []
    """
    place = disk or LocalDisk()
    found: list[CheckpointHead] = []
    for name in Listing.of(place, folder).whole:
        try:
            found += _heads(folder, name, place)
        except FileNotFoundError:  # its owner has replaced it meanwhile
            continue
    return found


def _heads(folder: Path, name: SaveName, disk: Disk) -> Iterator[CheckpointHead]:
    path = folder / name.file()
    whole = _head_at(disk, path, MAGIC_WHOLE, 0)
    if whole is None:
        return
    yield CheckpointHead(path, name.number, name.generation, whole.table.meta)
    path = folder / name.file(DELTA)
    start, number = 0, name.number
    while (head := _delta_at(disk, path, start)) is not None:
        number += 1
        if head.table.origin != Origin(
            name.number, whole.checksum, number - name.number
        ):
            return
        yield CheckpointHead(path, number, name.generation, head.table.meta)
        start = head.end


def _delta_at(disk: Disk, path: Path, start: int) -> Head | None:
    try:
        return _head_at(disk, path, MAGIC_DELTA, start)
    except FileNotFoundError:
        return None


def _head_at(disk: Disk, path: Path, magic: bytes, start: int) -> Head | None:
    probe = disk.read(path, start=start, n_bytes=PROBE)
    data = disk.read(path, start=start, n_bytes=n_head_bytes(probe))
    try:
        return read_head(data, magic, start)
    except CheckpointError:
        return None


def latest_number(disk: Disk, folder: Path, listing: Listing) -> int:
    """Return the highest number of a checkpoint in a folder, deltas counted; 0 if none.

    Parameters
    ----------
    disk : Disk
        Where.
    folder : Path
        Of the checkpoints.
    listing : Listing
        What is in it.
    """
    highest = max((name.number for name in listing.whole), default=0)
    for name in listing.deltas:
        start, number = 0, name.number
        path = folder / name.file(DELTA)
        while (head := _delta_at(disk, path, start)) is not None:
            number += 1
            start = head.end
        highest = max(highest, number)
    return highest
