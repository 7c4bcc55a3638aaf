"""Vehicle routing with time windows as Solomon and Gehring and Homberger wrote it."""

from __future__ import annotations

import numpy as np

from optimizer.errors import ProblemError
from optimizer.logistics.routing.formats.text import (
    Rounding,
    euclidean,
    numbers,
    rounded,
)
from optimizer.logistics.routing.problem import (
    Clients,
    Depots,
    Names,
    RoutingProblem,
    Vehicles,
)

__all__ = ["is_solomon", "read_solomon"]

COLUMNS = 7
"""Number, x, y, demand, ready time, due date, service time."""

FLEET = 2
"""Number of vehicles, and what each carries."""


HEADINGS = 2
"""Lines of words at the head of the clients."""


def is_solomon(text: str) -> bool:
    """Return whether a text is of this form.

    Parameters
    ----------
    text
        Of any file.
    """
    words = text.upper().split()
    return "VEHICLE" in words[:8] and "CUSTOMER" in words[:16]


def read_solomon(
    text: str, name: str, *, rounding: Rounding = "dimacs"
) -> RoutingProblem:
    """Return the problem of a text.

    Parameters
    ----------
    text
        The number of vehicles and their capacity, then a line for the depot and one for
        each client.
    name
        What errors call it.
    rounding
        Of distances and times. With `dimacs` the objective is the distance truncated to
        one decimal, arc by arc.

    Raises
    ------
    ProblemError
        If the text is not of this form.

    References
    ----------
    Solomon (1987), "Algorithms for the vehicle routing and scheduling problems with
    time window constraints", Operations Research 35(2).
    """
    fleet, rows = _rows(text, name)
    table = np.array(rows)
    place = table[:, 1:3]
    times = rounded(table[:, 4:7], rounding)
    matrix = rounded(euclidean(place), rounding)[None]
    demand = _whole(table[1:, 3], f"{name}: a demand")
    scale = {"dimacs": 10.0, "exact": 1000.0}.get(rounding, 1.0)
    size = _whole(np.array(fleet), f"{name}: the fleet")
    return RoutingProblem(
        depots=Depots(
            location=np.array([0]), open=times[:1, 0], close=times[:1, 1],
            service=times[:1, 2],
        ),
        clients=Clients(
            location=np.arange(1, len(table)), delivery=demand[:, None],
            open=times[1:, 0], close=times[1:, 1], service=times[1:, 2],
        ),
        vehicles=Vehicles(
            available=size[:1], capacity=size[None, 1:]
        ),
        distance=matrix,
        duration=matrix,
        scale=scale,
        place=place,
        names=Names(
            depots=(_label(rows[0][0]),),
            clients=tuple(_label(row[0]) for row in rows[1:]),
        ),
    )  # fmt: skip


def _rows(text: str, name: str) -> tuple[list[float], list[list[float]]]:
    """Return the two numbers of the fleet, and the rows of seven."""
    fleet: list[float] = []
    rows: list[list[float]] = []
    headings = 0
    for at, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        # Words come before the fleet, then CUSTOMER and a line of headings; later none.
        is_table = headings == HEADINGS
        if not words or not (is_table or _is_number(words[0])):
            headings += bool(words) and bool(headings or words[0].upper() == "CUSTOMER")
            continue
        values = numbers(words, f"{name}, line {at}")
        if not fleet and len(values) == FLEET:
            fleet = values
        elif len(values) == COLUMNS:
            rows.append(values)
        else:
            message = (
                f"{name}, line {at}: expected {COLUMNS} numbers, got {len(values)}"
            )
            raise ProblemError(message)
    if not fleet or not rows:
        message = f"{name}: expected the fleet (two numbers) and lines of clients"
        raise ProblemError(message)
    return fleet, rows


def _is_number(word: str) -> bool:
    return word.lstrip("+-").replace(".", "", 1).isdigit()


def _whole(values: np.ndarray, what: str) -> np.ndarray:
    whole = values.astype(np.int64)
    wrong = values[whole != values]
    if wrong.size:
        message = f"{what} must be whole, was {wrong[0]}"
        raise ProblemError(message)
    return whole


def _label(number: float) -> str:
    return f"{number:g}"
