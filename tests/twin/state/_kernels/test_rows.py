import numpy as np
import pytest

from streams.events import (
    OrderCancelled,
    OrderReceived,
    ProductionOrderClosed,
    ProductionOrderReleased,
    ShipmentDispatched,
    ShipmentReceived,
    StockCounted,
)
from twin.state import tables as t
from twin.state import views
from twin.state._kernels.rows import Rows, stock_home


def received(name, quantity=1.0, item="pump"):
    return OrderReceived(
        order=name, customer="shop", item=item, site="dc", quantity=quantity
    )


def opened_and_cancelled(n_orders, first=0):
    """Each order opened and cancelled in an instant of its own."""
    return [
        pair
        for n in range(first, first + n_orders)
        for pair in (
            (2 * n + 1, received(f"O{n}")),
            (2 * n + 2, OrderCancelled(order=f"O{n}")),
        )
    ]


def test_slot_is_used_again_after_the_retained_closures(world):
    state = world.fold(*opened_and_cancelled(t.RETAINED + 40))
    counts = state.tables.counts[t.ORDER]
    # The order that makes the queue overflow is open while the slot is set free.
    assert counts[t.N_USED] == t.RETAINED + 1
    assert counts[t.N_CANCELLED] == t.RETAINED + 40
    assert counts[t.N_OPEN] == 0


@pytest.mark.parametrize(
    ("back", "kind"),
    [(5, "fact_about_closed_order"), (t.RETAINED + 5, "unknown_order")],
)
def test_late_word_of_a_closed_order_is_a_contradiction(world, back, kind):
    n_orders = t.RETAINED + 10
    world.fold(*opened_and_cancelled(n_orders))
    again = OrderCancelled(order=f"O{n_orders - back}")
    state = world.fold((10**6, again))
    assert views.contradictions(state)["contradiction"].to_list() == [kind]


def line_sent(item, name="S"):
    sent = {"shipment": name, "item": item, "quantity": 1.0}
    return [
        ShipmentDispatched(**sent, from_site="plant", to_site="dc"),
        ShipmentReceived(**sent, site="dc"),
    ]


@pytest.mark.parametrize("closed", ["first", "second", "third"])
def test_line_is_forgotten_without_the_others_of_its_name(world, new_world, closed):
    """The first, one between and the last line of a shipment give up their slot."""
    items = ("first", "second", "third")
    world.fold(*((1, line_sent(item)[0]) for item in items), (2, line_sent(closed)[1]))
    others = [
        (3 + time, event)
        for n in range(t.RETAINED)
        for time, event in enumerate(line_sent("pump", f"H{n}"))
    ]
    world.fold(*others)
    assert (world.state.tables.shipments["status"] == t.FREE).sum() >= 1
    twin = new_world()
    twin.state.restore(world.state.snapshot())
    rest = [(9, line_sent(item)[1]) for item in items if item != closed]
    again = (10, line_sent(closed)[0])
    for one in (world, twin):
        state = one.fold(*rest, again)
        told = views.in_transit(state).select("shipment", "item", "quantity").rows()
        assert told == [("S", closed, 1.0)]
        assert (
            "fact_about_closed_order"
            not in views.contradictions(state)["contradiction"]
        )
    assert twin.state.digest() == world.state.digest()


def test_freed_slots_survive_a_snapshot(world, new_world):
    """Stacks that were higher before: what lies above them must not be hashed."""
    world.fold(*opened_and_cancelled(t.RETAINED + 30))
    world.fold(*((10**6, received(f"P{n}")) for n in range(20)))
    twin = new_world()
    twin.state.restore(world.state.snapshot())
    assert twin.state.digest() == world.state.digest()
    jobs = [
        pair
        for n in range(t.RETAINED + 60)
        for pair in (
            (10**7 + 2 * n, ProductionOrderReleased(production_order=f"J{n}")),
            (10**7 + 2 * n + 1, ProductionOrderClosed(production_order=f"J{n}")),
        )
    ]
    assert twin.fold(*jobs).digest() == world.fold(*jobs).digest()


def test_every_stock_row_is_found_again_after_growth(world):
    n_items = 5000
    counted = [
        StockCounted(item=f"i{n}", site=f"s{n % 7}", quantity=n) for n in range(n_items)
    ]
    world.fold(*((1, event) for event in counted))
    state = world.fold(*((2, event) for event in counted))
    stock = state.used()["stock"]
    assert len(stock) == n_items + 1  # one is in the model
    assert sorted(stock["on_hand"][1:].tolist()) == list(range(n_items))


def test_home_of_a_key_is_its_own_or_a_hole():
    index = np.zeros(8, t.INDEX)
    index["key"] = -1
    for key in range(6):
        home = stock_home(index, np.int64(key))
        assert index[home]["key"] == -1
        index[home]["key"] = key
        assert stock_home(index, np.int64(key)) == home


def test_rows_are_columns_of_a_batch(world):
    batch = world.batch((1, received("O1")))
    own = [name for name in Rows._fields if name not in {"name_hash", "memo"}]
    assert all(hasattr(batch, name) for name in own)


def test_unknown_ids_are_counted_with_first_and_last_time(world):
    state = world.fold(
        (3, StockCounted(item="valve", site="attic", quantity=1)),
        (9, StockCounted(item="valve", site="dc", quantity=1)),
    )
    rows = {row["kind"]: row for row in views.coverage(state).to_dicts()}
    assert rows["item"] == {
        "kind": "item",
        "ids": 1,
        "events": 2,
        "first_us": 3,
        "last_us": 9,
        "examples": "valve",
    }
    assert (rows["place"]["ids"], rows["place"]["events"]) == (1, 1)


def test_history_is_a_ring(world):
    state = world.fold((1, received("O1")))
    full = np.zeros(t.HISTORY, t.CLOSURE)
    full["closed_us"] = np.arange(t.HISTORY)
    state.tables = state.tables._replace(history=full)
    state.tables.counts[t.HISTORY_ROWS, t.N_USED] = t.HISTORY + 5
    closed = views.history(state)["closed_us"]
    assert (len(closed), closed[0], closed[-1]) == (t.HISTORY, 5, 4)
