"""Event by event in the order of the log: what may be taken, and how far time is."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from streams._kernels.order import FUTURE, LATE, READ_BEFORE, TAKEN

Int64Array = NDArray[np.int64]


@njit(cache=True, nogil=True)
def screen(
    verdict: NDArray[np.uint8],
    times_us: tuple[Int64Array, Int64Array],
    offset: Int64Array,
    rows: NDArray[np.intp],
    bounds: tuple[int, int],
) -> int:
    """Judge events by their offset and by how far they lie ahead of their record.

    Parameters
    ----------
    verdict : ndarray of shape (n,), uint8
        `READ_BEFORE` or `FUTURE` is written where it holds.
    times_us : tuple of ndarray
        Of the events, shape (n,), and of the append of the records, 0 for unknown.
    offset, rows : ndarray of shape (n,)
        Offset and number of the record of each event.
    bounds : tuple of int
        Next offset, and how far ahead an event may lie, microseconds.

    Returns
    -------
    int
        Number of events judged.
    """
    time_us, appended_us = times_us
    next_offset, ahead_us = bounds
    n_out = 0
    for row in range(len(verdict)):
        appended = appended_us[rows[row]]
        if offset[row] < next_offset:
            verdict[row] = READ_BEFORE
        elif appended > 0 and time_us[row] > appended + ahead_us:
            verdict[row] = FUTURE
        else:
            continue
        n_out += 1
    return n_out


@njit(cache=True, nogil=True)
def advance_marks(
    verdict: NDArray[np.uint8],
    time_us: Int64Array,
    lateness_us: Int64Array,
    state: Int64Array,
    others_us: int,
) -> Int64Array:
    """Move the marks event by event, and judge what came behind them.

    An event is late if it comes behind the mark of its own partition, though others
    may still hold the watermark: so its verdict does not depend on theirs. Of a
    partition that was not waited for the watermark may be further than its mark.

    Parameters
    ----------
    verdict : ndarray of shape (n,), uint8
        Only events that are `TAKEN` count; `LATE` is written where it holds.
    time_us : ndarray of shape (n,), int64
        Event time.
    lateness_us : ndarray of shape (n,) or (1,), int64
        Lateness of the source of each event, or of all.
    state : ndarray of shape (4,), int64
        Latest time, largest lateness and mark of the partition, and the watermark; all
        in microseconds, brought up to date.
    others_us : int
        The least mark of the other partitions.

    Returns
    -------
    ndarray of shape (n,), int64
        The mark after each event, behind which the next one is late: the further of
        the partition's own and the watermark.
    """
    latest, lateness, own, overall = state[0], state[1], state[2], state[3]
    marks = np.empty(len(time_us), np.int64)
    step = 0 if len(lateness_us) == 1 else 1
    for row in range(len(time_us)):
        if verdict[row] == TAKEN:
            if time_us[row] < max(own, overall):
                verdict[row] = LATE
            latest = max(latest, time_us[row])
            lateness = max(lateness, lateness_us[row * step])
            own = max(own, latest - lateness)
            overall = max(overall, min(own, others_us))
        marks[row] = max(own, overall)
    state[0], state[1], state[2], state[3] = latest, lateness, own, overall
    return marks
