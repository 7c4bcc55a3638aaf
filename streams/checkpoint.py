"""Save state and position together, atomically, and load the newest whole one.

A checkpoint is one file (little endian)::

    magic "MSCK", version u32, length of the table u64
    table    JSON: meta, and of each section its arrays with type, shape and place
    body     the bytes of the sections, each aligned to 64 bytes
    CRC-32C of everything before, u32

It is written beside its final name, forced to the disk and renamed, so a crash at any
moment leaves the previous one. Two are kept: if the newer one is damaged the older one
is loaded, and the log replayed from there. Arrays are stored raw: nothing is unpickled.
"""

import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np
import numpy.typing as npt
from crc32c import crc32c

from streams.errors import (
    CheckpointCorruptError,
    CheckpointError,
    CheckpointMismatchError,
    CheckpointWriteError,
)

Arrays = Mapping[str, npt.NDArray[Any]]
Section = bytes | Arrays
MetaValue = str | int | float | bool | None | dict[str, Any] | list[Any]

MAGIC = b"MSCK"
VERSION = 1

_HEAD = struct.Struct("<4sIQ")
_CHECKSUM = struct.Struct("<I")
_ALIGNMENT = 64  # a cache line: arrays are used in place after loading
_PATTERN = "checkpoint-*.ckpt"


class _Piece(msgspec.Struct, frozen=True):
    """One array or byte string of the body; `dtype` is None for bytes."""

    section: str
    name: str
    dtype: Any
    shape: tuple[int, ...]
    start: int
    n_bytes: int


class _Table(msgspec.Struct, frozen=True):
    meta: dict[str, Any]
    sections: list[str]
    pieces: list[_Piece]


@dataclass(frozen=True, slots=True)
class RejectedCheckpoint:
    """A checkpoint file that was passed over because it is not whole.

    Attributes
    ----------
    path : Path
        The file.
    reason : str
        What is wrong with it.
    """

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A loaded checkpoint.

    Attributes
    ----------
    path : Path
        The file it came from.
    number : int
        Counts the saves of its folder, from 1.
    meta : Mapping
        As given to `save`, for example the hash of the model and the position.
    sections : Mapping of str to bytes or Mapping of str to ndarray
        As given to `save`; the arrays are writable.
    rejected : tuple of RejectedCheckpoint
        Newer ones that were not whole, to be reported.
    """

    path: Path
    number: int
    meta: Mapping[str, Any]
    sections: Mapping[str, Section]
    rejected: tuple[RejectedCheckpoint, ...] = ()

    def require(self, **expected: MetaValue) -> None:
        """Refuse a checkpoint of something else.

        Parameters
        ----------
        **expected : str, int or other JSON value
            Entries that `meta` must have, for example ``network_hash="ab12"``.

        Raises
        ------
        CheckpointMismatchError
            If one is missing or differs.
        """
        for name, value in expected.items():
            if self.meta.get(name) != value:
                msg = (
                    f"{self.path}: {name} must be {value!r}, "
                    f"was {self.meta.get(name)!r}: it is a checkpoint of another one"
                )
                raise CheckpointMismatchError(msg)

    def arrays(self, section: str) -> Arrays:
        """Return a section of arrays.

        Raises
        ------
        CheckpointMismatchError
            If there is no such section, or it holds bytes.
        """
        found = self.sections.get(section)
        if not isinstance(found, Mapping):
            msg = f"{self.path}: has no section of arrays {section!r}"
            raise CheckpointMismatchError(msg)
        return found


def save(
    folder: Path, sections: Mapping[str, Section], *, meta: Mapping[str, MetaValue]
) -> Path:
    """Write a checkpoint; afterwards it is on the disk, or the folder is as before.

    Parameters
    ----------
    folder : Path
        Made if it is not there. One process saves into it at a time.
    sections : Mapping of str to bytes or Mapping of str to ndarray
        What to keep. Arrays may have any type but object.
    meta : Mapping
        JSON values that say what it is a checkpoint of: hash of the model, position.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    CheckpointError
        If an array holds Python objects.
    CheckpointWriteError
        If the disk is full or fails.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as name:
    ...     path = save(Path(name), {"s": {"x": np.arange(3)}}, meta={"model": "m"})
    ...     load(Path(name)).arrays("s")["x"].tolist()
    [0, 1, 2]
    """
    table, buffers = _lay_out(sections, meta)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        older = _paths(folder)
        number = 1 + (_number(older[-1]) if older else 0)
        path = folder / f"checkpoint-{number:012d}.ckpt"
        _write_durably(path, table, buffers)
        _prune(older)
    except OSError as error:
        msg = f"checkpoint in {str(folder)!r}: cannot be written: {error.strerror}"
        raise CheckpointWriteError(msg) from error
    return path


def load(folder: Path) -> Checkpoint | None:
    """Load the newest whole checkpoint.

    Parameters
    ----------
    folder : Path
        Where `save` wrote.

    Returns
    -------
    Checkpoint or None
        None if nothing was ever saved there. Its `rejected` names newer files that were
        passed over.

    Raises
    ------
    CheckpointCorruptError
        If there are checkpoints and none is whole.
    CheckpointError
        If the newest whole one has a version that is not known here.
    """
    rejected: list[RejectedCheckpoint] = []
    for path in reversed(_paths(folder)):
        try:
            table, sections = _read(path)
        except CheckpointCorruptError as error:
            rejected.append(RejectedCheckpoint(path, str(error)))
        else:
            number = _number(path)
            return Checkpoint(path, number, table.meta, sections, tuple(rejected))
    if rejected:
        reasons = "; ".join(f"{one.path.name}: {one.reason}" for one in rejected)
        msg = f"checkpoints in {str(folder)!r}: none is whole: {reasons}"
        raise CheckpointCorruptError(msg)
    return None


def _paths(folder: Path) -> list[Path]:
    return sorted(folder.glob(_PATTERN))


def _number(path: Path) -> int:
    return int(path.stem.removeprefix("checkpoint-"))


def _prune(older: list[Path]) -> None:
    """Keep the newest whole one of those that came before.

    Reading it costs less than writing it did; without that, a damaged file would count
    as "the one before", and the last good one would go.
    """
    kept = next((path for path in reversed(older) if _is_whole(path)), None)
    for path in older:
        if path != kept:
            path.unlink()


def _is_whole(path: Path) -> bool:
    try:
        _read(path)
    except CheckpointError:
        return False
    return True


def _lay_out(
    sections: Mapping[str, Section], meta: Mapping[str, MetaValue]
) -> tuple[_Table, list[memoryview]]:
    pieces: list[_Piece] = []
    buffers: list[memoryview] = []
    start = 0
    for section, content in sections.items():
        parts = content if isinstance(content, Mapping) else {"": content}
        for name, part in parts.items():
            dtype, shape, buffer = _buffer(f"{section}.{name}", part)
            pieces.append(_Piece(section, name, dtype, shape, start, len(buffer)))
            buffers.append(buffer)
            start += len(buffer) + -len(buffer) % _ALIGNMENT
    return _Table(dict(meta), list(sections), pieces), buffers


def _buffer(
    name: str, part: bytes | npt.NDArray[Any]
) -> tuple[Any, tuple[int, ...], memoryview]:
    if not isinstance(part, np.ndarray):
        return None, (len(part),), memoryview(part)
    if part.dtype.hasobject:
        msg = f"array {name!r}: holds Python objects; only plain types can be saved"
        raise CheckpointError(msg)
    flat = np.ascontiguousarray(part).reshape(-1).view(np.uint8)
    return np.lib.format.dtype_to_descr(part.dtype), part.shape, flat.data


def _write_durably(path: Path, table: _Table, buffers: list[memoryview]) -> None:
    temporary = path.with_suffix(".tmp")
    try:
        with temporary.open("wb") as file:
            _write(file, table, buffers)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write(file: BinaryIO, table: _Table, buffers: list[memoryview]) -> None:
    encoded = msgspec.json.encode(table)
    head = _HEAD.pack(MAGIC, VERSION, len(encoded)) + encoded
    checksum = 0
    parts: list[bytes | memoryview] = [head, *buffers]
    for part in parts:
        padding = bytes(-len(part) % _ALIGNMENT)
        file.write(part)
        file.write(padding)
        checksum = crc32c(padding, crc32c(part, checksum))
    file.write(_CHECKSUM.pack(checksum))


def _read(path: Path) -> tuple[_Table, dict[str, Section]]:
    # A bytearray, so that the arrays over it can be written to without a copy.
    data = bytearray(path.read_bytes())
    body = memoryview(data)[: -_CHECKSUM.size]
    if len(data) < _HEAD.size + _CHECKSUM.size or data[:4] != MAGIC:
        msg = f"{len(data)} bytes that are no checkpoint"
        raise CheckpointCorruptError(msg)
    if _CHECKSUM.unpack(data[-_CHECKSUM.size :]) != (crc32c(body),):
        raise CheckpointCorruptError("its checksum is wrong: torn or changed")
    _, version, n_table = _HEAD.unpack_from(data)
    if version != VERSION:
        msg = f"{path}: version must be {VERSION}, was {version}: made by a newer one"
        raise CheckpointError(msg)
    table = msgspec.json.decode(body[_HEAD.size : _HEAD.size + n_table], type=_Table)
    first = _HEAD.size + n_table
    return table, _sections(table, body[first + -first % _ALIGNMENT :])


def _sections(table: _Table, body: memoryview) -> dict[str, Section]:
    found: dict[str, Any] = {name: {} for name in table.sections}
    for piece in table.pieces:
        part = body[piece.start : piece.start + piece.n_bytes]
        if piece.dtype is None:
            found[piece.section] = bytes(part)
        else:
            dtype = np.lib.format.descr_to_dtype(_descriptor(piece.dtype))
            array = np.frombuffer(part, np.uint8).view(dtype).reshape(piece.shape)
            found[piece.section][piece.name] = array
    return found


def _descriptor(written: Any) -> Any:  # noqa: ANN401
    """Give the fields of a structured type back their tuples: JSON has only lists."""
    if not isinstance(written, list):
        return written
    return [
        (name, _descriptor(inner), *map(tuple, shape))
        for name, inner, *shape in written
    ]
