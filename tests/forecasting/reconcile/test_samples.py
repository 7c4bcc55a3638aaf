import numpy as np
import pytest

from forecasting.errors import OptionError
from forecasting.reconcile import ordered_samples


def correlated(n_leaves, n, rng):
    """Errors with a correlation of 0.8 between leaves and of 0.6 between steps."""
    shocks = np.sqrt(0.8) * rng.normal(size=n) + np.sqrt(0.2) * rng.normal(
        size=(n_leaves, n)
    )
    errors = np.empty_like(shocks)
    errors[:, 0] = shocks[:, 0]
    for t in range(1, n):
        errors[:, t] = 0.6 * errors[:, t - 1] + 0.8 * shocks[:, t]
    return errors


def test_sums_of_ordered_samples_have_the_spread_of_the_past():
    rng = np.random.default_rng(0)
    errors = correlated(5, 3_000, rng)
    samples = rng.normal(size=(5, 2, 2_000))
    found = ordered_samples(samples, errors, rng)
    spread = found.sum(axis=0).var(axis=-1)
    assert samples.sum(axis=0).var(axis=-1) == pytest.approx([5.0, 5.0], rel=0.1)
    assert spread == pytest.approx([5.0 + 20 * 0.8] * 2, rel=0.1)
    both_steps = np.corrcoef(found[0])[0, 1]
    assert both_steps == pytest.approx(0.6, abs=0.06)


def test_samples_of_each_leaf_and_step_stay():
    rng = np.random.default_rng(1)
    samples = rng.poisson(2.0, (3, 4, 50)).astype(float)
    found = ordered_samples(samples, rng.normal(size=(3, 20)), rng)
    assert (np.sort(found, axis=-1) == np.sort(samples, axis=-1)).all()


def test_equal_errors_tie_nothing_together():
    rng = np.random.default_rng(2)
    found = ordered_samples(rng.normal(size=(2, 1, 4_000)), np.zeros((2, 9)), rng)
    assert abs(np.corrcoef(found[:, 0])[0, 1]) < 0.05


def test_the_same_seed_gives_the_same_order():
    samples = np.random.default_rng(3).normal(size=(2, 3, 10))
    errors = np.random.default_rng(4).normal(size=(2, 12))
    first, again = (
        ordered_samples(samples, errors, np.random.default_rng(5)) for _ in range(2)
    )
    assert (first == again).all()


@pytest.mark.parametrize(
    ("samples", "residuals", "words"),
    [
        (np.ones((2, 3)), np.ones((2, 5)), "samples must have the shape"),
        (np.ones((2, 3, 0)), np.ones((2, 5)), "samples must have the shape"),
        (np.ones((2, 3, 4)), np.ones((2, 2)), "2 rows and 3 columns or more"),
        (np.full((2, 3, 4), np.nan), np.ones((2, 5)), "samples must be finite"),
        (np.ones((2, 3, 4)), np.full((2, 5), np.inf), "residuals must be finite"),
    ],
)
def test_ordered_samples_refuses_what_does_not_fit(samples, residuals, words):
    with pytest.raises(OptionError, match=words):
        ordered_samples(samples, residuals, np.random.default_rng(0))
