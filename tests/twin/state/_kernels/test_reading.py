"""Kernels that read state, against plain NumPy."""

import numpy as np
import pytest

from twin.state import tables as t
from twin.state._kernels.reading import QUANTITIES, read_backlog, read_stock
from twin.state.points import KeyIndex

SHAPE = (4, 3)
"""Items and places of the network; state knows one more of each."""


@pytest.fixture
def drawn():
    rng = np.random.default_rng(5)
    tables = t.empty_tables(64)
    for name in ("item", "place"):
        tables.stock[name] = rng.permutation(np.arange(64))
    pairs = rng.permutation([(i, p) for i in range(-1, 5) for p in range(-1, 4)])
    tables.stock["item"][: len(pairs)] = pairs[:, 0]
    tables.stock["place"][: len(pairs)] = pairs[:, 1]
    for name in QUANTITIES:
        tables.stock[name] = rng.normal(size=64)
    for name, high in (("item", 4), ("place", 3), ("party", 3), ("status", 4)):
        tables.orders[name] = rng.integers(-1, high, 64)
    tables.orders["kind"] = rng.integers(1, 3, 64)
    tables.orders["quantity"] = rng.integers(0, 9, 64) / 7
    tables.orders["shipped"] = rng.integers(0, 5, 64) / 7
    return tables


def test_stock_is_read_by_point(drawn):
    point_of = np.full(SHAPE, -1, np.int32)
    point_of[1, 2], point_of[3, 0], point_of[0, 1] = 0, 1, 2
    found = np.zeros((len(QUANTITIES), 3))
    read_stock(drawn.stock, 30, point_of, found)
    used = drawn.stock[:30]
    for k, name in enumerate(QUANTITIES):
        for item, place in ((1, 2), (3, 0), (0, 1)):
            here = (used["item"] == item) & (used["place"] == place)
            assert found[k, point_of[item, place]] == used[name][here].sum()
    assert np.count_nonzero(found) == found.size


def test_backlog_is_what_open_orders_of_customers_lack(drawn):
    keys = [(c, i, s) for c in range(3) for i in range(4) for s in range(2)]
    columns = np.array(keys, np.int32).T
    found = np.zeros(len(keys))
    read_backlog(drawn.orders, 50, KeyIndex(*columns).sorted, found)
    used = drawn.orders[:50]
    waits = (used["status"] == t.OPEN) & (used["kind"] == t.ORDER_CUSTOMER)
    expected = np.zeros(len(keys))
    for order in used[waits & (used["quantity"] > used["shipped"])]:
        key = (order["party"], order["item"], order["place"])
        if key in keys:
            expected[keys.index(key)] += order["quantity"] - order["shipped"]
    assert found.tolist() == expected.tolist()
    assert np.count_nonzero(found) > 0
