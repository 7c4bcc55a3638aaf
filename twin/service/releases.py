"""Plans that were released as events, as a live loop does: what is known of each.

State holds no plans, and the follower goes on behind its checkpoint: what it saw is
kept in a file, the latest plans of it. Where there is none yet, as events were folded
by a service that kept none, the latest records are looked through once. Until that came
to its end there is no file: it is begun anew at the next start, and finds what was
heard meanwhile, too.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Literal

import msgspec

from streams.codec import decode
from streams.errors import PositionError
from streams.names import Names
from streams.records import Position, Source
from twin.service.decisions import Decision, Terms, decisions_of
from twin.service.jobs import write_whole

_LOG = logging.getLogger(__name__)

KEPT_MAX = 200
"""Plans; the file of them is written whole at each word."""
HEARD_MAX = 100
"""Events about a plan that are known again."""

RECALLED_MAX = 1_000_000
"""Records of each partition that are looked through; they take seconds."""
_BATCH_RECORDS = 16_384
_POLL_S = 0.05
_EMPTY_MAX = 100  # polls in a row that brought nothing; brokers take some at first

Status = Literal["released", "approved", "rejected"]
_STATUS: dict[str, Status] = {
    "plan.approved": "approved",
    "plan.rejected": "rejected",
}


class Release(Terms, frozen=True, kw_only=True):
    """A plan that was released, with its terms.

    Attributes
    ----------
    plan, event : str
        Its id, and that of its event.
    time_us : int
        When it was released, microseconds UTC.
    status : str
        The last word on it.
    who, why : str or None
        Whose word that was, and the reason of a rejection.
    heard : tuple of str
        Events of all that was heard of it: one that comes again says nothing new.
    """

    plan: str
    event: str
    time_us: int
    status: Status = "released"
    who: str | None = None
    why: str | None = None
    heard: tuple[str, ...] = ()


class Releases:
    """The plans that were released, kept in a file.

    Parameters
    ----------
    path : Path
        The file; it is made with the first plan, or once all was looked through.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        kept = path.read_bytes() if path.exists() else b"[]"
        found = msgspec.json.decode(kept, type=list[Release])
        self._plans = {one.plan: one for one in found}
        self._is_whole = True

    def plans(self) -> list[Release]:
        """Return the plans, the one released last first."""
        with self._lock:
            return list(self._plans.values())[::-1]

    @property
    def are_kept(self) -> bool:
        """Whether there is a file of them."""
        return self._path.exists()

    def recall(
        self,
        opened: Callable[[], Source],
        position: Position,
        is_stopped: Callable[[], bool],
    ) -> None:
        """Find the plans among records that were folded already.

        Parameters
        ----------
        opened : callable
            Opens a source of its own, of the same log or topic.
        position : Position
            Where was folded to; of each partition the last `RECALLED_MAX` are read.
        is_stopped : callable
            Whether to end at once; it is begun anew the next time then.

        Raises
        ------
        StreamError, OSError
            If they cannot be read, or kept; it is begun anew the next time.
        """
        self._is_whole = False
        with closing(opened()) as source:
            if not self._is_looked_through(source, position, is_stopped):
                return
        with self._lock:
            self._write()
            self._is_whole = True

    def _is_looked_through(
        self, source: Source, position: Position, is_stopped: Callable[[], bool]
    ) -> bool:
        begin = {name: max(0, position.of(name) - RECALLED_MAX) for name in position}
        try:
            source.seek(Position(begin))
        except PositionError:  # not all of them are held any more
            source.seek(Position())
        n_empty = 0
        while not source.position().reaches(position):
            if is_stopped():
                return False
            records = source.poll(_POLL_S, _BATCH_RECORDS)
            if records is not None:
                n_empty = 0
                self.add(decisions_of(decode(records, Names())))
                continue
            n_empty += 1
            if n_empty == _EMPTY_MAX:
                _LOG.warning(
                    "plans released before were looked for up to %s of %s, then "
                    "nothing came; they are looked for anew at the next start",
                    source.position().to_json(),
                    position.to_json(),
                )
                return False
        return True

    def _write(self) -> None:
        write_whole(self._path, msgspec.json.encode(list(self._plans.values())))

    def add(self, decisions: Iterable[Decision]) -> None:
        """Keep what was decided; what is known already changes nothing.

        Parameters
        ----------
        decisions : iterable of Decision
            Words about other plans than those that were released are left out.
        """
        with self._lock:
            before = dict(self._plans)
            for one in decisions:
                self._hear(one)
            while len(self._plans) > KEPT_MAX:
                del self._plans[next(iter(self._plans))]
            if self._is_whole and self._plans != before:
                self._write()

    def _hear(self, one: Decision) -> None:
        known = self._plans.get(one.plan)
        before = () if known is None else known.heard
        if one.event in before:
            return
        heard = (*before[1 - HEARD_MAX :], one.event)
        if one.terms is not None:
            self._plans.pop(one.plan, None)
            terms = msgspec.structs.asdict(one.terms)
            self._plans[one.plan] = Release(
                plan=one.plan,
                event=one.event,
                time_us=one.time_us,
                heard=heard,
                **terms,
            )
        elif known is not None:
            self._plans[one.plan] = msgspec.structs.replace(
                known, status=_STATUS[one.what], who=one.who, why=one.why, heard=heard
            )
