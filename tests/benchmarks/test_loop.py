"""What the closed loop reports, on episodes made up by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.loop import BOOKS_SHARE, is_accounted, table
from benchmarks.workloads.closing.episodes import MEASURES, Played


@pytest.fixture
def played():
    """Return episodes in which each measure is about a value."""

    def of(value, off_books=0.0):
        rng = np.random.default_rng(0)
        return [
            Played(
                dict.fromkeys(MEASURES, value + luck), (0.1,), SimpleNamespace(),
                off_books, (0.0, 0.0),
            )
            for luck in rng.normal(0.0, 0.1, 3)
        ]  # fmt: skip

    return of


def test_rows_are_checked_where_books_agree(played):
    rows = list(table(played(9.0), played(10.0), "levels"))
    assert all(row.checked for row in rows)
    change = next(row for row in rows if row.name == "total cost, change over levels")
    assert change.value == pytest.approx(-0.1, abs=0.01)


@pytest.mark.parametrize("side", [0, 1])
def test_rows_are_not_checked_where_one_episode_is_off_its_books(played, side):
    sides = [played(9.0), played(10.0)]
    sides[side][1:2] = played(9.0, 2.0 * BOOKS_SHARE)[1:2]
    assert not is_accounted(*sides)
    assert not any(row.checked for row in table(*sides, "levels"))


def test_books_that_are_no_number_do_not_agree(played):
    assert not is_accounted(played(1.0, float("nan")))
