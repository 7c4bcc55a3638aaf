"""Rows of the wrong width leave the numbers of the others alone."""

import pytest

from streams.mapping.ragged import (
    MalformedRowError,
    UnclosedQuoteError,
    without_ragged,
)


def test_text_without_such_rows_is_as_it_was():
    text = 'a;b\r\n1;"x;y"\r\n\r\n2;3'
    assert without_ragged(text, ";") == (text, [])


def test_rows_are_blanked_over_all_their_lines():
    text, ragged = without_ragged('a,b\n"1\n2",3,4\n5,6\n', ",")
    assert text == "a,b\n,\n5,6\n"
    assert [(one.row, one.cells, one.n_columns) for one in ragged] == [
        (2, ("1\n2", "3", "4"), 2)
    ]


def test_quote_that_is_never_closed_is_named():
    with pytest.raises(UnclosedQuoteError, match="row 3, which begins in line 3"):
        without_ragged('a,b\n1,2\n3,"4\n5,6\n', ",")


def test_long_cell_without_end_is_named():
    text = 'a,b\n1,"' + "x,y\n" * 100_000
    with pytest.raises(MalformedRowError, match="row 2, which begins in line 2"):
        without_ragged(text, ",")


def test_text_behind_a_quote_is_named():
    with pytest.raises(MalformedRowError, match="row 3"):
        without_ragged('a,b\n1,2\n"x"y,2\n', ",")
