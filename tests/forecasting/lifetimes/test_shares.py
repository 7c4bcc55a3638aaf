import numpy as np
import pytest
from scipy import stats

from forecasting.errors import OptionError
from forecasting.lifetimes import estimate_share


def test_single_pieces_have_jeffreys_interval():
    good = np.repeat([1.0, 0.0], [45, 5])
    share = estimate_share(good, np.ones(50))
    assert share.rate == 0.9
    assert share.dispersion == 1.0
    assert share.interval.low == pytest.approx(stats.beta.ppf(0.025, 45.5, 5.5))
    assert share.interval.high == pytest.approx(stats.beta.ppf(0.975, 45.5, 5.5))


def test_all_good_reaches_one_and_none_good_reaches_zero():
    assert estimate_share([5.0] * 8, [5.0] * 8).interval.high == 1.0
    nothing = estimate_share([0.0] * 8, [5.0] * 8)
    assert (nothing.rate, nothing.interval.low) == (0.0, 0.0)
    assert nothing.interval.high < 0.1


@pytest.mark.parametrize("kind", ["independent", "shared", "even"])
def test_interval_covers_whether_pieces_share_their_fate_or_not(kind):
    held = 0
    for seed in range(10_000, 10_400):
        rng = np.random.default_rng(seed)
        total = rng.integers(2, 12, 60).astype(float)
        if kind == "independent":
            good = rng.binomial(total.astype(int), 0.85)
        elif kind == "shared":  # of each order another share is good
            good = rng.binomial(total.astype(int), rng.beta(17.0, 3.0, 60))
        else:  # as a simulation makes whole pieces
            good = np.floor(total * 0.85 + rng.random(60))
        held += estimate_share(good, total).interval.holds(0.85)
    assert held / 400 == pytest.approx(0.95, abs=0.036)


def test_dispersion_tells_shared_fate():
    together = estimate_share([10.0, 0.0, 10.0, 10.0, 0.0, 10.0], [10.0] * 6)
    assert together.dispersion > 8
    assert together.interval.low < 0.3


@pytest.mark.parametrize(
    ("good", "total"), [([], []), ([2.0], [1.0]), ([0.0], [0.0]), ([1.0], [1.0, 2.0])]
)
def test_numbers_out_of_range_are_refused(good, total):
    with pytest.raises(OptionError, match="good <= total"):
        estimate_share(good, total)
