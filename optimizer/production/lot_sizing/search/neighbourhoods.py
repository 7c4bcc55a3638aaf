"""Which setups a small program may change: items, periods, or both.

References
----------
Helber, Sahling (2010), "A fix-and-optimize approach for the multi-level capacitated lot
sizing problem", International Journal of Production Economics 123(2): decompositions by
product, by process and by resource.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from optimizer.production.lot_sizing.problem import (
        BoolArray,
        FloatArray,
        IntArray,
        LotSizingProblem,
    )

__all__ = ["KINDS", "Neighbourhoods"]

KINDS = ("items", "periods", "block", "related", "few")

LEARNING = 0.15
"""Weight of the last result against all before: twice as large forgets a kind that had
no luck twice, half as large keeps to one that has dried up."""

LEAST_CHANCE = 0.08
"""Share of the turns that every kind keeps."""


class Neighbourhoods:
    """Draws sets of setups of a wanted size, kinds that helped more often.

    Parameters
    ----------
    problem
        Whose setups.
    rng
        Source of random numbers.
    """

    def __init__(self, problem: LotSizingProblem, rng: np.random.Generator) -> None:
        self._problem = problem
        self._rng = rng
        self._score = np.ones(len(KINDS))
        self._near = _nearness(problem)

    def draw(self, size: int) -> tuple[int, BoolArray]:
        """Return a kind and the setups it frees, ndarray (n_items, n_periods).

        Parameters
        ----------
        size
            About how many setups, >= 1.
        """
        score = self._score / self._score.sum()
        chance = LEAST_CHANCE + (1.0 - LEAST_CHANCE * len(KINDS)) * score
        kind = int(self._rng.choice(len(KINDS), p=chance / chance.sum()))
        return kind, self._mask(KINDS[kind], size)

    def learn(self, kind: int, gain: float) -> None:
        """Remember what a kind was good for.

        Parameters
        ----------
        kind
            As drawn.
        gain
            Relative improvement per second, or per turn, >= 0.
        """
        self._score[kind] += LEARNING * (gain - self._score[kind])
        self._score = np.maximum(self._score, 1e-9)

    def _mask(self, kind: str, size: int) -> BoolArray:
        n, n_periods = self._problem.n_items, self._problem.n_periods
        mask = np.zeros((n, n_periods), dtype=np.bool_)
        if kind == "items":
            mask[self._items(max(1, round(size / n_periods)))] = True
        elif kind == "periods":
            mask[:, self._window(max(1, round(size / n)))] = True
        elif kind == "block":
            width = int(self._rng.integers(3, max(4, n_periods // 2 + 1)))
            items = self._items(max(1, round(size / width)))
            mask[np.ix_(items, self._window(width))] = True
        elif kind == "related":
            items = self._related(max(1, round(size / n_periods)))
            mask[items] = True
        else:
            chosen = self._rng.random(mask.shape) < size / max(mask.size, 1)
            # A setup moves to the period before or after as a rule.
            mask = chosen.copy()
            mask[:, 1:] |= chosen[:, :-1]
        return mask

    def _items(self, count: int) -> IntArray:
        n = self._problem.n_items
        return self._rng.choice(n, size=min(count, n), replace=False)

    def _related(self, count: int) -> IntArray:
        """Return an item and those near to it in the bill or on its resource."""
        n = self._problem.n_items
        first = int(self._rng.integers(n))
        weight: FloatArray = self._near[first] * self._rng.random(n)
        weight[first] = np.inf
        return np.argsort(-weight, kind="stable")[: min(count, n)]

    def _window(self, width: int) -> IntArray:
        n_periods = self._problem.n_periods
        width = min(width, n_periods)
        first = int(self._rng.integers(n_periods - width + 1))
        return np.arange(first, first + width)


def _nearness(problem: LotSizingProblem) -> FloatArray:
    """Return how much two items have to do with each other, shape (n, n)."""
    resource = problem.items.resource
    near: FloatArray = 1.0 + 2.0 * (resource[:, None] == resource[None, :])
    bill = problem.bill
    near[bill.parent, bill.component] = near[bill.component, bill.parent] = 6.0
    return near
