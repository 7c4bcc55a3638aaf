"""The follower: folds a source as it grows, and shows what came of it."""

import logging
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from streams.deadletters import DeadLetterLog
from streams.records import Position, RecordBatch, Source
from twin.clock import Clock
from twin.model.edits import ModelEdits
from twin.model.network import Network
from twin.replay import ReplayOptions, Twin
from twin.service.decisions import Decision, decisions_of
from twin.service.options import ServiceOptions
from twin.service.problems import ProblemError
from twin.state.state import State

_LOG = logging.getLogger(__name__)
_BATCH_RECORDS = 16_384
_POLL_S = 0.05
_VIEW_S = 5.0  # how long who asks waits for a view, and as long for a fold
_RETRY_S = 5
_ASKED_S = 5.0  # views are made for so long after somebody asked
_STALE = 4.0  # so many times the refresh is a view good for who asks
BEGIN_S = 1.0
"""How long who asks waits for the twin to begin; where all is compiled it is there."""
LETTERS = "deadletters"
CHECKPOINTS = "checkpoints"


@dataclass(frozen=True, slots=True)
class View:
    """What is known now: every event read, the last instant closed.

    To be read, and never folded into.

    Attributes
    ----------
    state : State
        Provisional: events that wait for the watermark are in it.
    edits : ModelEdits
        What events changed of the network.
    position : Position
        Next offset of each partition.
    latest_us, watermark_us : int
        Time of the latest event, and before which events are complete; microseconds
        UTC.
    """

    state: State
    edits: ModelEdits
    position: Position
    latest_us: int
    watermark_us: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the follower is.

    Attributes
    ----------
    read, applied, waiting : int
        Records read, events committed, and events that wait for the watermark.
    behind : int
        Records on the source that are not read yet.
    dead_letters : dict of str to int
        Records that could not be used, by reason.
    position : Position
        Next offset of each partition.
    watermark_us, latest_us : int
        Microseconds UTC.
    """

    read: int
    applied: int
    waiting: int
    behind: int
    dead_letters: dict[str, int]
    position: Position
    watermark_us: int
    latest_us: int


class Follower:
    """Folds the records of a source in a thread of its own.

    Parameters
    ----------
    network : Network
        What is given before the first event.
    source : Source
        Read by this follower alone; closed with it.
    store : Path
        Folder of checkpoints and dead letters.
    clock : Clock
        Paces checkpoints and tells idle partitions.
    options : ServiceOptions
        Lateness, refresh, checkpoints.
    told : callable
        Called in the follower's thread after records were folded.
    decided : callable
        Called in the same thread with decisions about plans that were in them.

    Raises
    ------
    CheckpointMismatchError
        If the store is of another network or source.
    """

    def __init__(
        self,
        network: Network,
        source: Source,
        *,
        store: Path,
        clock: Clock,
        options: ServiceOptions,
        told: Callable[[Progress], None],
        decided: Callable[[list[Decision]], None],
    ) -> None:
        self.network = network
        self._source = source
        self._store = store
        self._clock = clock
        self._options = options
        self._told = told
        self._decided = decided
        replayed = ReplayOptions(ingest=options.ingest)
        self._twin = Twin(network, source.partitions(), replayed)
        self._twin.restore(store / CHECKPOINTS)
        source.seek(self._twin.position)
        self._letters = DeadLetterLog(store / LETTERS)
        self._lock = threading.Lock()
        self._view: View | None = None
        self._view_s = self._asked_s = -math.inf
        self._shown = threading.Condition()
        self._failure: BaseException | None = None
        self._stop = threading.Event()
        self._begin = threading.Event()
        self._begin.set()
        self._folded = threading.Condition()
        self._saved_s = clock.monotonic_s()
        self._n_read = self._n_turns = 0
        self._progress = self._measured()
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)

    def start(
        self, begin: threading.Event | None = None,
        first: Callable[[Position, Callable[[], bool]], None] = lambda *_: None,
    ) -> None:  # fmt: skip
        """Begin to fold.

        Parameters
        ----------
        begin : threading.Event or None
            When: kernels are there then; None: now.
        first : callable
            Called before that in the follower's thread, with what was folded before and
            what tells whether to end.
        """
        self._first = first
        if begin is not None:
            self._begin = begin
        self._thread.start()

    @property
    def has_begun(self) -> bool:
        """Whether it folds, or may."""
        return self._begin.is_set()

    def need_begun(self, *, timeout_s: float = 0.0) -> None:
        """Refuse to answer before kernels are compiled that fold events.

        Parameters
        ----------
        timeout_s : float
            How long to wait for it, >= 0.

        Raises
        ------
        ProblemError
            503, with a time to come again.
        """
        if not self._begin.wait(timeout_s):
            msg = "the twin does not follow yet; allowed: once kernels are compiled"
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE, "compiling", msg,
                retry_after_s=_RETRY_S,
            )  # fmt: skip

    @property
    def failure(self) -> BaseException | None:
        """What ended the thread; None: it runs, or was closed."""
        return self._failure

    def check(self) -> None:
        """Refuse to answer from a twin that does not follow any more.

        Raises
        ------
        ProblemError
            503 after a failure.
        """
        if self._failure is not None:
            msg = "the twin has ended; see the log lines of the service"
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "not-ready", msg)

    @property
    def behind(self) -> int:
        """Records on the source that are not read yet, as seen last."""
        return self._progress.behind

    def view(self, *, fresh: bool = False) -> View:
        """Return what is known now.

        Views are made by the thread that folds, while somebody asks for them, so that
        nobody who asks waits for a fold.

        Parameters
        ----------
        fresh : bool
            Whether it must hold all that was folded; else it may be some `refresh_s`
            old.

        Raises
        ------
        ProblemError
            503 after a failure, before kernels are compiled, or if a fold takes long.
        """
        self.check()
        self.need_begun(timeout_s=BEGIN_S)
        if not self._thread.is_alive():
            return self._made()
        with self._shown:
            self._asked_s = self._clock.monotonic_s()
            in_time = self._shown.wait_for(lambda: self._is_shown(fresh=fresh), _VIEW_S)
            view = self._view
        # Rather wait for a fold than answer with less than was asked for.
        if in_time and view is not None:
            return view
        if not self._lock.acquire(timeout=_VIEW_S):
            msg = "the twin folds for long; allowed: to ask again"
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE, "folding", msg, retry_after_s=_RETRY_S
            )
        try:
            return self._seen()
        finally:
            self._lock.release()

    def _is_shown(self, *, fresh: bool) -> bool:
        if not self._thread.is_alive():
            return True
        if self._view is None:
            return False
        if self._view.position == self._twin.position:
            return True
        age_s = self._clock.monotonic_s() - self._view_s
        return not fresh and age_s <= _STALE * self._options.refresh_s

    def _show(self, *, is_idle: bool) -> None:
        """Make a view, if there is news and somebody asks, or time to."""
        now_s = self._clock.monotonic_s()
        asked = is_idle or now_s - self._asked_s < _ASKED_S
        young = not is_idle and now_s - self._view_s < self._options.refresh_s
        has_news = self._view is None or self._view.position != self._twin.position
        if not asked or young or not has_news:
            return
        view = self._made()
        with self._shown:
            self._view, self._view_s = view, self._clock.monotonic_s()
            self._shown.notify_all()

    def _made(self) -> View:
        with self._lock:
            return self._seen()

    def _seen(self) -> View:
        state, edits = self._twin.provisional_model()
        return View(
            state,
            edits,
            self._twin.position,
            self._twin.latest_us or 0,
            self._twin.watermark_us,
        )

    def progress(self) -> Progress:
        """Return how far it was after the last records."""
        return self._progress

    def _measured(self) -> Progress:
        twin = self._twin
        end = self._source.end_position()
        position = twin.position
        return Progress(
            read=twin.counters.read,
            applied=twin.counters.applied,
            waiting=twin.waiting,
            behind=sum(max(0, end.of(name) - position.of(name)) for name in end),
            dead_letters=dict(twin.counters.reasons),
            position=position,
            watermark_us=twin.watermark_us,
            latest_us=twin.latest_us or 0,
        )

    @property
    def n_read(self) -> int:
        """Records read since it was opened."""
        return self._n_read

    def flush_letters(self) -> None:
        """Write the dead letters that wait to the disk."""
        with self._lock:
            self._letters.flush()

    def wait_for_records(self, n_records: int, *, timeout_s: float) -> bool:
        """Wait until so many records were folded since it was opened.

        Parameters
        ----------
        n_records : int
            How many.
        timeout_s : float
            How long to wait, >= 0.

        Returns
        -------
        bool
            False if they were not folded in time, or never will be.
        """
        with self._folded:
            self._folded.wait_for(
                lambda: self._n_read >= n_records or self._is_over, timeout_s
            )
        return self._n_read >= n_records

    def wait_until_read(self, *, timeout_s: float) -> bool:
        """Wait until all was folded that the source has now, whoever wrote it.

        Parameters
        ----------
        timeout_s : float
            How long to wait, >= 0.

        Returns
        -------
        bool
            False if it was not folded in time, or never will be.
        """
        end: int | None = None
        looked = self._n_turns + 2  # the turn that runs may have looked already

        def is_read() -> bool:
            nonlocal end
            now = self._progress
            if self._n_turns < looked:
                return False
            end = now.read + now.behind if end is None else end
            return now.read >= end or not now.behind

        with self._folded:
            self._folded.wait_for(lambda: is_read() or self._is_over, timeout_s)
            return is_read()

    @property
    def _is_over(self) -> bool:
        return self._stop.is_set() or self._failure is not None

    def _run(self) -> None:
        try:
            while not (self._stop.is_set() or self._begin.wait(_POLL_S)):
                pass
            if self._begin.is_set():
                self._first(self._twin.position, self._stop.is_set)
            while not self._stop.is_set():
                self._turn()
            if self._begin.is_set():
                self._save()
        except BaseException as error:
            self._failure = error
            _LOG.exception("the twin of %s ended", self.network.settings.name)
        finally:
            self._letters.close()
            self._source.close()
            for waiting in (self._folded, self._shown):
                with waiting:
                    waiting.notify_all()

    def _turn(self) -> None:
        records = self._source.poll(_POLL_S, _BATCH_RECORDS)
        now_s = self._clock.monotonic_s()
        n_records = 0 if records is None else len(records)
        if records is not None and n_records:
            self._fold(records, now_s)
        else:
            with self._lock:
                self._twin.tick(now_s)
        self._progress = self._measured()
        with self._folded:
            self._n_read += n_records
            self._n_turns += 1
            self._folded.notify_all()
        self._show(is_idle=not n_records)
        if n_records:
            self._told(self._progress)
        if now_s - self._saved_s >= self._options.checkpoint_s:
            self._save()

    def _fold(self, records: RecordBatch, now_s: float) -> None:
        with self._lock:
            decoded = self._twin.decode(records)
            rejected = self._twin.fold(decoded, now_s=now_s)
            decisions = decisions_of(decoded, rejected)
            if self._twin.names_full:
                self._twin.forget_names()
            for one in rejected:
                self._letters.add_rejected(records, one, time_us=self._clock.now_us())
        if decisions:
            self._decided(decisions)

    def _save(self) -> None:
        with self._lock:
            self._letters.flush()
            self._twin.checkpoint(self._store / CHECKPOINTS)
        self._saved_s = self._clock.monotonic_s()

    def close(self) -> None:
        """Fold no more, save, and close the source; a second call does nothing."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
