"""The best schedule so far, shared by all who search."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, NamedTuple

from optimizer.result import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.production.scheduling.problem import IntArray

__all__ = ["Found", "Incumbent"]


class Found(NamedTuple):
    """A schedule that keeps every rule, and what it costs."""

    cost: int
    start: IntArray
    end: IntArray
    mode: IntArray


class Incumbent:
    """The best schedule and the best bound, never lost, from whatever thread.

    Parameters
    ----------
    elapsed_s
        Seconds since the solve began.
    bound
        Cost that no schedule beats.
    on_progress
        Called at each better schedule or bound, one at a time.
    """

    def __init__(
        self,
        elapsed_s: Callable[[], float],
        *,
        bound: int,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self._elapsed_s = elapsed_s
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self.bound = bound
        self.best: Found | None = None
        self.history: list[Progress] = []
        self._closed = False

    @property
    def proven(self) -> bool:
        """Whether the best schedule is as good as the bound."""
        best = self.best
        return best is not None and best.cost <= self.bound

    @property
    def idle_s(self) -> float:
        """Seconds since the best schedule or bound, infinite before the first one."""
        with self._lock:
            if not self.history:
                return math.inf
            return self._elapsed_s() - self.history[-1].seconds

    def offer(self, found: Found) -> bool:
        """Take a schedule if it is the best one so far; return whether it is.

        Parameters
        ----------
        found
            It keeps every rule.
        """
        with self._lock:
            worse = self.best is not None and found.cost >= self.best.cost
            if worse or self._closed:
                return False
            self.best = found
            self._tell(found)
        return True

    def raise_bound(self, bound: int) -> None:
        """Take a bound if it is better than the one known.

        Parameters
        ----------
        bound
            Cost that no schedule beats.
        """
        with self._lock:
            # A bound above a schedule that keeps every rule is wrong, not a proof.
            wrong = self.best is not None and bound > self.best.cost
            if bound > self.bound and not self._closed and not wrong:
                self.bound = bound
                if self.best is not None:
                    self._tell(self.best)

    def close(self) -> Found | None:
        """Take no more, and return the best schedule."""
        with self._lock:
            self._closed = True
            return self.best

    def _tell(self, best: Found) -> None:
        line = Progress(
            seconds=self._elapsed_s(),
            objective=float(best.cost),
            bound=float(min(self.bound, best.cost)),
        )
        self.history.append(line)
        if self._on_progress is not None:
            self._on_progress(line)
