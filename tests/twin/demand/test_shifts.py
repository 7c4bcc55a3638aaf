"""Whether demand is still what it was."""

import numpy as np
import pytest

from twin.demand.shifts import (
    learn_level,
    shift_bound,
    surprising,
    tracking_signal,
)
from twin.errors import OptionError

ONES = np.ones(1)


def passed(asked, given=10.0, **options):
    """Say after which period the sums pass their bound first, None if never."""
    bound = shift_bound(500)
    given = np.full(asked.shape, given)
    for end in range(1, asked.shape[1] + 1):
        found = learn_level(asked[:, :end], given[:, :end], ONES, **options)
        if max(found.up[0], found.down[0]) > bound:
            return end
    return None


def test_shift_is_seen_within_days_and_noise_is_not():
    rng = np.random.default_rng(7)
    steady = rng.poisson(10.0, (1, 60)).astype(np.float64)
    shifted = steady.copy()
    shifted[:, 40:] = rng.poisson(18.0, (1, 20))
    assert passed(steady) is None
    assert passed(shifted) in range(41, 45)


def test_false_alarms_are_as_rare_as_asked_for():
    rng = np.random.default_rng(11)
    asked = rng.poisson(10.0, (400, 100)).astype(np.float64)
    found = learn_level(asked, np.full(asked.shape, 10.0), np.ones(400))
    # After 100 of 5000 periods to an alarm about one in fifty has passed the bound.
    assert (np.maximum(found.up, found.down) > shift_bound(5000)).mean() < 0.02
    assert found.ratio.mean() == pytest.approx(1.0, abs=0.01)
    assert found.dispersion.mean() == pytest.approx(1.0, abs=0.1)


def test_series_that_begins_anew_learns_its_level_alone():
    asked = np.array([[10.0] * 20 + [20.0] * 10])
    given = np.full((1, 30), 10.0)
    found = learn_level(asked, given, ONES, first=np.array([20]))
    assert found.ratio.tolist() == [2.0]
    assert (found.up[0], found.down[0]) == (0.0, 0.0)


def test_period_of_which_nothing_was_expected_says_nothing():
    asked, given = np.array([[10.0, 0.0, 10.0]]), np.array([[10.0, 0.0, 10.0]])
    assert learn_level(asked, given, ONES).down.tolist() == [0.0]


def test_surprise_is_beyond_the_tail_of_poisson():
    asked = np.array([19.0, 20.0, 3.0])
    mean = np.full(3, 10.0)
    found = surprising(asked, mean, mean, 0.005)
    # P(X <= 18) = .993 and P(X <= 19) = .9965 for a mean of 10.
    assert np.isnan(found).tolist() == [True, False, True]
    assert found[1] == 19.0


def test_tracking_signal_is_one_for_a_bias_and_small_without():
    rng = np.random.default_rng(3)
    given = np.full((300, 60), 10.0)
    steady = rng.poisson(10.0, (300, 60)).astype(np.float64)
    assert tracking_signal(given + 2.0, given)[0] == pytest.approx(1.0)
    assert (np.abs(tracking_signal(steady, given)) > 0.8).mean() < 0.005


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: surprising(ONES, ONES, ONES, 0.0), "chance must be in"),
        (lambda: tracking_signal(np.ones((1, 1)), np.ones((1, 1)), gain=1.0), "gain"),
    ],
)
def test_option_out_of_range_is_refused(call, words):
    with pytest.raises(OptionError, match=words):
        call()
