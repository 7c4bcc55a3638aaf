"""How the transition is compiled: without counting references, in one piece.

The tables of state are three dozen arrays in one tuple. Numba counts the references of
each at every call that takes the tuple, with an atomic operation, and passes them as
more than two hundred arguments: a reading took 2,100 ns that way, and 16 ns without.
No function here allocates, so nothing needs to be counted; and each is put into its
caller, so that nothing is passed.
"""

from collections.abc import Callable
from typing import Any

from numba import njit

entry: Callable[..., Any] = njit(cache=True, nogil=True, _nrt=False)
"""Compile what is called from Python. It must not allocate."""

inlined: Callable[..., Any] = njit(cache=True, _nrt=False, forceinline=True)
"""Compile what is called from other kernels of state. It must not allocate."""
