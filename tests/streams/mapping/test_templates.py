import pytest

from streams.mapping.document import EventBlock, Value
from streams.mapping.templates import named_columns, template_columns, template_names


def test_names_in_braces():
    assert template_names("{$key.id}-{{x}}-{row}") == ["$key.id", "row"]
    assert template_columns("{lines.item}{row}") == ["lines.item"]


def test_braces_that_do_not_match():
    with pytest.raises(ValueError, match=r"expected '}'"):
        template_names("{a")


def test_every_place_that_names_a_column():
    block = EventBlock(
        type="StockCounted",
        name="counted",
        time=Value(columns=["a", "b"], minus="c"),
        fields={"item": Value(template="{d}")},
        id="{e}",
    )
    assert named_columns(block) == [
        ("time", "a"),
        ("time", "b"),
        ("time", "c"),
        ("item", "d"),
        ("id", "e"),
    ]
