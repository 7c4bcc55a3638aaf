"""Solvers that are not waited for: on a thread of their own, beside who watches.

A solver cannot be stopped from outside and looks at its clock late. On a thread of its
own it can be left behind, at the deadline or when the answer is no longer wanted; and
the main thread, which alone hears Ctrl-C, is never inside of it.
"""

from __future__ import annotations

import atexit
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["POLL_S", "let_end", "watched"]

POLL_S = 0.02
"""Seconds between two looks at whether the answer is still wanted."""

LINGER_S = 3.0
"""Seconds before its limit from which on a solver is waited for at exit; one whose
limit is not known is waited for so long."""

LATEST_S = 20.0
"""Seconds that are waited at most: a crowded machine makes solvers late by as many."""

Found = TypeVar("Found")


def watched(
    solve: Callable[[], Found],
    *,
    cancelled: Callable[[], bool],
    left_s: Callable[[], float] | None = None,
) -> Found | None:
    """Return what a solver finds, or None as soon as that is no longer wanted.

    Parameters
    ----------
    solve
        Ends by itself some time; called on a thread of its own.
    cancelled
        Asked some fifty times a second; once true, the solver is left behind.
    left_s
        Seconds until the solver's limit, below 0 if it is late; None if that is not
        known.
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
    let_end(thread, None if left_s is None else left_s())
    return None


def let_end(thread: threading.Thread, left_s: float | None = None) -> None:
    """Wait at the interpreter's end for a solver that is about to end.

    One that comes back into an interpreter that is being taken down ends the process
    with an error; one that is still far from its limit does not come back.

    Parameters
    ----------
    thread
        Of the solver.
    left_s
        Seconds until its limit, below 0 if it is late; None if that is not known.
    """
    if left_s is None:
        atexit.register(thread.join, LINGER_S)
    elif left_s < LINGER_S:
        atexit.register(thread.join, LATEST_S)
