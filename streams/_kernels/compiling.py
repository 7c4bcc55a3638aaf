"""How kernels over tuples of arrays are compiled: references are not counted.

A kernel takes a tuple of arrays rather than ten of them. Numba counts the references of
each array at every call that takes the tuple, with an atomic operation, and passes each
as seven arguments: with the three dozen arrays of live state, folding a reading took
2,100 ns that way, and 16 ns without. What does not allocate needs no counting, and what
is put into its caller is passed nothing.

Neither kind may return an array: its caller would give back a reference that was never
taken, and free memory that is in use.
"""

from collections.abc import Callable
from typing import Any

from numba import njit

UNCOUNTED: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}

entry: Callable[..., Any] = njit(**UNCOUNTED)
"""Compile what is called from Python. It must not allocate."""

inlined: Callable[..., Any] = njit(**UNCOUNTED, forceinline=True)
"""Compile what is called from other kernels. It must not allocate."""
