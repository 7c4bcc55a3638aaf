"""State read by a network's tables: one pass over rows instead of a dozen arrays."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams._kernels.compiling import entry, inlined
from twin.state import tables as t
from twin.state.tables import F8, I4, I8, Records

QUANTITIES = ("on_hand", "on_order", "in_transit", "backorder", "shipped", "received")
"""Quantities of a row of stock, in the order of `read_stock`."""


class SortedKeys(NamedTuple):
    """Rows of a table by their keys, which are three indices each.

    Attributes
    ----------
    keys : ndarray of shape (n,), int64
        Ascending; see `join`.
    rows : ndarray of shape (n,), intp
        Row of each key; of equal ones the first stands first.
    """

    keys: I8
    rows: NDArray[np.intp]


@inlined
def point_at(point_of: I4, item: int, place: int) -> int:
    """Stock point of an item at a place, -1 where the network has none."""
    n_items, n_places = point_of.shape
    if item < 0 or item >= n_items or place < 0 or place >= n_places:
        return -1
    return point_of[item, place]


@inlined
def join(first: int, second: int, third: int) -> int:
    """Key of three indices below two million; -1 matches nothing."""
    return (
        (np.int64(first) << np.int64(42))
        + (np.int64(second) << np.int64(21))
        + np.int64(third)
    )


@inlined
def row_of(sorted_keys: SortedKeys, key: int) -> int:
    """First row with a key, -1 without one."""
    keys = sorted_keys.keys
    low, high = 0, len(keys)
    while low < high:
        middle = (low + high) >> 1
        if keys[middle] < key:
            low = middle + 1
        else:
            high = middle
    if low < len(keys) and keys[low] == key:
        return sorted_keys.rows[low]
    return -1


@entry
def read_stock(stock: Records, n_used: int, point_of: I4, found: F8) -> None:
    """Put all `QUANTITIES` of the stock of each point into rows of `found`."""
    for row in range(n_used):
        point = point_at(point_of, stock[row].item, stock[row].place)
        if point >= 0:
            found[0, point] = stock[row].on_hand
            found[1, point] = stock[row].on_order
            found[2, point] = stock[row].in_transit
            found[3, point] = stock[row].backorder
            found[4, point] = stock[row].shipped
            found[5, point] = stock[row].received


@entry
def read_backlog(
    orders: Records, n_used: int, demand_rows: SortedKeys, found: F8
) -> None:
    """Add what customers wait for to the demand of each of their orders."""
    for row in range(n_used):
        order = orders[row]
        if order.status != t.OPEN or order.kind != t.ORDER_CUSTOMER:
            continue
        left = order.quantity - order.shipped
        if left > 0.0:
            demand = row_of(demand_rows, join(order.party, order.item, order.place))
            if demand >= 0:
                found[demand] += left


@entry
def read_rows(
    entities: tuple[I4, I4, I4], demand_rows: SortedKeys, lane_rows: SortedKeys,
    demand: I4, lane: I4,
) -> None:  # fmt: skip
    """Put the demand and the lane of each row of a batch into `demand` and `lane`.

    `entities` are its items, places and parties; a lane goes from place to party. The
    rows of `lane_rows` are put as they are.
    """
    items, places, parties = entities
    for row in range(len(items)):
        item, place, party = items[row], places[row], parties[row]
        demand[row] = row_of(demand_rows, join(party, item, place))
        lane[row] = row_of(lane_rows, join(place, party, item))
