"""What two plans decide differently, or were given differently, by themselves.

An order that is released later because its goods come later is a consequence. What is
listed here is not: a row of the network, an expected demand, stock at the start, and
orders whose quantity or own date is another.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from twin.explain.pairing import Back, Pair, script_with
from twin.explain.relaxing import Relaxed
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
                rows_told = [row_key(table, frame, side[key][0])]
                said = Said(
                    f"{name}: {told}",
                    "row_differs",
                    {"table": name, "rows": rows_told, "n_more": 0},
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
    offset = max(-pair.offset, 0)
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
            if kind == "dropped" and one.row in pair.waits:
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
        if pair.follows[one.row] == "itself":
            later = change.shift_us / 86_400e6
            word = "later" if later > 0.0 else "earlier"
            said = Said(
                f"{what}, {abs(later):g} days {word}",
                f"order_{word}",
                parts | {"days": abs(later)},
            )
            yield Difference("date", said, row=one.row, since_us=since_us)


Built = dict[tuple[Difference, ...], Grounds]
"""What newer plans are made on with rows of the network taken back: to build and check
a network takes five times as long as to carry a small plan out in it."""


def reverted(
    pair: Pair, differences: Iterable[Difference], built: Built | None = None
) -> Relaxed:
    """Return the newer plan with some differences taken back.

    Parameters
    ----------
    pair : Pair
        Two plans.
    differences : iterable of Difference
        What is as in the former plan again.
    built : dict, optional
        Networks of this pair that were built, to which those built here are added.
    """
    chosen = list(differences)
    built = {} if built is None else built
    rows_back = tuple(one for one in chosen if one.kind == "network")
    if rows_back not in built:
        built[rows_back] = _given_before(pair, rows_back)
    grounds = built[rows_back]
    asked = [one for one in chosen if one.kind == "demand"]
    if asked:
        grounds = replace(grounds, demand=_asked_before(pair, asked))
    rows = {
        kind: frozenset(one.row for one in chosen if one.kind == kind)
        for kind in ("date", "quantity", "added", "dropped")
    }
    back = Back(rows["date"], rows["quantity"], rows["added"], rows["dropped"])
    return grounds, script_with(pair, back)


def _given_before(pair: Pair, chosen: tuple[Difference, ...]) -> Grounds:
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
    offset = max(-pair.offset, 0)
    means = demand.means.copy()
    for one in chosen:
        customer, item, site = (str(part) for part in one.key)
        means[one.row] = _common(old[customer, item, site], means[one.row], offset)
    return ExpectedDemand(means, demand.margins)
