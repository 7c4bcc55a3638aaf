"""State as a whole: forks, snapshots, and a hash that depends on events alone."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.recfunctions import repack_fields

from streams.batch import concatenate
from streams.events import (
    OrderChanged,
    OrderReceived,
    ShipmentReceived,
    StockCounted,
    StockMoved,
)
from streams.names import Names
from streams.picked import Picked
from twin.errors import SnapshotCorruptError, SnapshotMismatchError
from twin.state import tables as t
from twin.state import views
from twin.state.state import CHUNK, KnownEntities, State

items = st.sampled_from(["pump", "seal", "valve"])
places = st.sampled_from(["plant", "dc", "shop", "attic"])
amounts = st.integers(0, 9).map(float)
EVENTS = st.one_of(
    st.builds(
        OrderReceived,
        order=st.sampled_from(["O1", "O2"]),
        customer=places,
        item=items,
        site=places,
        quantity=amounts,
    ),
    st.builds(
        ShipmentReceived,
        shipment=st.sampled_from(["H1", "H2"]),
        item=items,
        site=places,
        quantity=amounts,
        order=st.sampled_from(["O1", "O2"]),
    ),
    st.builds(StockMoved, item=items, quantity=amounts, from_site=places),
)
TIMED = st.lists(st.tuples(st.integers(1, 9), EVENTS), min_size=1, max_size=30)


@settings(max_examples=40, deadline=None)
@given(timed=TIMED, edges=st.sets(st.integers(1, 29)))
def test_hash_does_not_depend_on_batches(new_world, timed, edges):
    one, other = new_world(), new_world()
    batch = one.batch(*timed)
    one.state.apply(batch)
    whole = other.batch(*timed)
    bounds = [0, *sorted(edge for edge in edges if edge < len(whole)), len(whole)]
    for first, last in itertools.pairwise(bounds):
        other.state.apply(whole.take(slice(first, last)))
    assert other.state.digest() == one.state.digest()
    assert other.state.settled().digest() == one.state.settled().digest()


@settings(max_examples=40, deadline=None)
@given(timed=TIMED, seed=st.integers(0, 9), edge=st.integers(0, 30))
def test_picked_rows_are_folded_as_if_they_stood_so(new_world, timed, seed, edge):
    one, other = new_world(), new_world()
    one.state.apply(one.batch(*timed))
    batch = other.batch(*timed)
    places = np.random.default_rng(seed).permutation(len(batch))
    picked = Picked.of(batch.take(places), np.argsort(places))
    for part in (slice(0, edge), slice(edge, None)):
        other.state.apply(picked.take(part))
    assert other.state.digest() == one.state.digest()


@settings(max_examples=40, deadline=None)
@given(timed=TIMED)
def test_hash_does_not_depend_on_numbers_of_names(new_world, timed):
    one, other = new_world(), new_world()
    for name in ("O2", "attic", "valve", "never seen"):
        other.names.index(name)  # arrived in another order, or in no event at all
    assert one.fold(*timed).digest() == other.fold(*timed).digest()


@settings(max_examples=40, deadline=None)
@given(before=TIMED, after=TIMED)
def test_snapshot_goes_on_as_the_state_would_have(new_world, before, after):
    one, other = new_world(), new_world()
    other.names.index("somebody else's name")
    one.fold(*before)
    other.state.restore(one.state.snapshot())
    assert other.state.digest() == one.state.digest()
    later = [(time_us + 9, event) for time_us, event in after]
    assert other.fold(*later).digest() == one.fold(*later).digest()


@settings(max_examples=20, deadline=None)
@given(before=TIMED, after=TIMED)
def test_fork_and_origin_do_not_touch_each_other(new_world, before, after):
    world = new_world()
    world.fold(*before)
    unmoved = world.state.digest()
    fork = world.state.fork()
    fork.apply(world.batch(*((time_us + 9, event) for time_us, event in after)))
    assert world.state.digest() == unmoved
    assert fork.digest() != unmoved


def test_events_before_as_of_are_counted_and_skipped(new_world):
    known = KnownEntities(items=["pump"], places=["plant"], as_of_us=100)
    counted = StockCounted(item="pump", site="plant", quantity=7)
    state = new_world(known).fold((99, counted), (100, counted))
    clock = state.tables.clock
    assert (clock[t.N_SKIPPED], clock[t.N_EVENTS]) == (1, 1)
    assert state.tables.type_counts.sum() == 1


def test_event_behind_the_last_is_applied_and_counted(world):
    moved = StockMoved(item="pump", quantity=1.0, from_site="plant")
    world.fold((9, moved))
    state = world.fold((5, moved))
    assert state.tables.clock[t.N_CORRECTIONS] == 1
    assert state.tables.clock[t.LAST_US] == 9
    assert views.stock(state)["on_hand"].to_list() == [8.0]


def test_reading_a_state_does_not_change_it(world):
    world.fold((1, StockMoved(item="pump", quantity=11.0, from_site="plant")))
    before = world.state.digest()
    settled = world.state.settled()
    views.stock(settled)
    assert world.state.digest() == before != settled.digest()


def test_tables_grow_without_losing_a_row(world):
    n_events = CHUNK + 10
    one = world.batch((1, StockMoved(item="pump", quantity=1.0, to_site="plant")))
    world.state.apply(concatenate([one.take(np.zeros(n_events, np.intp))], world.names))
    assert views.stock(world.state)["on_hand"].to_list() == [10.0 + n_events]
    orders = [
        OrderReceived(
            order=f"O{n}", customer=f"c{n}", item=f"i{n}", site="dc", quantity=1
        )
        for n in range(300)
    ]
    state = world.fold(*((2, order) for order in orders))
    assert views.orders(state)["order"].to_list() == sorted(o.order for o in orders)


def test_history_has_room_for_all_lines_one_event_closes(world):
    about = {"order": "O1", "site": "dc"}
    for n in range(50):
        line = OrderReceived(item=f"i{n}", customer="shop", quantity=2.0, **about)
        came = ShipmentReceived(shipment="S", item=f"i{n}", quantity=1.0, **about)
        world.state.apply(world.batch((2 * n + 1, line)))
        world.state.apply(world.batch((2 * n + 2, came)))
    state = world.fold((999, OrderChanged(order="O1", quantity=1.0)))
    assert views.orders(state).is_empty()
    kinds = views.history(state)["kind"].to_list()
    assert kinds == ["shipment"] * 50 + ["customer"] * 50


def test_empty_state_survives_a_snapshot():
    """It has no names at all, which once could not be read back."""
    state = State.of_model(KnownEntities(), Names())
    again = State.of_snapshot(state.snapshot(), Names())
    assert again.digest() == state.digest()


def test_snapshot_has_nothing_stray_between_its_columns(world):
    """What memory held before once came into checkpoints there, which never agreed."""
    used = world.state.used()["contradictions"]
    for _ in range(2):
        stray = [np.full(used.nbytes, 255, np.uint8) for _ in range(50)]
        del stray
        told = world.state.snapshot()["contradictions"]
        assert told.tobytes() == bytes(used.nbytes)


def test_snapshot_of_another_network_is_refused(world, new_world):
    other = new_world(KnownEntities(model_hash="other"))
    with pytest.raises(SnapshotMismatchError, match=r"network m: .* other"):
        other.state.restore(world.state.snapshot())


def test_snapshot_without_an_array_is_corrupt(world):
    arrays = world.state.snapshot()
    del arrays["orders"]
    with pytest.raises(SnapshotCorruptError, match="'orders'"):
        State.of_snapshot(arrays, Names())


def test_snapshot_with_other_columns_is_corrupt(world):
    arrays = world.state.snapshot()
    columns = [name for name in arrays["orders"].dtype.names if name != "next"]
    arrays["orders"] = repack_fields(arrays["orders"][columns])
    with pytest.raises(SnapshotCorruptError, match="orders has other columns"):
        State.of_snapshot(arrays, Names())


def test_snapshot_with_other_ids_is_corrupt(world):
    arrays = world.state.snapshot()
    text = np.array(arrays["names_text"])
    text[0] ^= 1
    with pytest.raises(SnapshotCorruptError, match="do not fit their hashes"):
        State.of_snapshot(arrays | {"names_text": text}, Names())


@settings(max_examples=40, deadline=None)
@given(timed=TIMED, more=TIMED, place=st.integers(0, 30))
def test_names_that_are_dropped_change_neither_state_nor_what_follows(
    new_world, timed, more, place
):
    one, other = new_world(), new_world()
    for name in ("never seen", "nor this"):
        other.names.index(name)
    other.names.index("attic")
    for world in (one, other):
        world.state.apply(world.batch(*timed[:place]))
    before = other.state.digest()
    used = other.state.used_names()
    other.state.rename(other.names.keep(used))
    assert len(other.names) == len(used)
    assert other.state.digest() == before == one.state.digest()
    restored = State.of_snapshot(other.state.snapshot(), Names())
    assert restored.digest() == before
    later = [(time_us + 10, event) for time_us, event in more]
    assert other.fold(*later).digest() == one.fold(*later).digest()


def test_names_have_a_bound_though_orders_are_ever_new(new_world):
    one, other = new_world(), new_world()
    for start in range(0, 6000, 500):
        timed = [
            (start + n, made)
            for n in range(500)
            for made in (
                OrderReceived(
                    order=f"O{start + n}", customer="shop", item="pump", site="dc",
                    quantity=1.0,
                ),
                ShipmentReceived(
                    shipment=f"H{start + n}", order=f"O{start + n}", item="pump",
                    site="shop", quantity=1.0,
                ),
            )
        ]  # fmt: skip
        for world in (one, other):
            world.fold(*timed)
        other.state.rename(other.names.keep(other.state.used_names()))
        assert other.state.digest() == one.state.digest()
    assert len(one.names) > 12_000
    assert len(other.names) < 5_000


def test_snapshot_whose_ids_leave_their_bytes_is_corrupt(world):
    arrays = world.state.snapshot()
    arrays["names_end"] = arrays["names_end"] + 1
    with pytest.raises(SnapshotCorruptError, match="do not lie in their"):
        State.of_snapshot(arrays, Names())
