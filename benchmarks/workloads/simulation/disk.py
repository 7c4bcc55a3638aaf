"""A disk in memory that crashes or fails where it is told to."""

import errno
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

Buffers = Sequence[bytes | memoryview]


class DiskCrash(BaseException):
    """The machine stopped; no handler of the product may run on."""


class File:
    """What is in the cache, and what of it is certain to survive a crash."""

    def __init__(self, content: bytes = b"") -> None:
        self.content = bytearray(content)
        self.kept = bytes(content)
        self.under = b""


class FaultyDisk:
    """A disk in memory that crashes or fails at its k-th operation.

    After a crash, bytes that were not synced are there, or not, or in part, or as
    zeros; names that were not synced are there or not, each for itself.

    Parameters
    ----------
    seed
        Of what is torn, and how.
    crash_at, fail_at
        Number of an operation, from 1; and of those that fail.
    error
        What they fail with.
    """

    def __init__(
        self,
        seed: int = 0,
        crash_at: int | None = None,
        fail_at: Sequence[int] = (),
        error: int = errno.ENOSPC,
    ) -> None:
        self.random = np.random.default_rng(seed)
        self.crash_at = crash_at
        self.fail_at = fail_at
        self.error = error
        self.n_operations = 0
        self.log: list[str] = []
        self.names: dict[Path, File] = {}
        self.kept_names: dict[Path, File] = {}
        self.unsynced: list[tuple[Path, File | None, Path | None]] = []

    def _step(self, what: str, partly: Callable[[], None] | None = None) -> None:
        self.n_operations += 1
        self.log.append(what)
        crash = self.n_operations == self.crash_at
        if crash or self.n_operations in self.fail_at:
            if partly is not None:
                partly()
            if crash:
                raise DiskCrash(what)
            raise OSError(self.error, "No space left on device")

    def make_folder(self, folder: Path) -> None:
        """Do nothing: all folders are there."""

    def list(self, folder: Path) -> list[str]:
        """Return the names in a folder."""
        return [path.name for path in self.names if path.parent == folder]

    def read(
        self, path: Path, *, start: int = 0, n_bytes: int | None = None
    ) -> memoryview:
        """Return bytes of a file."""
        if path not in self.names:
            raise FileNotFoundError(errno.ENOENT, "No such file", str(path))
        content = self.names[path].content
        end = len(content) if n_bytes is None else start + n_bytes
        return memoryview(content[start:end])

    def write(self, path: Path, buffers: Buffers) -> None:
        """Write a file anew; a failure leaves a part of it."""

        def put(content: bytes) -> None:
            file = self.names.get(path)
            if file is None:
                file = File()
                self._name(path, file)
            file.under, file.kept = bytes(file.content), b""
            file.content[:] = content

        content = b"".join(map(bytes, buffers))
        part = content[: self.random.integers(len(content) + 1)]
        self._step(f"write {path.name}", lambda: put(part))
        put(content)

    def append(self, path: Path, buffers: Buffers) -> None:
        """Write behind the end of a file; a failure leaves a part of it."""
        file = self.names[path]
        content = b"".join(map(bytes, buffers))
        part = content[: self.random.integers(len(content) + 1)]
        self._step(f"append {path.name}", lambda: file.content.extend(part))
        file.content += content

    def _name(self, path: Path, file: File | None, old: Path | None = None) -> None:
        if old is not None:
            del self.names[old]
        if file is None:
            self.names.pop(path)
        else:
            self.names[path] = file
        self.unsynced.append((path, file, old))

    def sync(self, path: Path) -> None:
        """Have the bytes of a file survive."""
        self._step(f"sync {path.name}")
        self.names[path].kept = bytes(self.names[path].content)
        self.names[path].under = b""

    def sync_folder(self, folder: Path) -> None:
        """Have the names survive."""
        self._step(f"sync folder {folder}")
        self.kept_names = dict(self.names)
        self.unsynced = []

    def rename(self, path: Path, target: Path) -> None:
        """Give a file another name."""
        self._step(f"rename {path.name}")
        self._name(target, self.names[path], old=path)

    def unlink(self, path: Path) -> None:
        """Remove a file."""
        self._step(f"unlink {path.name}")
        if path in self.names:
            self._name(path, None)

    def after_crash(self) -> "FaultyDisk":
        """Return the disk that the machine finds when it starts again."""
        found = FaultyDisk(int(self.random.integers(1 << 30)))
        names = dict(self.kept_names)
        for path, file, old in self.unsynced:
            if self.random.random() < 0.5:
                if old is not None:
                    names.pop(old, None)
                names.pop(path, None)
                if file is not None:
                    names[path] = file
        found.names = {path: File(self._torn(file)) for path, file in names.items()}
        found.kept_names = dict(found.names)
        return found

    def _torn(self, file: File) -> bytes:
        written = bytes(file.content)
        kept = len(file.kept)
        assert written[:kept] == file.kept
        cut = int(self.random.integers(kept, len(written) + 1))
        kind = self.random.integers(5)
        under = written[kept:cut] + file.under[cut:]
        ends = [b"", written[kept:cut], bytes(cut - kept), written[kept:], under]
        return file.kept + ends[kind]
