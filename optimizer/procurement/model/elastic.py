"""The least that rules must give way, as a mixed-integer program in SCIP.

Every rule may give way at a price a unit: capacities, minimum orders, shares,
contracts, lead times and needs. What purchases cost does not count here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from ortools.math_opt.python import mathopt

from optimizer.errors import OptionsError
from optimizer.procurement.model.running import solved

if TYPE_CHECKING:
    from optimizer.procurement.program import FloatArray, IntArray, PurchasingProgram

__all__ = ["ElasticAnswer", "ElasticPrices", "solve_elastic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ElasticPrices:
    """What it costs that a rule gives way, but for contracts: their own money.

    Parameters
    ----------
    capacity
        Of a unit beyond a capacity, as a share of the dearest price of the item, > 0.
    sooner
        Of a unit that comes a period sooner than the supplier says, the same.
    minimum
        Of a unit that an order is below the minimum, the same.
    share
        Of a unit beyond the largest share of an offer, the same.
    missing
        Of a unit that is missing and must not be, and period, the same.

    Raises
    ------
    OptionsError
        If one is not > 0.
    """

    capacity: float = 1.5
    sooner: float = 0.25
    minimum: float = 0.5
    share: float = 0.1
    missing: float = 10.0

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if not 0.0 < value < math.inf:
                message = f"price of {one.name} must be > 0 and finite, was {value}"
                raise OptionsError(message)


class ElasticAnswer(NamedTuple):
    """How far each rule gives way.

    Parameters
    ----------
    price
        Money for all of it.
    proven
        Whether it cannot cost less.
    lots
        Lots of orders by offer, period and periods sooner.
    supplier_units, offer_units
        Units beyond the capacity of suppliers and of offers, ndarrays of shape
        (n_suppliers or n_offers, n_periods), float64.
    missing
        ndarray of shape (n_items, n_periods), float64: units at period ends.
    excess
        ndarray of shape (n_offers,), float64: units beyond shares.
    short
        ndarray of shape (n_suppliers,), float64: money below contracts.
    dearest, money
        ndarrays of shape (n_items,) and (n_offers,), float64: the dearest price of the
        item, that prices are shares of.
    """

    price: float
    proven: bool
    lots: dict[tuple[int, int, int], int]
    supplier_units: FloatArray
    offer_units: FloatArray
    missing: FloatArray
    excess: FloatArray
    short: FloatArray
    dearest: FloatArray
    money: FloatArray


def solve_elastic(
    program: PurchasingProgram,
    prices: ElasticPrices,
    *,
    seconds: float,
) -> ElasticAnswer | None:
    """Let rules give way as cheaply as can be.

    Parameters
    ----------
    program
        Of items whose units must not be missing, and of contracts that bind.
    prices
        What each costs.
    seconds
        Time limit, > 0.

    Returns
    -------
    ElasticAnswer or None
        None where nothing was found in time.
    """
    elastic = _Elastic(program, prices)
    result = solved(elastic.model, seconds=seconds)
    if not result.has_primal_feasible_solution():
        return None
    reason = result.termination.reason
    proven = reason == mathopt.TerminationReason.OPTIMAL and program.exact
    return elastic.answer(result, proven=proven)


class _Elastic:
    """Columns and rows of a program whose rules give way."""

    def __init__(self, program: PurchasingProgram, prices: ElasticPrices) -> None:
        self.program, self.prices = program, prices
        self.model = mathopt.Model()
        self._terms: list[Any] = []
        table = program.table
        n_items = len(table.lot)
        self._item_of = np.repeat(np.arange(n_items), np.diff(table.offer_start))
        self._money = _dearest(program, self._item_of)
        # Lots by offer, period and periods sooner; which band holds, and its lots.
        self._lots: dict[tuple[int, int, int], list[Any]] = {}
        self._spends: dict[int, list[Any]] = {}
        n_offers, n_periods = program.limit.shape
        for k in range(n_offers):
            for period in range(n_periods):
                for sooner in range(int(table.lead[k]) + 1):
                    if period + int(table.lead[k]) - sooner < n_periods:
                        self._add_order(k, period, sooner)
        self._offer_units = self._add_offers()
        self._missing = self._add_needs()
        self._supplier_units, self._short = self._add_suppliers()
        self._excess = self._add_shares()
        self.model.minimize(mathopt.fast_sum(self._terms))

    def answer(self, result: mathopt.SolveResult, *, proven: bool) -> ElasticAnswer:
        """Read a solution."""
        program = self.program

        def values(columns: dict[Any, Any], shape: tuple[int, ...]) -> FloatArray:
            found = np.zeros(shape)
            for at, column in columns.items():
                found[at] = max(result.variable_values(column), 0.0)
            return found

        lots = {}
        for key, columns in self._lots.items():
            step = int(program.table.multiple[key[0]])
            n = sum(round(result.variable_values(column)) for column in columns)
            if n:
                lots[key] = step * n
        shape, n_suppliers = program.limit.shape, len(program.order_cost)
        return ElasticAnswer(
            price=float(result.objective_value()),
            proven=proven,
            lots=lots,
            supplier_units=values(self._supplier_units, program.capacity.shape),
            offer_units=values(self._offer_units, shape),
            missing=values(self._missing, (len(program.table.lot), shape[1])),
            excess=values(self._excess, shape[:1]),
            short=values(self._short, (n_suppliers,)),
            dearest=self._money,
            money=self._money[self._item_of],
        )

    def _add_order(self, k: int, period: int, sooner: int) -> None:
        """Add lots of an order, by price band where a contract counts money."""
        program, table = self.program, self.program.table
        s, item = int(program.supplier[k]), int(self._item_of[k])
        step = int(table.multiple[k])
        unit = float(program.lot[k]) * step
        most = -(-int(table.n_lots[item]) // step)
        least = int(table.minimum[k])
        first, end = int(table.band_start[k]), int(table.band_start[k + 1])
        bands = range(first, end) if program.binding[s] else range(first, first + 1)
        used = []
        for band in bands:
            low, high = 1, most
            if len(bands) > 1:
                low = max(1, -(-int(table.band_from[band]) // step))
            if len(bands) > 1 and band + 1 < end:
                high = min(high, (int(table.band_from[band + 1]) - 1) // step)
            if low > high:
                continue
            column = self.model.add_integer_variable(lb=0, ub=high)
            on = self.model.add_binary_variable()
            self.model.add_linear_constraint(column <= high * on)
            self.model.add_linear_constraint(column >= low * on)
            if least > low * step:
                below = self.model.add_variable(lb=0.0)
                self.model.add_linear_constraint(step * column + below >= least * on)
                self._pay(self.prices.minimum * self._money[item], below,
                          units=float(program.lot[k]))  # fmt: skip
            if program.binding[s]:
                fixed, each = table.band_spend[band].tolist()
                self._spends.setdefault(s, []).extend(
                    [fixed * on, each * unit * column]
                )
            self._pay(
                self.prices.sooner * self._money[item] * sooner, column, units=unit
            )
            self._lots.setdefault((k, period, sooner), []).append(column)
            used.append(on)
        if len(used) > 1:
            self.model.add_linear_constraint(mathopt.fast_sum(used) <= 1)

    def _pay(self, price: float, column: Any, *, units: float = 1.0) -> None:  # noqa: ANN401
        if price > 0.0:
            self._terms.append(price * units * column)

    def _units(self, k: int, period: int, sooner: int | None = None) -> list[Any]:
        """Return the units of an offer ordered in a period."""
        lead = int(self.program.table.lead[k])
        unit = float(self.program.lot[k]) * int(self.program.table.multiple[k])
        steps = range(lead + 1) if sooner is None else (sooner,)
        return [unit * c for e in steps for c in self._lots.get((k, period, e), ())]

    def _add_offers(self) -> dict[tuple[int, int], Any]:
        """Let the capacity of an offer give way."""
        beyond = {}
        for k, offer in enumerate(self.program.offers):
            price = self.prices.capacity * self._money[self._item_of[k]]
            for period, most in enumerate(offer.capacity or ()):
                column = self.model.add_variable(lb=0.0)
                units = mathopt.fast_sum(self._units(k, period))
                self.model.add_linear_constraint(units - column <= most)
                self._pay(price, column)
                beyond[k, period] = column
        return beyond

    def _add_needs(self) -> dict[tuple[int, int], Any]:
        """Let needs wait, no longer than they are there."""
        program, table = self.program, self.program.table
        missing = {}
        for at, item in enumerate(program.problem.items):
            if item.shortage_cost is not None:
                continue
            came: list[Any] = []
            before: Any = 0.0
            offers = range(table.offer_start[at], table.offer_start[at + 1])
            for period, need in enumerate(item.needs):
                for k in offers:
                    for sooner in range(int(table.lead[k]) + 1):
                        ordered = period - int(table.lead[k]) + sooner
                        came += self._units(k, ordered, sooner) if ordered >= 0 else []
                column = self.model.add_variable(lb=0.0)
                left = mathopt.fast_sum(came) + float(table.stock[at, period])
                self.model.add_linear_constraint(left + column >= 0.0)
                # What waits is a need of this period, or waited before.
                self.model.add_linear_constraint(column - before <= need)
                self._pay(self.prices.missing * self._money[at], column)
                missing[at, period] = before = column
        return missing

    def _add_suppliers(self) -> tuple[dict[tuple[int, int], Any], dict[int, Any]]:
        """Let capacities and contracts of suppliers give way."""
        program = self.program
        beyond, short = {}, {}
        for s in range(len(program.order_cost)):
            own = np.flatnonzero(program.supplier == s).tolist()
            price = [float(self._money[self._item_of[k]]) for k in own]
            for period in range(program.n_periods):
                most = float(program.capacity[s, period])
                units = [term for k in own for term in self._units(k, period)]
                if math.isfinite(most) and units:
                    column = self.model.add_variable(lb=0.0)
                    total = mathopt.fast_sum(units)
                    self.model.add_linear_constraint(total - column <= most)
                    self._pay(self.prices.capacity * max(price), column)
                    beyond[s, period] = column
            if program.binding[s]:
                column = self.model.add_variable(lb=0.0)
                spent = mathopt.fast_sum(self._spends.get(s, []))
                asked = float(program.minimum_spend[s])
                self.model.add_linear_constraint(spent + column >= asked)
                self._pay(1.0, column)
                short[s] = column
        return beyond, short

    def _add_shares(self) -> dict[int, Any]:
        program, table = self.program, self.program.table
        excess = {}
        for item in range(len(table.lot)):
            offers = range(table.offer_start[item], table.offer_start[item + 1])
            units = {
                k: [t for p in range(program.n_periods) for t in self._units(k, p)]
                for k in offers
            }
            total = mathopt.fast_sum(
                [term for terms in units.values() for term in terms]
            )
            for k in offers:
                share = float(program.share_max[k])
                if share < 1.0 and units[k]:
                    column = self.model.add_variable(lb=0.0)
                    own = mathopt.fast_sum(units[k])
                    self.model.add_linear_constraint(own - column <= share * total)
                    self._pay(self.prices.share * self._money[item], column)
                    excess[k] = column
        return excess


def _dearest(program: PurchasingProgram, item_of: IntArray) -> FloatArray:
    """Return the dearest price of each item, our money a unit, 1 where it is free."""
    money = np.zeros(len(program.table.lot))
    suppliers = {one.name: one for one in program.problem.suppliers}
    for k, offer in enumerate(program.offers):
        rate = suppliers[offer.supplier].exchange_rate
        price = rate * offer.prices[0].price + offer.freight
        money[item_of[k]] = max(money[item_of[k]], price)
    return np.where(money > 0.0, money, 1.0)
