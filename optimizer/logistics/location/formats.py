"""Read the two text forms that facility location is published in.

`tscflp`, two stages: ``plants depots clients``; the demand of each client; capacity and
fixed cost of each plant; a row of unit costs to depots for each plant; capacity and
fixed cost of each depot; a row of unit costs to clients for each depot.

`sscflp`, single source: ``depots clients``; capacities; fixed costs; demands; then a
row for each client with what serving it in all costs from each depot. Where each of
those lines is as long as there are clients, they are the depots'; where there are as
many depots as clients, and where rows are not a line each, they are the clients'.
"""

from __future__ import annotations

import gzip
import math
import zlib
from typing import TYPE_CHECKING

import numpy as np

from optimizer.errors import ProblemError
from optimizer.logistics.location.problem import LocationProblem

if TYPE_CHECKING:
    from pathlib import Path

    from optimizer.logistics.location.problem import FloatArray

__all__ = ["parse_location", "read_location"]

STAGED, DIRECT = 3, 2
"""Numbers on the first row of the two forms."""

LARGEST = 1e15
"""A count or an amount above this is a mistake: whole numbers are exact below 2^53."""


def read_location(path: Path) -> LocationProblem:
    """Return the problem of a file.

    Parameters
    ----------
    path
        Text, in one of the two forms; with `.gz` behind its name, packed.

    Raises
    ------
    ProblemError
        If the file cannot be read, or is of neither form: says where.
    """
    try:
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        text = data.decode()
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        message = f"{path} cannot be read: {error}"
        raise ProblemError(message) from error
    return parse_location(text, path.name)


def parse_location(text: str, name: str = "text") -> LocationProblem:
    r"""Return the problem that a text says.

    Parameters
    ----------
    text
        In one of the two forms; the number of numbers on its first row tells which.
    name
        What errors call it.

    Raises
    ------
    ProblemError
        If it is of neither form.

    Examples
    --------
    >>> problem = parse_location("1 2  5  7  3 1  4 6")
    Traceback (most recent call last):
    ...
    optimizer.errors.ProblemError: text: the first row must hold 2 or 3 counts, had 8
    >>> problem = parse_location("1 2\n5\n7\n3 1\n4\n6\n")
    >>> problem.single_source, problem.service_cost.tolist()
    (True, [[4.0, 6.0]])
    """
    first = next((line.split() for line in text.splitlines() if line.split()), [])
    numbers = _Numbers(text, name)
    if len(first) not in {STAGED, DIRECT}:
        message = f"{name}: the first row must hold 2 or 3 counts, had {len(first)}"
        raise ProblemError(message)
    if len(first) == STAGED:
        problem = _staged(numbers)
    else:
        lines = [line.split() for line in text.splitlines() if line.split()]
        problem = _direct(numbers, {len(line) for line in lines[4:]})
    numbers.end()
    return problem


def _staged(numbers: _Numbers) -> LocationProblem:
    plants, depots, clients = (numbers.count() for _ in range(STAGED))
    demand = numbers.take(clients)
    plant = numbers.take(plants, 2)
    supply = numbers.take(plants, depots)
    depot = numbers.take(depots, 2)
    unit = numbers.take(depots, clients)
    return LocationProblem(
        capacity=depot[:, 0],
        fixed_cost=depot[:, 1],
        demand=demand,
        service_cost=unit * demand,
        plant_capacity=plant[:, 0],
        plant_fixed_cost=plant[:, 1],
        supply_cost=supply,
    )


def _direct(numbers: _Numbers, widths: set[int]) -> LocationProblem:
    depots, clients = numbers.count(), numbers.count()
    capacity, fixed_cost = numbers.take(depots), numbers.take(depots)
    demand = numbers.take(clients)
    if widths == {clients} and clients != depots:
        cost = numbers.take(depots, clients)
    else:
        cost = numbers.take(clients, depots).T
    return LocationProblem(
        capacity=capacity,
        fixed_cost=fixed_cost,
        demand=demand,
        service_cost=cost,
        single_source=True,
    )


class _Numbers:
    """The numbers of a text, one after the other."""

    def __init__(self, text: str, name: str) -> None:
        self._name = name
        self._words = text.split()
        self._at = 0

    def count(self) -> int:
        value = float(self.take(1)[0])
        if value < 1.0 or value != int(value):
            message = f"{self._name}: a count must be whole and >= 1, was {value}"
            raise ProblemError(message)
        return int(value)

    def take(self, *shape: int) -> FloatArray:
        n = math.prod(shape)
        words = self._words[self._at : self._at + n]
        if len(words) < n:
            message = (
                f"{self._name}: ends after {len(self._words)} numbers, "
                f"{self._at + n} are needed so far"
            )
            raise ProblemError(message)
        try:
            values = np.array(words, dtype=np.float64)
        except ValueError as error:
            message = f"{self._name}, after number {self._at}: {error}"
            raise ProblemError(message) from error
        if not (np.abs(values) < LARGEST).all():
            wrong = int(np.argmin(np.abs(values) < LARGEST))
            message = (
                f"{self._name}, number {self._at + wrong + 1}: must be below "
                f"{LARGEST:g}, was {words[wrong]!r}"
            )
            raise ProblemError(message)
        self._at += n
        return values.reshape(shape)

    def end(self) -> None:
        if self._at != len(self._words):
            message = (
                f"{self._name}: has {len(self._words)} numbers, "
                f"{self._at} were expected"
            )
            raise ProblemError(message)
