import pytest

from twin.errors import InputError, NetworkError, Problem, TwinError


def test_network_error_shows_every_problem():
    problems = (
        Problem("items.csv", 2, "price", "-1", "a number >= 0"),
        Problem("lanes.csv", None, None, None, "a file"),
    )
    error = NetworkError("plant", problems)
    assert isinstance(error, ValueError)
    assert isinstance(error, InputError)
    assert error.problems == problems
    assert str(error).splitlines() == [
        "plant: 2 problems",
        "  items.csv:2: price: '-1'; allowed: a number >= 0",
        "  lanes.csv: missing; allowed: a file",
    ]


def test_network_error_counts_one_problem_in_the_singular():
    with pytest.raises(TwinError, match="plant: 1 problem\n"):
        raise NetworkError("plant", (Problem("a.csv", 1, None, None, "x"),))
