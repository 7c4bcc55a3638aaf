"""Who carries out the tasks of a backtest: one thread, several, or a Ray cluster."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import ModuleType
from typing import Literal, TypeVar, get_args

from forecasting.errors import OptionError
from forecasting.series import check_horizon

Backend = Literal["serial", "threads", "ray"]
Task = TypeVar("Task")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Workers:
    """Where tasks are carried out, and how many at a time.

    Parameters
    ----------
    backend : {"serial", "threads", "ray"}
        Ray joins the cluster that the process or RAY_ADDRESS names, or starts one on
        this machine and stops it in the end; it needs the extra of that name.
    n_workers : int, default 1
        Tasks at the same time, >= 1.

    Raises
    ------
    OptionError
        If the backend is unknown, or `n_workers` is below 1.

    Examples
    --------
    >>> Workers("threads", n_workers=2).map(abs, [-1, 2, -3])
    [1, 2, 3]
    """

    backend: Backend = "serial"
    n_workers: int = 1

    def __post_init__(self) -> None:
        if self.backend not in get_args(Backend):
            allowed = ", ".join(get_args(Backend))
            msg = f"backend must be one of {allowed}, was {self.backend!r}"
            raise OptionError(msg)
        check_horizon(self.n_workers, "n_workers")

    def map(self, work: Callable[[Task], Found], tasks: Sequence[Task]) -> list[Found]:
        """Return what `work` finds for each task, in the order of the tasks.

        Parameters
        ----------
        work : callable
            Depends on its task alone, so that every backend gives the same numbers.
        tasks : sequence
            What it is called with.

        Returns
        -------
        list

        Raises
        ------
        OptionError
            If Ray is asked for and not installed.
        """
        if self.backend == "ray":
            return _on_ray(work, tasks, self.n_workers)
        if self.backend == "serial" or self.n_workers == 1:
            return [work(task) for task in tasks]
        with ThreadPoolExecutor(self.n_workers) as pool:
            return list(pool.map(work, tasks))


def _on_ray(
    work: Callable[[Task], Found], tasks: Sequence[Task], n_workers: int
) -> list[Found]:
    ray = _imported()
    is_own = not ray.is_initialized()
    if is_own:
        # Ray reports its use over the network unless it is told not to.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        ray.init(
            num_cpus=None if "RAY_ADDRESS" in os.environ else n_workers,
            include_dashboard=False,
            log_to_driver=False,
            logging_level="error",
        )
    try:
        # The panel is part of the work, and is sent once.
        sent, perform = ray.put(work), ray.remote(_performed)
        found: list[Found] = ray.get([perform.remote(sent, task) for task in tasks])
        return found
    finally:
        if is_own:
            ray.shutdown()


def _performed(work: Callable[[Task], Found], task: Task) -> Found:
    return work(task)


def _imported() -> ModuleType:
    # A second to import, and an extra: only who wants Ray needs it.
    try:
        import ray  # noqa: PLC0415
    except ImportError as error:
        msg = (
            f"backend 'ray': Ray cannot be imported ({error}); install "
            f"millstream[ray], or take backend 'threads' or 'serial', which give the "
            f"same numbers"
        )
        raise OptionError(msg) from error
    return ray
