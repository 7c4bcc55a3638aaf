"""Die in the middle of a call that brings something to a disk."""

import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

# Of the calls by which anything comes to a disk.
CALLS = ("write", "writev", "fsync", "fdatasync", "replace", "rename", "unlink")
WRITES = ("write", "writev")


def count_calls(kill_at: int | None, note: Path | None = None) -> Counter[str]:
    """Count what comes to a disk, and die in the middle of a call.

    Parameters
    ----------
    kill_at
        Number of the call, from 1; half of its bytes are written first. None: never.
    note
        File that is told in what module it was.

    Returns
    -------
    Counter
        How many there are, by the part of the product that calls; it goes on counting.
    """
    numbers: Iterator[int] = count(1)
    calls: Counter[str] = Counter()

    def wrapped(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **named: Any) -> Any:
            calls[_where()] += 1
            if next(numbers) == kill_at:
                if name in WRITES:
                    _write_half(*arguments)
                with note.open("ab", 0) as file:
                    write(file.fileno(), f"{_where()} {name}\n".encode())
                die()
            return call(*arguments, **named)

        return run

    write, note = os.write, note or Path(os.devnull)

    def _write_half(descriptor: int, data: Any) -> None:
        joined = data if isinstance(data, bytes | memoryview) else b"".join(data)
        write(descriptor, bytes(joined)[: len(bytes(joined)) // 2])

    for name in CALLS:
        setattr(os, name, wrapped(name, getattr(os, name)))
    return calls


def _where() -> str:
    """Name the part of the product that calls."""
    frame = sys._getframe()  # noqa: SLF001
    while frame is not None:
        module = frame.f_globals["__name__"]
        if module.startswith(("streams.", "twin.")) and module != "streams.disk":
            return str(".".join(module.split(".")[:2]))
        frame = frame.f_back
    return "elsewhere"


def die() -> NoReturn:
    """Be killed as `kill -9` does it."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody outlives SIGKILL")
