"""The files of one folder of checkpoints, as one owner writes them.

A whole one is written beside its final name, forced to the disk and renamed, so a crash
at any moment leaves the one before. A delta is appended to a file of its own and forced
to the disk; one that a crash cut is not counted, and never written behind.
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from streams.checkpoint.frame import (
    MAGIC_DELTA,
    MAGIC_WHOLE,
    Origin,
    Table,
    encode,
    read_whole,
)
from streams.checkpoint.image import Changes, Image, Part, filled
from streams.checkpoint.loading import latest_number
from streams.checkpoint.naming import DELTA, UNFINISHED, Listing, SaveName
from streams.disk import Buffers, Disk
from streams.errors import (
    CheckpointError,
    CheckpointFencedError,
    CheckpointWriteError,
)

DELTA_SHARE = 0.5
"""Deltas up to this share of their whole checkpoint are kept behind it. A load reads
both: at 1 it may take twice as long, at 0.25 whole ones are written twice as often."""


@dataclass(slots=True)
class Whole:
    """A whole checkpoint that deltas may follow."""

    path: Path
    name: SaveName
    checksum: int
    n_bytes: int
    n_deltas: int = 0
    n_delta_bytes: int = 0


class Files:
    """The files of one folder, as one owner writes them.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    generation, keep : int
        As for `CheckpointWriter`.
    disk : Disk
        Where.
    reuse : bool
        Keep a file that is no longer needed and write the next one over it, which takes
        half the time; `remove_spare` ends that.

    Raises
    ------
    CheckpointError
        If an option is out of its range.
    """

    def __init__(
        self,
        folder: Path,
        *,
        generation: int,
        keep: int,
        disk: Disk,
        reuse: bool = False,
    ) -> None:
        for name, value, least in (("generation", generation, 0), ("keep", keep, 2)):
            if value < least:
                msg = f"{name}: must be >= {least}, was {value}"
                raise CheckpointError(msg)
        self._folder = folder
        self._generation = generation
        self._keep = keep
        self._disk = disk
        self._number: int | None = None  # the last one used, also by what failed
        self._known_whole: set[SaveName] = set()
        self._reuse = reuse
        self._spare: SaveName | None = None

    def writing(self) -> "Writing":
        """Turn failures of the disk into errors of this package."""
        return Writing(self._folder)

    def _listing(self) -> Listing:
        """List the folder, and refuse to go on if it has a new owner."""
        found = Listing.of(self._disk, self._folder)
        newest = found.newest
        if newest is not None and newest.generation > self._generation:
            msg = (
                f"checkpoints in {str(self._folder)!r}: belong to generation "
                f"{newest.generation}, was {self._generation}: another owner took over"
            )
            raise CheckpointFencedError(msg)
        return found

    def save_whole(
        self,
        meta: dict[str, Any],
        sections: list[str],
        parts: list[Part],
    ) -> Whole:
        """Write a whole checkpoint, and remove what is no longer to be kept."""
        self._disk.make_folder(self._folder)
        older = self._listing()
        number = self._take_number(older)
        pieces, body, start = [], [], 0
        for part in parts:
            pieces.append(msgspec.structs.replace(part.piece, start=start))
            buffers = filled(part.data)
            body += buffers
            start += sum(map(len, buffers))
        head, checksum = encode(MAGIC_WHOLE, Table(meta, sections, pieces), body)
        name = SaveName(self._generation, number)
        self._put(name, [head, *body], older)
        self._known_whole.add(name)
        self._prune(older)
        return Whole(self._folder / name.file(), name, checksum, len(head) + start)

    def _take_number(self, older: Listing) -> int:
        if self._number is None:
            self._number = latest_number(self._disk, self._folder, older)
        self._number += 1
        return self._number

    def _put(self, name: SaveName, buffers: Buffers, older: Listing) -> None:
        path = self._folder / name.file()
        unfinished = self._folder / name.file(UNFINISHED)
        spare, self._spare = self._spare, None
        try:
            if spare in older.unfinished:
                self._disk.rename(self._folder / spare.file(UNFINISHED), unfinished)
            self._disk.write(unfinished, buffers)
            self._disk.sync(unfinished)
            # Writing took its time: somebody may have taken over meanwhile.
            self._listing()
            self._disk.rename(unfinished, path)
        except (OSError, CheckpointFencedError):
            with suppress(OSError):
                self._disk.unlink(unfinished)
            raise
        self._disk.sync_folder(self._folder)

    def save_delta(self, whole: Whole, image: Image, changed: Changes) -> Path | None:
        """Append what changed, and return the file; None if a whole one is due."""
        room = DELTA_SHARE * whole.n_bytes - whole.n_delta_bytes
        if changed.n_bytes > room:
            return None
        origin = Origin(whole.name.number, whole.checksum, whole.n_deltas + 1)
        body = [changed.numbers.view("u1").data, *changed.pages]
        table = Table(image.meta, image.sections, changed.pieces, origin)
        head, _ = encode(MAGIC_DELTA, table, body)
        n_bytes = len(head) + changed.n_bytes
        if n_bytes > room:
            return None
        older = self._listing()
        path = self._folder / whole.name.file(DELTA)
        # Also of what fails: the bytes may have come to the disk all the same.
        self._take_number(older)
        put = self._disk.append if whole.n_deltas else self._disk.write
        put(path, [head, *body])
        self._disk.sync(path)
        if not whole.n_deltas:
            self._disk.sync_folder(self._folder)
        whole.n_deltas += 1
        whole.n_delta_bytes += n_bytes
        return path

    def _prune(self, older: Listing) -> None:
        """Keep the newest whole ones of those that came before, and their deltas.

        A damaged file must not count as "the one before", or the last good one would
        go; what this process wrote itself is not read again.
        """
        kept: set[SaveName] = set()
        for name in reversed(older.whole):
            if len(kept) == self._keep - 1:
                break
            if self._is_whole(name):
                kept.add(name)
        for name in older.whole:
            if name not in kept:
                self._remove_whole(name)
        for name in older.deltas:
            if name not in kept:
                self._disk.unlink(self._folder / name.file(DELTA))
        for name in older.unfinished:
            self._disk.unlink(self._folder / name.file(UNFINISHED))

    def _remove_whole(self, name: SaveName) -> None:
        self._known_whole.discard(name)
        path = self._folder / name.file()
        if self._reuse and self._spare is None:
            # If a crash undoes this, what was written over it meanwhile has the name of
            # an older one than the one that is kept, and so is not loaded before it.
            self._disk.rename(path, self._folder / name.file(UNFINISHED))
            self._spare = name
        else:
            self._disk.unlink(path)

    def remove_spare(self) -> None:
        """Remove the file that the next one would have been written over."""
        if self._spare is not None:
            with suppress(OSError):
                self._disk.unlink(self._folder / self._spare.file(UNFINISHED))
            self._spare = None

    def _is_whole(self, name: SaveName) -> bool:
        if name not in self._known_whole:
            try:
                read_whole(self._disk.read(self._folder / name.file()))
            except (CheckpointError, OSError):
                return False
            self._known_whole.add(name)
        return True


class Writing:
    """Turns failures of the disk into `CheckpointWriteError`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if isinstance(error, OSError):
            msg = (
                f"checkpoint in {str(self._folder)!r}: cannot be written: "
                f"{error.strerror or error}"
            )
            raise CheckpointWriteError(msg) from error
