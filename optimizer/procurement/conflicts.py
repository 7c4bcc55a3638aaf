"""Why there is no plan: rules that cannot hold together, as few as can be.

A conflict is a set of rules that cannot hold together, and can without any one of them;
both is proven by solving. Conflicts that are told share no rule.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from optimizer.procurement.check import check_purchases, purchase_cost
from optimizer.procurement.model import Relaxation, solve_mip
from optimizer.procurement.plan import PurchasePlan
from optimizer.procurement.problem import PriceBreak, PurchasingProblem
from optimizer.procurement.program import program_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from optimizer.options import SolveOptions
    from optimizer.procurement.problem import Item, Offer, Supplier

__all__ = ["Conflict", "Conflicts", "Rule", "find_conflicts", "rules_of", "without"]

# Of the time, for one test of a set of rules at most.
TEST_SHARE = 0.1
# Seconds of a test where no time counts.
TEST_S = 60.0
# Rules of a conflict that is told though time ended before it was as small as can be.
TOLD_MOST = 12
ANY_PRICE = (PriceBreak(quantity=0.0, price=1.0),)

RuleKind = Literal[
    "need", "lead", "capacity", "minimum", "multiple", "share", "contract", "supplier"
]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that a planner could give up.

    Parameters
    ----------
    kind
        `need`: of an item nothing may be missing; `lead`, `capacity`, `minimum`,
        `multiple` and `share` of an offer; `contract` and `supplier` (capacity) of a
        supplier.
    of
        Name of the item or the supplier, or key of the offer.
    text
        In a planner's words.
    """

    kind: RuleKind
    of: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Rules that cannot hold together.

    Parameters
    ----------
    rules
        Each of them is needed.
    verified
        Whether it was proven anew that there is no plan with all of them, and shown
        that there is one without any one of them.
    """

    rules: tuple[Rule, ...]
    verified: bool

    @property
    def sentence(self) -> str:
        """All rules in a line."""
        return "; ".join(rule.text for rule in self.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflicts:
    """What cannot hold together.

    Parameters
    ----------
    found
        No rule is in two of them.
    complete
        Whether it was shown that there is a plan without the rules of all of them.
    """

    found: tuple[Conflict, ...]
    complete: bool


def find_conflicts(
    problem: PurchasingProblem,
    options: SolveOptions,
    *,
    cancelled: Callable[[], bool] = lambda: False,
) -> Conflicts:
    """Return smallest sets of rules that cannot hold together, no rule in two of them.

    Parameters
    ----------
    problem
        Without a plan; with one, there are none.
    options
        Time limit and clock.
    cancelled
        Asked often; True ends the search with what was found.

    References
    ----------
    Junker (2004), "QuickXplain: preferred explanations and relaxations for
    over-constrained problems", AAAI.

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
    ...               prices=(PriceBreak(quantity=0.0, price=1.0),)),
    ...     ),
    ... )
    >>> options = SolveOptions(monotonic_s=lambda: 0.0, time_limit_s=10.0)
    >>> find_conflicts(problem, options).found[0].sentence
    'nothing of bolt may be missing; capacity of S'
    """
    return _Tests(problem, options, cancelled).conflicts()


def rules_of(problem: PurchasingProblem) -> tuple[Rule, ...]:
    """Return the rules that a planner could give up.

    Parameters
    ----------
    problem
        Needs come first, what suppliers share last: of several conflicts, the one whose
        rules come first is told.
    """
    rules = [
        Rule("need", (item.name,), f"nothing of {item.name} may be missing")
        for item in problem.items
        if item.shortage_cost is None
    ]
    own = [rule for offer in problem.offers for rule in _offer_rules(problem, offer)]
    order = ("lead", "minimum", "multiple", "capacity", "share")
    own.sort(key=lambda rule: order.index(rule.kind))
    rules += own
    for supplier in problem.suppliers:
        if supplier.minimum_spend and not supplier.take_or_pay:
            text = f"{supplier.name} must get {supplier.minimum_spend:,.0f} by contract"
            rules.append(Rule("contract", (supplier.name,), text))
    for supplier in problem.suppliers:
        if supplier.capacity is not None:
            text = f"capacity of {supplier.name}"
            rules.append(Rule("supplier", (supplier.name,), text))
    return tuple(rules)


def _offer_rules(problem: PurchasingProblem, offer: Offer) -> list[Rule]:
    who, key = _who(offer), offer.key
    rules = []
    if offer.lead_periods > 0:
        n = offer.lead_periods
        text = f"{who} takes {n} period{'' if n == 1 else 's'} for {offer.item}"
        rules.append(Rule("lead", key, text))
    if offer.minimum > 0.0:
        text = f"{who} takes orders of {offer.item} from {offer.minimum:g} on only"
        rules.append(Rule("minimum", key, text))
    bounded = (
        offer.capacity is not None
        or offer.share_max < 1.0
        or any(s.capacity for s in problem.suppliers if s.name == offer.supplier)
    )
    if offer.multiple > 1.0 and bounded:
        text = f"{who} sells {offer.item} in multiples of {offer.multiple:g} only"
        rules.append(Rule("multiple", key, text))
    if offer.capacity is not None:
        rules.append(Rule("capacity", key, f"capacity of {who} for {offer.item}"))
    if offer.share_max < 1.0:
        text = f"at most {offer.share_max:.0%} of {offer.item} from {who}"
        rules.append(Rule("share", key, text))
    return rules


def _who(offer: Offer) -> str:
    return f"{offer.supplier} by {offer.mode}" if offer.mode else offer.supplier


def without(problem: PurchasingProblem, dropped: Iterable[Rule]) -> PurchasingProblem:
    """Return a problem without some of its rules.

    Parameters
    ----------
    problem
        Any.
    dropped
        Some of its rules.
    """
    gone = {(rule.kind, rule.of) for rule in dropped}

    def item(one: Item) -> Item:
        if ("need", (one.name,)) in gone:
            return replace(one, shortage_cost=1.0)
        return one

    def supplier(one: Supplier) -> Supplier:
        changes: dict[str, Any] = {}
        if ("supplier", (one.name,)) in gone:
            changes["capacity"] = None
        if ("contract", (one.name,)) in gone:
            changes["take_or_pay"] = True
        return replace(one, **changes) if changes else one

    free: dict[str, dict[str, Any]] = {
        "lead": {"lead_periods": 0}, "minimum": {"minimum": 0.0},
        "multiple": {"multiple": 1.0}, "capacity": {"capacity": None},
        "share": {"share_max": 1.0},
    }  # fmt: skip

    def offer(one: Offer) -> Offer:
        changes: dict[str, Any] = {}
        for kind, change in free.items():
            if (kind, one.key) in gone:
                changes |= change
        return replace(one, **changes) if changes else one

    return replace(
        problem,
        items=tuple(map(item, problem.items)),
        suppliers=tuple(map(supplier, problem.suppliers)),
        offers=tuple(map(offer, problem.offers)),
    )


def binding_part(problem: PurchasingProblem) -> PurchasingProblem | None:
    """Return what can make a problem impossible; None for nothing.

    Parameters
    ----------
    problem
        Items that may be missing and serve no contract need not be bought at all.
    """
    bound = {
        one.name
        for one in problem.suppliers
        if one.minimum_spend > 0.0 and not one.take_or_pay
    }
    asked = {offer.item for offer in problem.offers if offer.supplier in bound}
    names = {
        item.name
        for item in problem.items
        if item.shortage_cost is None or item.name in asked
    }
    if not names:
        return None
    return _of_items(problem, names, bound)


def _of_items(
    problem: PurchasingProblem, names: Collection[str], bound: set[str]
) -> PurchasingProblem:
    """Return what concerns some items, and some suppliers with contracts."""
    offers = tuple(one for one in problem.offers if one.item in names)
    used = bound | {one.supplier for one in offers}
    return PurchasingProblem(
        items=tuple(item for item in problem.items if item.name in names),
        suppliers=tuple(one for one in problem.suppliers if one.name in used),
        offers=offers,
        open_orders=tuple(
            replace(one, supplier="")
            for one in problem.open_orders
            if one.item in names
        ),
        period_days=problem.period_days,
        interest_rate=problem.interest_rate,
    )


def _relaxed(
    problem: PurchasingProblem,
) -> Callable[[Collection[Rule]], bool | None]:
    """Return a test whether orders of any size might keep some rules."""
    relaxation = Relaxation(problem)

    def holds(kept: Collection[Rule]) -> bool:
        return relaxation.holds({(rule.kind, rule.of) for rule in kept})

    return holds


class _Tests:
    """Tests of what can hold together, within the time."""

    def __init__(
        self,
        problem: PurchasingProblem,
        options: SolveOptions,
        cancelled: Callable[[], bool],
    ) -> None:
        self._problem, self._options, self._cancelled = problem, options, cancelled
        self._rules = rules_of(problem)
        self._begun_s = options.monotonic_s()
        self._known: dict[frozenset[Rule], bool | None] = {}
        self._share = TEST_SHARE
        self._used: set[Rule] = set()
        self._found: list[Conflict] = []

    def conflicts(self) -> Conflicts:
        """Find what orders of any size cannot do first, then what whole lots cannot."""
        parts = [
            *(self._of_item(one) for one in self._problem.items),
            *(self._of_supplier(one) for one in self._problem.suppliers),
        ]
        # Conflicts of an item alone come first: they are small, and so are their tests.
        for rules, part in parts:
            if rules:
                self._take(rules, _relaxed(part))
        whole = _relaxed(self._problem)
        while self._take(self._rules, whole):
            pass
        for rules, _ in parts:
            self._take(rules, self._holds)
        while self._take(self._rules, self._holds):
            pass
        rest = [rule for rule in self._rules if rule not in self._used]
        # The last test may take all the time that is left.
        self._share = 1.0
        if self._known.get(frozenset(rest), True) is None:
            self._known.clear()
        complete = self._time_left() and self._holds(rest) is True
        return Conflicts(found=tuple(self._found), complete=complete)

    def _take(
        self,
        rules: Collection[Rule],
        holds: Callable[[Collection[Rule]], bool | None],
    ) -> bool:
        """Look for a conflict among rules that none has; say whether one was found."""
        left = [rule for rule in rules if rule not in self._used]
        if not left or not self._time_left() or holds(left) is not False:
            return False
        least = self._least([], left, holds, changed=False)
        verified = self._verified(least)
        if not verified and self._holds(least) is False:
            # Whole lots may need fewer rules than orders of any size.
            least = self._least([], least, self._holds, changed=False)
            verified = self._verified(least)
        if not verified and len(least) > TOLD_MOST:
            return False
        self._found.append(Conflict(rules=tuple(least), verified=verified))
        self._used.update(least)
        return True

    def _of_item(self, item: Item) -> tuple[list[Rule], PurchasingProblem]:
        """Return the rules that concern an item that must not be missing, and it."""
        part = _of_items(self._problem, {item.name}, set())
        if item.shortage_cost is not None:
            return [], part
        keys = {one.key for one in part.offers} | {
            (one.name,) for one in part.suppliers
        }
        rules = [
            rule
            for rule in self._rules
            if (rule.of in keys and rule.kind not in {"need", "contract"})
            or (rule.kind, rule.of) == ("need", (item.name,))
        ]
        return rules, part

    def _of_supplier(self, supplier: Supplier) -> tuple[list[Rule], PurchasingProblem]:
        """Return the rules that concern a contract that binds, and what it buys."""
        if supplier.take_or_pay or supplier.minimum_spend <= 0.0:
            return [], self._problem
        own = [one for one in self._problem.offers if one.supplier == supplier.name]
        keys = {(supplier.name,)} | {one.key for one in own}
        rules = [r for r in self._rules if r.of in keys and r.kind != "need"]
        if not own:
            return rules, self._problem
        names = {one.item for one in own}
        return rules, _of_items(self._problem, names, {supplier.name})

    def _time_left(self) -> bool:
        spent_s = self._options.monotonic_s() - self._begun_s
        return spent_s < self._options.time_limit_s and not self._cancelled()

    def _least(
        self,
        base: list[Rule],
        rules: list[Rule],
        holds: Callable[[Collection[Rule]], bool | None],
        *,
        changed: bool,
    ) -> list[Rule]:
        """Return the least of some rules that cannot hold beside a base."""
        if changed and holds(base) is False:
            return []
        if len(rules) <= 1:
            return rules
        half = len(rules) // 2
        first, second = rules[:half], rules[half:]
        late = self._least(base + first, second, holds, changed=True)
        early = self._least(base + late, first, holds, changed=bool(late))
        return early + late

    def _verified(self, rules: list[Rule]) -> bool:
        """Prove a conflict anew: nothing is taken from earlier tests."""
        self._known.clear()
        if self._holds(rules) is not False:
            return False
        return all(
            self._holds([one for one in rules if one is not rule]) is True
            for rule in rules
        )

    def _holds(self, kept: Collection[Rule]) -> bool | None:
        """Say whether there is a plan with some rules only; None: not known in time."""
        key = frozenset(kept)
        if key not in self._known:
            self._known[key] = self._tested(key)
        return self._known[key]

    def _tested(self, kept: frozenset[Rule]) -> bool | None:
        part = self._part(kept)
        if part is None:
            return True
        if not self._time_left():
            return None
        if not any(one.minimum_spend > 0.0 for one in part.suppliers):
            # Any plan will do, and price bands make a test three times as large.
            cheap = tuple(replace(one, prices=ANY_PRICE) for one in part.offers)
            part = replace(part, offers=cheap)
        limit_s = self._options.time_limit_s
        left_s = limit_s - (self._options.monotonic_s() - self._begun_s)
        seconds = min(self._share * limit_s, left_s)
        seconds = seconds if math.isfinite(seconds) else TEST_S
        program = program_of(part)
        answer = solve_mip(program, seconds=seconds, any_plan=True)
        if answer.lots is not None:
            orders = program.orders(answer.lots)
            cost = math.fsum(purchase_cost(part, orders).values())
            plan = PurchasePlan(status="feasible", objective=cost, orders=orders)
            return None if check_purchases(part, plan) else True
        # A coarse lattice leaves plans out: it proves nothing.
        return False if answer.status == "infeasible" and program.exact else None

    def _part(self, kept: frozenset[Rule]) -> PurchasingProblem | None:
        """Return what can make it impossible to keep some rules; None for nothing."""
        needed = {rule.of[0] for rule in kept if rule.kind == "need"}
        bound = {rule.of[0] for rule in kept if rule.kind == "contract"}
        offers = self._problem.offers
        needed |= {one.item for one in offers if one.supplier in bound}
        if not needed:
            return None
        less = _of_items(self._problem, needed, bound)
        return binding_part(without(less, (r for r in self._rules if r not in kept)))
