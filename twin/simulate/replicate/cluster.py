"""Tasks on Ray: a cluster that is there, or one started on this machine."""

import os
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from twin.errors import OptionError
from twin.simulate.replicate.tasks import Failure, Finished, Run, Task, perform

MESSAGE_CHARACTERS = 400  # of Ray's own words on a run that it cannot send


class RayPool:
    """Executes tasks as Ray tasks of one core each.

    Where the process is joined to a cluster, that is used and left as it is. Otherwise
    the one that RAY_ADDRESS names is joined, or one is started on this machine, and
    left again in the end. Nodes need the same version of millstream.

    Parameters
    ----------
    names : tuple of str
        Names of the scenarios.
    runs : sequence of Run
        One a scenario; each is sent to the cluster once.
    n_workers : int or None
        Tasks at the same time; None: one a core of the cluster.

    Raises
    ------
    OptionError
        If Ray is not installed, or a run cannot be sent.
    """

    def __init__(
        self, names: tuple[str, ...], runs: Sequence[Run], n_workers: int | None
    ) -> None:
        ray = self._ray = _imported()
        self._is_own = not ray.is_initialized()
        if self._is_own:
            _start(ray, n_workers)
        self.n_workers: int = n_workers or int(ray.cluster_resources().get("CPU", 1))
        self.n_waiting_max = 2 * self.n_workers  # one runs, one is at hand
        self._tasks: dict[Any, Task] = {}
        self._perform = ray.remote(perform)
        try:
            self._runs = [self._sent(*pair) for pair in zip(names, runs, strict=True)]
        except OptionError:
            self.close()
            raise

    def submit(self, task: Task) -> None:
        """Take a task."""
        sent = self._runs[task.scenario]
        self._tasks[self._perform.remote(sent, task.seeds)] = task

    def finished(self) -> Finished:
        """Wait for at least one task."""
        done, _ = self._ray.wait(list(self._tasks), num_returns=1)
        found: Finished = []
        for reference in done:
            task = self._tasks.pop(reference)
            try:
                found.append((task, self._ray.get(reference)))
            except self._ray.exceptions.RayError as error:
                # The worker died, or could not unpack the run.
                reason = f"{type(error).__name__}: {error}"
                found.append((task, [Failure(reason, "")]))
        return found

    def close(self) -> None:
        """Cancel what runs, and leave a cluster that was started or joined here."""
        for reference in self._tasks:
            self._ray.cancel(reference, force=True)
        if self._is_own:
            self._ray.shutdown()

    def _sent(self, name: str, run: Run) -> Any:  # noqa: ANN401 - Ray's reference
        try:
            return self._ray.put(run)
        except TypeError as error:
            why = str(error)[:MESSAGE_CHARACTERS]
            msg = f"scenario {name!r}: its run cannot be sent to Ray: {why}"
            raise OptionError(msg) from error


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


def _start(ray: ModuleType, n_workers: int | None) -> None:
    # Ray reports its use over the network unless it is told not to.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    ray.init(
        num_cpus=None if "RAY_ADDRESS" in os.environ else n_workers,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="error",
    )
