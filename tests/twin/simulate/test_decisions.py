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
