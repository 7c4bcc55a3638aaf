"""Run the searches of a repair on all cores, until the time or the work is over."""

from __future__ import annotations

import math
import threading
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from optimizer.result import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optimizer.options import SolveOptions

__all__ = ["Run", "Search"]

SLICE_S = 0.03
"""Seconds of a slice of search: what a deadline may be missed by."""

FIRST_SLICE = 5_000
"""Operations looked at in the first slice, before the speed is known."""

EXCHANGE_S = 0.5
"""Seconds between looks at what the other core has found."""

RESERVE_S = 0.1
"""Seconds kept for the way back to the plan before, the checkers and the way out."""

ROUNDS = 20
"""Rounds that a budget of work is divided into; they exchange plans after each."""


_F = TypeVar("_F")


class Search(Protocol[_F]):
    """A search that runs in slices of work and keeps its best plan."""

    @property
    def cost(self) -> int:
        """Of the best plan."""

    @property
    def feasible(self) -> bool:
        """Whether it keeps every rule."""

    @property
    def done(self) -> bool:
        """Whether there is nothing left to find."""

    def improve(self, work: int) -> int:
        """Search on; return the work done, in operations looked at."""

    def found(self) -> _F:
        """Return the best plan as `adopt` takes it; it does not change any more."""

    def adopt(self, found: _F) -> None:
        """Take over what another search has found, if it is better."""


class Run:
    """The time of one repair, and what is told on the way.

    Parameters
    ----------
    options
        Clock and limits.
    begun_s
        When the repair began, by that clock.
    bound
        Cost that no plan beats.
    on_progress
        Called at each better plan.
    cancelled
        Asked between slices.
    """

    def __init__(
        self,
        options: SolveOptions,
        *,
        begun_s: float,
        bound: int,
        on_progress: Callable[[Progress], None] | None,
        cancelled: Callable[[], bool],
    ) -> None:
        self.options = options
        self.begun_s = begun_s
        self.bound = bound
        self.history: list[Progress] = []
        self.first_s = self.first_cost = math.inf
        self.work = 0
        self._on_progress = on_progress
        self._cancelled = cancelled
        self._best = math.inf
        self._spare_s = 0.0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._failures: list[BaseException] = []

    @property
    def left_s(self) -> float:
        """Seconds left for the search."""
        passed_s = self.options.monotonic_s() - self.begun_s
        return self.options.time_limit_s - RESERVE_S - self._spare_s - passed_s

    @property
    def over(self) -> bool:
        """Whether the search ends now."""
        proven = self._best <= self.bound
        return proven or self._stop.is_set() or self.left_s <= 0.0 or self._cancelled()

    def tell(self, worth: int, cost: int, *, whole: bool) -> None:
        """Tell of a plan, if it keeps every rule and is the best so far.

        Parameters
        ----------
        worth
            Cost with that of moves.
        cost
            Without it.
        whole
            Whether it keeps every rule.
        """
        with self._lock:
            if not whole or worth >= self._best:
                return
            seconds = self.options.monotonic_s() - self.begun_s
            if math.isinf(self._best):
                self.first_s, self.first_cost = seconds, float(cost)
            self._best = worth
            line = Progress(
                seconds=seconds,
                objective=float(worth),
                bound=float(min(self.bound, worth)),
            )
            self.history.append(line)
            if self._on_progress is not None:
                self._on_progress(line)

    def search(self, searches: Sequence[Search[_F]], *, share: float = 1.0) -> None:
        """Run searches of one kind, each on a thread of its own.

        Parameters
        ----------
        searches
            They exchange what they find.
        share
            Share of the time and the work after which they end, in (0, 1].
        """
        limit_s = self.options.time_limit_s
        self._spare_s = 0.0 if math.isinf(limit_s) else (1.0 - share) * limit_s
        if self.options.work_limit is not None:
            self._in_step(searches, int(share * self.options.work_limit))
            return
        shared: list[_F | None] = [None] * len(searches)
        jobs = [
            partial(self._kept, partial(self._run, search, at, shared))
            for at, search in enumerate(searches)
        ]
        threads = [threading.Thread(target=job, daemon=True) for job in jobs[1:]]
        for thread in threads:
            thread.start()
        jobs[0]()
        for thread in threads:
            thread.join()
        if self._failures:
            raise self._failures[0]

    @property
    def out_of_time(self) -> bool:
        """Whether the time or the work is used up, or somebody cancels."""
        limit = self.options.work_limit
        worked = limit is not None and self.work >= limit
        self._spare_s = 0.0
        return worked or self.left_s <= 0.0 or self._cancelled()

    def spend(
        self, search: Search[_F], *, share: float, slices: int, first_work: int
    ) -> None:
        """Run a search on this thread for a share of what is left.

        Parameters
        ----------
        search
            Ends early once it is done.
        share
            Of the time or the work, in (0, 1].
        slices
            After how many parts of that time the clock is looked at, about, >= 1.
        first_work
            Work of the first part, >= 1.
        """
        if self.options.work_limit is not None:
            left = self.options.work_limit - self.work
            self.work += max(int(share * left), 1)
            search.improve(max(int(share * left), 1))
            return
        monotonic_s, work = self.options.monotonic_s, first_work
        until_s = monotonic_s() + share * self.left_s
        slice_s = share * self.left_s / slices
        while not search.done and monotonic_s() < until_s and not self._cancelled():
            now_s = monotonic_s()
            self.work += search.improve(work)
            took_s = max(monotonic_s() - now_s, 1e-6)
            work = max(int(work * min(slice_s / took_s, 4.0)), 1)

    def _in_step(self, searches: Sequence[Search[_F]], work_limit: int) -> None:
        """Search in rounds of equal work, and exchange after each."""
        share = -(-work_limit // ROUNDS)
        while self.work < work_limit and not self.over:
            slice_ = min(share, work_limit - self.work)
            done = [search.improve(slice_) for search in searches]
            self.work += max(slice_, *done)
            found = [search.found() for search in searches]
            for search in searches:
                self._tell(search)
                for other in found:
                    search.adopt(other)
            if any(search.done for search in searches):
                return

    def _run(self, search: Search[_F], at: int, shared: list[_F | None]) -> None:
        """Search in slices of time, and look at what the others share."""
        monotonic_s, work = self.options.monotonic_s, FIRST_SLICE
        looked_s, told = monotonic_s(), math.inf
        while not self.over and not search.done:
            now_s = monotonic_s()
            done = search.improve(work)
            took_s = max(monotonic_s() - now_s, 1e-6)
            work = max(int(work * min(SLICE_S / took_s, 4.0)), 1)
            with self._lock:
                self.work += done
            if search.cost < told:
                told = search.cost
                shared[at] = search.found()
                self._tell(search)
            if now_s - looked_s > EXCHANGE_S:
                looked_s = now_s
                for other in shared:
                    if other is not None:
                        search.adopt(other)
        if search.done:
            self._stop.set()

    def _tell(self, search: Search[_F]) -> None:
        cost = search.cost
        self.tell(cost, cost, whole=search.feasible)

    def _kept(self, job: Callable[[], None]) -> None:
        """Run a job; keep what it raises, and let the others end."""
        try:
            job()
        except BaseException as error:
            self._failures.append(error)
            self._stop.set()
