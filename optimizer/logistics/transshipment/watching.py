"""Programs that are not waited for: on a thread of their own, beside who watches.

A solver cannot be stopped from outside, and while it solves, the thread it is on does
not hear Ctrl-C. On another thread it can be left behind, at its deadline or when its
answer is no longer wanted.
"""

from __future__ import annotations

import atexit
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["watched"]

POLL_S = 0.02
"""Seconds between two looks at whether the answer is still wanted."""

LINGER_S = 3.0
"""Seconds that a solver left behind is waited for at exit: one that comes back into an
interpreter that is being taken down ends the process with an error."""

Found = TypeVar("Found")


def watched(
    solve: Callable[[], Found], *, cancelled: Callable[[], bool]
) -> Found | None:
    """Return what a solver finds, or None as soon as that is no longer wanted.

    Parameters
    ----------
    solve
        Ends by itself some time; called on a thread of its own.
    cancelled
        Asked some fifty times a second; once true, the solver is left behind.
    """
    found: list[Found] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            found.append(solve())
        except BaseException as error:  # whatever it is, the caller shall see it
            failures.append(error)

    if cancelled():
        return None
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive() and not cancelled():
        thread.join(POLL_S)
    if failures:
        raise failures[0]
    if found:
        return found[0]
    if thread.is_alive():
        atexit.register(thread.join, LINGER_S)
    return None
