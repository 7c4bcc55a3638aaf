"""What came to stock and left it, in the order of events: the books of a plan."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from streams.batch import EventBatch
from streams.events import TYPE_CODES
from streams.layout import LAYOUTS
from streams.names import Names
from twin.model.network import Network
from twin.model.records import CUSTOMER, SUPPLIER

_SENT = TYPE_CODES["ShipmentDispatched"]
_RECEIVED = TYPE_CODES["ShipmentReceived"]
_MOVED = TYPE_CODES["StockMoved"]
_REASONS = next(f.choices for f in LAYOUTS[_MOVED] if f.name == "reason")

MOVES = {
    "review": pl.Int64,
    "time_us": pl.Int64,
    "item": pl.String,
    "place": pl.String,
    "quantity": pl.Float64,
    "kind": pl.String,
    "order": pl.String,
}
"""Columns of `stock_moves`; a quantity below 0 leaves. Reviews count from 0, stock of
the beginning is of review -1: what a review releases happens at the instant at which
the one before it ends, so times alone do not tell them apart."""

KINDS = (
    "opening", "purchase", "transfer_in", "made", "used", "transfer_out", "delivered",
    "scrapped", "other",
)  # fmt: skip
"""What a move can be; `order` names the purchase, transfer, production or customer's
order, and is empty for stock there was at the beginning."""


def stock_moves(network: Network, batches: Sequence[EventBatch]) -> pl.DataFrame:
    """List every move of stock at the sites of a network.

    Parameters
    ----------
    network : Network
        Its stock at `as_of` comes first, as moves of kind ``opening``.
    batches : sequence of EventBatch
        What happened since then, one batch a review, each in canonical order; one table
        of names.

    Returns
    -------
    polars.DataFrame
        Columns of `MOVES`, in the order in which they happened. A receipt that names no
        order is of that of its shipment, which may have left reviews before.
    """
    sent: dict[tuple[str, str], str] = {}
    found = [review_moves(network, k, batch, sent) for k, batch in enumerate(batches)]
    return pl.concat([opening_moves(network), *found])


def opening_moves(network: Network) -> pl.DataFrame:
    """Return the stock of the beginning as moves.

    Parameters
    ----------
    network : Network
        With its stock at `as_of`.
    """
    stock, ids = network.stock, network.places.ids
    return pl.DataFrame(
        {
            "review": [-1] * len(stock.on_hand),
            "time_us": [network.settings.as_of_us] * len(stock.on_hand),
            "item": [network.items.ids[k] for k in stock.item_index.tolist()],
            "place": [ids[k] for k in stock.site_index.tolist()],
            "quantity": stock.on_hand.tolist(),
            "kind": ["opening"] * len(stock.on_hand),
            "order": [""] * len(stock.on_hand),
        },
        schema=MOVES,
    ).filter(pl.col("quantity") != 0.0)


def review_moves(
    network: Network, review: int, batch: EventBatch, sent: dict[tuple[str, str], str]
) -> pl.DataFrame:
    """Return the moves of one review.

    Parameters
    ----------
    network : Network
        Says what its places are.
    review : int
        Its number, from 0.
    batch : EventBatch
        What happened, in canonical order.
    sent : dict
        Orders by shipment and item, of the reviews before; those of this one are added.
    """
    kinds = {place: int(kind) for place, kind in _place_kinds(network)}
    rows = np.flatnonzero(np.isin(batch.type_code, (_SENT, _RECEIVED, _MOVED)))
    columns = {
        name: _texts(batch.names, getattr(batch, name)[rows])
        for name in ("item", "place", "party", "parent", "subject")
    }
    found: list[tuple[int, int, str, str, float, str, str]] = []
    for k, row in enumerate(rows.tolist()):
        item, place, party, parent, subject = (columns[name][k] for name in columns)
        time_us, quantity = int(batch.time_us[row]), float(batch.value0[row])
        code = int(batch.type_code[row])
        if code == _SENT:
            sent.setdefault((subject, item), parent)
        elif code == _RECEIVED:
            parent = parent or sent.get((subject, item), "")
        # Goods of orders that were forgotten are known by their shipment alone.
        order = parent or subject
        if code == _MOVED:
            where, signed, kind = _moved(int(batch.code[row]), place, party, quantity)
            found.append((review, time_us, item, where, signed, kind, order))
        elif code == _SENT and kinds.get(place, SUPPLIER) != SUPPLIER:
            leaves = "delivered" if kinds.get(party) == CUSTOMER else "transfer_out"
            found.append((review, time_us, item, place, -quantity, leaves, order))
        elif code == _RECEIVED and kinds.get(place, CUSTOMER) != CUSTOMER:
            comes = "purchase" if kinds.get(party) == SUPPLIER else "transfer_in"
            found.append((review, time_us, item, place, quantity, comes, order))
    return pl.DataFrame(found, schema=MOVES, orient="row")


def _moved(
    code: int, place: str, party: str, quantity: float
) -> tuple[str, float, str]:
    reason = _REASONS[code] if 0 <= code < len(_REASONS) else "other"
    if reason == "receipt":
        return party, quantity, "made"
    kind = {"issue": "used", "scrap": "scrapped"}.get(reason, "other")
    return place, -quantity, kind


def _place_kinds(network: Network) -> list[tuple[str, int]]:
    places = network.places
    return list(zip(places.ids, places.kind.tolist(), strict=True))


def _texts(names: Names, column: NDArray[np.int32]) -> list[str]:
    # Few names, many rows: each is looked up once.
    numbers, at = np.unique(column, return_inverse=True)
    texts = ["" if k < 0 else names[k] for k in numbers.tolist()]
    return [texts[k] for k in at.ravel().tolist()]


def levels(moves: pl.DataFrame) -> pl.DataFrame:
    """Return stock after each move.

    Parameters
    ----------
    moves : polars.DataFrame
        As of `stock_moves`.

    Returns
    -------
    polars.DataFrame
        `moves` with a column ``on_hand``: units of the item at the place afterwards.
    """
    running = pl.col("quantity").cum_sum().over("item", "place")
    return moves.with_columns(on_hand=running)
