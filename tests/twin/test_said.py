import pytest

from twin.said import KINDS, Said


def test_document_has_what_a_sentence_is_made_of():
    one = Said("tea lies at hub", "lies", {"item": "tea", "place": "hub"})
    told = {"kind": "lies", "parts": {"item": "tea", "place": "hub"}}
    assert (str(one), one.document()) == ("tea lies at hub", told)


@pytest.mark.parametrize("kind", ["lies", "is_nowhere"])
def test_sentence_that_lacks_a_part_or_has_no_kind_is_a_bug(kind):
    with pytest.raises(ValueError, match=rf"{kind}.*\['item'\]"):
        Said("tea lies", kind, {"item": "tea"})


def test_sentences_of_one_kind_can_be_told_apart_in_a_set():
    assert "lies" in KINDS
    both = {
        Said("tea lies at hub", "lies", {"item": "tea", "place": "hub"}),
        Said("tea lies at shop", "lies", {"item": "tea", "place": "shop"}),
    }
    assert len(both) == 2
