"""Rows of a panel shared among threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from forecasting.series import check_horizon

# Chunks a thread: series differ in length, and threads are to end together. A chunk
# costs some 50 us, the time of ten short series.
N_CHUNKS = 8
N_ROWS_A_CHUNK = 64


def for_each_chunk(
    work: Callable[[int, int], None], n_rows: int, *, n_threads: int
) -> None:
    """Call `work` on ranges that cover all rows.

    Parameters
    ----------
    work : callable
        ``work(first, end)`` does the rows from `first` to before `end`. On threads it
        must release the interpreter's lock to gain anything, and write to its own rows.
    n_rows : int
        Number of rows.
    n_threads : int
        Threads, >= 1; with one, `work` is called once.

    Raises
    ------
    OptionError
        If `n_threads` is out of range.

    Examples
    --------
    >>> for_each_chunk(lambda first, end: print(first, end), 5, n_threads=1)
    0 5
    """
    if check_horizon(n_threads, "n_threads") == 1:
        work(0, n_rows)
        return
    n_chunks = min(n_threads * N_CHUNKS, n_rows // N_ROWS_A_CHUNK)
    n_chunks = min(max(n_chunks, n_threads), n_rows)
    bounds = [n_rows * k // n_chunks for k in range(n_chunks + 1)]
    with ThreadPoolExecutor(n_threads) as pool:
        for done in [pool.submit(work, first, end) for first, end in pairwise(bounds)]:
            done.result()
