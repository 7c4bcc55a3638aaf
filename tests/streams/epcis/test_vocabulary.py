import pytest

from streams.epcis.vocabulary import prefixes_of, word


@pytest.mark.parametrize(
    "text",
    [
        "shipping",
        "cbv:BizStep-shipping",
        "https://ref.gs1.org/cbv/BizStep-shipping",
        "https://ns.gs1.org/voc/Bizstep-shipping",
        "urn:epcglobal:cbv:bizstep:shipping",
    ],
)
def test_standard_word_is_bare_however_it_is_written(text):
    assert word(text, {}) == "shipping"


def test_own_word_is_written_in_full():
    context = ["https://x.org/c", {"ex": "http://ex.org/", "t": {"@type": "@id"}}]
    prefixes = prefixes_of(context)
    assert prefixes == {"ex": "http://ex.org/"}
    assert word("ex:cooling", prefixes) == "http://ex.org/cooling"
    assert word("http://ex.org/cooling", prefixes) == "http://ex.org/cooling"
    assert word("other:cooling", prefixes) == "other:cooling"
    assert prefixes_of({"a": "b:"}) == {"a": "b:"}
