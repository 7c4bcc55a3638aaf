"""The best locations so far, shared by all who search."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from optimizer.result import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.logistics.location.problem import IntArray

__all__ = ["Found", "Incumbent"]

PROVEN = 1e-9
"""Share of the cost by which plan and bound may differ and be the same."""


class Found(NamedTuple):
    """A feasible choice and its cost."""

    cost: float
    chosen: IntArray
    """Whether each facility is open, or, with a single source, each client's depot."""


class Incumbent:
    """The best choice and the best bound, never lost, from whatever thread.

    Parameters
    ----------
    elapsed_s
        Seconds since the solve began.
    on_progress
        Called at each better choice or bound, one at a time.
    """

    def __init__(
        self,
        elapsed_s: Callable[[], float],
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self._elapsed_s = elapsed_s
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self._closed = False
        self.best: Found | None = None
        self.bound = 0.0
        self.history: list[Progress] = []

    @property
    def cost(self) -> float:
        """Cost of the best choice, infinite without one."""
        return float("inf") if self.best is None else self.best.cost

    @property
    def proven(self) -> bool:
        """Whether nothing can cost less than the best choice."""
        cost = self.cost
        return cost <= self.bound + PROVEN * max(1.0, abs(self.bound))

    def offer(self, found: Found | None) -> None:
        """Take a choice if it is the best one so far.

        Parameters
        ----------
        found
            It keeps every rule; None is nothing.
        """
        if found is None:
            return
        with self._lock:
            if not self._closed and found.cost < self.cost:
                self.best = found
                self._tell()

    def raise_bound(self, bound: float) -> None:
        """Take a bound if it is better than the one known.

        Parameters
        ----------
        bound
            Cost that no choice beats.
        """
        with self._lock:
            if not self._closed and bound > self.bound:
                self.bound = bound
                self._tell()

    def close(self) -> Found | None:
        """Take no more, and return the best choice."""
        with self._lock:
            self._closed = True
            return self.best

    def _tell(self) -> None:
        best = self.best
        if best is None:
            return
        line = Progress(
            seconds=self._elapsed_s(),
            objective=best.cost,
            bound=min(self.bound, best.cost),
        )
        self.history.append(line)
        if self._on_progress is not None:
            self._on_progress(line)
