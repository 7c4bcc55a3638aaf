"""Ctrl-C while a solver runs, and while a replay folds.

CLP, the solver of plans, takes SIGINT for itself while it solves: it ends that solve
early and goes on, so that a run that should stop is finished with worse plans instead.
"""

import _thread
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

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


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """Set an event at SIGINT and SIGTERM, so that what is under way is ended well.

    In another thread nothing is changed.
    """
    stop = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {one: signal.signal(one, ask) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


class Stop:
    """Ctrl-C, noted until a place comes where a stop leaves nothing half done."""

    def __init__(self) -> None:
        self._is_asked = False
        self._is_idle = False

    @property
    def asked(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self._is_asked

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Note Ctrl-C instead of raising at once; a second one raises.

        In another thread, or where somebody else handles the signal, nothing is
        changed.
        """
        here = threading.current_thread() is threading.main_thread()
        before = signal.getsignal(signal.SIGINT)
        if not here or before is not signal.default_int_handler:
            yield
            return
        signal.signal(signal.SIGINT, self._note)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    @contextmanager
    def idle(self) -> Iterator[None]:
        """Let Ctrl-C raise at once, also one from before: nothing is half done here.

        Raises
        ------
        KeyboardInterrupt
            If a stop was asked for.
        """
        self._is_idle = True
        try:
            if self._is_asked:
                raise KeyboardInterrupt
            yield
        finally:
            self._is_idle = False

    def _note(self, _number: int, _frame: object) -> None:
        if self._is_asked or self._is_idle:
            raise KeyboardInterrupt
        self._is_asked = True
