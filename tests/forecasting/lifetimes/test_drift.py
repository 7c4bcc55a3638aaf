import numpy as np
import pytest

from forecasting.errors import OptionError
from forecasting.lifetimes import Lifetimes, duration_drift, share_drift
from forecasting.lifetimes.drift import bridge_probability


def test_bridge_probability_equals_the_table():
    """Critical values of the Kolmogorov law, Smirnov (1948)."""
    assert bridge_probability(1.2239) == pytest.approx(0.10, abs=1e-4)
    assert bridge_probability(1.6276) == pytest.approx(0.01, abs=1e-4)
    assert bridge_probability(0.1) == 1.0


@pytest.mark.parametrize("law", ["exponential", "lognormal"])
def test_steady_durations_are_rarely_flagged(law, drawn):
    flagged = sum(
        duration_drift(drawn(seed, law, n=80, censoring=6.0)).is_flagged
        for seed in range(10_000, 10_500)
    )
    assert flagged <= 14  # 5 expected at 1 %; more than 14 once in a thousand


def test_slower_machine_is_flagged_where_it_became_so():
    rng = np.random.default_rng(1)
    times = np.concatenate([rng.gamma(4, 1.0, 120), rng.gamma(4, 1.5, 80)])
    drift = duration_drift(Lifetimes.of(times))
    assert drift.is_flagged
    assert drift.change == pytest.approx(120, abs=12)
    assert drift.after / drift.before == pytest.approx(1.5, rel=0.15)


def test_late_entry_alone_is_no_drift():
    rng = np.random.default_rng(2)
    age = np.repeat([0.0, 3.0], 150)
    sample = Lifetimes.of(age + rng.exponential(4.0, 300), None, age)
    assert not duration_drift(sample).is_flagged


def test_share_that_falls_is_flagged_and_a_steady_one_not():
    rng = np.random.default_rng(3)
    steady = rng.binomial(20, 0.9, 200)
    assert not share_drift(steady, np.full(200, 20)).is_flagged
    fallen = np.concatenate([steady[:100], rng.binomial(20, 0.8, 100)])
    drift = share_drift(fallen, np.full(200, 20))
    assert drift.is_flagged
    assert drift.before == pytest.approx(0.9, abs=0.03)
    assert drift.after == pytest.approx(0.8, abs=0.03)


def test_few_or_equal_values_are_never_flagged():
    assert duration_drift(Lifetimes.of([1.0, 9.0, 30.0])).p_value == 1.0
    assert share_drift(np.full(50, 4.0), np.full(50, 4.0)).p_value == 1.0


def test_shapes_must_be_one():
    with pytest.raises(OptionError, match="one shape"):
        share_drift([1.0], [1.0, 2.0])
