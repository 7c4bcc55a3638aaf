"""What durability needs of a disk, and nothing more, so that tests can make it fail.

Writing reaches the cache of the system; only `sync` reaches the disk, and only
`sync_folder` makes a new name stay. Who saves must call them in that order: bytes,
`sync`, `rename`, `sync_folder`.
"""

import errno
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

Buffers = Sequence[bytes | memoryview]

# The most that one system call takes (IOV_MAX of Linux).
_BUFFERS_MAX = 1024
# A cache line: arrays are used where they were read to.
_ALIGNMENT = 64


class Disk(Protocol):
    """Files as a log or a checkpoint needs them; every failure is an `OSError`."""

    def make_folder(self, folder: Path) -> None:
        """Make a folder and those above it; nothing happens if it is there."""
        ...

    def list(self, folder: Path) -> list[str]:
        """Return the names in a folder, in no order; none if there is no folder."""
        ...

    def write(self, path: Path, buffers: Buffers) -> None:
        """Write a file anew; one that is there is written over, and cut to length."""
        ...

    def append(self, path: Path, buffers: Buffers) -> None:
        """Write behind the end of a file that is there."""
        ...

    def sync(self, path: Path) -> None:
        """Force the bytes of a file to the disk."""
        ...

    def sync_folder(self, folder: Path) -> None:
        """Force the names in a folder to the disk."""
        ...

    def rename(self, path: Path, target: Path) -> None:
        """Give a file another name, in place of what has it."""
        ...

    def unlink(self, path: Path) -> None:
        """Remove a file; nothing happens if it is not there."""
        ...

    def read(
        self, path: Path, *, start: int = 0, n_bytes: int | None = None
    ) -> memoryview:
        """Return bytes of a file, fewer at its end; they may be written to."""
        ...


class LocalDisk:
    """The files of this machine.

    Examples
    --------
    >>> import tempfile
    >>> disk = LocalDisk()
    >>> with tempfile.TemporaryDirectory() as name:
    ...     disk.write(Path(name) / "a", [b"one ", b"two"])
    ...     disk.append(Path(name) / "a", [b" three"])
    ...     disk.sync(Path(name) / "a")
    ...     disk.list(Path(name)), bytes(disk.read(Path(name) / "a", start=4))
    (['a'], b'two three')
    """

    def make_folder(self, folder: Path) -> None:
        """Make a folder and those above it; nothing happens if it is there."""
        folder.mkdir(parents=True, exist_ok=True)

    def list(self, folder: Path) -> list[str]:
        """Return the names in a folder, in no order; none if there is no folder."""
        try:
            return os.listdir(folder)  # noqa: PTH208 (names, not paths)
        except FileNotFoundError:
            return []

    def write(self, path: Path, buffers: Buffers) -> None:
        """Write a file anew; one that is there is written over, and cut to length.

        Writing over takes half the time of a new file: its blocks and its pages in the
        cache are there already.
        """
        _write(path, buffers, os.O_WRONLY | os.O_CREAT)

    def append(self, path: Path, buffers: Buffers) -> None:
        """Write behind the end of a file that is there."""
        _write(path, buffers, os.O_WRONLY | os.O_APPEND)

    def sync(self, path: Path) -> None:
        """Force the bytes of a file to the disk.

        Any descriptor of a file forces all of its bytes, and is told of a failed
        writing that nobody was told of before.
        """
        _sync(path, os.O_RDONLY)

    def sync_folder(self, folder: Path) -> None:
        """Force the names in a folder to the disk."""
        _sync(folder, os.O_RDONLY | os.O_DIRECTORY)

    def rename(self, path: Path, target: Path) -> None:
        """Give a file another name, in place of what has it."""
        path.replace(target)

    def unlink(self, path: Path) -> None:
        """Remove a file; nothing happens if it is not there."""
        path.unlink(missing_ok=True)

    def read(
        self, path: Path, *, start: int = 0, n_bytes: int | None = None
    ) -> memoryview:
        """Return bytes of a file, fewer at its end; they may be written to.

        They begin at a multiple of 64 bytes of memory.
        """
        file = os.open(path, os.O_RDONLY)
        try:
            there = max(0, os.fstat(file).st_size - start)
            wanted = there if n_bytes is None else min(n_bytes, there)
            buffer = aligned(wanted)
            done = 0
            while done < wanted:
                n_read = os.preadv(file, [buffer[done:]], start + done)
                if n_read == 0:  # cut meanwhile
                    break
                done += n_read
            return buffer[:done]
        finally:
            os.close(file)


def aligned(n_bytes: int) -> memoryview:
    """Return memory that begins at a multiple of 64 bytes and holds anything.

    Parameters
    ----------
    n_bytes : int
        Length, >= 0.

    Returns
    -------
    memoryview
        Of bytes, to be written to. Unlike a bytearray it is not filled with zeros
        first, which would cost as much as reading a file into it.
    """
    raw = np.empty(n_bytes + _ALIGNMENT, np.uint8)
    first = -raw.ctypes.data % _ALIGNMENT
    return raw[first : first + n_bytes].data


def _sync(path: Path, flags: int) -> None:
    file = os.open(path, flags)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _write(path: Path, buffers: Buffers, flags: int) -> None:
    file = os.open(path, flags, 0o644)
    try:
        left = [memoryview(one) for one in buffers if len(one)]
        while left:
            left = _written(file, left)
        if not flags & os.O_APPEND:
            os.ftruncate(file, sum(map(len, buffers)))
    finally:
        os.close(file)


def _written(file: int, left: list[memoryview]) -> list[memoryview]:
    """Write once and return what is still to be written."""
    n_written = os.writev(file, left[:_BUFFERS_MAX])
    if n_written == 0:
        raise OSError(errno.EIO, "no byte was written")
    for index, one in enumerate(left):
        if n_written < len(one):
            return [one[n_written:], *left[index + 1 :]]
        n_written -= len(one)
    return []
