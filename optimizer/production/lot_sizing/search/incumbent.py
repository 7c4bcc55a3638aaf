"""The best plan so far, shared by all who search."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, NamedTuple

from optimizer.result import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.production.lot_sizing.problem import Quantities

__all__ = ["Found", "Incumbent"]

PROVEN_GAP = 1e-6
"""Share of the cost by which a proof may miss it: what solvers keep."""

SMALLEST_STEP = 1e-9
"""Share of the cost that makes a plan better than another."""


class Found(NamedTuple):
    """A plan that keeps every rule, and what it costs."""

    cost: float
    plan: Quantities


class Incumbent:
    """The best plan and the best bound, never lost, from whatever thread.

    Parameters
    ----------
    elapsed_s
        Seconds since the solve began.
    bound
        Cost that no plan beats.
    on_progress
        Called at each better plan or bound, one at a time.
    """

    def __init__(
        self,
        elapsed_s: Callable[[], float],
        *,
        bound: float = 0.0,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self._elapsed_s = elapsed_s
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self._closed = False
        self.bound = bound
        self.best: Found | None = None
        self.history: list[Progress] = []

    @property
    def cost(self) -> float:
        """Cost of the best plan, infinite without one."""
        best = self.best
        return math.inf if best is None else best.cost

    @property
    def proven(self) -> bool:
        """Whether the best plan is as good as the bound."""
        cost = self.cost
        return math.isfinite(cost) and cost - self.bound <= PROVEN_GAP * abs(cost)

    def offer(self, found: Found) -> bool:
        """Take a plan if it is the best one so far; return whether it is.

        Parameters
        ----------
        found
            It keeps every rule.
        """
        with self._lock:
            best = self.best
            least = math.inf if best is None else best.cost * (1.0 - SMALLEST_STEP)
            if self._closed or found.cost >= least:
                return False
            self.best = found
            self._tell(found.cost)
        return True

    def raise_bound(self, bound: float) -> None:
        """Take a bound if it is better than the one known.

        Parameters
        ----------
        bound
            Cost that no plan beats.
        """
        with self._lock:
            if bound > self.bound and not self._closed:
                self.bound = bound
                if self.best is not None:
                    self._tell(self.best.cost)

    def close(self) -> Found | None:
        """Take no more, and return the best plan."""
        with self._lock:
            self._closed = True
            return self.best

    def _tell(self, cost: float) -> None:
        line = Progress(
            seconds=self._elapsed_s(), objective=cost, bound=min(self.bound, cost)
        )
        self.history.append(line)
        if self._on_progress is not None:
            self._on_progress(line)
