"""Columns are copied, frozen and judged."""

from dataclasses import dataclass

import numpy as np
import pytest

from optimizer.errors import ProblemError
from optimizer.production.scheduling.problem.columns import freeze, no_rows, require


@dataclass(frozen=True)
class Table:
    size: object
    weight: object = ()


def test_columns_are_copies_and_defaults_fill_empty_ones():
    given = np.array([1, 2])
    table = Table(given)
    freeze(table, (("weight", 7),), 2)
    given[0] = 9
    assert table.size.tolist() == [1, 2]
    assert table.weight.tolist() == [7, 7]
    assert not table.size.flags.writeable


def test_what_is_no_whole_number_or_out_of_range_is_named():
    with pytest.raises(ProblemError, match="size must hold whole numbers"):
        freeze(Table(np.array([0.5])))
    table = Table(np.array([3, -1]), no_rows())
    with pytest.raises(ProblemError, match=r"size must be in 0\.\.4, entry 1 was -1"):
        require(table, "size", rows=2, low=0, high=5)
    with pytest.raises(ProblemError, match="weight must have 2 entries"):
        require(table, "weight", rows=2, low=0)
