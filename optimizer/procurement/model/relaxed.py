"""Rules that cannot hold together even with orders of any size: a linear program.

Orders of any size take the place of lots, minima are left out. What cannot be done even
so cannot be done at all. The program is built once; rules are switched by bounds, and
each solve begins where the last one ended.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ortools.math_opt.python import mathopt

if TYPE_CHECKING:
    from collections.abc import Collection

    from optimizer.procurement.problem import Offer, PurchasingProblem

__all__ = ["Relaxation"]

Key = tuple[str, tuple[str, ...]]
"""Kind of a rule, and of what."""


class Relaxation:
    """The linear program of a problem, with rules that can be switched off.

    Parameters
    ----------
    problem
        Items that must not be missing, and contracts that bind, count.
    """

    def __init__(self, problem: PurchasingProblem) -> None:
        self._problem = problem
        self._model = mathopt.Model()
        # By rule: a column or row, and its bounds while the rule holds and does not.
        self._switches: dict[Key, list[tuple[Any, str, float, float]]] = {}
        self._off: set[Key] = set()
        self._orders: dict[tuple[str, str, str], tuple[list[Any], list[Any]]] = {}
        for offer in problem.offers:
            self._add_offer(offer)
        self._add_needs()
        self._add_suppliers()
        self._add_shares()
        # Reading a solution takes twenty times as long as finding it.
        self._unread = mathopt.ModelSolveParameters(
            variable_values_filter=mathopt.SparseVectorFilter(filtered_items=()),
            dual_values_filter=mathopt.SparseVectorFilter(filtered_items=()),
            reduced_costs_filter=mathopt.SparseVectorFilter(filtered_items=()),
        )
        self._solver = mathopt.IncrementalSolver(self._model, mathopt.SolverType.GLOP)

    def holds(self, kept: Collection[Key]) -> bool:
        """Say whether some rules might hold together.

        Parameters
        ----------
        kept
            Kinds of rules, and of what.

        Returns
        -------
        bool
            False only if there is no plan with all of them.
        """
        off = self._switches.keys() - set(kept)
        for key in off ^ self._off:
            for target, side, bound, free in self._switches[key]:
                setattr(target, side, free if key in off else bound)
        self._off = off
        result = self._solver.solve(model_params=self._unread)
        return result.termination.reason not in {
            mathopt.TerminationReason.INFEASIBLE,
            mathopt.TerminationReason.INFEASIBLE_OR_UNBOUNDED,
        }

    def _switch(
        self,
        key: Key,
        target: Any,  # noqa: ANN401 - a column or a row
        side: str,
        *,
        bound: float,
    ) -> None:
        free = math.inf if side == "upper_bound" else -math.inf
        setattr(target, side, bound)
        self._switches.setdefault(key, []).append((target, side, bound, free))

    def _add_offer(self, offer: Offer) -> None:
        """Add units ordered by period: as the lead time says, and at once."""
        n_periods = self._problem.n_periods
        usual, early = [], []
        for period in range(n_periods):
            in_time = period + offer.lead_periods < n_periods
            most = math.inf if in_time else 0.0
            usual.append(self._model.add_variable(lb=0.0, ub=most))
            column = self._model.add_variable(lb=0.0)
            self._switch(("lead", offer.key), column, "upper_bound", bound=0.0)
            early.append(column)
            if offer.capacity is not None:
                row = self._model.add_linear_constraint(usual[-1] + column <= 0.0)
                self._switch(
                    ("capacity", offer.key), row, "upper_bound",
                    bound=offer.capacity[period],
                )  # fmt: skip
        self._orders[offer.key] = usual, early

    def _add_needs(self) -> None:
        problem = self._problem
        coming: dict[tuple[str, int], float] = {}
        for order in problem.open_orders:
            key = order.item, order.period
            coming[key] = coming.get(key, 0.0) + order.quantity
        own: dict[str, list[Offer]] = {}
        for offer in problem.offers:
            own.setdefault(offer.item, []).append(offer)
        for item in problem.items:
            if item.shortage_cost is not None:
                continue
            before: Any = item.stock
            for period, need in enumerate(item.needs):
                came = []
                for offer in own.get(item.name, ()):
                    usual, early = self._orders[offer.key]
                    came.append(early[period])
                    if period >= offer.lead_periods:
                        came.append(usual[period - offer.lead_periods])
                left = self._model.add_variable()
                self._switch(("need", (item.name,)), left, "lower_bound", bound=0.0)
                given = coming.get((item.name, period), 0.0) - need
                self._model.add_linear_constraint(
                    before + mathopt.fast_sum(came) + given - left == 0.0
                )
                before = left

    def _add_suppliers(self) -> None:
        for supplier in self._problem.suppliers:
            key = (supplier.name,)
            own = [one for one in self._problem.offers if one.supplier == supplier.name]
            for period, most in enumerate(supplier.capacity or ()):
                units = [c for one in own for c in self._both(one, period)]
                row = self._model.add_linear_constraint(mathopt.fast_sum(units) <= 0.0)
                self._switch(("supplier", key), row, "upper_bound", bound=most)
            if supplier.minimum_spend > 0.0 and not supplier.take_or_pay:
                spent = mathopt.fast_sum(
                    max(p.price for p in one.prices) * supplier.exchange_rate * column
                    for one in own
                    for period in range(self._problem.n_periods)
                    for column in self._both(one, period)
                )
                row = self._model.add_linear_constraint(spent >= 0.0)
                self._switch(
                    ("contract", key), row, "lower_bound", bound=supplier.minimum_spend
                )

    def _both(self, offer: Offer, period: int) -> tuple[Any, Any]:
        usual, early = self._orders[offer.key]
        return usual[period], early[period]

    def _add_shares(self) -> None:
        limited = {one.item for one in self._problem.offers if one.share_max < 1.0}
        for item in sorted(limited):
            own = [one for one in self._problem.offers if one.item == item]
            units = {
                one.key: mathopt.fast_sum(
                    c
                    for period in range(self._problem.n_periods)
                    for c in self._both(one, period)
                )
                for one in own
            }
            total = mathopt.fast_sum(units.values())
            for one in own:
                if one.share_max < 1.0:
                    row = self._model.add_linear_constraint(
                        units[one.key] - one.share_max * total <= 0.0
                    )
                    self._switch(("share", one.key), row, "upper_bound", bound=0.0)
