import polars as pl
import pytest

from twin.service.access import Caller
from twin.service.problems import ProblemError
from twin.service.seen import visible

FRAME = pl.DataFrame({"from": ["a", "b", "c"], "to": ["b", "c", "c"]})


def test_row_is_seen_from_each_of_its_sites():
    one = Caller("x", "t", frozenset({"read"}), frozenset({"b"}))
    assert visible(FRAME, one).rows() == [("a", "b"), ("b", "c")]
    everywhere = Caller("x", "t", frozenset({"read"}))
    assert visible(FRAME, everywhere) is FRAME


def test_rows_of_no_site_are_not_for_one_site():
    with pytest.raises(ProblemError):
        visible(
            pl.DataFrame({"machine": ["m"]}),
            Caller("x", "t", frozenset({"read"}), frozenset({"b"})),
        )
