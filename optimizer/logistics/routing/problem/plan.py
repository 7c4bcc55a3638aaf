"""The answer to a routing problem: which vehicle visits whom, in which order."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optimizer.result import Progress, SolveStatus

__all__ = ["Route", "RoutingSolution", "depot_of", "reload_at"]


def reload_at(depot: int) -> int:
    """Return the visit that stands for loading again at a depot.

    Parameters
    ----------
    depot
        Row of the depots, >= 0.

    Examples
    --------
    >>> reload_at(0), depot_of(reload_at(2))
    (-1, 2)
    """
    return -depot - 1


def depot_of(visit: int) -> int:
    """Return the depot of a visit that stands for loading again.

    Parameters
    ----------
    visit
        A number < 0, see `reload_at`.
    """
    return -visit - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What one vehicle does.

    Parameters
    ----------
    vehicle
        Its type.
    visits
        Clients in order; a number below 0 is a depot where it loads again, see
        `reload_at`. The depots where it starts and ends are left out.
    """

    vehicle: int
    visits: tuple[int, ...]

    @property
    def clients(self) -> tuple[int, ...]:
        """The clients among the visits."""
        return tuple(visit for visit in self.visits if visit >= 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingSolution:
    """Routes, what they cost, and how they were found.

    Parameters
    ----------
    status
        `feasible` with routes; `optimal` where the cost equals the bound; `infeasible`
        if it is proven that no plan keeps every rule; `unknown` if none was found.
    routes
        Routes with at least one visit.
    objective
        Cost in units of the problem's `scale`; infinite without a plan.
    bound
        No plan costs less; minus infinity where nothing is known.
    gap
        See `optimizer.result.relative_gap`.
    seconds
        How long it took.
    work
        Iterations of the search, of all its threads.
    history
        Each better plan.
    """

    status: SolveStatus
    routes: tuple[Route, ...] = ()
    objective: float = math.inf
    bound: float = -math.inf
    gap: float = math.inf
    seconds: float = 0.0
    work: int = 0
    history: tuple[Progress, ...] = ()
