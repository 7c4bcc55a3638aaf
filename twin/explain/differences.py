"""What two plans decide differently, or were given differently, by themselves.

An order that is released later because its goods come later is a consequence. What is
listed here is not: a row of the network, an expected demand, stock at the start, and
orders whose quantity or own date is another.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from twin.diff import OrderChange, compare_orders
from twin.diff.orders import orders_of_table
from twin.explain.played import Played
from twin.explain.relaxing import Relaxed
from twin.explain.script import NEVER, Need, Script, Step
from twin.masterplan import ExpectedDemand, Grounds
from twin.model.changes.apply import rebuilt
from twin.model.changes.draft import row_key, row_name
from twin.model.tables import BY_NAME
from twin.said import Part, Said

DifferenceKind = Literal["network", "demand", "quantity", "date", "added", "dropped"]

Array = NDArray[np.float64]
_AT_START = ("stock", "open_orders")
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is different in itself.

    Attributes
    ----------
    kind : str
        ``network`` (a row of a table), ``demand`` (a row of demands), and of orders
        ``quantity``, ``date``, ``added`` or ``dropped``.
    said : Said
        In words.
    table, key : str and tuple
        Of ``network``: the row.
    row : int
        Of ``demand``: the row of demands; of orders the row in the newer plan, of what
        was dropped in the former.
    since_us : int
        From when on it matters, microseconds UTC.
    """

    kind: DifferenceKind
    said: Said
    table: str = ""
    key: tuple[object, ...] = ()
    row: int = -1
    since_us: int = 0

    @property
    def name(self) -> str:
        """In English."""
        return self.said.text


@dataclass(frozen=True, slots=True)
class Pair:
    """Two plans, and the newer one with rules that lead back to the former.

    Attributes
    ----------
    before, after : Played
        The former and the newer plan.
    changes : tuple of OrderChange
        Their orders side by side.
    script : Script
        Of the newer plan: an order whose date follows from when its goods come is
        released when the former plan released it, or as soon as they are there. Orders
        that were dropped because their goods do not come any more wait for them.
    names : mapping of str to str
        Orders of the former plan -> what they are called in the newer one.
    """

    before: Played
    after: Played
    changes: tuple[OrderChange, ...]
    script: Script
    names: Mapping[str, str]


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
    follows = {}
    for change in changes:
        if change.before is not None and change.after is not None:
            old = before.script.steps[change.before.row]
            new = after.script.steps[change.after.row]
            release = old.release + _offset(before, after)
            if not _is_own_date(new, release):
                follows[new.row] = _as_before(new, release)
    names = _names(changes, after.script)
    script = after.script.with_steps(follows)
    pair = Pair(before, after, changes, script, names)
    gone = [row for row in _dropped(changes) if not _could_begin(pair, row)]
    return replace(pair, script=_with_dropped(pair, script, gone))


def _dropped(changes: Iterable[OrderChange]) -> list[int]:
    return [
        change.before.row
        for change in changes
        if change.before is not None and change.after is None
    ]


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


def _needs_now(pair: Pair, row: int) -> tuple[Need, ...]:
    """Return the goods that an order of the former plan takes, in the newer one."""
    needs = pair.before.script.steps[row].needs
    return tuple(
        replace(need, source=pair.names[need.source])
        for need in needs
        if pair.names.get(need.source)
    )


def _could_begin(pair: Pair, row: int) -> bool:
    """Tell whether the goods of an order that was dropped come in the newer plan."""
    came = pair.after.outcome.moves.filter(pl.col("quantity") > 0.0)
    for need in _needs_now(pair, row):
        own = came.filter(
            (pl.col("order") == need.source)
            & (pl.col("item") == need.item)
            & (pl.col("place") == need.place)
        )
        if own["quantity"].sum() < need.quantity:
            return False
    return True


def _offset(before: Played, after: Played) -> int:
    """Reviews from the start of the newer plan to that of the former."""
    return (before.start_us - after.start_us) // after.review_us


def _is_own_date(new: Step, release: int) -> bool:
    """Tell whether a date differs by more than what goods that come later explain."""
    if new.release == release:
        return False
    return new.latest != NEVER or new.release != max(release, new.ready)


def _as_before(new: Step, release: int) -> Step:
    """Release an order when a former plan did, or as soon as its goods are there."""
    if new.latest != NEVER:
        return replace(new, earliest=release, hold=0, latest=release)
    return replace(new, earliest=release, hold=0)


def differences_of(pair: Pair) -> tuple[Difference, ...]:
    """List what is different in itself, what a plan was given before what it decides.

    Parameters
    ----------
    pair : Pair
        Two plans.
    """
    found = [*_network(pair), *_demand(pair), *_orders(pair)]
    given = ("network", "demand")
    return tuple(sorted(found, key=lambda one: (one.kind not in given, one.since_us)))


def _network(pair: Pair) -> Iterator[Difference]:
    before, after = (one.grounds.network for one in (pair.before, pair.after))
    same_start = pair.before.start_us == pair.after.start_us
    for name, table in BY_NAME.items():
        old, new = before.tables[name], after.tables[name]
        if old.equals(new) or (name in _AT_START and not same_start):
            continue
        sides = [_by_key(frame, table.keys) for frame in (old, new)]
        for key in dict.fromkeys([*sides[0], *sides[1]]):
            rows = [
                [frame.row(row) for row in side.get(key, ())]
                for frame, side in zip((old, new), sides, strict=True)
            ]
            if rows[0] != rows[1]:
                frame, side = (new, sides[1]) if rows[1] else (old, sides[0])
                told = row_name(table, frame, side[key][0])
                named = [row_key(table, frame, side[key][0])]
                said = Said(
                    f"{name}: {told}",
                    "row_differs",
                    {"table": name, "rows": named, "n_more": 0},
                )
                yield Difference("network", said, name, key)


def _by_key(
    frame: pl.DataFrame, keys: tuple[str, ...]
) -> dict[tuple[object, ...], list[int]]:
    """Return the numbers of rows by key; rows of a table without one are one."""
    found: dict[tuple[object, ...], list[int]] = {}
    names = frame.select(keys).rows() if keys else [()] * frame.height
    for number, key in enumerate(names):
        found.setdefault(key, []).append(number)
    return found


def _demand(pair: Pair) -> Iterator[Difference]:
    before, after = pair.before.grounds, pair.after.grounds
    old = dict(zip(_asked(before), before.demand.means, strict=True))
    offset = max(-_offset(pair.before, pair.after), 0)
    for row, (key, means) in enumerate(
        zip(_asked(after), after.demand.means, strict=True)
    ):
        if key not in old:
            continue  # its row of demands is new: that is told
        former = _common(old[key], means, offset)
        differs = np.abs(former - means) > ROUNDING
        if differs[: pair.after.n_periods].any():
            first = int(np.flatnonzero(differs)[0])
            customer, item, site = key
            said = Said(
                f"what {customer} asks for: {item} at {site}",
                "asked_otherwise",
                {"customer": customer, "item": item, "site": site},
            )
            since_us = pair.after.start_us + first * pair.after.review_us
            yield Difference("demand", said, key=key, row=row, since_us=since_us)


def _common(former: Array, means: Array, offset: int) -> Array:
    """Return what a former plan expected where it did, else what is expected now."""
    found = means.copy()
    known = former[offset : offset + len(means)]
    found[: len(known)] = known
    return found


def _asked(grounds: Grounds) -> list[tuple[str, str, str]]:
    rows, places = grounds.network.demands, grounds.network.places.ids
    items = grounds.network.items.ids
    columns = (rows.customer_index, rows.item_index, rows.site_index)
    return [
        (places[customer], items[item], places[site])
        for customer, item, site in zip(*(one.tolist() for one in columns), strict=True)
    ]


def _orders(pair: Pair) -> Iterator[Difference]:
    for change in pair.changes:
        one = change.one
        what = f"{one.kind} order {one.order} of {one.quantity:,.6g} {one.item}"
        parts: dict[str, Part] = {
            "order_kind": one.kind, "order": one.order, "item": one.item,
            "quantity": one.quantity,
        }  # fmt: skip
        if change.before is None or change.after is None:
            kind: DifferenceKind = "added" if change.before is None else "dropped"
            if kind == "dropped" and not _could_begin(pair, one.row):
                continue
            said = Said(what, f"order_{kind}", parts)
            yield Difference(kind, said, row=one.row, since_us=one.release_us)
            continue
        since_us = min(change.before.release_us, one.release_us)
        old, new = change.before.quantity, change.after.quantity
        if abs(old - new) > ROUNDING * max(old, new):
            said = Said(
                f"{what} instead of {old:,.6g}", "order_quantity", parts | {"old": old}
            )
            yield Difference("quantity", said, row=one.row, since_us=since_us)
        release = pair.before.script.steps[change.before.row].release
        release += _offset(pair.before, pair.after)
        if _is_own_date(pair.after.script.steps[one.row], release):
            later = change.shift_us / 86_400e6
            word = "later" if later > 0.0 else "earlier"
            said = Said(
                f"{what}, {abs(later):g} days {word}",
                f"order_{word}",
                parts | {"days": abs(later)},
            )
            yield Difference("date", said, row=one.row, since_us=since_us)


def reverted(pair: Pair, differences: Iterable[Difference]) -> Relaxed:
    """Return the newer plan with some differences taken back.

    Parameters
    ----------
    pair : Pair
        Two plans.
    differences : iterable of Difference
        What is as in the former plan again.
    """
    chosen = list(differences)
    grounds = _given_before(pair, [one for one in chosen if one.kind == "network"])
    asked = [one for one in chosen if one.kind == "demand"]
    if asked:
        grounds = replace(grounds, demand=_asked_before(pair, asked))
    script = pair.script
    former = {
        change.after.row: change.before
        for change in pair.changes
        if change.before is not None and change.after is not None
    }
    for one in chosen:
        if one.kind == "quantity":
            script = _with_quantity(script, one.row, former[one.row].quantity)
        elif one.kind == "date":
            old = pair.before.script.steps[former[one.row].row]
            release = old.release + _offset(pair.before, pair.after)
            step = script.steps[one.row]
            new = replace(step, earliest=release, hold=0, latest=NEVER)
            script = script.with_steps({one.row: new})
    back = [one.row for one in chosen if one.kind == "dropped"]
    script = _with_dropped(pair, script, back)
    return grounds, script.without([one.row for one in chosen if one.kind == "added"])


def _given_before(pair: Pair, chosen: list[Difference]) -> Grounds:
    grounds = pair.after.grounds
    if not chosen:
        return grounds
    before, network = pair.before.grounds.network, grounds.network
    frames: dict[str, pl.DataFrame] = {}
    for one in chosen:
        keys = BY_NAME[one.table].keys
        frame = frames.get(one.table, network.tables[one.table])
        old = before.tables[one.table]
        rows = _by_key(frame, keys).get(one.key, [])
        kept = frame.with_row_index("_at").filter(~pl.col("_at").is_in(rows))
        former = old[_by_key(old, keys).get(one.key, [])]
        at = rows[0] if rows else frame.height
        placed = former.with_columns(_at=pl.lit(at, pl.UInt32)).select(kept.columns)
        both = pl.concat([kept, placed]).sort("_at", maintain_order=True)
        frames[one.table] = both.drop("_at")
    return replace(grounds, network=rebuilt(network, frames))


def _asked_before(pair: Pair, chosen: list[Difference]) -> ExpectedDemand:
    before, demand = pair.before.grounds, pair.after.grounds.demand
    old = dict(zip(_asked(before), before.demand.means, strict=True))
    offset = max(-_offset(pair.before, pair.after), 0)
    means = demand.means.copy()
    for one in chosen:
        customer, item, site = (str(part) for part in one.key)
        means[one.row] = _common(old[customer, item, site], means[one.row], offset)
    return ExpectedDemand(means, demand.margins)


def _with_quantity(script: Script, row: int, quantity: float) -> Script:
    """Give an order another quantity; who waits for it waits for as large a share."""
    was = float(script.orders["quantity"][row])
    order, share = script.steps[row].order, quantity / was
    changed = (
        pl.when(pl.int_range(pl.len()) == row).then(quantity).otherwise("quantity")
    )
    steps = {}
    for step in script.steps:
        if order and any(need.source == order for need in step.needs):
            needs = tuple(
                replace(need, quantity=need.quantity * min(share, 1.0))
                if need.source == order
                else need
                for need in step.needs
            )
            steps[step.row] = replace(step, needs=needs)
    return replace(
        script.with_steps(steps), orders=script.orders.with_columns(quantity=changed)
    )


def _with_dropped(pair: Pair, script: Script, rows: list[int]) -> Script:
    """Put orders of the former plan back, with the goods they took then."""
    if not rows:
        return script
    steps = list(script.steps)
    names = []
    for row in rows:
        old = pair.before.script.steps[row]
        release = old.release + _offset(pair.before, pair.after)
        names.append(pair.names.get(old.order, ""))
        steps.append(
            Step(
                len(steps), names[-1], release, old.ready, earliest=release,
                latest=NEVER if old.latest == NEVER else release,
                needs=_needs_now(pair, row),
            )
        )  # fmt: skip
    former = pair.before.script.orders[rows]
    added = former.with_columns(order=pl.Series(names, dtype=pl.String))
    return Script(pl.concat([script.orders, added]), tuple(steps))
