"""Tests of `optimizer.production.lot_sizing.formats.trigeiro`."""

import pytest

from optimizer.errors import ProblemError
from optimizer.production.lot_sizing.formats.trigeiro import read_trigeiro

HEAD = "3 2\n1\n50\n1 0.5 10 100\n2 1.5 20 200\n1 2.5 30 300\n"


def test_read_one_block_takes_a_row_a_period():
    problem = read_trigeiro(HEAD + "1 2 3\n4 5 6\n\n Bi hi\n", "x")
    assert problem.demand.tolist() == [[1, 4], [2, 5], [3, 6]]
    assert problem.items.unit_time.tolist() == [1, 2, 1]
    assert problem.items.setup_time.tolist() == [10, 20, 30]
    assert problem.resources.capacity.tolist() == [[50, 50]]


def test_read_two_blocks_takes_all_periods_of_the_first_before():
    # The row that changes the block is longer than it should be in one public file.
    problem = read_trigeiro(HEAD + "1\t2\n4\t5\n3\t9\n6\n", "x")
    assert problem.demand.tolist() == [[1, 4], [2, 5], [3, 6]]


def test_read_takes_a_capacity_for_each_period():
    text = HEAD.replace("50", "50 60") + "1 2 3\n4 5 6\n"
    assert read_trigeiro(text, "x").resources.capacity.tolist() == [[50, 60]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "x ends early: items and periods is missing"),
        ("0 2\n", "x, line 1: items and periods must be >= 1, were 0 and 2"),
        (HEAD.replace("50", "50 60 70"), "x, line 3: capacity must be 1 or 2 numbers"),
        (HEAD.replace("20 200", "20"), "x, line 5: an item needs 4 numbers, had 3"),
        (HEAD + "1 2 3\nlegend\n", "x, line 8: expected the demand of a period"),
        (HEAD + "1 2 3\n", "x ends early: the demand of a period is missing"),
    ],
)
def test_read_says_where_a_text_is_wrong(text, said):
    with pytest.raises(ProblemError, match=said):
        read_trigeiro(text, "x")
