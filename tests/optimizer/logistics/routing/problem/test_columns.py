from dataclasses import dataclass

import numpy as np
import pytest

from optimizer import ProblemError
from optimizer.logistics.routing.problem.columns import (
    freeze,
    no_flags,
    no_numbers,
    no_table,
    require,
)


@dataclass(frozen=True)
class Sample:
    size: object
    open: object = None


def test_columns_are_copied_and_read_only():
    given = np.array([1, 2])
    sample = Sample(given, no_numbers())
    freeze(sample, {"size": None, "open": 7}, 2)
    given[0] = 9
    assert sample.size.tolist() == [1, 2]
    assert sample.open.tolist() == [7, 7]
    with pytest.raises(ValueError, match="read-only"):
        sample.size[0] = 3


def test_wrong_columns_are_named():
    with pytest.raises(ProblemError, match=r"sample.size must have 3 rows"):
        freeze(Sample(np.array([1])), {"size": None}, 3)
    with pytest.raises(ProblemError, match=r"sample.size must be whole"):
        freeze(Sample(np.array([0.5])), {"size": None}, 1)


def test_entry_outside_is_named_with_its_value():
    sample = Sample(np.array([[1, 2], [3, -4]]))
    with pytest.raises(ProblemError, match=r"sample.size\[1, 1\] .* was -4"):
        require(sample, "size", low=0)


def test_empty_columns_stand_for_defaults():
    assert no_flags().dtype == np.bool_
    assert no_table().shape == (0, 0)
