"""Rows of numbers in a text."""

import gzip

import pytest

from optimizer.errors import ProblemError
from optimizer.production.scheduling.formats.text import Lines, text_of


def test_comments_and_empty_lines_are_left_out():
    lines = Lines("# a shop\n\n 1 2.0 \n3\n", "shop")
    assert len(lines) == 2
    assert lines.next_row() == [1, 2]
    assert lines.next_row() == [3]


def test_place_of_an_error_is_told():
    lines = Lines("1 2\n\n3 x\n", "shop")
    lines.next_row()
    assert "shop, line 1: odd" in str(lines.refuse("odd"))
    with pytest.raises(ProblemError, match="shop, line 3: could not convert"):
        lines.next_row()
    with pytest.raises(ProblemError, match="shop ends early, after 2 rows"):
        lines.next_row()


@pytest.mark.parametrize("word", [str(2**53), "-1e30", "9" * 5000, "inf", "nan"])
def test_numbers_too_large_are_refused(word):
    with pytest.raises(ProblemError, match=r"shop, line 1: .*below 2\^53, got '"):
        Lines(word, "shop").next_row()
    assert Lines(str(2**53 - 1), "shop").next_row() == [2**53 - 1]


def test_parts_of_a_number_are_refused():
    with pytest.raises(
        ProblemError, match=r"expected a whole number below 2\^53, got '1\.5'"
    ):
        Lines("1.5", "shop").next_row()


def test_packed_files_are_unpacked(tmp_path):
    path = tmp_path / "shop.txt.gz"
    path.write_bytes(gzip.compress(b"1 2\n"))
    assert text_of(path) == "1 2\n"
    path.write_bytes(b"1 2\n")
    with pytest.raises(ProblemError, match="cannot be read"):
        text_of(path)
