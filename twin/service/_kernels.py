"""Whether kernels are compiled already: their cache is asked by running them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Any

from numba.core import event
from numba.core.compiler_lock import global_compiler_lock

__all__ = ["NotCachedError", "cached_only"]

_KIND = "numba:compile"  # told where the cache had nothing, before it begins
_register: Callable[..., None] = event.register
_unregister: Callable[..., None] = event.unregister


class NotCachedError(BaseException):
    """A kernel would have to be compiled.

    It is no `Exception`, so that no work takes it for a mistake of its own.
    """


class _Refusing(event.Listener):
    """Ends what begins to compile in the thread that made it."""

    def __init__(self) -> None:
        self._thread = get_ident()

    def on_start(self, event: Any) -> None:  # noqa: ANN401 - Numba's
        if get_ident() == self._thread:
            raise NotCachedError(str(event.data.get("dispatcher")))

    def on_end(self, event: Any) -> None:  # noqa: ANN401 - Numba's
        """Nothing began."""


@contextmanager
def cached_only() -> Iterator[None]:
    """Run kernels of this thread only as far as they are in the cache.

    Raises
    ------
    NotCachedError
        Where one is to be compiled; nothing of it is then.
    """
    refusing = _Refusing()
    with global_compiler_lock:  # nobody goes through the listeners meanwhile
        _register(_KIND, refusing)
    try:
        yield
    finally:
        with global_compiler_lock:
            _unregister(_KIND, refusing)
