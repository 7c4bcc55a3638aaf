"""Groups that learn from each other."""

import numpy as np
import pytest

from forecasting import OptionError
from forecasting.failure.pooling import fit_pooled_lives, pooled_survival


def lives(n_by_group, rates, seed):
    """Weibull lives of groups, of the shape 2, seen until a time at most."""
    shape, until = 2.0, 1.5
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(len(rates)), n_by_group)
    life = (rng.exponential(size=len(group)) / np.array(rates)[group]) ** (1 / shape)
    return np.minimum(life, until), life < until, group


def test_published_rates_of_pumps_are_met():
    """Data of Gaver, O'Muircheartaigh (1987); 0.82 and 1.26 by maximum likelihood.

    A pump that failed n times in a time has n + 1 lives between, the last not ended.
    """
    failures = [5, 1, 5, 14, 3, 19, 1, 1, 4, 22]
    times = [94.3, 15.7, 62.9, 126.0, 5.24, 31.4, 1.05, 1.05, 2.1, 10.5]
    counts = [n + 1 for n in failures]
    group = np.repeat(np.arange(10), counts)
    duration = np.repeat(np.array(times) / counts, counts)
    failed = np.diff(group, append=10) == 0
    pooled = fit_pooled_lives(duration, failed, group, shape=1.0)
    assert pooled.n_failed[list(map(int, pooled.groups))].tolist() == failures
    assert pooled.weight == pytest.approx(0.82, abs=0.005)
    assert pooled.exposure == pytest.approx(1.26, abs=0.005)


def test_shape_and_spread_of_groups_are_found():
    rng = np.random.default_rng(1)
    rates = rng.gamma(3.0, 1.0 / 3.0, 400)
    pooled = fit_pooled_lives(*lives(10, rates, 2))
    assert pooled.shape == pytest.approx(2.0, rel=0.04)
    assert pooled.weight == pytest.approx(3.0, rel=0.25)
    assert pooled.weight / pooled.exposure == pytest.approx(1.0, rel=0.08)


def test_a_cold_group_is_told_better_than_from_itself_or_from_all_alike():
    rng = np.random.default_rng(3)
    rates = rng.gamma(3.0, 1.0 / 3.0, 80)
    sizes = np.where(np.arange(80) < 40, 30, 3)  # half of the groups are new
    pooled = fit_pooled_lives(*lives(sizes, rates, 4))
    truth = np.exp(-rates[40:])
    told = np.array([pooled_survival(pooled, str(k), 0.0, 1.0) for k in range(40, 80)])
    new = pooled_survival(pooled, "never seen", 0.0, 1.0)
    at = [pooled.groups.index(str(k)) for k in range(40, 80)]
    alone = np.exp(-pooled.n_failed[at] / pooled.exposed[at])
    error, error_alone, error_alike = (
        np.mean((guess - truth) ** 2) for guess in (told, alone, new)
    )
    assert error < 0.8 * error_alone
    assert error < 0.9 * error_alike


def test_survival_falls_from_one_and_faster_with_age():
    pooled = fit_pooled_lives(*lives(20, [0.5, 1.0, 2.0], 5))
    curve = pooled_survival(pooled, "1", 0.0, [0.0, 0.5, 1.0, 3.0])
    assert curve[0] == 1.0
    assert (np.diff(curve) < 0.0).all()
    assert pooled_survival(pooled, "1", 1.0, 0.5) < curve[1]


def test_groups_that_do_not_differ_count_as_one():
    pooled = fit_pooled_lives(*lives(200, [1.0] * 5, 6))
    far = [pooled_survival(pooled, str(k), 0.0, 1.0) for k in range(5)]
    assert np.ptp(far) < 0.04


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        (([1.0, 2.0], [True], ["a", "b"]), r"must have one shape \(n,\)"),
        (([0.0, 2.0], [True, True], ["a", "b"]), "must be > 0 and finite"),
        (([1.0, 2.0], [True, False], ["a", "b"]), "two units must have failed"),
        (([1.0, 2.0], [True, True], ["a", "a"]), "of 1 groups"),
    ],
)
def test_samples_that_do_not_fit_are_refused(sample, message):
    with pytest.raises(OptionError, match=message):
        fit_pooled_lives(*sample)


def test_shapes_out_of_range_are_refused():
    with pytest.raises(OptionError, match="shape must be > 0 and finite, was 0"):
        fit_pooled_lives([1.0, 2.0], [True, True], ["a", "b"], shape=0.0)


def test_equal_lives_have_no_shape_to_find():
    with pytest.raises(OptionError, match="6 lives from 5 to 5 are too equal"):
        fit_pooled_lives([5.0] * 6, [True] * 6, list("aaabbb"))
    known = fit_pooled_lives([5.0] * 6, [True] * 6, list("aaabbb"), shape=2.0)
    assert 0.0 < pooled_survival(known, "a", 0.0, 5.0) < 1.0
    with pytest.raises(OptionError, match=r"about 5 to the power of the shape 900"):
        fit_pooled_lives([5.0] * 6, [True] * 6, list("aaabbb"), shape=900.0)


@pytest.mark.parametrize(
    ("age", "ahead", "message"),
    [(-1.0, 1.0, "age must be >= 0"), (1.0, [2.0, -0.5], "ahead must .* was -0.5")],
)
def test_times_below_zero_are_refused(age, ahead, message):
    pooled = fit_pooled_lives(*lives(20, [0.5, 1.0], 5))
    with pytest.raises(OptionError, match=message):
        pooled_survival(pooled, "1", age, ahead)
