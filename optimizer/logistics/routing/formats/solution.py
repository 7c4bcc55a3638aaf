"""Routes as CVRPLIB writes them: a line for each vehicle, then the cost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from optimizer.errors import ProblemError
from optimizer.logistics.routing.formats.text import text_of
from optimizer.logistics.routing.problem import Route, depot_of, reload_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from optimizer.logistics.routing.problem import RoutingProblem

__all__ = ["numbered_routes", "read_solution", "solution_text"]

_LINE = re.compile(r"Route\s*#?(\d+)\s*:(.*)", re.IGNORECASE)


def numbered_routes(
    problem: RoutingProblem, routes: Iterable[Route]
) -> list[list[int]]:
    """Return the visits of routes as locations: depots first, then clients, from 0.

    Parameters
    ----------
    problem
        What the routes belong to.
    routes
        Any; where a vehicle loads again stands the depot.
    """
    first = len(problem.depots)
    return [
        [v + first if v >= 0 else depot_of(v) for v in route.visits] for route in routes
    ]


def solution_text(
    problem: RoutingProblem, routes: Sequence[Route], objective: float
) -> str:
    """Return routes as text, a line a vehicle where types differ, else a line a route.

    Parameters
    ----------
    problem, routes
        What was planned.
    objective
        The cost to be written.

    References
    ----------
    CVRPLIB's solution format; in PyVRP's dialect the lines are in the order of the
    vehicles, and a vehicle that stays at home has an empty one.
    """
    lines: list[list[int]] = []
    several = len(problem.vehicles) > 1
    for kind, available in enumerate(problem.vehicles.available.tolist()):
        own = numbered_routes(problem, [r for r in routes if r.vehicle == kind])
        lines += own
        if several:
            lines += [[] for _ in range(available - len(own))]
    text = [
        f"Route #{at}: {' '.join(map(str, visits))}".rstrip()
        for at, visits in enumerate(lines, start=1)
    ]
    cost = int(objective) if objective == int(objective) else round(objective, 6)
    return "\n".join([*text, f"Cost: {cost}", ""])


def read_solution(problem: RoutingProblem, path: Path) -> tuple[Route, ...]:
    """Return the routes of a file, as `solution_text` writes it.

    Parameters
    ----------
    problem
        What the routes belong to.
    path
        The file.

    Raises
    ------
    ProblemError
        If a line has more than locations of the problem, or there are more routes than
        vehicles.
    """
    first, several = len(problem.depots), len(problem.vehicles) > 1
    kinds = [
        kind
        for kind, available in enumerate(problem.vehicles.available.tolist())
        for _ in range(available)
    ]
    routes = []
    for at, found in enumerate(_LINE.findall(text_of(path))):
        words = found[1].split()
        if not all(w.isdigit() and int(w) < first + problem.n_clients for w in words):
            message = (
                f"{path.name}, route {found[0]}: expected locations, got {found[1]!r}"
            )
            raise ProblemError(message)
        if several and at >= len(kinds):
            message = f"{path.name}: more routes than the {len(kinds)} vehicles"
            raise ProblemError(message)
        if words:
            visits = [int(word) for word in words]
            routes.append(
                Route(
                    vehicle=kinds[at] if several else 0,
                    visits=tuple(
                        v - first if v >= first else reload_at(v) for v in visits
                    ),
                )
            )
    return tuple(routes)
