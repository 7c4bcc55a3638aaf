"""Ctrl-C while a solver runs.

CLP, the solver of plans, takes SIGINT for itself while it solves: it ends that solve
early and goes on, so that a run that should stop is finished with worse plans instead.
"""

import _thread
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

POLL_S = 0.1  # how long the end of a run may have to wait for the watcher
_WATCHED = {signal.SIGINT}


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise KeyboardInterrupt in the main thread, whoever else wants the signal.

    Must be entered before libraries start threads of their own: the signal is blocked
    for this thread and all that are started under it, and one more thread waits for it.
    A solve under way is not cut short; the exception comes when it returns. Where
    there are no signal masks, or in another thread, nothing is changed.

    Examples
    --------
    >>> with stoppable():
    ...     "solve"
    'solve'
    """
    here = threading.current_thread() is threading.main_thread()
    if not here or not hasattr(signal, "sigtimedwait"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(ended,), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _watch(ended: threading.Event) -> None:
    while not ended.is_set():
        if signal.sigtimedwait(_WATCHED, POLL_S) is not None:
            _thread.interrupt_main()
