import numpy as np
import pytest

from forecasting.errors import OptionError
from forecasting.lifetimes import Lifetimes, observed_law


def test_law_without_censoring_is_the_sample_itself(drawn):
    sample = drawn(1, "lognormal", n=50)
    law = observed_law(sample)
    assert law.value.tolist() == sorted(sample.duration.tolist())
    assert law.mean == pytest.approx(sample.duration.mean())
    assert law.cv == pytest.approx(sample.duration.std() / sample.duration.mean())
    assert law.tail == 0.0


def test_thinned_law_keeps_the_mean_and_the_weights(drawn):
    sample = drawn(2, "gamma", n=900)
    law = observed_law(sample, n_points=40)
    assert len(law.value) == 40
    assert law.weight.sum() == pytest.approx(1.0)
    assert law.mean == pytest.approx(sample.duration.mean())
    assert (np.diff(law.value) > 0).all()


def test_censored_law_has_the_mean_that_a_plain_average_misses(drawn):
    sample = drawn(3, "exponential", n=4000, censoring=4.0)
    law = observed_law(sample)
    seen = sample.duration[sample.is_observed]
    assert law.mean == pytest.approx(2.0, rel=0.05)
    assert seen.mean() < 1.5


def test_tail_beyond_the_last_end_is_kept():
    law = observed_law(Lifetimes.of([1.0, 2.0, 5.0, 5.0], [True, True, False, False]))
    assert law.tail == pytest.approx(0.5)
    assert law.value[-1] > 5.0
    assert law.weight.sum() == pytest.approx(1.0)


def test_interval_of_the_mean_covers(drawn):
    held = 0
    for seed in range(10_000, 10_300):
        law = observed_law(drawn(seed, "gamma", n=60, censoring=12.0))
        held += law.mean_interval.holds(2.0)
    assert held / 300 == pytest.approx(0.95, abs=0.045)


def test_tail_that_nobody_saw_end_widens_the_interval():
    seen = np.repeat([True, False], [13, 9])
    together = observed_law(Lifetimes.of(np.full(22, 5.0) + np.arange(22) / 100, seen))
    low, high = together.mean_interval.low, together.mean_interval.high
    assert high / low > 1.5


def test_quantile_is_that_of_the_product_limit():
    law = observed_law(Lifetimes.of([1.0, 2.0, 3.0, 4.0]))
    assert [law.quantile(level) for level in (0.1, 0.25, 0.5, 0.51, 1.0)] == [
        1.0, 1.0, 2.0, 3.0, 4.0,
    ]  # fmt: skip


def test_too_few_ends_are_refused():
    with pytest.raises(OptionError, match="2 ends"):
        observed_law(Lifetimes.of([1.0, 2.0], [True, False]))
