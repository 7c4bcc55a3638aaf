"""Names: one number a string, kept through growth and thinning out."""

import mmap

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.names import Names, address_of, hash64, hash64_all, hash64_numbered

TEXTS = st.lists(st.text(max_size=12), max_size=60)


def test_names_many_keep_their_hashes():
    names = Names()
    for number in range(3000):
        names.index(f"n{number}")
    assert names.hashes[2999] == hash64("n2999")
    assert len(names) == 3000
    assert [names[number] for number in (0, 2999, -1)] == ["n0", "n2999", "n2999"]


def test_names_indices_give_none_no_reference():
    assert Names().indices(["a", None, "a"]).tolist() == [0, -1, 0]
    assert Names().indices([]).dtype == np.int32


@given(TEXTS)
def test_names_texts_give_back_what_was_numbered(texts):
    names = Names()
    texts = [*texts, None]
    assert names.texts(names.indices(texts)) == texts
    assert names.texts(np.empty(0, np.int32)) == []


@pytest.mark.parametrize("number", [-2, 1])
def test_text_of_a_number_of_no_name_is_refused(number):
    names = Names()
    names.index("a")
    with pytest.raises(IndexError, match=rf"name {number}: must be in 0\.\.0"):
        names.texts(np.array([0, number], np.int32))


def test_name_that_is_not_there_is_refused():
    with pytest.raises(IndexError, match=r"name 0: must be in 0\.\.-1"):
        Names()[0]


@settings(deadline=None)
@given(TEXTS)
def test_names_are_those_of_a_dict(texts):
    names, expected = Names(), {}
    numbers = [expected.setdefault(text, len(expected)) for text in texts]
    assert names.indices(texts).tolist() == numbers
    assert [names.index(text) for text in texts] == numbers
    assert [names[number] for number in range(len(names))] == list(expected)
    assert names.hashes.tolist() == [hash64(text) for text in expected]
    assert names.n_bytes == sum(len(text.encode()) for text in expected)


@settings(deadline=None)
@given(TEXTS)
def test_hashes_of_many_are_those_of_each(texts):
    assert hash64_all(texts).tolist() == [hash64(text) for text in texts]


@pytest.mark.parametrize(
    "numbers",
    [range(120), range(95, 115), [7, 99, 100, 5000, 10**18], [0], []],
)
def test_hashes_of_numbers_are_those_of_their_texts(numbers):
    found = hash64_numbered("plant/", np.array(numbers, np.int64))
    assert found.tolist() == [hash64(f"plant/{number}") for number in numbers]


def test_growth_moves_no_name():
    names = Names()
    long = ["x" * n for n in range(1, 400)]
    first = names.indices(long)
    names.indices(f"n{number}" for number in range(5000))
    assert names.indices(long).tolist() == first.tolist() == list(range(399))


def test_reserved_room_is_there():
    names = Names()
    names.index("A")
    names.reserve(10_000, 100_000)
    table = names.table
    assert len(table.ends) >= 10_001
    assert len(table.arena) >= 100_001
    assert len(table.slots) >= 2 * len(table.ends)
    assert names.index("A") == 0


def test_spans_of_a_mapped_file_are_read():
    with mmap.mmap(-1, 4096) as mapped:
        mapped[:5] = b"abcab"
        starts, ends = np.array([0, 2, -1, 3]), np.array([2, 3, -1, 5])
        assert Names().intern_spans(mapped, starts, ends).tolist() == [0, 1, -1, 0]
    assert address_of(b"") == 0


@settings(deadline=None)
@given(st.sets(st.integers(0, 49)))
def test_kept_names_move_together(kept):
    names = Names()
    names.indices(f"n{number}" for number in range(50))
    numbers = sorted(kept)
    mapping = names.keep(np.array(numbers, np.int64))
    assert mapping[numbers].tolist() == list(range(len(numbers)))
    assert (mapping >= 0).sum() == len(names) == len(numbers)
    assert [names[new] for new in range(len(names))] == [f"n{n}" for n in numbers]
    assert [names.index(f"n{n}") for n in numbers] == list(range(len(numbers)))
    assert names.index("n50") == len(numbers)


def test_table_thinned_out_again_and_again_stays_as_large():
    names = Names()
    for turn in range(40):
        names.indices(f"{turn}-{number}" for number in range(700))
        if len(names) > 700:
            names.keep(np.arange(len(names) - 700, len(names)))
    assert len(names.table.ends) <= 2048
    assert names[0] == "39-0"


@pytest.mark.parametrize("numbers", [[1, 0], [0, 0], [-1], [2]])
def test_numbers_to_keep_must_be_ascending_names(numbers):
    names = Names()
    names.indices(["A", "B"])
    with pytest.raises(IndexError, match=r"ascending in 0\.\.1"):
        names.keep(np.array(numbers))
