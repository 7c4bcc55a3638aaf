"""How search kernels are compiled: references to arrays are not counted.

A search passes tuples of arrays to small functions. Numba counts the references of each
array at every such call, with atomic operations that took four fifths of the time of a
tabu search. What neither allocates nor returns an array needs no counting.
"""

from collections.abc import Callable
from typing import Any

from numba import njit

__all__ = ["kernel", "part"]

Kernel = Callable[..., Any]

UNCOUNTED: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}

kernel: Kernel = njit(**UNCOUNTED)
"""Compile what must not allocate nor return an array."""

part: Kernel = njit(**UNCOUNTED, forceinline=True)
"""Compile the same, put into its callers: for the few lines of inner loops."""
