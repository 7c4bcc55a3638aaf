"""Cases by their seeds, in processes of their own, in the order of the seeds."""

import os
import sys
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Judged = TypeVar("Judged")

N_PROCESSES = 2
AHEAD = 8  # cases that wait or run: more are begun in vain when enough are found
SAY_EVERY = 20  # cases


def first_found(
    judge: Callable[[int], Judged | None], n: int, *, name: str
) -> list[Judged]:
    """Judge seeds from 0 until so many of them were cases.

    Parameters
    ----------
    judge : callable
        Of a module, judges a seed; None: it is no case.
    n : int
        How many cases, >= 1; the same as if they were judged one after the other.
    name : str
        What to call them on standard error, where a line says how far they are.
    """
    # A query of ten rows is done before a second thread of its library wakes up.
    os.environ["POLARS_MAX_THREADS"] = "1"
    found: list[Judged] = []
    begun_s = time.monotonic()
    with ProcessPoolExecutor(N_PROCESSES, get_context("spawn")) as pool:
        waiting = deque[Future[Judged | None]]()
        seed = 0
        while len(found) < n:
            while len(waiting) < AHEAD:
                waiting.append(pool.submit(judge, seed))
                seed += 1
            one = waiting.popleft().result()
            if one is None:
                continue
            found.append(one)
            if len(found) % SAY_EVERY == 0:
                told = (
                    f"{name}: {len(found)} of {n}, {time.monotonic() - begun_s:.0f} s"
                )
                print(told, file=sys.stderr, flush=True)
        pool.shutdown(cancel_futures=True)
    return found
