"""Plans: items solved one after another, some taken out and put back together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.procurement._kernels.descent import Shared, resolve, spend_of, total_cost

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.procurement.program import (
        FloatArray,
        IntArray,
        PurchasingProgram,
    )

__all__ = ["Descent"]

# Money for each money that a binding contract falls short: more than any price pays.
BINDING_PRICE = 1e4
# How much more each round of a binding contract: a price is met to a tenth.
CREDIT_GROWS = 1.1
# Items taken out at once: twice as many find larger changes half as often.
TAKEN_OUT = 12
# Costs from here on mean that something is missing that must not be.
SERVED = 1e200
# Units that a share may be missed by: rounding of sums.
SHARE_OFF = 1e-7


class Descent:
    """The best plan so far, and what it uses of what items share.

    Parameters
    ----------
    program
        The problem.
    rng
        Draws items.
    """

    def __init__(self, program: PurchasingProgram, rng: np.random.Generator) -> None:
        self.program = program
        self._rng = rng
        self._items = np.arange(len(program.table.lot))
        self.lots = np.zeros(program.limit.shape, np.int64)
        self._extra = np.zeros(len(program.supplier))
        self._credit = np.ones(len(program.order_cost))
        self.shared = self._empty()
        self.served = False
        self.cost = np.inf
        item_of = np.repeat(self._items, np.diff(program.table.offer_start))
        self._buyers = [
            np.unique(item_of[program.supplier == s])
            for s in range(len(program.order_cost))
        ]
        self._item_of = item_of
        self._limited = program.share_max < 1.0
        self._over = 0.0

    def build(self, *, share: float) -> None:
        """Make a plan from nothing, items in a random order.

        Parameters
        ----------
        share
            Of the cost of a supplier's period that its first item pays.
        """
        kept = self._kept()
        self.lots[:] = 0
        self.shared = self._empty()
        order = self._rng.permutation(self._items)
        self._resolve(order, share)
        self._resolve(order, 1.0)
        self._over = max(self._over, float(self._over_shares().sum()))
        self._take_if_better(kept)

    def sweep(self) -> bool:
        """Solve every item once more; return whether that saved anything."""
        before = self.cost
        kept = self._kept()
        self._resolve(self._rng.permutation(self._items), 1.0)
        self._take_if_better(kept)
        return self.cost < before - 1e-9 * max(1.0, abs(before))

    def shake(self) -> None:
        """Take some items of one or two suppliers out and put them back in."""
        kept = self._kept()
        chosen = self._chosen()
        program = self.program
        for item in chosen.tolist():
            self._remove(item)
        share = float(self._rng.choice([0.0, 0.3, 0.6, 1.0]))
        self._resolve(chosen, share)
        self._resolve(self._rng.permutation(chosen), 1.0)
        # Those that were left in may follow.
        near = program.supplier[(self.lots > 0).any(axis=1)]
        if near.size:
            others = self._buyers[int(self._rng.choice(near))]
            n = min(len(others), TAKEN_OUT)
            self._resolve(self._rng.choice(others, n, replace=False), 1.0)
        self._take_if_better(kept)

    def fit_contracts(self, rounds: int = 15) -> None:
        """Let spending with binding contracts seem to pay until they are kept.

        Parameters
        ----------
        rounds
            Most times that all items are solved anew.
        """
        binding, asked = self.program.binding, self.program.minimum_spend
        for _ in range(rounds):
            short = binding & (self.shared.spend < asked * (1.0 - SHARE_OFF))
            if not short.any():
                break
            self._credit[short] *= CREDIT_GROWS
            buyers = np.concatenate([self._buyers[s] for s in np.flatnonzero(short)])
            self._resolve(np.unique(buyers), 1.0)
        self.cost = float(total_cost(self.shared))

    @property
    def fits(self) -> bool:
        """Whether no offer has more than its share."""
        return self._over <= SHARE_OFF

    def fit_shares(self, rounds: int = 30) -> bool:
        """Make offers that have too large a share seem dearer until they have not.

        Parameters
        ----------
        rounds
            Most times that all of them are looked at.
        """
        program = self.program
        price = program.table.band_cost[program.table.band_start[:-1], 1]
        for _ in range(rounds):
            over = self._over_shares()
            rows = np.flatnonzero(over > SHARE_OFF)
            if not rows.size:
                break
            grown = np.maximum(self._extra[rows] * 1.5, 0.01 * price[rows])
            self._extra[rows] = grown
            self._resolve(np.unique(self._item_of[rows]), 1.0)
        self.cost = float(total_cost(self.shared))
        self._over = float(self._over_shares().sum())
        self.served = bool((self.shared.own_cost < SERVED).all())
        return self.fits

    def _over_shares(self) -> FloatArray:
        """Return units beyond the share of each offer."""
        program = self.program
        if not self._limited.any():
            return np.zeros(len(program.supplier))
        units = (self.lots * program.lot[:, None]).sum(axis=1)
        of_item = np.bincount(self._item_of, weights=units, minlength=len(self._items))
        most = program.share_max * of_item[self._item_of]
        over: FloatArray = np.where(self._limited, np.maximum(units - most, 0.0), 0.0)
        return over

    def run(self, until: Callable[[], bool], on_better: Callable[[], None]) -> None:
        """Improve the plan until told to stop.

        Parameters
        ----------
        until
            Asked after every step.
        on_better
            Called after each step that saved something.
        """
        while not until():
            before = self.cost
            self.shake()
            if self.cost < before:
                on_better()

    def _chosen(self) -> IntArray:
        n_suppliers = len(self._buyers)
        supplier = int(self._rng.integers(n_suppliers))
        pool = self._buyers[supplier]
        if n_suppliers > 1 and self._rng.integers(2):
            other = int(self._rng.integers(n_suppliers))
            pool = np.union1d(pool, self._buyers[other])
        if not pool.size:
            pool = self._items
        n = min(pool.size, int(self._rng.integers(2, TAKEN_OUT + 1)))
        chosen: IntArray = self._rng.choice(pool, n, replace=False)
        return chosen

    def _remove(self, item: int) -> None:
        program, shared = self.program, self.shared
        table = program.table
        first, last = table.offer_start[item], table.offer_start[item + 1]
        rows = self.lots[first:last]
        # Booked out by solving it with nothing allowed would cost a solve: do it here.
        from_orders = np.argwhere(rows > 0)
        for k, period in from_orders.tolist():
            s = program.supplier[first + k]
            shared.n_orders[s, period] -= 1
            shared.units[s, period] -= rows[k, period] * table.lot[item]
            shared.spend[s] -= self._spent(int(first + k), item, int(rows[k, period]))
        rows[:] = 0

    def _spent(self, offer: int, item: int, lots: int) -> float:
        return float(spend_of(self.program.table, offer, item, lots))

    def _resolve(self, items: IntArray, share: float) -> bool:
        served: bool = resolve(self.program.table, self.shared, items, self.lots, share)
        return served

    def _empty(self) -> Shared:
        program = self.program
        short = np.where(program.binding, BINDING_PRICE, 1.0)
        return Shared(
            supplier=program.supplier,
            limit=program.limit,
            order_cost=program.order_cost,
            minimum_spend=program.minimum_spend,
            price_of_short=short,
            credit=self._credit,
            capacity=program.capacity,
            units=np.zeros_like(program.capacity),
            n_orders=np.zeros(program.capacity.shape, np.int64),
            spend=np.zeros(len(program.order_cost)),
            own_cost=np.zeros(len(program.table.lot)),
            extra=self._extra,
        )

    def _kept(self) -> tuple[IntArray, Shared, float, bool]:
        shared = self.shared
        copied = shared._replace(
            units=shared.units.copy(),
            n_orders=shared.n_orders.copy(),
            spend=shared.spend.copy(),
            own_cost=shared.own_cost.copy(),
        )
        return self.lots.copy(), copied, self.cost, self.served

    def _take_if_better(self, kept: tuple[IntArray, Shared, float, bool]) -> None:
        cost = float(total_cost(self.shared))
        over = float(self._over_shares().sum())
        if cost < kept[2] and over <= self._over + SHARE_OFF:
            self.cost, self._over = cost, over
            self.served = bool((self.shared.own_cost < SERVED).all())
        else:
            self.lots, self.shared, self.cost, self.served = kept
