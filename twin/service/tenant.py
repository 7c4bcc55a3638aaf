"""One tenant: a network, its journal, its live twin, and who is told of changes."""

import logging
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from streams.errors import StreamError
from streams.records import Position, Sink, Source
from twin.clock import Clock
from twin.model.network import Network
from twin.service.decisions import Decision
from twin.service.follower import Follower, Progress
from twin.service.hub import Hub
from twin.service.jobs import OVER, Job, JobBoard
from twin.service.journal import Journal
from twin.service.options import ServiceOptions
from twin.service.releases import Releases
from twin.service.webhooks import Happening, Webhooks

_LOG = logging.getLogger(__name__)

JOBS, PLANS, WEBHOOKS = "jobs", "plans", "webhooks"
RELEASED = "released.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Where events of a tenant go to and come from.

    Attributes
    ----------
    sink : callable
        Opens what is written.
    source : callable
        Opens what is followed: the same log or topic. Every call opens it anew, from
        its beginning.
    """

    sink: Callable[[], Sink]
    source: Callable[[], Source]


class Tenant:
    """All that the service holds of one tenant.

    Parameters
    ----------
    name : str
        As keys have it.
    network : Network
        What is given before the first event.
    stream : Stream
        Its events.
    store : Path
        Folder for checkpoints, dead letters and what else is kept of it.
    clock : Clock
        Paces and stamps.
    options : ServiceOptions
        Limits.

    Attributes
    ----------
    journal : Journal
        Takes events.
    follower : Follower
        The live twin.
    hub : Hub
        Who is told.
    jobs : JobBoard
        Long work.
    releases : Releases
        Plans that were released as events.
    webhooks : Webhooks
        Who is told elsewhere.
    """

    def __init__(
        self,
        name: str,
        network: Network,
        stream: Stream,
        *,
        store: Path,
        clock: Clock,
        options: ServiceOptions,
    ) -> None:
        self.name = name
        self.network = network
        self.stream = stream
        self.store = store
        self.clock = clock
        self.options = options
        self.hub = Hub(clients_max=options.clients_max, told_max=options.told_max)
        self.webhooks = Webhooks(
            store / WEBHOOKS, tenant=name, clock=clock, options=options.webhooks
        )
        self.journal = Journal(
            stream.sink(),
            now_us=clock.now_us,
            waiting_bytes_max=options.waiting_bytes_max,
        )
        self.releases = Releases(store / RELEASED)
        self.follower = Follower(
            network,
            stream.source(),
            store=store,
            clock=clock,
            options=options,
            told=self._told,
            decided=self._told_decisions,
        )
        self.jobs = JobBoard(
            store / JOBS,
            clock=clock,
            told=self._told_job,
            workers=options.jobs_at_once,
            waiting_max=options.jobs_waiting_max,
            kept_max=options.jobs_kept_max,
            forgotten=self._forget_plan,
        )
        self._forget_orphans()

    def _told(self, progress: Progress) -> None:
        self.hub.tell("progress", progress_json(progress))

    def _told_job(self, job: Job) -> None:
        self.hub.tell("job", msgspec.to_builtins(job))
        if job.status in OVER:
            told = {"kind": job.kind, "status": job.status, "error": job.error}
            self.webhooks.tell(
                [Happening("job.ended", f"{job.id}-{job.submitted_us}", job.id, told)]
            )

    def _told_decisions(self, decisions: list[Decision]) -> None:
        self.releases.add(decisions)
        for one in decisions:
            self.hub.tell("plan", {"plan": one.plan, "what": one.what})
        self.webhooks.tell(
            [
                Happening(
                    one.what, f"{one.what}-{one.event}", one.plan,
                    {"event_time_us": one.time_us, "offset": one.offset},
                )
                for one in decisions
            ]
        )  # fmt: skip

    def _recall(self, position: Position, is_stopped: Callable[[], bool]) -> None:
        if self.releases.are_kept or not any(position.of(name) for name in position):
            return
        try:
            self.releases.recall(self.stream.source, position, is_stopped)
        except (StreamError, OSError) as error:  # it follows all the same
            _LOG.warning("plans released before were not found: %s", error)

    def _forget_plan(self, job: Job) -> None:
        shutil.rmtree(self.store / PLANS / job.id, ignore_errors=True)

    def _forget_orphans(self) -> None:
        """Remove plans without a job: a crash came between the two."""
        known = {job.id for job in self.jobs.jobs()}
        folder = self.store / PLANS
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.name not in known:
                shutil.rmtree(path, ignore_errors=True)

    def start(self, begin: threading.Event | None = None) -> None:
        """Begin to follow.

        Parameters
        ----------
        begin : threading.Event or None
            When kernels are there that fold events; None: now.
        """
        self.follower.start(begin, self._recall)
        self.webhooks.start()
        self.jobs.start()

    def save(self) -> None:
        """Take no more events, tell jobs to stop, fold what there is, and save."""
        self.jobs.stop_all()
        self.journal.close()
        self.follower.close()
        self.webhooks.close()

    def close(self) -> None:
        """Save, and wait for jobs: a solver may take long to stop."""
        self.save()
        self.jobs.close()


def progress_json(progress: Progress) -> dict[str, object]:
    """Return how far a follower is, as JSON can hold it.

    Parameters
    ----------
    progress : Progress
        Of a follower.

    Returns
    -------
    dict
        Its fields; times in microseconds UTC, None before the first event.
    """
    return {
        "read": progress.read,
        "applied": progress.applied,
        "waiting": progress.waiting,
        "behind": progress.behind,
        "dead_letters": progress.dead_letters,
        "position": progress.position.to_json(),
        "watermark_us": progress.watermark_us if progress.latest_us else None,
        "latest_us": progress.latest_us or None,
    }
