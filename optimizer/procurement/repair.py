"""What it takes to have a plan where there is none.

Rules give way as cheaply as they can; then the problem that this makes is planned like
any other, and its plan is checked like any other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.procurement.check import check_purchases, order_cost, purchase_cost
from optimizer.procurement.conflicts import binding_part, find_conflicts
from optimizer.procurement.model import ElasticPrices, solve_elastic
from optimizer.procurement.plan import PurchaseOrder, PurchasePlan
from optimizer.procurement.program import program_of
from optimizer.procurement.solve import plan_purchases

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.options import SolveOptions
    from optimizer.procurement.conflicts import Conflict
    from optimizer.procurement.model import ElasticAnswer
    from optimizer.procurement.problem import Offer, PurchasingProblem
    from optimizer.procurement.program import FloatArray, PurchasingProgram

__all__ = ["PurchaseRepair", "repair_purchases"]

# Of the time: for conflicts, for the price of the repair; the rest is for its plan.
CONFLICT_SHARE, PRICE_SHARE = 0.5, 0.25
# Seconds that each has at least.
SHORTEST_S = 0.5
# Units and money below which nothing gives way: rounding of the solver.
NOTHING = 1e-6
SOONER, SMALL = "sooner", "small"


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseRepair:
    """Why there is no plan, and the cheapest way to have one.

    Parameters
    ----------
    conflicts
        Rules that cannot hold together; no two conflicts share one.
    complete
        Whether it was shown that there is a plan without the rules of all of them.
    sentences
        How rules give way, each with its price.
    price
        Money for all of that; infinite where no repair was found in time.
    proven
        Whether no repair is cheaper, at these prices.
    amended
        The problem with rules that give way; None where no repair was found.
    plan
        Of the amended problem, checked; None where none was found in time.
    """

    conflicts: tuple[Conflict, ...]
    complete: bool
    sentences: tuple[str, ...] = ()
    price: float = math.inf
    proven: bool = False
    amended: PurchasingProblem | None = None
    plan: PurchasePlan | None = None


def repair_purchases(
    problem: PurchasingProblem,
    options: SolveOptions,
    *,
    prices: ElasticPrices | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> PurchaseRepair:
    """Say what stands in the way of a plan, and what it takes.

    Parameters
    ----------
    problem
        Without a plan.
    options
        Limits of all solves together, and clock.
    prices
        What it costs that rules give way; None: the defaults.
    cancelled
        Asked often; True ends the search with what was found.

    Examples
    --------
    >>> from optimizer import SolveOptions
    >>> from optimizer.procurement import Item, Offer, PriceBreak, PurchasingProblem
    >>> from optimizer.procurement import Supplier
    >>> problem = PurchasingProblem(
    ...     items=(Item(name="bolt", needs=(4.0,)),),
    ...     suppliers=(Supplier(name="S", capacity=(3.0,)),),
    ...     offers=(
    ...         Offer(item="bolt", supplier="S",
    ...               prices=(PriceBreak(quantity=0.0, price=2.0),)),
    ...     ),
    ... )
    >>> options = SolveOptions(monotonic_s=lambda: 0.0, time_limit_s=10.0)
    >>> repair = repair_purchases(problem, options)
    >>> repair.sentences
    ('S delivers 1 unit more than its capacity in period 0: 3.00',)
    >>> repair.price, repair.plan.objective
    (3.0, 8.0)
    """
    begun_s, limit_s = options.monotonic_s(), options.time_limit_s

    def share(part: float) -> float:
        return max(part * limit_s, SHORTEST_S)

    conflicts = find_conflicts(
        problem,
        replace(options, time_limit_s=share(CONFLICT_SHARE)),
        cancelled=cancelled,
    )
    told = PurchaseRepair(conflicts=conflicts.found, complete=conflicts.complete)
    part = binding_part(problem)
    if part is None or cancelled():
        return told
    asked, program = prices or ElasticPrices(), program_of(part)
    answer = solve_elastic(program, asked, seconds=share(PRICE_SHARE))
    if answer is None:
        return told
    given = _Given(program, asked, answer)
    amended = given.amended(problem)
    left_s = limit_s - (options.monotonic_s() - begun_s)
    plan = plan_purchases(
        amended,
        replace(options, time_limit_s=max(left_s, SHORTEST_S)),
        cancelled=cancelled,
    )
    return replace(
        told,
        sentences=given.sentences(),
        price=answer.price,
        proven=answer.proven,
        amended=amended,
        plan=_better(amended, plan, given.plan(amended)),
    )


def _better(
    amended: PurchasingProblem, planned: PurchasePlan, found: PurchasePlan
) -> PurchasePlan | None:
    """Return the cheaper of a plan and the orders that came with the repair."""
    plans = [planned] if planned.orders or planned.status == "optimal" else []
    if not check_purchases(amended, found):
        plans.append(found)
    return min(plans, key=lambda plan: plan.objective, default=None)


class _Given:
    """How rules give way: as a problem, and in words."""

    def __init__(
        self, program: PurchasingProgram, prices: ElasticPrices, answer: ElasticAnswer
    ) -> None:
        self._program, self._answer, self._prices = program, answer, prices
        self._part = program.problem
        self._money = answer.money
        n_periods = program.n_periods
        self._units: dict[tuple[int, int], FloatArray] = {}
        for (k, period, sooner), lots in answer.lots.items():
            row = self._units.setdefault((k, sooner), np.zeros(n_periods))
            row[period] += lots * float(program.lot[k])

    def amended(self, problem: PurchasingProblem) -> PurchasingProblem:
        """Return the problem with what gives way."""
        missing = dict(
            zip(
                (one.name for one in self._part.items),
                self._answer.missing,
                strict=True,
            )
        )
        rows = {one.name: s for s, one in enumerate(self._part.suppliers)}
        keys = {one.key: k for k, one in enumerate(self._program.offers)}
        items = tuple(
            replace(one, needs=_later(one.needs, missing[one.name]))
            if one.shortage_cost is None
            else one
            for one in problem.items
        )
        suppliers = []
        for one in problem.suppliers:
            changes: dict[str, Any] = {}
            if one.name in rows:
                s = rows[one.name]
                if one.capacity is not None:
                    more = self._answer.supplier_units[s]
                    changes["capacity"] = _raised(one.capacity, more)
                if self._answer.short[s] > NOTHING:
                    less = one.minimum_spend - float(self._answer.short[s])
                    changes["minimum_spend"] = max(less - NOTHING, 0.0)
            suppliers.append(replace(one, **changes))
        offers: list[Offer] = []
        for offer in problem.offers:
            known = offer.key in keys
            offers += self._offers(offer, keys[offer.key]) if known else [offer]
        return replace(
            problem, items=items, suppliers=tuple(suppliers), offers=tuple(offers)
        )

    def plan(self, amended: PurchasingProblem) -> PurchasePlan:
        """Return the orders that the repair was found with, and no others."""
        offers = {one.key: one for one in amended.offers}
        suppliers = {one.name: one for one in amended.suppliers}
        orders = []
        for (k, sooner), units in self._units.items():
            own = self._program.offers[k]
            for period in np.flatnonzero(units).tolist():
                quantity = float(units[period])
                mode = _mode(own, sooner, quantity)
                offer = offers[own.item, own.supplier, mode]
                price, cost = order_cost(
                    amended, offer, suppliers[offer.supplier], quantity
                )
                order = PurchaseOrder(
                    item=offer.item, supplier=offer.supplier, mode=mode, period=period,
                    arrival=period + offer.lead_periods, quantity=quantity,
                    price=price, cost=cost,
                )  # fmt: skip
                orders.append(order)
        orders.sort(key=lambda order: (order.period, *order.offer))
        costs = purchase_cost(amended, orders)
        total = math.fsum(costs.values())
        return PurchasePlan(
            status="feasible", objective=total, orders=tuple(orders), costs=costs
        )

    def _offers(self, offer: Offer, k: int) -> list[Offer]:
        """Return an offer, and beside it one for each way in which it gives way.

        What comes sooner or is below the minimum does so in the periods and in the
        quantities that were priced, and within the share of the offer.
        """
        copies, taken = self._copies(offer, k)
        changes: dict[str, Any] = {}
        if offer.capacity is not None:
            more = np.array(_raised(offer.capacity, self._answer.offer_units[k]))
            changes["capacity"] = tuple(np.maximum(more - taken, 0.0).tolist())
        share = self._share(offer, k)
        if copies and share < 1.0:
            of = self._total(offer.item)
            shares = [math.fsum(one.capacity or ()) / of for one in copies]
            copies = [
                replace(one, share_max=min(own + NOTHING, 1.0))
                for one, own in zip(copies, shares, strict=True)
            ]
            share = max(share - math.fsum(shares), 0.0) + NOTHING
        changes["share_max"] = min(share, 1.0)
        return [replace(offer, **changes), *copies]

    def _copies(self, offer: Offer, k: int) -> tuple[list[Offer], FloatArray]:
        """Return what comes sooner or is below the minimum, and its units by period."""
        copies: dict[str, Offer] = {}
        taken = np.zeros(self._program.n_periods)
        for (at, early), row in self._units.items():
            for period in np.flatnonzero(row).tolist() if at == k else ():
                units = float(row[period])
                mode = _mode(offer, early, units)
                if mode == offer.mode:
                    continue
                taken[period] += units
                known = copies.get(mode)
                most = np.zeros_like(taken) if known is None else known.capacity
                most = np.array(most)
                most[period] = units
                copies[mode] = replace(
                    offer,
                    mode=mode,
                    lead_periods=offer.lead_periods - early,
                    minimum=min(offer.minimum, units),
                    capacity=tuple(most.tolist()),
                    share_max=1.0,
                )
        return [copies[mode] for mode in sorted(copies)], taken

    def _total(self, item: str) -> float:
        """Return units of an item that the repair orders."""
        offers = self._program.offers
        return math.fsum(
            float(row.sum())
            for (k, _), row in self._units.items()
            if offers[k].item == item
        )

    def _share(self, offer: Offer, k: int) -> float:
        """Return the share of an offer with what of it was priced to be beyond."""
        beyond = float(self._answer.excess[k])
        if beyond <= NOTHING:
            return offer.share_max
        more = beyond / self._total(offer.item) + NOTHING
        return min(offer.share_max + more, 1.0)

    def sentences(self) -> tuple[str, ...]:
        """Say how rules give way, the dearest first."""
        told = [
            *self._suppliers(), *self._capacities(), *self._sooner(), *self._minima(),
            *self._shares(), *self._needs(),
        ]  # fmt: skip
        told.sort(key=lambda one: (-one[0], one[1]))
        return tuple(f"{text}: {price:,.2f}" for price, text in told)

    def _suppliers(self) -> list[tuple[float, str]]:
        told = []
        for s, supplier in enumerate(self._part.suppliers):
            own = np.flatnonzero(self._program.supplier == s)
            price = self._prices.capacity * max(self._money[own].tolist(), default=0.0)
            for period, units in enumerate(self._answer.supplier_units[s].tolist()):
                if units > NOTHING:
                    text = (
                        f"{supplier.name} delivers {_units(units)} more than its "
                        f"capacity in period {period}"
                    )
                    told.append((price * units, text))
            short = float(self._answer.short[s])
            if short > NOTHING:
                text = f"{supplier.name} gets {short:,.2f} less than its contract says"
                told.append((short, text))
        return told

    def _capacities(self) -> list[tuple[float, str]]:
        return [
            (
                self._prices.capacity * self._money[k] * units,
                f"capacity for {_units(units)} more of {offer.name} in period {period}",
            )
            for k, offer in enumerate(self._program.offers)
            for period, units in enumerate(self._answer.offer_units[k].tolist())
            if units > NOTHING
        ]

    def _sooner(self) -> list[tuple[float, str]]:
        told = []
        for (k, sooner), row in self._units.items():
            for period in np.flatnonzero(row).tolist() if sooner else ():
                units = float(row[period])
                by = f"{sooner} period{'' if sooner == 1 else 's'}"
                text = (
                    f"{_units(units)} of {self._program.offers[k].name}, ordered in "
                    f"period {period}, come {by} sooner"
                )
                told.append(
                    (self._prices.sooner * self._money[k] * units * sooner, text)
                )
        return told

    def _minima(self) -> list[tuple[float, str]]:
        told = []
        for (k, _), row in self._units.items():
            offer = self._program.offers[k]
            for period in np.flatnonzero((row > 0) & (row < offer.minimum)).tolist():
                units = float(row[period])
                text = (
                    f"an order of {_units(units)} of {offer.name} in period {period}, "
                    f"below the minimum of {offer.minimum:g}"
                )
                below = offer.minimum - units
                told.append((self._prices.minimum * self._money[k] * below, text))
        return told

    def _shares(self) -> list[tuple[float, str]]:
        return [
            (
                self._prices.share * self._money[k] * units,
                f"{_units(units)} of {offer.name} beyond {offer.share_max:.0%} of all",
            )
            for k, offer in enumerate(self._program.offers)
            if (units := float(self._answer.excess[k])) > NOTHING
        ]

    def _needs(self) -> list[tuple[float, str]]:
        told = []
        for at, item in enumerate(self._part.items):
            row = self._answer.missing[at]
            late = np.flatnonzero(row > NOTHING)
            if late.size:
                first, last = int(late[0]), int(late[-1])
                when = f"in period {first}"
                if last > first:
                    when = f"for {late.size} periods from period {first} on"
                text = f"up to {_units(float(row.max()))} of {item.name} missing {when}"
                money = self._prices.missing * self._answer.dearest[at]
                told.append((money * float(row[late].sum()), text))
        return told


def _mode(offer: Offer, sooner: int, units: float) -> str:
    """Name an order as an offer of its own, if it is none of those there are."""
    told = [offer.mode]
    if sooner:
        told.append(f"{sooner} {SOONER}")
    if units < offer.minimum:
        told.append(f"{units:.9g} {SMALL}")
    return " ".join(told).strip()


def _units(number: float) -> str:
    return f"{number:,.6g} unit{'' if abs(number - 1.0) < NOTHING else 's'}"


def _raised(capacity: tuple[float, ...], more: FloatArray) -> tuple[float, ...]:
    # A little more than the solver says: it keeps rows to a millionth only.
    extra = np.where(more > NOTHING, more + NOTHING, 0.0)
    return tuple((np.array(capacity) + extra).tolist())


def _later(needs: tuple[float, ...], missing: FloatArray) -> tuple[float, ...]:
    """Return needs of which some wait until later periods."""
    kept = np.where(missing > NOTHING, missing, 0.0)
    moved = np.array(needs) - kept + np.concatenate([[0.0], kept[:-1]])
    return tuple(np.maximum(moved, 0.0).tolist())
