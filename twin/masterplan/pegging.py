"""Pegging: which purchase, production or transport order serves which need.

Goods leave a stock point in the order in which they came to it. Followed from place to
place and through bills of materials, every delivery leads back to purchase orders and
to stock there was at the beginning.
"""

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass

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
there at the end went to ``stock``, and `until_us` is null."""

TINY = 1e-9
"""Units below this are rounding, not goods."""

_JOINED = {"used": "made", "transfer_out": "transfer_in"}
"""An order that takes goods somewhere is the order that brings goods elsewhere."""


def pegs_of(moves: pl.DataFrame) -> pl.DataFrame:
    """Peg every move that takes stock to moves that brought it, first in, first out.

    Parameters
    ----------
    moves : polars.DataFrame
        See `twin.masterplan.moves`, in the order in which they happened.

    Returns
    -------
    polars.DataFrame
        Columns of `PEGS`, by the order of use; what nobody took comes last.

    Raises
    ------
    ValueError
        If more is taken from a point than came to it.
    """
    lots: dict[tuple[str, str], deque[list[object]]] = defaultdict(deque)
    rows: list[tuple[object, ...]] = []
    for _, time_us, item, place, quantity, kind, order in moves.iter_rows():
        point = (item, place)
        if quantity >= 0.0:
            lots[point].append([kind, order, quantity, time_us])
            continue
        for source, taken in _taken(lots[point], -quantity, point):
            since = source[3]
            rows.append((*source[:2], kind, order, *point, taken, since, time_us))
    for point, left in lots.items():
        for kind, order, quantity, since in left:
            rows.append((kind, order, "stock", "", *point, quantity, since, None))
    return pl.DataFrame(rows, schema=PEGS, orient="row")


def _taken(
    lots: deque[list[object]], quantity: float, point: tuple[str, str]
) -> Iterator[tuple[list[object], float]]:
    left = quantity
    while left > TINY:
        if not lots:
            if left <= TINY * max(quantity, 1.0) * 1e3:
                return
            item, place = point
            msg = f"{left:g} of {quantity:g} {item} leave {place} and never came to it"
            raise ValueError(msg)
        lot = lots[0]
        there = float(lot[2])  # type: ignore[arg-type]
        taken = min(there, left)
        yield lot, taken
        left -= taken
        lot[2] = there - taken
        if there - taken <= TINY:
            lots.popleft()


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
    since_us : int
        When it came, microseconds UTC.
    """

    depth: int
    kind: str
    order: str
    item: str
    place: str
    quantity: float
    since_us: int


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
    """
    takes: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    brought: dict[str, float] = defaultdict(float)
    for row in pegs.iter_rows():
        takes[row[3]].append(row)
    for kind, name, quantity in (
        pegs.group_by("from_kind", "from_order")
        .agg(pl.col("quantity").sum())
        .iter_rows()
    ):
        if kind in _JOINED.values():
            brought[name] += quantity
    found: list[Source] = []

    def follow(name: str, share: float, depth: int) -> None:
        for kind, source, _, _, item, place, quantity, since, _ in takes.get(name, ()):
            part = share * float(quantity)  # type: ignore[arg-type]
            found.append(
                Source(depth, kind, source, item, place, part, since)  # type: ignore[arg-type]
            )
            if kind in _JOINED.values() and brought[str(source)] > 0.0:
                follow(str(source), part / brought[str(source)], depth + 1)

    follow(order, 1.0, 0)
    return found
