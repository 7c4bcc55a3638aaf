"""Jobs: long work that is asked for, watched, stopped, and looked at later.

What is asked and what came of it are files, so that nothing that was answered for is
lost when the process ends. What was under way then is told to be interrupted.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal

import msgspec

from twin.clock import Clock
from twin.errors import TwinError
from twin.said import Said
from twin.service.problems import ProblemError, told

Status = Literal["queued", "running", "done", "failed", "stopped", "interrupted"]
OVER: frozenset[Status] = frozenset({"done", "failed", "stopped", "interrupted"})
"""Statuses that do not change any more."""

_LOG = logging.getLogger(__name__)

RETRY_S = 5
HISTORY_MAX = 1_000
"""Steps of progress that are kept; of more, every second one goes."""


class Stopped(Exception):  # noqa: N818 - not a fault
    """Raised inside a job when it was told to stop."""


class Job(msgspec.Struct, kw_only=True):
    """A piece of work.

    Attributes
    ----------
    id : str
        Derives from tenant, number and what is asked.
    number : int
        Counts the jobs of a tenant from 1.
    kind : str
        What kind of work.
    who : str
        Name of the key that asked.
    sites : tuple of str
        Sites of that key; empty: all. Who has others does not see it.
    asked : dict
        What was asked for.
    status : str
        See `Status`.
    submitted_us : int
        Microseconds UTC.
    progress : dict
        The last step; empty before the first.
    error : str or None
        Of a job that failed.
    said : dict or None
        The error by kind and parts, where it has them.
    is_told : bool
        Whether all were told that it is over; so those of before this was noted.
    """

    id: str
    number: int
    kind: str
    who: str
    sites: tuple[str, ...] = ()
    asked: dict[str, Any]
    status: Status = "queued"
    submitted_us: int
    progress: dict[str, Any] = {}
    error: str | None = None
    said: dict[str, Any] | None = None
    is_told: bool = True


class Handle:
    """What running work sees of its job.

    Parameters
    ----------
    job : Job
        The job.
    told : callable
        Called with the job after each step.
    """

    def __init__(self, job: Job, told: Callable[[Job], None]) -> None:
        self.job = job
        self.history: list[dict[str, Any]] = []
        self._told = told
        self._stop = threading.Event()

    @property
    def is_stopped(self) -> bool:
        """Whether it was told to stop."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Tell it to stop."""
        self._stop.set()

    def step(self, **progress: Any) -> None:  # noqa: ANN401 - JSON
        """Tell how far the work is.

        Raises
        ------
        Stopped
            If it was told to stop.
        """
        self.tell(**progress)
        if self.is_stopped:
            raise Stopped

    def tell(self, **progress: Any) -> None:  # noqa: ANN401 - JSON
        """Tell how far the work is; goes on whatever was told to it."""
        self.job.progress = progress
        self.history.append(progress)
        if len(self.history) > HISTORY_MAX:
            del self.history[:-1:2]
        self._told(self.job)


def no_job(name: str) -> ProblemError:
    """Return the answer where there is no job of an id.

    Parameters
    ----------
    name : str
        The id.
    """
    msg = f"job {name!r}; allowed: the id of one of this tenant"
    said = Said(msg, "no_job", {"name": name})
    return ProblemError(HTTPStatus.NOT_FOUND, "not-found", said)


Work = Callable[[Handle], dict[str, Any]]
"""Does the work; returns what came of it, as JSON can hold it."""


class JobBoard:
    """The jobs of a tenant.

    Parameters
    ----------
    folder : Path
        Where jobs and results are kept.
    clock : Clock
        Time of day.
    told : callable
        Called with a job whenever it changes, in the thread that changed it.
    workers : int
        Jobs at once, >= 1.
    waiting_max : int
        Jobs that wait, >= 1; beyond it they are refused, to come again.
    kept_max : int
        Jobs that are kept, >= 1; beyond it the oldest that are over go.
    forgotten : callable
        Called with each that goes, once its files are gone.
    """

    def __init__(
        self, folder: Path, *, clock: Clock, told: Callable[[Job], None],
        workers: int, waiting_max: int, kept_max: int,
        forgotten: Callable[[Job], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self._folder = folder
        self._clock = clock
        self._told = told
        self._waiting_max = waiting_max
        self._kept_max = kept_max
        self._forgotten = forgotten
        self._lock = threading.Lock()
        self._handles: dict[str, Handle] = {}
        self._jobs = {job.id: job for job in self._found()}
        self._number = max((job.number for job in self._jobs.values()), default=0)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="job")

    def _found(self) -> Iterable[Job]:
        for path in sorted(self._folder.glob("*.job")):
            job = msgspec.json.decode(path.read_bytes(), type=Job)
            if job.status not in OVER:
                job.status, job.is_told = "interrupted", False
                self._save(job)
            yield job

    def submit(
        self, kind: str, asked: dict[str, Any], work: Work, *,
        who: str, sites: Iterable[str] = (),
    ) -> Job:  # fmt: skip
        """Take a job; it is on the disk when this returns.

        Raises
        ------
        ProblemError
            429 if as many wait as may.
        """
        with self._lock:
            n_waiting = sum(job.status == "queued" for job in self._jobs.values())
            if n_waiting >= self._waiting_max:
                msg = f"jobs: {n_waiting} wait; allowed: {self._waiting_max}"
                said = Said(msg, "too_many_jobs", {"count": n_waiting})
                raise ProblemError(
                    HTTPStatus.TOO_MANY_REQUESTS, "too-many-jobs", said,
                    retry_after_s=RETRY_S,
                )  # fmt: skip
            self._number += 1
            job = Job(
                id=f"{kind}-{self._number}", number=self._number, kind=kind, who=who,
                sites=tuple(sorted(sites)), asked=asked,
                submitted_us=self._clock.now_us(), is_told=False,
            )  # fmt: skip
            # What cannot be kept is refused before anybody counts on it.
            self._save(job)
            self._jobs[job.id] = job
            self._handles[job.id] = handle = Handle(job, self._told)
            self._forget()
        self._told(job)
        self._pool.submit(self._run, handle, work)
        return job

    def _run(self, handle: Handle, work: Work) -> None:
        job = handle.job
        if handle.is_stopped:
            self._end(job, "stopped")
            return
        job.status = "running"
        self._told(job)
        try:
            result = msgspec.json.encode(work(handle))
            write_whole(self._folder / f"{job.id}.result", result)
        except Stopped:
            self._end(job, "stopped")
        except Exception as error:
            is_ours = isinstance(error, (TwinError, ValueError))
            job.error = str(error) if is_ours else f"a defect: {type(error).__name__}"
            found = told(error)
            job.said = found.document() if isinstance(found, Said) else None
            self._end(job, "failed")
            if not is_ours:
                _LOG.exception("job %s failed", job.id)
        else:
            self._end(job, "done")

    def _end(self, job: Job, status: Status) -> None:
        with self._lock:
            try:
                # Who sees that it is over finds it so after a crash, too.
                self._save(msgspec.structs.replace(job, status=status))
            finally:
                job.status = status
        self._tell_end(job)

    def _tell_end(self, job: Job) -> None:
        self._told(job)
        with self._lock:
            job.is_told = True
            if job.id in self._jobs:
                self._save(job)

    def start(self) -> None:
        """Tell of the jobs that are over and were not told of: a crash came between.

        One that was told just before it is told again.
        """
        for job in self.jobs()[::-1]:
            if job.status in OVER and not job.is_told:
                self._tell_end(job)

    def _save(self, job: Job) -> None:
        write_whole(self._folder / f"{job.id}.job", msgspec.json.encode(job))

    def _forget(self) -> None:
        over = sorted(
            (job for job in self._jobs.values() if job.status in OVER),
            key=lambda job: job.number,
        )
        for job in over[: max(0, len(self._jobs) - self._kept_max)]:
            del self._jobs[job.id]
            self._handles.pop(job.id, None)
            for kind in ("job", "result"):
                (self._folder / f"{job.id}.{kind}").unlink(missing_ok=True)
            self._forgotten(job)

    def jobs(self) -> list[Job]:
        """Return all jobs, the latest first."""
        with self._lock:
            return sorted(self._jobs.values(), key=lambda job: -job.number)

    def job(self, name: str) -> Job:
        """Return a job.

        Raises
        ------
        ProblemError
            404 if there is none of this id.
        """
        found = self._jobs.get(name)
        if found is None:
            raise no_job(name)
        return found

    def result(self, name: str) -> bytes:
        """Return what came of a job, as JSON.

        Raises
        ------
        ProblemError
            404 if there is no such job, 409 if it is not done.
        """
        job = self.job(name)
        if job.status != "done":
            msg = f"job {name!r}: {job.status}; allowed: one that is done"
            said = Said(msg, "not_done", {"name": name, "job_status": job.status})
            raise ProblemError(HTTPStatus.CONFLICT, "not-done", said)
        return (self._folder / f"{job.id}.result").read_bytes()

    def history(self, name: str) -> list[dict[str, Any]]:
        """Return the steps of a job of this process, the first first."""
        handle = self._handles.get(self.job(name).id)
        return [] if handle is None else list(handle.history)

    def stop(self, name: str) -> Job:
        """Tell a job to stop; one that is over stays as it is."""
        job = self.job(name)
        if job.status not in OVER and job.id in self._handles:
            self._handles[job.id].stop()
        return job

    def stop_all(self) -> None:
        """Tell all jobs to stop; those that wait do not begin."""
        for handle in list(self._handles.values()):
            handle.stop()

    def close(self) -> None:
        """Stop all jobs, and wait for them."""
        self.stop_all()
        self._pool.shutdown(cancel_futures=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all; it is on the disk when this returns.

    Parameters
    ----------
    path : Path
        Its folder is made.
    content : bytes
        All of it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
