import polars as pl
import pytest

from twin.service.access import Caller
from twin.service.problems import ProblemError
from twin.service.seen import about, visible

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


def test_rows_about_a_place_come_from_it_or_go_there():
    assert about(FRAME, item=None, place="b").rows() == [("a", "b"), ("b", "c")]
    assert about(FRAME, item=None, place=None) is FRAME
    assert about(FRAME, item="soap", place=None).is_empty()
