import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from streams.batch import NO_TIME
from streams.events import (
    MachineStateChanged,
    OperationCompleted,
    OperationStarted,
    OrderReceived,
    ProductionOrderReleased,
    ShipmentDispatched,
    StockCounted,
    StockMoved,
)
from streams.names import hash64
from twin.errors import OptionError
from twin.live import merge_states
from twin.simulate.opening.progress import busy_us
from twin.state import tables as t
from twin.state.views import TABLES, contradictions, coverage

EVENTS = {
    "P": [
        (10, StockCounted(item="leaf", site="P", quantity=70)),
        (20, MachineStateChanged(machine="F1", state="busy")),
        (30, OrderReceived(order="O1", customer="M", item="tea", site="P", quantity=5)),
        (40, ShipmentDispatched(
            shipment="H1", item="tea", from_site="P", to_site="M", quantity=2,
            order="O1")),
        (50, OperationCompleted(
            production_order="J1", operation="fill", machine="F1", good=3)),
    ],
    "Q": [
        (15, StockCounted(item="tea", site="Q", quantity=4)),
        (25, StockMoved(item="nut", quantity=9, from_site="Q")),
        (35, ProductionOrderReleased(
            production_order="J2", item="tea", site="Q", quantity=8)),
        (45, OrderReceived(order="O2", customer="M", item="nut", site="Q", quantity=1)),
        (55, OperationCompleted(
            production_order="J3", operation="pack", machine="K1", good=1)),
    ],
}  # fmt: skip


@pytest.fixture
def folded(folding, works):
    def fold(*events):
        _, state = folding(works()).fold(*sorted(events, key=lambda one: one[0]))
        return state

    return fold


def test_shards_of_disjoint_sites_give_the_tables_of_one_state(folded):
    merged = merge_states([folded(*EVENTS["P"]), folded(*EVENTS["Q"])])
    whole = folded(*EVENTS["P"], *EVENTS["Q"])
    for name, view in TABLES.items():
        ours, theirs = view(merged.state), view(whole)
        assert_frame_equal(ours, theirs, check_row_order=False)
        assert len(theirs), name
    assert_frame_equal(contradictions(merged.state), contradictions(whole))
    counted = ["kind", "ids", "events", "first_us", "last_us"]
    assert_frame_equal(coverage(merged.state)[counted], coverage(whole)[counted])
    assert (merged.state.tables.type_counts == whole.tables.type_counts).all()
    assert merged.state.tables.clock.tolist() == whole.tables.clock.tolist()
    assert merged.shared == {}


def test_work_in_progress_stands_where_it_stood(folded):
    """Dense numbers of machines and items are others in each shard."""
    begun = {
        "P": OperationStarted(production_order="J1", operation="fill", machine="F9"),
        "Q": OperationStarted(
            production_order="J2", operation="pack", machine="K9", item="tea"
        ),
    }
    shards = [folded(*EVENTS[site], (60, begun[site])) for site in ("P", "Q")]
    state = merge_states(shards).state
    used, names = state.used(), state.names
    machines = [names[k] for k in used["machine_ids"]["name"].tolist()]
    found = {
        names[row["name"]]: machines[row["machine"]]
        for row in used["production"]
        if row["machine"] >= 0
    }
    assert found == {"J1": "F9", "J2": "K9", "J3": "K1"}
    last = used["machines"][machines.index("K9")]
    assert names[used["items"]["name"][last["item"]]] == "tea"
    assert last["operation"] == hash64("pack")


def test_stock_that_two_shards_changed_is_added_up_and_told(folded):
    out = StockMoved(item="leaf", quantity=10, from_site="P")
    shards = [folded((1, out)), folded((2, out)), folded()]
    merged = merge_states(shards)
    rows = TABLES["stock"](merged.state).filter(pl.col("item") == "leaf")
    assert rows["on_hand"].to_list() == [80.0]
    assert merged.shared == {"stock": 1}


def test_age_of_a_machine_is_told_by_who_saw_its_repair(folded):
    """Its states come by one partition, what is done on it by another."""
    states = [
        (at_us, MachineStateChanged(machine="F1", state=state))
        for at_us, state in ((5, "busy"), (10, "down"), (20, "idle"), (30, "busy"))
    ]
    work = [
        (35, OperationStarted(production_order="J1", operation="fill", machine="F1")),
        (60, OperationCompleted(
            production_order="J1", operation="fill", machine="F1", good=3)),
    ]  # fmt: skip
    shards = [folded(*states), folded(*work)]
    for order in (shards, shards[::-1]):
        state = merge_states(order).state
        used, end_us = state.used(), int(state.tables.clock[t.LAST_US])
        (place,) = np.flatnonzero(used["machine_ids"]["n_events"] > 0)
        row, busy = used["machines"][place], busy_us(state, end_us)[place]
        assert end_us - row["renewed_us"] == 40
        assert busy - row["renewed_busy_us"] == 30
        assert row["maintained_us"] == NO_TIME


def test_one_state_stays_what_it_is_and_none_is_refused(folded, folding, two_echelon):
    state = folded(*EVENTS["P"])
    for view in TABLES.values():
        assert_frame_equal(view(merge_states([state]).state), view(state))
    with pytest.raises(OptionError):
        merge_states([])
    with pytest.raises(OptionError, match="of one network"):
        merge_states([state, folding(two_echelon()).fold()[1]])
