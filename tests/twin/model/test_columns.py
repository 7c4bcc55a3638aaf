import math

import pytest

from twin.model.columns import (
    Column,
    amount,
    choice,
    count,
    extensions,
    link,
    positive,
    share,
)


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (amount("a", "s", "x"), "a number >= 0, or empty"),
        (positive("a", "s", "x", required=True), "a number > 0"),
        (share("a", "x", 1.0, above=True), "a number above 0 to 1, or empty"),
        (link("a", "items", "x", wildcard=True), "an item of items.csv or '*'"),
        (
            link("a", ("sites", "suppliers"), "x"),
            "a site or supplier of sites.csv or suppliers.csv",
        ),
        (Column("a", "choice", "x", choices=("p", "q")), "one of p, q, or empty"),
        (Column("a", "integer", "x", required=True, low=1), "a whole number >= 1"),
        (count("a", "1", "x", required=True), "a whole number >= 1"),
        (choice("a", "x", ("p", "q")), "one of p, q, or empty"),
    ],
)
def test_allowed_says_what_may_stand_in_a_cell(column, words):
    assert column.allowed == words


def test_link_with_a_default_may_be_empty():
    assert not link("site", "sites", "x", wildcard=True, default="*").required


def test_positive_may_stand_for_no_limit_when_empty():
    assert positive("capacity", "unit", "x", absent=math.inf).absent == math.inf


def test_choice_is_the_first_one_when_empty():
    assert choice("a", "x", ("p", "q")).default == "p"


def test_extensions_are_marked_and_else_the_same():
    plain = amount("a", "s", "x", default=2.0)
    (marked,) = extensions(plain)
    assert marked.extension
    assert not plain.extension
    assert marked.allowed == plain.allowed
