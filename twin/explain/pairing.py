"""Two plans side by side, and what the dates of the newer one follow.

An order of both plans that is released on another date does not decide that by itself
if its goods explain the date: those that it took in the former plan or, where they come
later than that, those that it takes now. Goods are alike, so that an order whose goods
are late takes those of another; once the delay is taken back it takes its own again.
Such an order waits for whichever of both are there first.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import polars as pl

from twin.diff import OrderChange, compare_orders
from twin.diff.orders import orders_of_table
from twin.explain.played import Played
from twin.explain.script import NEVER, Need, Script, Step
from twin.explain.turns import in_turn

Follows = Literal["date", "former", "held", "either", "itself"]
"""Why an order of both plans is released when it is in the newer one: on the date of
the former, whatever comes; then or as soon as the goods are there that it took there;
held back after them as long as there; then or as soon as those goods or the ones that
it takes now are there; or by itself, though what it took there is there sooner."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two plans, and how the dates of the newer one follow.

    Attributes
    ----------
    before, after : Played
        The former and the newer plan.
    changes : tuple of OrderChange
        Their orders side by side.
    names : mapping of str to str
        Orders of the former plan -> what they are called in the newer one.
    follows : mapping of int to str
        Rows of the newer plan that are in both -> what their dates follow.
    waits : mapping of int to str
        Rows of the former plan that are not in the newer one because their goods come
        too late there, or not at all -> what their dates follow once they come.
    turns : tuple of int
        In which sequence orders are released that are released together: rows of the
        newer plan, and those of the former plan that it has not, counted on from them.
    """

    before: Played
    after: Played
    changes: tuple[OrderChange, ...]
    names: Mapping[str, str]
    follows: Mapping[int, Follows] = field(default_factory=dict)
    waits: Mapping[int, Follows] = field(default_factory=dict)
    turns: tuple[int, ...] = ()

    @property
    def offset(self) -> int:
        """Reviews from the start of the newer plan to that of the former."""
        after = self.after
        return (self.before.start_us - after.start_us) // after.review_us

    def released_before(self, row: int) -> int:
        """Return the review, of the newer plan, of a row of the former one."""
        return self.before.script.steps[row].release + self.offset


@dataclass(frozen=True, slots=True)
class Back:
    """Orders of the newer plan that are as in the former one again.

    Attributes
    ----------
    dates, quantities, added : frozenset of int
        Rows of the newer plan that have the date or the quantity of the former one, or
        are left out.
    dropped : frozenset of int
        Rows of the former plan that are put back.
    """

    dates: frozenset[int] = frozenset()
    quantities: frozenset[int] = frozenset()
    added: frozenset[int] = frozenset()
    dropped: frozenset[int] = frozenset()


def pair_of(before: Played, after: Played) -> Pair:
    """Put two plans side by side.

    Parameters
    ----------
    before, after : Played
        The former and the newer plan, of one review period. Of the one that looks
        further only what comes until the end of the other is compared.
    """
    end_us = min(before.end_us, after.end_us)
    before, after = before.until(end_us), after.until(end_us)
    changes = compare_orders(
        orders_of_table(before.script.orders),
        orders_of_table(after.script.orders),
        review_us=after.review_us,
    )
    pair = Pair(before, after, changes, _names(changes, after.script))
    came, shares = _came(after), _Shares(pair, frozenset())
    follows: dict[int, Follows] = {}
    waits: dict[int, Follows] = {}
    for change in changes:
        if change.before is None:
            continue
        row = change.before.row
        ready = _ready(came, shares.former(row))
        if change.after is None:
            waited = _waits(pair, row, ready)
            if waited is not None:
                waits[row] = waited
        else:
            follows[change.after.row] = _follows(pair, row, change.after.row, ready)
    return replace(pair, follows=follows, waits=waits, turns=_turns(pair))


def _turns(pair: Pair) -> tuple[int, ...]:
    """Put orders in a sequence in which those of a review are as in both plans."""
    newer, former = pair.after.script.steps, pair.before.script.steps
    both = _both(pair)
    numbers = {row: len(newer) + row for row in range(len(former))}
    numbers |= {old: new for new, old in both.items()}
    found: tuple[dict[int, list[int]], ...] = defaultdict(list), defaultdict(list)
    for step in newer:
        found[0][step.release].append(step.row)
    for step in former:
        found[1][pair.released_before(step.row)].append(numbers[step.row])
    return in_turn(len(newer) + len(former), *(one.values() for one in found))


def _both(pair: Pair) -> dict[int, int]:
    """Return rows of the newer plan that the former one has, too, and which there."""
    return {
        change.after.row: change.before.row
        for change in pair.changes
        if change.before is not None and change.after is not None
    }


def _names(changes: Iterable[OrderChange], script: Script) -> dict[str, str]:
    """Name orders of a former plan in a newer one; no two have the same name."""
    taken = {step.order for step in script.steps}
    names = {}
    for change in changes:
        if change.before is None or not change.before.order:
            continue
        name = change.before.order if change.after is None else change.after.order
        if change.after is None:
            while name in taken:
                name += "'"
            taken.add(name)
        names[change.before.order] = name
    return names


Goods = tuple[str, str, str]  # of which order, item, place
Came = dict[Goods, list[tuple[int, float]]]


def _came(plan: Played) -> Came:
    """Return at which review how much of an order is there, all pieces together."""
    rows = plan.outcome.moves.filter(
        (pl.col("quantity") > 0.0) & (pl.col("order") != "")
    ).sort("time_us", maintain_order=True)
    found: Came = {}
    columns = ("order", "item", "place", "time_us", "quantity")
    for order, item, place, time_us, quantity in rows.select(columns).iter_rows():
        pieces = found.setdefault((order, item, place), [])
        review = math.ceil((time_us - plan.start_us) / plan.review_us)
        had = pieces[-1][1] if pieces else 0.0
        pieces.append((max(review, 0), had + quantity))
    return found


def _ready(came: Came, needs: Iterable[Need]) -> int:
    """Return the first review at which goods are there; `NEVER` if they do not come."""
    ready = 0
    for need in needs:
        pieces = came.get((need.source, need.item, need.place), ())
        reviews = (review for review, units in pieces if units >= need.quantity)
        ready = max(ready, next(reviews, NEVER))
    return ready


def _follows(pair: Pair, former: int, newer: int, ready: int) -> Follows:
    """Tell what a date follows, if the goods of the former plan are ready then."""
    old, new = pair.before.script.steps[former], pair.after.script.steps[newer]
    release = pair.released_before(former)
    if (old.latest, new.latest) != (NEVER, NEVER):
        return "date" if new.release == release else "itself"
    if new.release == max(release, ready):
        return "former"
    if new.release == ready + old.hold:
        return "held"
    if new.release == max(release, new.ready) and ready > new.release:
        return "either"
    return "itself"


def _waits(pair: Pair, row: int, ready: int) -> Follows | None:
    """Tell what an order waits for that the newer plan has not; None: it could begin.

    What is there after the last review is of no use to any.
    """
    old, last = pair.before.script.steps[row], pair.after.n_periods - 1
    if old.latest != NEVER:
        return None
    if max(pair.released_before(row), ready) > last:
        return "former"
    return "held" if ready + old.hold > last else None


class _Shares:
    """Goods that orders take, by what those that bring them are of now."""

    def __init__(self, pair: Pair, back: frozenset[int]) -> None:
        self._pair = pair
        self._former: dict[str, float] = {}
        self._newer: dict[str, float] = {}
        for change in pair.changes:
            if change.before is not None and change.after is not None:
                old, new = change.before.quantity, change.after.quantity
                now = old if change.after.row in back else new
                self._former[change.after.order] = min(now / old, 1.0)
                self._newer[change.after.order] = min(now / new, 1.0)

    def former(self, row: int) -> tuple[Need, ...]:
        """Return what a row of the former plan took, by names of the newer one."""
        needs = self._pair.before.script.steps[row].needs
        named = (
            replace(need, source=self._pair.names[need.source])
            for need in needs
            if self._pair.names.get(need.source)
        )
        return _scaled(named, self._former)

    def newer(self, row: int) -> tuple[Need, ...]:
        """Return what a row of the newer plan takes."""
        return _scaled(self._pair.after.script.steps[row].needs, self._newer)


def _scaled(needs: Iterable[Need], shares: Mapping[str, float]) -> tuple[Need, ...]:
    """Wait for as large a share of what an order brings less of."""
    return tuple(
        replace(need, quantity=need.quantity * shares.get(need.source, 1.0))
        for need in needs
    )


def script_with(pair: Pair, back: Back) -> Script:
    """Return the newer plan with some orders as in the former one.

    Parameters
    ----------
    pair : Pair
        Two plans.
    back : Back
        What is as in the former plan again; with nothing the script leads to the newer
        plan, with all that is different to the former one.
    """
    shares, former = _Shares(pair, back.quantities), _both(pair)
    newer, old = pair.after.script, pair.before.script
    n_newer = len(newer.steps)
    steps = {
        step.row: _step(pair, shares, step.row, former.get(step.row), dates=back.dates)
        for step in newer.steps
    }
    names = [pair.names.get(step.order, "") for step in old.steps]
    for row in pair.waits.keys() | back.dropped:
        step = replace(old.steps[row], order=names[row])
        held = pair.waits.get(row) == "held"
        steps[n_newer + row] = _as_before(pair, shares, step, row, held=held)
    had, now = (one.orders["quantity"].to_list() for one in (old, newer))
    for row in back.quantities:
        now[row] = had[former[row]]
    orders = [
        newer.orders.with_columns(quantity=pl.Series(now, dtype=pl.Float64)),
        old.orders.with_columns(order=pl.Series(names, dtype=pl.String)),
    ]
    turns = [number for number in pair.turns if number in steps]
    placed = tuple(replace(steps[k], row=row) for row, k in enumerate(turns))
    script = Script(pl.concat(orders)[turns], placed)
    return script.without([row for row, k in enumerate(turns) if k in back.added])


def _step(
    pair: Pair, shares: _Shares, row: int, former: int | None, *, dates: frozenset[int]
) -> Step:
    """Return the rule of an order of the newer plan."""
    new = replace(pair.after.script.steps[row], needs=shares.newer(row))
    if former is None:
        return new
    release, follows = pair.released_before(former), pair.follows[row]
    if follows == "itself" and row not in dates:
        return new
    if follows == "date":
        return replace(new, earliest=release, hold=0, latest=release)
    as_before = _as_before(pair, shares, new, former, held=follows == "held")
    if follows in {"former", "held"}:
        return as_before
    then = replace(new, earliest=release, hold=0, latest=NEVER)
    return replace(then, otherwise=as_before)


def _as_before(
    pair: Pair, shares: _Shares, step: Step, former: int, *, held: bool
) -> Step:
    """Release an order as a former plan did, once the goods are there that it took."""
    old, release = pair.before.script.steps[former], pair.released_before(former)
    return replace(
        step, needs=shares.former(former), earliest=0 if held else release,
        hold=old.hold if held else 0,
        latest=NEVER if old.latest == NEVER else release,
    )  # fmt: skip
