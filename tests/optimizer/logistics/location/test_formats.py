import gzip

import numpy as np
import pytest

from optimizer import ProblemError
from optimizer.logistics.location import parse_location, read_location

STAGED = "1 2 3\n4\n5\n6\n20 100\n7 8\n9 50\n10 60\n1 2 3\n4 5 6\n"


def test_staged_text_is_read(tmp_path):
    path = tmp_path / "small.txt.gz"
    path.write_bytes(gzip.compress(STAGED.encode()))
    problem = read_location(path)
    assert problem.demand.tolist() == [4.0, 5.0, 6.0]
    assert problem.plant_capacity.tolist() == [20.0]
    assert problem.plant_fixed_cost.tolist() == [100.0]
    assert problem.supply_cost.tolist() == [[7.0, 8.0]]
    assert problem.capacity.tolist() == [9.0, 10.0]
    assert problem.fixed_cost.tolist() == [50.0, 60.0]
    assert problem.service_cost.tolist() == [[4.0, 10.0, 18.0], [16.0, 25.0, 36.0]]
    assert not problem.single_source
    packed = path.read_bytes()
    path.write_bytes(packed[:10] + b"\xff" * 8 + packed[18:])
    with pytest.raises(ProblemError, match="cannot be read"):
        read_location(path)


@pytest.mark.parametrize("rows", ["1 4\n2 5\n3 6\n", "1 2 3\n4 5 6\n"])
def test_single_source_rows_are_clients_or_as_long_as_there_are(rows):
    problem = parse_location(f"2 3\n5 6\n1.5 2.0\n3 4 5\n{rows}")
    assert problem.single_source
    assert problem.fixed_cost.tolist() == [1.5, 2.0]
    np.testing.assert_array_equal(problem.service_cost, [[1, 2, 3], [4, 5, 6]])


def test_empty_lines_do_not_change_whose_the_rows_are():
    rows = "1 2 3\n\n4 5 6\n"
    problem = parse_location(f"\n\n2 3\n\n5 6\n1.5 2.0\n3 4 5\n{rows}")
    np.testing.assert_array_equal(problem.service_cost, [[1, 2, 3], [4, 5, 6]])


def test_rows_of_a_square_table_are_the_clients():
    problem = parse_location("2 2\n5 6\n1 2\n3 4\n1 2\n3 4\n")
    np.testing.assert_array_equal(problem.service_cost, [[1, 3], [2, 4]])


@pytest.mark.parametrize(
    "rows", ["1 4 2 5 3 6\n", "1\n4\n2\n5\n3\n6\n", "1 4 2\n5 3\n6\n"]
)
def test_rows_that_are_no_lines_are_the_clients(rows):
    problem = parse_location(f"2 3\n5 6\n1.5 2.0\n3 4 5\n{rows}")
    np.testing.assert_array_equal(problem.service_cost, [[1, 2, 3], [4, 5, 6]])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "first row must hold 2 or 3 counts, had 0"),
        ("0 2\n", "a count must be whole and >= 1, was 0"),
        ("1 1\n1 2", "ends after 4 numbers, 5 are needed"),
        ("1 1\n1 2 x 4", "could not convert"),
        ("1 1\n1 2 nan 4", "must be below 1e.15, was 'nan'"),
        ("1 1\n1 2 3 4 5", "has 7 numbers, 6 were expected"),
    ],
)
def test_wrong_text_is_refused(text, told):
    with pytest.raises(ProblemError, match=told):
        parse_location(text)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(ProblemError, match=r"none\.txt cannot be read"):
        read_location(tmp_path / "none.txt")
