"""A lower bound: what items share is priced, and each is solved on its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from optimizer.procurement._kernels.descent import spend_of
from optimizer.procurement._kernels.lots import BIG, solve_items

if TYPE_CHECKING:
    from optimizer.procurement.program import (
        FloatArray,
        PurchasingProgram,
    )

__all__ = ["Dual"]

THREADS = 2
STEP_FIRST, STEP_LEAST = 1.0, 1e-4
# Rounds without a better bound after which prices go back and steps are halved.
PATIENCE = 15
# How far prices usually go: a unit of scarce capacity as a share of its price, an
# order as a share of what it costs, a credit as a share of the money. Steps are scaled
# by them; ten times the price, or a tenth of the share, closes half of the gap.
USUAL_PRICE, USUAL_SHARE, USUAL_CREDIT = 0.01, 1.0, 0.02


class Dual:
    """Lagrangean bound of a program, improved round by round.

    Suppliers' order costs are shared out over their offers (shares of a period add up
    to the cost), capacities have a price a unit, contracts a credit on what is spent,
    and shares of offers a price; the bound is then a sum over items.

    Parameters
    ----------
    program
        The problem.

    References
    ----------
    Geoffrion (1974), "Lagrangean relaxation for integer programming"; steps of Held,
    Wolfe and Crowder (1974), towards the best plan known.
    """

    def __init__(self, program: PurchasingProgram) -> None:
        self.program = program
        self.bound = -np.inf
        n_offers, n_periods = program.limit.shape
        self.lots = np.zeros((n_offers, n_periods), np.int64)
        count = np.bincount(program.supplier, minlength=len(program.order_cost))
        each = program.order_cost / np.maximum(count, 1)
        self._shares = np.repeat(each[program.supplier][:, None], n_periods, axis=1)
        self._price = np.zeros_like(program.capacity)
        self._credit = np.zeros(len(program.order_cost))
        self._limits = np.zeros(n_offers)
        self._step, self._stale = STEP_FIRST, 0
        self._item_of = np.repeat(
            np.arange(len(program.table.lot)), np.diff(program.table.offer_start)
        )
        self._priced = np.isfinite(program.capacity)
        self._limited = program.share_max < 1.0
        unit = program.table.band_cost[:, 1]
        self._unit = USUAL_PRICE * float(unit.mean()) if unit.size else 1.0
        self._order = np.maximum(USUAL_SHARE * program.order_cost, 1e-9)
        self._best = self._prices()
        self._pool = ThreadPoolExecutor(THREADS)

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()

    @property
    def is_infeasible(self) -> bool:
        """Whether some item alone misses what it must not, for all its offers."""
        return bool((self._value >= BIG).any())

    def infeasible_items(self) -> list[int]:
        """Return the items that cannot be served, even alone."""
        found: list[int] = np.flatnonzero(self._value >= BIG).tolist()
        return found

    def advance(self, best: float) -> float:
        """Solve all items once and move prices; return the bound of this round.

        Parameters
        ----------
        best
            Cost of the best plan known; infinite without one.
        """
        program = self.program
        value = self._solve()
        capacity = np.where(self._priced, program.capacity, 0.0)
        bound = float(value.sum() - (self._price * capacity).sum())
        bound += float(self._credit @ program.minimum_spend)
        if bound > self.bound + 1e-7 * max(1.0, abs(bound)):
            self.bound, self._stale = bound, 0
            self._best = self._prices()
        else:
            self._stale += 1
            if self._stale >= PATIENCE:
                self._step, self._stale = max(self._step / 2.0, STEP_LEAST), 0
                self._price, self._shares, self._credit, self._limits = self._best
        self._move(bound, best)
        return bound

    def _prices(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        return self._price, self._shares, self._credit, self._limits

    def _solve(self) -> FloatArray:
        program = self.program
        table = program.table
        slope = self._price[program.supplier] + self._share_prices()[:, None]
        credit = self._credit[program.supplier]
        n_items = len(table.lot)
        value = np.zeros(n_items)
        parts = [np.arange(first, n_items, THREADS) for first in range(THREADS)]
        work = [
            self._pool.submit(
                solve_items, table, part, self._shares, slope, credit, program.limit,
                self.lots, value,
            )
            for part in parts
        ]  # fmt: skip
        for one in work:
            one.result()
        self._value = value
        return value

    def _share_prices(self) -> FloatArray:
        """Return what a unit of each offer pays for limits on shares."""
        program = self.program
        if not self._limited.any():
            return np.zeros(len(program.supplier))
        given = self._limits * program.share_max
        back = np.bincount(
            self._item_of, weights=given, minlength=len(program.table.lot)
        )
        return self._limits - back[self._item_of]

    def _move(self, bound: float, best: float) -> None:
        program, lots = self.program, self.lots
        units = lots * program.lot[:, None]
        n_suppliers = len(program.order_cost)
        used = np.zeros_like(program.capacity)
        np.add.at(used, program.supplier, units)
        over = np.where(
            self._priced, used - np.where(self._priced, program.capacity, 0), 0
        )
        over = np.where((over < 0.0) & (self._price <= 0.0), 0.0, over)
        placed = (lots > 0).astype(np.float64)
        total = np.zeros((n_suppliers, lots.shape[1]))
        np.add.at(total, program.supplier, placed)
        count = np.bincount(program.supplier, minlength=n_suppliers)
        mean = total / np.maximum(count, 1)[:, None]
        uneven = placed - mean[program.supplier]
        uneven[program.order_cost[program.supplier] <= 0.0] = 0.0
        short = self._shortfall()
        excess = self._excess(units)
        order = self._order[program.supplier][:, None]
        norm = float(((self._unit * over) ** 2).sum() + ((order * uneven) ** 2).sum())
        norm += float(((USUAL_CREDIT * short) ** 2).sum())
        norm += float(((self._unit * excess) ** 2).sum())
        if norm <= 0.0:
            return
        aim = best if np.isfinite(best) else bound + 0.05 * abs(bound)
        step = self._step * max(aim - bound, 1e-6 * max(1.0, abs(bound))) / norm
        self._price = np.maximum(self._price + step * self._unit**2 * over, 0.0)
        self._shares = self._projected(self._shares + step * order**2 * uneven)
        most = np.where(program.binding, np.inf, 1.0)
        credit = self._credit + step * USUAL_CREDIT**2 * short
        self._credit = np.clip(credit, 0.0, most)
        self._limits = np.maximum(self._limits + step * self._unit**2 * excess, 0.0)

    def _shortfall(self) -> FloatArray:
        program = self.program
        short = program.minimum_spend.copy()
        if not short.any():
            return short
        for k, period in np.argwhere(self.lots > 0).tolist():
            short[program.supplier[k]] -= spend_of(
                program.table, k, int(self._item_of[k]), int(self.lots[k, period])
            )
        short[program.minimum_spend <= 0.0] = 0.0
        short[(short < 0.0) & (self._credit <= 0.0)] = 0.0
        return short

    def _excess(self, units: FloatArray) -> FloatArray:
        program = self.program
        if not self._limited.any():
            return np.zeros(len(program.supplier))
        own = units.sum(axis=1)
        of_item = np.bincount(
            self._item_of, weights=own, minlength=len(program.table.lot)
        )
        excess = np.where(
            self._limited, own - program.share_max * of_item[self._item_of], 0.0
        )
        excess[(excess < 0.0) & (self._limits <= 0.0)] = 0.0
        result: FloatArray = excess
        return result

    def _projected(self, shares: FloatArray) -> FloatArray:
        """Return the nearest shares >= 0 that add up to the cost of each supplier."""
        program = self.program
        for s, cost in enumerate(program.order_cost.tolist()):
            rows = np.flatnonzero(program.supplier == s)
            if cost > 0.0 and rows.size:
                shares[rows] = _to_simplex(shares[rows], cost)
        return shares


def _to_simplex(values: FloatArray, total: float) -> FloatArray:
    """Project the columns of an array onto vectors >= 0 of one sum."""
    ordered = -np.sort(-values, axis=0)
    sums = np.cumsum(ordered, axis=0) - total
    rank = np.arange(1, len(values) + 1)[:, None]
    inside = ordered - sums / rank > 0.0
    # The first is always inside; beside a value of 1e16 it does not seem so.
    n = np.maximum(inside.sum(axis=0), 1)
    cut = sums[n - 1, np.arange(values.shape[1])] / n
    result: FloatArray = np.maximum(values - cut, 0.0)
    return result
