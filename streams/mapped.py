"""Bytes of a file without reading them into memory of one's own."""

import mmap
from contextlib import suppress
from pathlib import Path

_POPULATE_READ = 22  # MADV_POPULATE_READ of Linux 5.14, which `mmap` has no name for


def map_bytes(path: Path, start: int, end: int) -> memoryview:
    """Map a part of a file.

    The pages are those of the system's cache, so that nothing is copied and nothing is
    kept beyond what is looked at. They are private: written to, they would become a
    copy, and the file stays as it is. So arrays over them are writable like others, and
    compiled code needs no second version for them.

    Parameters
    ----------
    path : Path
        The file. While the part is in use it must not become shorter than `end`.
    start, end : int
        Bytes, 0 <= start <= end.

    Returns
    -------
    memoryview
        Of ``end - start`` bytes; the mapping goes with the last view of it.

    Raises
    ------
    OSError
        If the file cannot be opened or mapped.
    ValueError
        If it ends before `end`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = file.write(b"0123456789")
    ...     file.flush()
    ...     bytes(map_bytes(Path(file.name), 3, 6))
    b'345'
    """
    if start == end:
        return memoryview(b"")
    first = start - start % mmap.ALLOCATIONGRANULARITY
    with path.open("rb") as file:
        mapped = mmap.mmap(
            file.fileno(), end - first, access=mmap.ACCESS_COPY, offset=first
        )
    return memoryview(mapped)[start - first : end - first]


def fetch_pages(data: memoryview, start: int, end: int) -> None:
    """Have the pages of a part at hand, all in one call.

    To touch them one after the other costs half as much again: the processor stops at
    every sixteenth page. Where the system cannot do it, nothing happens.

    Parameters
    ----------
    data : memoryview
        Of `map_bytes`, from the begin of a file.
    start, end : int
        Bytes of it that the file has, 0 <= start <= end.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = file.write(b"0123456789")
    ...     file.flush()
    ...     data = map_bytes(Path(file.name), 0, 10)
    >>> fetch_pages(data, 3, 6)
    """
    mapped = data.obj
    if not isinstance(mapped, mmap.mmap):  # nothing is mapped of an empty file
        return
    first = start - start % mmap.PAGESIZE
    with suppress(OSError, ValueError):
        mapped.madvise(_POPULATE_READ, first, end - first)
