"""Columns of layouts: rows of a type, prepared laws, stock points by pair."""

from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from twin.errors import OptionError
from twin.model.network import Network
from twin.simulate._kernels.random import law_parameters
from twin.simulate.layout import Layout
from twin.simulate.reference.shifts import open_spans
from twin.simulate.tables import F8, I8, NumPyArray, Records

Index = NDArray[np.int32]


def rows_of(dtype: np.dtype[np.void], n: int, **columns: object) -> Records:
    """Return rows of a type whose columns are given.

    Parameters
    ----------
    dtype : numpy.dtype
        One of `twin.simulate.layout`.
    n : int
        How many rows.
    **columns : array_like of shape (n,) or scalar
        By name; what is not given is 0.

    Returns
    -------
    ndarray of shape (n,), dtype
    """
    rows = np.zeros(n, dtype)
    for name, values in columns.items():
        rows[name] = values
    return rows


def law_columns(
    law: NDArray[np.int32], mean: F8, cv: F8, rows: NumPyArray | None = None
) -> dict[str, NumPyArray]:
    """Return columns of prepared laws, each pair of law and cv prepared once.

    Parameters
    ----------
    law : ndarray of shape (n_laws,), int32
        Number of the law, see `twin.model.laws`.
    mean, cv : ndarray of shape (n_laws,), float64
        Mean in seconds, and coefficient of variation.
    rows : ndarray of shape (n,), int, or None
        Rows that are wanted, None for all.

    Returns
    -------
    dict of str to ndarray of shape (n,)
        Columns `law`, `mean_s`, `p0` and `p1`.
    """
    if rows is None:
        rows = np.arange(len(law))
    pairs, inverse = np.unique(
        np.column_stack([law[rows], cv[rows]]), axis=0, return_inverse=True
    )
    prepared = np.array([law_parameters(int(one), float(c)) for one, c in pairs])
    prepared = prepared.reshape(-1, 2)[inverse.reshape(-1)]
    return {"law": law[rows], "mean_s": mean[rows], "p0": prepared[:, 0],
            "p1": prepared[:, 1]}  # fmt: skip


def stock_points(network: Network) -> NDArray[np.int32]:
    """Return where each item is kept.

    Parameters
    ----------
    network : Network
        Its stock.

    Returns
    -------
    ndarray of shape (n_items, n_places), int32
        Row of the stock table, -1 where an item is not kept.
    """
    found = np.full((len(network.items.ids), len(network.places.ids)), -1, np.int32)
    stock = network.stock
    found[stock.item_index, stock.site_index] = np.arange(len(stock.item_index))
    return found


def laid_spans(
    network: Network, calendars: Index, sites: Index, until_us: int
) -> tuple[Index, Index, I8]:
    """Lay out when calendars are open: first and last span of each, and all spans.

    Parameters
    ----------
    network : Network
        Its calendars, from its `as_of` on.
    calendars, sites : ndarray of shape (n,), int32
        Calendar of each, -1 if it is always open, and where it is, for local time.
    until_us : int
        Up to the first span that begins later, microseconds UTC.

    Returns
    -------
    tuple of ndarray
        First and one past the last row of each, of shape (n,), and spans of shape
        (n_spans, 2); equal calendars share theirs, and what is always open has none.
    """
    start_us = network.settings.as_of_us
    places: dict[tuple[int, str], tuple[int, int]] = {}
    spans: list[tuple[int, int]] = []
    ends = np.zeros((len(calendars), 2), np.int32)
    for k, (used, site) in enumerate(
        zip(calendars.tolist(), sites.tolist(), strict=True)
    ):
        if used < 0:
            continue
        zone = network.places.time_zone[site]
        if (used, zone) not in places:
            first = len(spans)
            every = open_spans(
                network.calendars, used, ZoneInfo(zone), start_us=start_us
            )
            for span in every:
                spans.append(span)
                # One more than needed: what comes after `until_us` is known, too.
                if span[0] > until_us:
                    break
            places[used, zone] = first, len(spans)
        ends[k] = places[used, zone]
    return ends[:, 0], ends[:, 1], np.array(spans, np.int64).reshape(-1, 2)


def check_point(network: Network, layout: Layout, item: int, place: int) -> int:
    """Return the stock point of an item at a place.

    Parameters
    ----------
    network : Network
        Of which the layout is.
    layout : Layout
        Says where items are kept.
    item, place : int
        Numbers in the network; others are refused, too.

    Returns
    -------
    int
        Row of the stock table.

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
