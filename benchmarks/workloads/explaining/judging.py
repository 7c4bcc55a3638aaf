"""Whether named constraints and causes agree with brute force."""

import time
from dataclasses import dataclass, replace

import polars as pl

from benchmarks.result import Result
from benchmarks.workloads.explaining.brute import Freed, served_without
from benchmarks.workloads.explaining.networks import Drawn, drawn, planned
from benchmarks.workloads.explaining.spreading import first_found
from twin.diff import compare_customers
from twin.diff.customers import Asked, Served
from twin.explain.causes import Cause, Causes, causes_of
from twin.explain.constraints import Constraint
from twin.explain.differences import Difference, reverted
from twin.explain.pairing import Pair, pair_of
from twin.explain.played import Played, played, played_plan
from twin.explain.script import NEVER, Script
from twin.explain.why import Why, why_late
from twin.masterplan import ExpectedDemand, Grounds
from twin.model.changes.apply import rebuilt

N_CASES, N_QUICK, N_QUICK_PAIRS = 200, 3, 2
"""Cases: the first so many seeds from 0 in which something is late, or moved."""
EDITS = ("late", "less", "dropped", "lane", "demand")
"""How the newer plan differs: by hand, an order released later, of less, or dropped; or
planned anew with a slow lane, or for customers who ask for more."""
TOLERANCE_US = 1.0


@dataclass(frozen=True, slots=True)
class Asking:
    """An order that is late in the plan of a network."""

    case: Drawn
    played: Played
    asked: Asked


def asking(seed: int) -> Asking | None:
    """Return a plan and an order of it that is late; None if no order is."""
    case = drawn(seed)
    plan = played_plan(planned(case))
    late = [asked for asked, one in plan.outcome.served.items()
            if one.served_us is None or one.served_us > asked[3]]  # fmt: skip
    return Asking(case, plan, late[(seed + 1) % len(late)]) if late else None


def agrees(found: Why, asked: Asking) -> bool:
    """Tell whether the constraint named is the best of all that there are."""
    without = served_without(asked.played, found.tree, asked.asked)
    served = asked.played.outcome.served[asked.asked].served_us
    base = float("inf") if served is None else float(served)
    best = min(without.values(), default=base)
    if found.binds is None:
        return best >= base
    return without[_freed(found.binds)] <= best + TOLERANCE_US and best < base


def _freed(one: Constraint) -> Freed:
    names = {
        "lane": one.lane, "capacity": one.place, "release": one.order,
        "before": one.order, "machines": f"{one.item}@{one.place}",
    }  # fmt: skip
    return one.kind, names[one.kind]


@dataclass(frozen=True, slots=True)
class WhyJudged:
    """What came of a case: whether it agrees, names one, and seconds of both."""

    agrees: bool
    is_named: bool
    ours_s: float
    brute_s: float


def judged_why(seed: int) -> WhyJudged | None:
    """Name what binds an order, and remove everything else, too; None: none is late."""
    one = asking(seed)
    if one is None:
        return None
    begun_s = time.process_time()
    found = why_late(one.played, one.asked)
    ours_s = time.process_time() - begun_s
    begun_s = time.process_time()
    agreed = agrees(found, one)
    brute_s = time.process_time() - begun_s
    return WhyJudged(agreed, found.binds is not None, ours_s, brute_s)


def whys(*, quick: bool) -> list[Result]:
    """Name what binds an order of each case, and remove everything else, too."""
    n = N_QUICK if quick else N_CASES
    found = first_found(judged_why, n, name="why")
    agreed = sum(one.agrees for one in found)
    ours_s = sum(one.ours_s for one in found)
    brute_s = sum(one.brute_s for one in found)
    return [
        Result(
            name="why: named constraint is the best of all", value=agreed / n,
            unit="1", goal=">= 1.0", checked=True,
        ),
        Result(
            name="why: orders that a single constraint binds",
            value=sum(one.is_named for one in found) / n, unit="1", checked=True,
        ),
        Result(
            name="why: time of a case", value=ours_s / n, unit="s",
            peer="removal of every constraint of the network", peer_value=brute_s / n,
            ratio=brute_s / ours_s, checked=agreed == n,
        ),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Differing:
    """Two plans, and of those that differ by hand what was done to which order."""

    pair: Pair
    edit: str
    order: str = ""


def differing(seed: int) -> Differing | None:
    """Return two plans of which some orders of customers moved; None: none did."""
    case, edit = drawn(seed), EDITS[seed % len(EDITS)]
    before = played_plan(planned(case))
    made = _edited(case, before, edit, seed)
    if made is None:
        return None
    after, order = made
    changes = compare_customers(before.outcome.served, after.outcome.served)
    if {one.what for one in changes} - {"same", "added", "dropped"}:
        return Differing(pair_of(before, after), edit, order)
    return None


def _edited(
    case: Drawn, before: Played, edit: str, seed: int
) -> tuple[Played, str] | None:
    if edit == "lane":
        tables = case.network.tables
        slow = tables["lanes"].with_row_index("_at").with_columns(
            lead_time_s=pl.when(pl.col("_at") == seed % tables["lanes"].height)
            .then(pl.col("lead_time_s") + 86_400.0).otherwise("lead_time_s")
        ).drop("_at")  # fmt: skip
        network = rebuilt(case.network, {"lanes": slow})
        return played_plan(planned(replace(case, network=network))), ""
    if edit == "demand":
        means = case.demand.means.copy()
        means[seed % len(means)] *= 1.5
        more = ExpectedDemand(means, case.demand.margins)
        return played_plan(planned(replace(case, demand=more))), ""
    return _by_hand(before, edit, seed)


def _by_hand(before: Played, edit: str, seed: int) -> tuple[Played, str] | None:
    """Change an order that something was made or sent of; what follows it, follows."""
    script = before.script
    sources = {need.source for step in script.steps for need in step.needs}
    rows = [step.row for step in script.steps if step.order in sources]
    if not rows:
        return None
    row = rows[seed % len(rows)]
    step = script.steps[row]
    if edit == "late":
        later = replace(step, earliest=step.release + 2, latest=NEVER)
        changed = script.with_steps({row: later})
    elif edit == "less":
        at = pl.int_range(pl.len()) == row
        half = pl.when(at).then(pl.col("quantity") / 2.0).otherwise("quantity")
        orders = script.orders.with_columns(quantity=half)
        needs = {
            other.row: replace(other, needs=tuple(
                replace(need, quantity=need.quantity / 2.0)
                if need.source == step.order else need for need in other.needs
            ))
            for other in script.steps
        }  # fmt: skip
        changed = Script(orders, script.with_steps(needs).steps)
    else:
        changed = script.without([row])
    outcome = before.again(script=changed)
    grounds = Grounds(before.grounds.network, before.grounds.demand)
    after = played(grounds, outcome.tables.orders, n_periods=before.n_periods)
    return after, step.order


class Undoing:
    """Carries the newer of two plans out with differences taken back, each set once."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._served: dict[tuple[Difference, ...], dict[Asked, Served]] = {}

    def served(self, chosen: tuple[Difference, ...]) -> dict[Asked, Served]:
        """Return what becomes of each order of a customer."""
        if chosen not in self._served:
            relaxed = reverted(self._pair, chosen)
            self._served[chosen] = self._pair.after.again(*relaxed).served
        return self._served[chosen]


def holds(pair: Pair, cause: Cause, undoing: Undoing | None = None) -> bool:
    """Take a cause back, and see whether the order is served as it was.

    Of a set none may be left out; a single one must be the first that does it.
    """
    undoing = undoing or Undoing(pair)
    change = cause.change
    assert change.before is not None  # causes are of orders that both plans have
    key = next(asked for asked, one in pair.before.outcome.served.items()
               if asked[:4] == (change.customer, change.item, change.site,
                                change.asked_us) and one == change.before)  # fmt: skip

    def undone(chosen: tuple[Difference, ...]) -> bool:
        served = undoing.served(chosen)[key]
        if served.served_us is not None or change.before.served_us is not None:
            return served.served_us == change.before.served_us
        return abs(served.shipped - change.before.shipped) < 1e-6

    if not cause.is_whole:
        return not undone(cause.differences)
    fewer = [tuple(one for one in cause.differences if one is not left)
             for left in cause.differences]  # fmt: skip
    return undone(cause.differences) and not any(undone(one) for one in fewer)


@dataclass(frozen=True, slots=True)
class DiffJudged:
    """What came of a pair of plans: orders explained, those that hold, and seconds.

    Attributes
    ----------
    is_found : bool or None
        Whether what was done by hand is named; None: nothing was.
    """

    claims: int
    held: int
    whole: int
    is_found: bool | None
    spent_s: float


def judged_diff(seed: int) -> DiffJudged | None:
    """Explain every order that moved, and take each cause back; None: none moved."""
    one = differing(seed)
    if one is None:
        return None
    begun_s = time.process_time()
    found = causes_of(one.pair, tries=1000)
    spent_s = time.process_time() - begun_s
    undoing = Undoing(one.pair)
    return DiffJudged(
        claims=len(found.causes),
        held=sum(holds(one.pair, cause, undoing) for cause in found.causes),
        whole=sum(cause.is_whole for cause in found.causes),
        is_found=_is_found(one, found) if one.order else None,
        spent_s=spent_s,
    )


def diffs(*, quick: bool) -> list[Result]:
    """Explain every order that moved, and take each cause back again."""
    n = N_QUICK_PAIRS if quick else N_CASES
    found = first_found(judged_diff, n, name="diff")
    claims = sum(one.claims for one in found)
    planted = [one.is_found for one in found if one.is_found is not None]
    return [
        Result(
            name="diff: causes that hold when taken back",
            value=sum(one.held for one in found) / max(claims, 1),
            unit="1", goal=">= 1.0", checked=True,
        ),
        Result(
            name="diff: planted changes that are found",
            value=sum(planted) / max(len(planted), 1),
            unit="1", goal=">= 1.0", checked=True,
        ),
        Result(
            name="diff: orders that are explained in full",
            value=sum(one.whole for one in found) / max(claims, 1), unit="1",
            checked=True,
        ),
        Result(name="diff: orders explained", value=float(claims), unit="orders",
               checked=True),
        Result(name="diff: time of a case",
               value=sum(one.spent_s for one in found) / n, unit="s", checked=True),
    ]  # fmt: skip


def _is_found(one: Differing, found: Causes) -> bool:
    """Tell whether each order moved for what was done by hand, and nothing else.

    What was put off beyond the last review is released no more: it is not later in the
    newer plan, it is not there.
    """
    names = {
        (difference.kind, one.pair.after.script.steps[difference.row].order)
        if difference.kind != "dropped"
        else ("dropped", one.pair.before.script.steps[difference.row].order)
        for cause in found.causes
        for difference in cause.differences
    }
    kind = {"late": "date", "less": "quantity", "dropped": "dropped"}[one.edit]
    there = {step.order for step in one.pair.after.script.steps}
    if one.edit == "late" and one.order not in there:
        kind = "dropped"
    return names == {(kind, one.order)}
