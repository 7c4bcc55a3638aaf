import numpy as np
import pytest

from streams.events import EVENT_TYPES
from streams.layout import LAYOUTS
from twin.state import tables as t


def test_empty_tables_have_a_place_for_every_type_of_event():
    tables = t.empty_tables()
    assert len(tables.type_counts) == len(EVENT_TYPES)
    assert len(tables.counts) == t.N_COUNTED
    assert set(t.TABLE_OF) <= set(range(t.N_COUNTED))


def test_machine_states_are_those_of_the_events_after_unknown():
    codes = [field for fields in LAYOUTS for field in fields if field.name == "state"]
    assert t.MACHINE_STATES[1:] == codes[0].choices
    states = (t.STATE_IDLE, t.STATE_BUSY, t.STATE_DOWN)
    assert [t.MACHINE_STATES[i] for i in states] == ["idle", "busy", "down"]


@pytest.mark.parametrize("name", t.TABLE_OF.values())
def test_table_grows_to_a_power_of_two_and_keeps_its_rows(name):
    tables = t.empty_tables(8)
    old = getattr(tables, name)
    old.view(np.uint8)[:] = 7
    grown = getattr(t.with_room(tables, name, 9), name)
    assert len(grown) == 16
    assert (grown[:8] == old).all()
    assert len(getattr(tables, name)) == 8


def test_what_goes_along_with_a_table_grows_too():
    tables = t.empty_tables(8)
    machines = t.with_room(tables, "machine_ids", 9)
    assert len(machines.machines) == len(machines.time_in_state_us) == 16
    stock = t.with_room(tables, "stock", 9)
    assert len(stock.stock_index) == 32
    assert (stock.stock_index["key"] == -1).all()
    assert t.with_room(tables, "orders", 9).free.shape == (3, 16)
