"""Columns of layouts: rows of a type, prepared laws, stock points by pair."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.errors import OptionError
from twin.model.network import Network
from twin.simulate._kernels.random import law_parameters
from twin.simulate.layout import Layout
from twin.simulate.tables import F8, Records


def rows_of(dtype: np.dtype[np.void], n: int, **columns: Any) -> Records:
    rows = np.zeros(n, dtype)
    for name, values in columns.items():
        rows[name] = values
    return rows


def law_columns(
    law: NDArray[np.int32], mean: F8, cv: F8, rows: Any = slice(None)
) -> dict[str, NDArray[Any]]:
    """Columns of prepared laws, each pair of law and cv prepared once."""
    pairs, inverse = np.unique(
        np.column_stack([law[rows], cv[rows]]), axis=0, return_inverse=True
    )
    prepared = np.array([law_parameters(int(one), float(c)) for one, c in pairs])
    prepared = prepared.reshape(-1, 2)[inverse.reshape(-1)]
    return {"law": law[rows], "mean_s": mean[rows], "p0": prepared[:, 0],
            "p1": prepared[:, 1]}  # fmt: skip


def stock_points(network: Network) -> NDArray[np.int32]:
    found = np.full((len(network.items.ids), len(network.places.ids)), -1, np.int32)
    stock = network.stock
    found[stock.item_index, stock.site_index] = np.arange(len(stock.item_index))
    return found


def check_point(network: Network, layout: Layout, item: int, place: int) -> int:
    """Return the stock point of an item at a place.

    Raises
    ------
    OptionError
        If the item is not kept there.
    """
    if 0 <= item < len(network.items.ids) and 0 <= place < len(network.places.ids):
        found = int(layout.point_of[item, place])
        if found >= 0:
            return found
    items, places = network.items.ids, network.places.ids
    where = places[place] if 0 <= place < len(places) else place
    what = items[item] if 0 <= item < len(items) else item
    msg = f"item {what!r} is not kept at {where!r}: add it to the stock table"
    raise OptionError(msg)
