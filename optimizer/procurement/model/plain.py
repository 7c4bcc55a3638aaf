"""The whole problem as a mixed-integer program, in SCIP or HiGHS through MathOpt.

It knows every rule at once, limits on shares and contracts that bind among them: for
small problems, and for what the dynamic programs cannot decide.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from ortools.math_opt.python import mathopt

from optimizer.procurement.model.running import solved

if TYPE_CHECKING:
    from optimizer.procurement.program import IntArray, PurchasingProgram

__all__ = ["MipAnswer", "solve_mip"]


class MipAnswer(NamedTuple):
    """What a solver found.

    Parameters
    ----------
    status
        `optimal`, `feasible`, `infeasible` or `unknown`.
    lots
        ndarray of shape (n_offers, n_periods), int64; None without a plan.
    bound
        No plan costs less.
    """

    status: Literal["optimal", "feasible", "infeasible", "unknown"]
    lots: IntArray | None
    bound: float


def solve_mip(
    program: PurchasingProgram,
    *,
    seconds: float,
    any_plan: bool = False,
) -> MipAnswer:
    """Solve a program with SCIP.

    Parameters
    ----------
    program
        The problem.
    seconds
        Time limit, > 0.
    any_plan
        Whether any plan will do, whatever it costs: the bound then says nothing.
    """
    model = _Model(program)
    if any_plan:
        model.model.minimize(0.0)
    result = solved(model.model, seconds=seconds)
    reason = result.termination.reason
    if reason in {
        mathopt.TerminationReason.INFEASIBLE,
        mathopt.TerminationReason.INFEASIBLE_OR_UNBOUNDED,
    }:
        return MipAnswer("infeasible", None, math.inf)
    bound = result.dual_bound() if math.isfinite(result.dual_bound()) else -math.inf
    if not result.has_primal_feasible_solution():
        return MipAnswer("unknown", None, bound)
    lots = model.lots(result)
    done = reason == mathopt.TerminationReason.OPTIMAL
    return MipAnswer("optimal" if done else "feasible", lots, bound)


class _Model:
    """Columns and rows of a program."""

    def __init__(self, program: PurchasingProgram) -> None:
        self.program = program
        self.model = mathopt.Model()
        self._terms: list[Any] = []
        n_offers, n_periods = program.limit.shape
        # Lots of an order by band; which band holds.
        self._count: dict[tuple[int, int], list[Any]] = {}
        self._used: dict[tuple[int, int], list[Any]] = {}
        for k in range(n_offers):
            for period in range(n_periods):
                if program.limit[k, period] > 0:
                    self._add_order(k, period)
        self._add_stock()
        self._add_suppliers()
        self._add_shares()
        self.model.minimize(mathopt.fast_sum(self._terms))

    def lots(self, result: mathopt.SolveResult) -> IntArray:
        """Return lots by offer and period."""
        program = self.program
        lots = np.zeros(program.limit.shape, np.int64)
        for (k, period), columns in self._count.items():
            step = program.table.multiple[k]
            lots[k, period] = step * sum(
                round(result.variable_values(column)) for column in columns
            )
        return lots

    def _add_order(self, k: int, period: int) -> None:
        program, table = self.program, self.program.table
        item = int(np.searchsorted(table.offer_start, k, side="right")) - 1
        most = min(int(program.limit[k, period]), int(table.n_lots[item]))
        step = int(table.multiple[k])
        counts, used = [], []
        for band in range(table.band_start[k], table.band_start[k + 1]):
            low = max(int(table.band_from[band]), int(table.minimum[k]), 1)
            low, high = -(-low // step), most // step
            if band + 1 < table.band_start[k + 1]:
                high = min(high, (int(table.band_from[band + 1]) - 1) // step)
            if low > high:
                continue
            column = self.model.add_integer_variable(lb=0, ub=high)
            on = self.model.add_binary_variable()
            self.model.add_linear_constraint(column <= high * on)
            self.model.add_linear_constraint(column >= low * on)
            unit = program.lot[k] * step
            self._terms.append(float(table.band_cost[band, 0]) * on)
            self._terms.append(float(table.band_cost[band, 1] * unit) * column)
            counts.append(column)
            used.append((on, column, band))
        if used:
            total = mathopt.fast_sum([on for on, _, _ in used])
            self.model.add_linear_constraint(total <= 1)
            self._count[k, period] = counts
            self._used[k, period] = used

    def _units(self, k: int, period: int) -> list[Any]:
        unit = float(self.program.lot[k] * self.program.table.multiple[k])
        return [unit * column for column in self._count.get((k, period), [])]

    def _add_stock(self) -> None:
        program, table = self.program, self.program.table
        n_periods = program.n_periods
        for item in range(len(table.lot)):
            held_cost, short_cost, safe_cost, safe = table.costs[item].tolist()
            offers = range(table.offer_start[item], table.offer_start[item + 1])
            came: list[Any] = []
            held: Any = None
            for period in range(n_periods):
                for k in offers:
                    came += self._units(k, period - int(table.lead[k]))
                held = self.model.add_variable(lb=0.0)
                short = self.model.add_variable(
                    lb=0.0, ub=0.0 if short_cost < 0.0 else math.inf
                )
                left = mathopt.fast_sum(came) + float(table.stock[item, period])
                self.model.add_linear_constraint(left == held - short)
                self._terms += [held_cost * held, max(short_cost, 0.0) * short]
                if safe_cost > 0.0 and safe > 0.0:
                    below = self.model.add_variable(lb=0.0)
                    self.model.add_linear_constraint(below >= safe - held)
                    self._terms.append(safe_cost * below)
            self._terms.append(-float(table.end_value[item]) * held)

    def _add_suppliers(self) -> None:
        program = self.program
        for s in range(len(program.order_cost)):
            own = np.flatnonzero(program.supplier == s).tolist()
            spend: list[Any] = []
            for period in range(program.n_periods):
                self._add_period(s, own, period)
                for k in own:
                    for on, column, band in self._used.get((k, period), []):
                        first, unit = program.table.band_spend[band].tolist()
                        step = float(program.lot[k] * program.table.multiple[k])
                        spend += [first * on, unit * step * column]
            asked = float(program.minimum_spend[s])
            if asked > 0.0:
                short = self.model.add_variable(
                    lb=0.0, ub=0.0 if program.binding[s] else math.inf
                )
                self.model.add_linear_constraint(
                    mathopt.fast_sum(spend) + short >= asked
                )
                self._terms.append(1.0 * short)

    def _add_period(self, s: int, own: list[int], period: int) -> None:
        program = self.program
        capacity = float(program.capacity[s, period])
        if math.isfinite(capacity):
            units = [term for k in own for term in self._units(k, period)]
            if units:
                self.model.add_linear_constraint(mathopt.fast_sum(units) <= capacity)
        cost = float(program.order_cost[s])
        if cost > 0.0:
            opened = self.model.add_binary_variable()
            self._terms.append(cost * opened)
            for k in own:
                for on, _, _ in self._used.get((k, period), []):
                    self.model.add_linear_constraint(on <= opened)

    def _add_shares(self) -> None:
        program, table = self.program, self.program.table
        for item in range(len(table.lot)):
            offers = range(table.offer_start[item], table.offer_start[item + 1])
            units = {
                k: [t for p in range(program.n_periods) for t in self._units(k, p)]
                for k in offers
            }
            total = [term for terms in units.values() for term in terms]
            for k in offers:
                share = float(program.share_max[k])
                if share < 1.0 and units[k]:
                    self.model.add_linear_constraint(
                        mathopt.fast_sum(units[k]) <= share * mathopt.fast_sum(total)
                    )
