import numpy as np
import pyarrow as pa
import pytest

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


def with_int32(array, buffer, at, value):
    """Change a number in a buffer of an array, as a flipped bit does."""
    buffers = list(array.buffers())
    changed = np.frombuffer(buffers[buffer], np.int32).copy()
    changed[at] = value
    buffers[buffer] = pa.py_buffer(changed)
    return pa.Array.from_buffers(array.type, len(array), buffers)


@pytest.mark.parametrize("index", [-(2**31), -1, 2, 2**31 - 1])
def test_index_out_of_its_dictionary_is_refused(index):
    indices = with_int32(pa.array([0, 1, 0], pa.int32()), 1, 1, index)
    array = pa.DictionaryArray.from_arrays(indices, ["x", "y"], safe=False)
    table = Table(pa.record_batch({"a": array}), Names())
    with pytest.raises(ValueError, match=rf"index must be in 0\.\.1, was {index}"):
        table.value("a", 1)
    assert table.value("a", 2) == "x"


@pytest.mark.parametrize("end", [-(2**31), 2**31 - 1])
def test_text_out_of_its_bytes_is_refused(end):
    texts = with_int32(pa.array(["a", "b", "c"]), 1, 2, end)
    entries = pa.DictionaryArray.from_arrays(pa.array([1, 0, 0], pa.int32()), texts)
    table = Table(pa.record_batch({"a": texts, "b": entries}), Names())
    for name, bad, good in (("a", 1, 0), ("b", 0, 1)):
        with pytest.raises(ValueError, match="offset"):
            table.value(name, bad)
        assert table.value(name, good) == "a"
