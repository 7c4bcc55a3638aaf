import pytest

from twin.said import KINDS, Said


def test_document_has_what_a_sentence_is_made_of():
    one = Said("tea lies at hub", "lies", {"item": "tea", "place": "hub"})
    told = {"kind": "lies", "parts": {"item": "tea", "place": "hub"}}
    assert (str(one), one.document()) == ("tea lies at hub", told)


def test_sentence_that_lacks_a_part_is_a_bug():
    with pytest.raises(AssertionError, match="lies"):
        Said("tea lies", "lies", {"item": "tea"})


def test_sentences_of_one_kind_can_be_told_apart_in_a_set():
    assert "lies" in KINDS
    both = {
        Said("tea lies at hub", "lies", {"item": "tea", "place": "hub"}),
        Said("tea lies at shop", "lies", {"item": "tea", "place": "shop"}),
    }
    assert len(both) == 2
