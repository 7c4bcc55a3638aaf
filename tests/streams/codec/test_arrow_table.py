import numpy as np
import pyarrow as pa

from streams.batch import NO_TIME
from streams.codec.arrow_table import TYPE_NAMES, Table
from streams.events import EVENT_TYPES
from streams.names import Names


def test_table_tells_what_stands_in_it():
    batch = pa.record_batch({"a": [1, None], "b": ["x", "y"]})
    table = Table(batch, Names())
    assert table.n_rows == 2
    assert table.metadata == {}
    assert table.value("a", 1) is None
    assert table.value("b", 1) == "y"
    assert table.value("c", 1) is None
    assert table.given("a").tolist() == [True, False]
    assert table.time(np.array([NO_TIME, 5]), 0) is None
    assert table.time(np.array([NO_TIME, 5]), 1) == 5
    assert table.time(None, 0) is None


def test_odd_rows_are_added_up():
    table = Table(pa.record_batch({"a": [1, 2, 3]}), Names())
    table.mark(None)
    assert table.odd is None
    table.mark(np.array([True, False, False]))
    table.mark(np.array([False, True, False]))
    assert table.odd.tolist() == [True, True, False]


def test_type_names_are_in_the_order_of_the_codes():
    assert [event_type.__name__ for event_type in EVENT_TYPES] == list(TYPE_NAMES)
