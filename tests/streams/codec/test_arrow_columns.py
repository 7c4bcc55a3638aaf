import numpy as np
import pyarrow as pa
import pytest

from streams.batch import NO_TIME
from streams.codec import arrow_columns
from streams.errors import EnvelopeError
from streams.names import Names, hash64


def text_of(names, numbers):
    return [names[n] if n >= 0 else n for n in numbers.tolist()]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_references_number_strings_and_tell_null_from_wrong(kind):
    given = ["M1", None, "", "x" * 257, "M1", "ü" * 256]
    names = Names()
    found = arrow_columns.references(pa.array(given, kind), names, "place")
    # Ids may have 256 characters; more bytes than that are looked at more closely.
    assert text_of(names, found) == ["M1", -1, -2, -2, "M1", -2]


def test_references_of_dictionaries_are_numbered_once(monkeypatch):
    names, array = Names(), pa.array(["a", "b", None, "a"]).dictionary_encode()
    first = arrow_columns.references(array, names, "place")
    assert text_of(names, first) == ["a", "b", -1, "a"]
    monkeypatch.setattr(arrow_columns, "texts", None)  # not even looked at again
    assert arrow_columns.references(array, names, "place").tolist() == first.tolist()


def test_broken_utf8_is_wrong_where_it_stands():
    raw = pa.Array.from_buffers(
        pa.string(),
        3,
        [
            None,
            pa.py_buffer(np.array([0, 1, 3, 5], np.int32).tobytes()),
            pa.py_buffer(b"\xffok\xc3\xa9"),
        ],
    )
    names = Names()
    assert text_of(names, arrow_columns.references(raw, names, "x")) == [-2, "ok", "é"]
    split = pa.Array.from_buffers(
        pa.string(),
        2,
        [
            None,
            pa.py_buffer(np.array([0, 1, 2], np.int32).tobytes()),
            pa.py_buffer("é".encode()),
        ],
    )
    assert text_of(names, arrow_columns.references(split, names, "x")) == [-2, -2]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_more_rows_than_offsets_are_refused_without_room_made_for_them(kind):
    """Arrow itself reads such a column from a message, and looks no further."""

    class Claiming:
        type = kind

        def __len__(self):
            return 1 << 40

        def buffers(self):
            offsets = pa.py_buffer(np.zeros(2, np.int64).tobytes())
            return [None, offsets, pa.py_buffer(b"a")]

    with pytest.raises(EnvelopeError, match="must stay inside of 1 bytes"):
        arrow_columns.texts(Claiming())


def test_offsets_outside_of_the_buffer_are_refused():
    offsets = pa.py_buffer(np.array([0, 9, 1], np.int32).tobytes())
    array = pa.Array.from_buffers(pa.string(), 2, [None, offsets, pa.py_buffer(b"a")])
    with pytest.raises(EnvelopeError, match="must stay inside of 1 bytes"):
        arrow_columns.texts(array)
    with pytest.raises(EnvelopeError, match="must be 16 bytes, was 8"):
        arrow_columns.view(pa.py_buffer(bytes(8)), 2, np.int64)


def test_hashes_are_those_of_the_text():
    found, wrong = arrow_columns.hashes(pa.array(["a", None, "é"]))
    assert found[[0, 2]].tolist() == [hash64("a"), hash64("é")]
    assert wrong.tolist() == [False, True, False]
    assert arrow_columns.hashes(pa.array(["a"]).dictionary_encode())[0] == hash64("a")
    assert arrow_columns.hashes(pa.array([1])) is None


def test_numbers_of_any_type_are_read_and_others_are_not():
    for array in (
        pa.array([1, None, 3], pa.int8()),
        pa.array([1, None, 3], pa.float32()),
        pa.array([1, None, 3]).cast(pa.decimal128(38, 2)),
    ):
        found = arrow_columns.floats(array)
        assert np.array_equal(found, [1, np.nan, 3], equal_nan=True)
    assert arrow_columns.floats(pa.array([float("nan")])).tolist() == [np.inf]
    for array in (pa.array([True]), pa.array(["1"])):
        assert arrow_columns.floats(array) is None


def test_whole_numbers_and_times_that_do_not_fit_are_none():
    assert arrow_columns.integers(pa.array([1, None]), null=7).tolist() == [1, 7]
    assert arrow_columns.integers(pa.array([2**63], pa.uint64()), null=0) is None
    assert arrow_columns.integers(pa.array([1.0]), null=0) is None
    assert arrow_columns.times(pa.array([0], pa.timestamp("us"))) is None
    far = pa.array([2**62], pa.timestamp("s", "UTC"))
    assert arrow_columns.times(far) is None
    ms = pa.array([5, None], pa.timestamp("ms", "UTC"))
    assert arrow_columns.times(ms).tolist() == [5000, NO_TIME]


def test_words_are_places_among_the_choices():
    array = pa.array(["off", None, "flying", "down"])
    assert arrow_columns.words(array, ("off", "down")).tolist() == [0, -1, -2, 1]
    assert arrow_columns.words(pa.array([1]), ("off",)) is None


def test_numbers_that_are_not_aligned_are_copied():
    buffer = pa.py_buffer(bytes(1) + np.arange(3.0).tobytes()).slice(1)
    found = arrow_columns.view(buffer, 3, np.float64)
    assert found.flags.aligned
    assert found.tolist() == [0, 1, 2]
