import numpy as np
import pytest

from forecasting.errors import OptionError
from forecasting.lifetimes import Lifetimes


def test_counts_tell_ends_from_censorings():
    sample = Lifetimes.of([1.0, 2.0, 3.0], [True, False, True])
    assert (sample.n, sample.n_observed, sample.n_censored) == (3, 2, 1)


def test_ascending_puts_ends_before_censorings_of_one_duration():
    sample = Lifetimes.of([2.0, 2.0, 1.0], [False, True, True], [0.5, 0.0, 0.0])
    duration, seen, entry = sample.ascending()
    assert duration.tolist() == [1.0, 2.0, 2.0]
    assert seen.tolist() == [True, True, False]
    assert entry.tolist() == [0.0, 0.0, 0.5]


@pytest.mark.parametrize(
    ("duration", "entry"),
    [([-1.0], None), ([np.inf], None), ([2.0], [2.0]), ([2.0], [-1.0])],
)
def test_wrong_number_is_refused_by_position(duration, entry):
    with pytest.raises(OptionError, match="duration 0"):
        Lifetimes.of(duration, None, entry)


def test_shapes_must_be_one():
    with pytest.raises(OptionError, match="one shape"):
        Lifetimes.of([1.0, 2.0], [True])
