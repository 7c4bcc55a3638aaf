"""The shop as the searches see it: a disjunctive graph in arrays.

Operations are the nodes. Arcs of precedence are given; arcs between operations on one
machine are what a search chooses. Every path starts with the head of its first
operation and ends with the tail of its last one; the longest path is the makespan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Int32Array = npt.NDArray[np.int32]
    Int64Array = npt.NDArray[np.int64]

__all__ = ["Shop"]


class Shop(NamedTuple):
    """A flexible job shop with precedence, setups, heads and tails.

    Times are whole ticks. With n operations, m machines, a arcs, k modes, f setup
    families and s setup matrices.

    Parameters
    ----------
    head
        ndarray of shape (n,), int64: no operation starts before it, >= 0.
    tail
        ndarray of shape (n,), int64: least time between the end of the operation and
        the end of the schedule, >= 0.
    before_start, before, before_lag
        ndarrays of shape (n + 1,), int32, (a,), int32 and (a,), int64: the operations
        that end before operation i starts are ``before[before_start[i] :
        before_start[i + 1]]``; a lag is the least time between the two, >= 0.
    after_start, after, after_lag
        The same arcs by the operation that comes first.
    mode_start, mode_machine, mode_duration
        ndarrays of shape (n + 1,), int32, (k,), int32 and (k,), int64: where operation
        i can be done, one machine in 0..m-1 and a duration >= 0 for each mode, no
        machine twice; each operation has a mode.
    family
        ndarray of shape (n,), int32: setup family of each operation in 0..f-1; zeros
        where nothing is set up.
    setup
        ndarray of shape (s, f, f), int64: time between the end of an operation of
        family ``[x, i, ]`` and the start of the next one of family ``[x, , j]`` on a
        machine of matrix x, >= 0.
    first_setup
        ndarray of shape (s, f), int64: time before the first operation of a machine.
    matrix
        ndarray of shape (m,), int32: setup matrix of each machine, -1 for none.
    """

    head: Int64Array
    tail: Int64Array
    before_start: Int32Array
    before: Int32Array
    before_lag: Int64Array
    after_start: Int32Array
    after: Int32Array
    after_lag: Int64Array
    mode_start: Int32Array
    mode_machine: Int32Array
    mode_duration: Int64Array
    family: Int32Array
    setup: Int64Array
    first_setup: Int64Array
    matrix: Int32Array
