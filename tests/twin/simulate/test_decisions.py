import numpy as np
import pytest

from twin.errors import OptionError
from twin.simulate.decisions import Decisions


def test_nothing_decided_has_no_rows():
    nothing = Decisions()
    assert len(nothing.lane) == len(nothing.quantity) == len(nothing.make_item) == 0


def test_columns_of_different_length_are_refused():
    with pytest.raises(OptionError, match="make_item, make_site and make_quantity"):
        Decisions(make_item=np.zeros(2, np.int32))


@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
def test_a_quantity_that_cannot_be_ordered_is_shown(wrong):
    zero = np.zeros(2, np.int32)
    with pytest.raises(OptionError, match=f"quantity must be finite.*was {wrong}"):
        Decisions(zero, zero, np.array([1.0, wrong]))


def test_columns_that_may_be_left_out_have_a_row_for_each_order_or_none():
    one = np.zeros(1, np.int32)
    made = {"make_item": one, "make_site": one, "make_quantity": np.ones(1)}
    assert Decisions(**made).is_plain
    assert not Decisions(**made, make_for=("C1",)).is_plain
    assert not Decisions(**made, make_priority=np.ones(1)).is_plain
    with pytest.raises(OptionError, match="make_name must be of length 1 or 0, was 2"):
        Decisions(**made, make_name=("a", "b"))
