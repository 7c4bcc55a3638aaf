"""Where tasks are executed: one after another, on threads, or on Ray."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Protocol

from twin.simulate.replicate.cluster import RayPool
from twin.simulate.replicate.options import ReplicateOptions, n_cores
from twin.simulate.replicate.tasks import Finished, Outcome, Run, Task, perform


class Pool(Protocol):
    """Executes tasks, in any order.

    Attributes
    ----------
    n_workers : int
        Tasks at the same time.
    n_waiting_max : int
        Tasks that it is worth to hand over before one has finished.
    """

    n_workers: int
    n_waiting_max: int

    def submit(self, task: Task) -> None:
        """Take a task."""

    def finished(self) -> Finished:
        """Wait for at least one of the tasks taken, and return what has finished."""

    def close(self) -> None:
        """Drop what has not begun, and wait for what cannot be dropped."""


class SerialPool:
    """Executes a task when it is asked for.

    Parameters
    ----------
    runs : sequence of Run
        One a scenario.
    """

    n_workers = 1
    n_waiting_max = 1

    def __init__(self, runs: Sequence[Run]) -> None:
        self._runs = runs
        self._tasks: deque[Task] = deque()

    def submit(self, task: Task) -> None:
        """Take a task."""
        self._tasks.append(task)

    def finished(self) -> Finished:
        """Execute the oldest task."""
        task = self._tasks.popleft()
        return [(task, perform(self._runs[task.scenario], task.seeds))]

    def close(self) -> None:
        """Drop what has not begun."""
        self._tasks.clear()


class ThreadPool:
    """Executes tasks on threads of this process.

    Parameters
    ----------
    runs : sequence of Run
        One a scenario; each is called by several threads at once.
    n_workers : int or None
        Threads; None: one a core.
    """

    def __init__(self, runs: Sequence[Run], n_workers: int | None) -> None:
        self.n_workers = n_workers or n_cores()
        self.n_waiting_max = 2 * self.n_workers  # one runs, one is at hand
        self._runs = runs
        self._executor = ThreadPoolExecutor(self.n_workers, "replication")
        self._tasks: dict[Future[list[Outcome]], Task] = {}

    def submit(self, task: Task) -> None:
        """Take a task."""
        run = self._runs[task.scenario]
        self._tasks[self._executor.submit(perform, run, task.seeds)] = task

    def finished(self) -> Finished:
        """Wait for at least one task."""
        done, _ = wait(self._tasks, return_when=FIRST_COMPLETED)
        return [(self._tasks.pop(future), future.result()) for future in done]

    def close(self) -> None:
        """Drop what has not begun, and wait for the runs under way."""
        self._executor.shutdown(wait=True, cancel_futures=True)


@contextmanager
def open_pool(
    options: ReplicateOptions, names: tuple[str, ...], runs: Sequence[Run]
) -> Iterator[Pool]:
    """Make the pool that options name, and close it at the end.

    Parameters
    ----------
    options : ReplicateOptions
        Backend and workers.
    names : tuple of str
        Names of the scenarios, for messages.
    runs : sequence of Run
        One a scenario.

    Raises
    ------
    OptionError
        If the backend is Ray and Ray is not there, or a run cannot be sent to it.
    """
    pool = _made(options, names, runs)
    try:
        yield pool
    finally:
        pool.close()


def _made(
    options: ReplicateOptions, names: tuple[str, ...], runs: Sequence[Run]
) -> Pool:
    if options.backend == "serial":
        return SerialPool(runs)
    if options.backend == "threads":
        return ThreadPool(runs, options.n_workers)
    return RayPool(names, runs, options.n_workers)
