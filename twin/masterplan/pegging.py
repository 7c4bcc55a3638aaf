"""Pegging: which purchase, production or transport order serves which need.

Goods leave a stock point in the order in which they came to it. Followed from place to
place and through bills of materials, every delivery leads back to purchase orders and
to stock there was at the beginning.
"""

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any

import polars as pl

PEGS = {
    "from_kind": pl.String,
    "from_order": pl.String,
    "to_kind": pl.String,
    "to_order": pl.String,
    "item": pl.String,
    "place": pl.String,
    "quantity": pl.Float64,
    "since_us": pl.Int64,
    "until_us": pl.Int64,
}
"""Columns of pegs: `quantity` of an item came to a place with one order (``opening``,
``purchase``, ``transfer_in``, ``made``) at `since_us`, and left it for another
(``used``, ``transfer_out``, ``delivered``, ``scrapped``) at `until_us`; what is still
there at the end went to ``stock``, and `until_us` is null. What left before it came has
`since_us` after `until_us`; if it never came, `from_kind` is ``missing`` and `since_us`
null. A plan that passes its check has neither."""

TINY = 1e-9
"""Units below this are rounding, not goods."""

JOINED = ("made", "transfer_in")
"""What is brought by an order that takes goods elsewhere."""

MISSING = "missing"


@dataclass(slots=True)
class _Part:
    """Goods at a place, or goods owed there: of which order, how many, since when."""

    kind: str
    order: str
    quantity: float
    time_us: int


def pegs_of(moves: pl.DataFrame) -> pl.DataFrame:
    """Peg every move that takes stock to moves that brought it, first in, first out.

    Parameters
    ----------
    moves : polars.DataFrame
        See `twin.masterplan.moves`, in the order in which they happened.

    Returns
    -------
    polars.DataFrame
        Columns of `PEGS`, by the order of use; what nobody took, and then what never
        came, comes last.
    """
    stock: dict[tuple[str, str], deque[_Part]] = defaultdict(deque)
    owed: dict[tuple[str, str], deque[_Part]] = defaultdict(deque)
    rows: list[tuple[object, ...]] = []
    for _, time_us, item, place, quantity, kind, order in moves.iter_rows():
        point, part = (item, place), _Part(kind, order, abs(quantity), time_us)
        if quantity >= 0.0:
            rows += [_peg(part, *one, point) for one in _taken(owed[point], part)]
            _keep(part, stock[point], 0.0)
        else:
            whole = max(part.quantity, 1.0)
            rows += [
                _peg(source, part, taken, point)
                for source, taken in _taken(stock[point], part)
            ]
            # What is left of a need through rounding is owed by nobody.
            _keep(part, owed[point], TINY * whole * 1e3)
    for point, parts in stock.items():
        rows += [_peg(one, _STOCK, one.quantity, point) for one in parts]
    for point, parts in owed.items():
        rows += [_peg(_NOTHING, one, one.quantity, point) for one in parts]
    return pl.DataFrame(rows, schema=PEGS, orient="row")


_STOCK, _NOTHING = _Part("stock", "", 0.0, -1), _Part(MISSING, "", 0.0, -1)


def _peg(
    source: _Part, need: _Part, quantity: float, point: tuple[str, str]
) -> tuple[object, ...]:
    since_us = None if source is _NOTHING else source.time_us
    until_us = None if need is _STOCK else need.time_us
    ends = (source.kind, source.order, need.kind, need.order)
    return (*ends, *point, quantity, since_us, until_us)


def _keep(part: _Part, parts: deque[_Part], least: float) -> None:
    if part.quantity > least:
        parts.append(part)


def _taken(parts: deque[_Part], whole: _Part) -> list[tuple[_Part, float]]:
    """Take what there is, first in, first out; what is left stays in `whole`."""
    found: list[tuple[_Part, float]] = []
    while whole.quantity > TINY and parts:
        part = parts[0]
        taken = min(part.quantity, whole.quantity)
        found.append((part, taken))
        whole.quantity -= taken
        part.quantity -= taken
        if part.quantity <= TINY:
            parts.popleft()
    return found


@dataclass(frozen=True, slots=True)
class Source:
    """Where a part of a need comes from.

    Attributes
    ----------
    depth : int
        Steps back from the need, from 0.
    kind, order : str
        What brought it, see `PEGS`.
    item, place : str
        What came where.
    quantity : float
        Units of that item for the need.
    since_us : int or None
        When it came, microseconds UTC; None if it never did.
    """

    depth: int
    kind: str
    order: str
    item: str
    place: str
    quantity: float
    since_us: int | None


def sources(pegs: pl.DataFrame, order: str) -> list[Source]:
    """Follow an order back to purchases and to the stock of the beginning.

    Parameters
    ----------
    pegs : polars.DataFrame
        As of `pegs_of`.
    order : str
        A customer's, transport or production order.

    Returns
    -------
    list of Source
        Depth first, the goods of each step in the order in which they were taken; of an
        order that serves many, the share of this need.

    Notes
    -----
    The share of a production order is that of the item needed, of what it brings in of
    that item: half of a by-product needs half of the components, as half of the main
    product does. Shares of different products of one order so do not add up. A plan's
    production orders bring in all that they make at once; of a transport order it is
    the share of what was sent, even if it did not all arrive within the plan.
    """
    takes: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in pegs.filter(pl.col("to_kind") != _STOCK.kind).iter_rows():
        takes[row[3]].append(row)
    whole = _wholes(pegs)
    found: list[Source] = []

    def follow(name: str, item: str | None, share: float, depth: int) -> None:
        for row in takes.get(name, ()):
            kind, source, _, _, what, place, quantity, since_us, _ = row
            if item is not None and what != item:
                continue
            part = share * quantity
            found.append(Source(depth, kind, source, what, place, part, since_us))
            of = whole.get((kind, source, what), 0.0)
            if of > 0.0:
                carried = what if kind == "transfer_in" else None
                follow(source, carried, part / of, depth + 1)

    follow(order, None, 1.0, 0)
    return found


def _wholes(pegs: pl.DataFrame) -> dict[tuple[str, str, str], float]:
    """Return what orders bring of an item, by kind, order and item.

    Of a transport that is what was sent, if that is more than what has arrived.
    """
    brought = pegs.filter(pl.col("from_kind").is_in(JOINED)).select(
        "item", "quantity", kind="from_kind", order="from_order"
    )
    sent = pegs.filter(pl.col("to_kind") == "transfer_out").select(
        "item", "quantity", kind=pl.lit("transfer_in"), order="to_order"
    )
    key = ("kind", "order", "item")
    sums = pl.concat(
        frame.group_by(key).agg(pl.col("quantity").sum()) for frame in (brought, sent)
    )
    most = sums.filter(pl.col("order") != "").group_by(key)
    rows = most.agg(pl.col("quantity").max()).iter_rows()
    return {(kind, order, item): quantity for kind, order, item, quantity in rows}
