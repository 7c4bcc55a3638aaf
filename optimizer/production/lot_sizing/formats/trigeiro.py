"""The text form of Trigeiro's instances: one resource, items and periods.

Rows of numbers: ``items periods``; a 1; the capacity (one for all periods, or one
each); for each item ``unit time, holding cost, setup time, setup cost``; then the
demand, a row a period with a column an item. Wide tables come in two blocks of columns,
all periods of the first before those of the second. What follows the table is a legend.

References
----------
Trigeiro, Thomas, McClain (1989), "Capacitated lot sizing with setup times", Management
Science 35(3): the instances F, G and X. They have no overtime, no stock at the start,
and a cost of making units that is the same whenever it is done, and left out.
"""

from __future__ import annotations

import numpy as np

from optimizer.errors import ProblemError
from optimizer.production.lot_sizing.problem import (
    FloatArray,
    Items,
    LotSizingProblem,
    Resources,
)

__all__ = ["read_trigeiro"]

ITEM_COLUMNS = 4


def read_trigeiro(text: str, name: str) -> LotSizingProblem:
    r"""Return the problem of a text.

    Parameters
    ----------
    text
        See the module.
    name
        What errors call it.

    Raises
    ------
    ProblemError
        If the text is not of that form: says in which line.

    Examples
    --------
    >>> problem = read_trigeiro("1 2\n1\n50\n1 0.5 10 100\n20\n30\n", "tiny")
    >>> problem.demand.tolist(), problem.items.setup_cost.tolist()
    ([[20.0, 30.0]], [100.0])
    """
    rows = _Rows(text, name)
    n, n_periods = (int(number) for number in rows.take(2, "items and periods"))
    if n < 1 or n_periods < 1:
        why = f"items and periods must be >= 1, were {n} and {n_periods}"
        raise rows.refusal(why)
    rows.take(1, "a 1")
    capacity = np.array(rows.take(1, "the capacity"))
    if capacity.size not in {1, n_periods}:
        why = f"capacity must be 1 or {n_periods} numbers, were {capacity.size}"
        raise rows.refusal(why)
    items = np.array(
        [rows.take(ITEM_COLUMNS, "an item")[:ITEM_COLUMNS] for _ in range(n)]
    )
    return LotSizingProblem(
        items=Items(
            unit_time=items[:, 0],
            holding_cost=items[:, 1],
            setup_time=items[:, 2],
            setup_cost=items[:, 3],
        ),
        resources=Resources(capacity=np.broadcast_to(capacity, (1, n_periods))),
        demand=_demand(rows, n, n_periods),
    )


def _demand(rows: _Rows, n: int, n_periods: int) -> FloatArray:
    """Read blocks of columns until there is one for each item."""
    blocks: list[FloatArray] = []
    width = 0
    while width < n:
        block = [rows.take(1, "the demand of a period") for _ in range(n_periods)]
        columns = min(n - width, *(len(row) for row in block))
        blocks.append(np.array([row[:columns] for row in block]).T)
        width += columns
    return np.concatenate(blocks)


class _Rows:
    """Rows of numbers; empty ones are passed over."""

    def __init__(self, text: str, name: str) -> None:
        lines = enumerate(text.splitlines(), start=1)
        self._rows = [(at, line.split()) for at, line in lines if line.strip()]
        self._name = name
        self._next = 0

    def take(self, least: int, what: str) -> list[float]:
        if self._next >= len(self._rows):
            message = f"{self._name} ends early: {what} is missing"
            raise ProblemError(message)
        words = self._rows[self._next][1]
        self._next += 1
        try:
            numbers = [float(word) for word in words]
        except ValueError as error:
            why = f"expected {what}: {error}"
            raise self.refusal(why) from error
        if len(numbers) < least:
            why = f"{what} needs {least} numbers, had {len(numbers)}"
            raise self.refusal(why)
        return numbers

    def refusal(self, why: str) -> ProblemError:
        number = self._rows[max(self._next - 1, 0)][0]
        return ProblemError(f"{self._name}, line {number}: {why}")
