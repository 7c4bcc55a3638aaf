"""Why there is no plan: rules that cannot hold together, and what to give up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from optimizer.procurement.check import purchase_cost, stock_path
from optimizer.procurement.model import solve_mip
from optimizer.procurement.program import program_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.procurement.model import MipAnswer
    from optimizer.procurement.problem import PurchasingProblem

__all__ = ["Conflict", "Rule", "explain_conflict", "rules_of"]

# Money a missing unit, as a multiple of the dearest price: a repair asks for least.
DEAR = 20.0
NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in a planner's words, and a problem without it."""

    text: str
    drop: Callable[[PurchasingProblem], PurchasingProblem]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Rules that cannot hold together, each of them needed, and what mends them.

    Parameters
    ----------
    rules
        In a planner's words; without any one of them there is a plan.
    repairs
        What to give up instead, cheapest first, with its price.
    verified
        Whether both were proven in the time given.
    """

    rules: tuple[str, ...]
    repairs: tuple[str, ...]
    verified: bool


def explain_conflict(
    problem: PurchasingProblem, *, seconds: float, monotonic_s: Callable[[], float]
) -> Conflict:
    """Return a smallest set of rules that cannot hold together.

    Parameters
    ----------
    problem
        Without a feasible plan.
    seconds
        Time for all of it, > 0.
    monotonic_s
        A clock in seconds.

    References
    ----------
    Chinneck and Dravnieks (1991), "Locating minimal infeasible constraint sets in
    linear programs", ORSA Journal on Computing 3(2): the deletion filter.
    """
    until_s = monotonic_s() + seconds
    kept = rules_of(problem)
    loose, verified = problem, True
    needed: list[Rule] = []
    for at, rule in enumerate(kept):
        without = rule.drop(loose)
        left_s = max((until_s - monotonic_s()) / (len(kept) - at), 0.05)
        status = _answer(without, left_s).status
        if status == "infeasible":
            loose = without
        else:
            needed.append(rule)
            verified &= status != "unknown"
    repairs = []
    for rule in needed:
        mended = _mended(problem, rule, max(until_s - monotonic_s(), 1.0))
        if mended is not None:
            repairs.append(mended)
    repairs.sort()
    return Conflict(
        rules=tuple(rule.text for rule in needed),
        repairs=tuple(text for _, text in repairs),
        verified=verified,
    )


def rules_of(problem: PurchasingProblem) -> list[Rule]:
    """Return the rules that a planner could give up.

    Parameters
    ----------
    problem
        Capacities, minima, contracts and shares come first, needs last: what stays is
        said by needs where it can be.
    """
    rules = []
    for supplier in problem.suppliers:
        name = supplier.name
        if supplier.capacity is not None:
            rules.append(Rule(f"capacity of {name}", _supplier(name, capacity=None)))
        if supplier.minimum_spend and not supplier.take_or_pay:
            text = f"{name} must get {supplier.minimum_spend:,.0f} by contract"
            rules.append(Rule(text, _supplier(name, take_or_pay=True)))
    for offer in problem.offers:
        key = (offer.item, offer.supplier)
        if offer.capacity is not None:
            rules.append(
                Rule(f"capacity of {offer.supplier} for {offer.item}",
                     _offer(key, capacity=None))
            )  # fmt: skip
        if offer.share_max < 1.0:
            text = (
                f"at most {offer.share_max:.0%} of {offer.item} from {offer.supplier}"
            )
            rules.append(Rule(text, _offer(key, share_max=1.0)))
        if offer.lead_periods > 0:
            text = (
                f"{offer.supplier} takes {offer.lead_periods} periods for {offer.item}"
            )
            rules.append(Rule(text, _offer(key, lead_periods=0)))
    for item in problem.items:
        if item.shortage_cost is None:
            text = f"nothing of {item.name} may be missing"
            rules.append(Rule(text, _item(item.name, _dear(problem, item.name))))
    return rules


def _dear(problem: PurchasingProblem, name: str) -> float:
    prices = [offer.prices[0].price for offer in problem.offers if offer.item == name]
    return DEAR * max([1.0, *prices])


def _supplier(
    name: str, **changes: object
) -> Callable[[PurchasingProblem], PurchasingProblem]:
    def drop(problem: PurchasingProblem) -> PurchasingProblem:
        suppliers = tuple(
            replace(one, **changes) if one.name == name else one  # type: ignore[arg-type]
            for one in problem.suppliers
        )
        return replace(problem, suppliers=suppliers)

    return drop


def _offer(
    key: tuple[str, str], **changes: object
) -> Callable[[PurchasingProblem], PurchasingProblem]:
    def drop(problem: PurchasingProblem) -> PurchasingProblem:
        offers = tuple(
            replace(one, **changes) if (one.item, one.supplier) == key else one  # type: ignore[arg-type]
            for one in problem.offers
        )
        return replace(problem, offers=offers)

    return drop


def _item(name: str, price: float) -> Callable[[PurchasingProblem], PurchasingProblem]:
    def drop(problem: PurchasingProblem) -> PurchasingProblem:
        items = tuple(
            replace(one, shortage_cost=price) if one.name == name else one
            for one in problem.items
        )
        return replace(problem, items=items)

    return drop


def _answer(problem: PurchasingProblem, seconds: float) -> MipAnswer:
    return solve_mip(program_of(problem), seconds=seconds)


def _mended(
    problem: PurchasingProblem, rule: Rule, seconds: float
) -> tuple[float, str] | None:
    """Return what a plan without a rule costs, and says of it."""
    loose = rule.drop(problem)
    program = program_of(loose)
    answer = solve_mip(program, seconds=seconds)
    if answer.lots is None:
        return None
    orders = program.orders(answer.lots)
    cost = sum(purchase_cost(loose, orders).values())
    told = []
    hard = {one.name for one in problem.items if one.shortage_cost is None}
    for item in loose.items:
        if item.name in hard:
            missing = [max(-left, 0.0) for left in stock_path(loose, item, orders)]
            if max(missing) > NOTHING:
                late = sum(1 for units in missing if units > NOTHING)
                told.append(
                    f"up to {max(missing):,.6g} units of {item.name} are missing in "
                    f"{late} periods"
                )
    more = f" ({'; '.join(told)})" if told else ""
    return cost, f"without '{rule.text}' a plan costs {cost:,.2f}{more}"
