"""Open orders of all kinds, taken over by a simulation that begins."""

import numpy as np
import pytest

from streams.names import Names
from twin.model import build
from twin.simulate.compiled.layouts import Layouts
from twin.simulate.compiled.plant import CompiledPlant
from twin.simulate.reference.plant import Plant

COLUMNS = ("time_us", "type_code", "value0", "value1", "value2", "time0", "id_hash")
DAY_US = 86_400_000_000


@pytest.fixture
def owing():
    """A shop that owes tea to a customer, and waits for some."""
    order = {"item": "tea", "quantity": 3.0, "due": "2024-01-04T00:00:00Z"}
    return build(
        {
            "sites": [{"site": "shop", "kind": "warehouse"}],
            "suppliers": [{"supplier": "V"}],
            "customers": [{"customer": "M"}],
            "items": [{"item": "tea", "price": 5.0}],
            "stock": [{"item": "tea", "site": "shop", "on_hand": 2.0}],
            "lanes": [
                {"lane": "buy", "from_place": "V", "to_place": "shop", "item": "tea",
                 "lead_time_s": 3600}
            ],
            "demands": [
                {"customer": "M", "item": "tea", "site": "shop", "mean_per_day": 1.0}
            ],
            "open_orders": [
                order | {"order": "p", "kind": "purchase", "from_place": "V",
                         "to_place": "shop"},
                order | {"order": "c", "kind": "customer", "from_place": "shop",
                         "to_place": "M"},
                order | {"order": "m", "kind": "production", "to_place": "shop"},
            ],
        },
        {"name": "shop", "as_of": "2024-01-02T00:00:00Z"},
    )  # fmt: skip


def test_what_is_open_is_known_at_the_start(owing):
    plant = CompiledPlant(owing, Names(), seed=1)
    # Two of the three that are owed were there.
    assert plant.stock.on_hand.tolist() == [0.0]
    assert plant.stock.on_order.tolist() == [3.0]
    assert plant.stock.backorder.tolist() == [1.0]


def test_open_orders_are_laid_out_once_and_shared(owing):
    layouts = Layouts(owing)
    one, other = (
        CompiledPlant(owing, Names(), seed=seed, layouts=layouts) for seed in (1, 2)
    )
    assert layouts.orders is layouts.orders
    assert layouts.orders.quantity.tolist() == [3.0] * 3
    assert one.stock.on_order.tolist() == other.stock.on_order.tolist() == [3.0]


def test_open_orders_of_all_kinds_end_as_in_the_reference(owing):
    until_us = owing.settings.as_of_us + 4 * DAY_US
    ours = CompiledPlant(owing, Names(), seed=3).advance(until_us)
    theirs = Plant(owing, Names(), seed=3).advance(until_us)
    assert len(ours) > 6
    for column in COLUMNS:
        mine, other = getattr(ours, column), getattr(theirs, column)
        assert np.array_equal(mine, other, equal_nan=True), column
