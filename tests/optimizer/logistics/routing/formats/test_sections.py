import pytest

from optimizer import ProblemError
from optimizer.logistics.routing.formats.sections import read_sections

TEXT = """NAME : "a"
DIMENSION : 3
CAPACITY: 4
EDGE_WEIGHT_TYPE : EXPLICIT
EDGE_WEIGHT_FORMAT : LOWER_ROW
EDGE_WEIGHT_SECTION
5
6 7
DEMAND_SECTION
2 8
1 0
3 9
EOF
rubbish
"""


def test_rows_are_put_in_the_order_of_their_numbers():
    text = read_sections(TEXT, "a.vrp")
    assert text.table("DEMAND", 3)[:, 0].tolist() == [0, 8, 9]
    assert text.text("NAME") == "a"
    assert (text.whole("CAPACITY"), text.number("NONE")) == (4, None)
    assert text.column("SERVICE_TIME", 2, 1.5).tolist() == [1.5, 1.5]


def test_lower_rows_make_a_matrix():
    matrix = read_sections(TEXT, "a.vrp").matrix(3)
    assert matrix.tolist() == [[0, 5, 6], [5, 0, 7], [6, 7, 0]]
    with pytest.raises(ProblemError, match="of 4 places"):
        read_sections(TEXT, "a.vrp").matrix(4)


def test_wrong_texts_say_where():
    with pytest.raises(ProblemError, match="line 1: expected 'KEY : VALUE'"):
        read_sections("hello", "a.vrp")
    with pytest.raises(ProblemError, match="must have 2 rows"):
        read_sections(TEXT, "a.vrp").table("DEMAND", 2)
    with pytest.raises(ProblemError, match="CAPACITY must be whole"):
        read_sections("CAPACITY : 1.5", "a.vrp").whole("CAPACITY")
