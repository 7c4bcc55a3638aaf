import math

import numpy as np
import pytest

from twin.calibrate import Sample, estimate

KEY = {"item": "tea", "site": "*", "step": 2}


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def test_durations_get_law_interval_and_evidence(durations, rng):
    values = rng.gamma(4.0, 25.0, 300)
    seen = np.arange(300) % 10 != 0
    (one,) = estimate(durations(values * np.where(seen, 1.0, 0.5), seen), rng)
    assert (one.n, one.n_censored, one.name) == (300, 30, "lanes buy lead_time_s")
    assert one.interval.low < one.value < one.interval.high
    assert one.interval.low < 100.0 < one.interval.high
    assert one.law == "gamma"
    assert one.cv == pytest.approx(0.5, abs=0.07)
    assert one.p_value > 0.01
    assert one.drift_us is None


def test_too_few_ends_give_no_estimate(durations, rng):
    assert estimate(durations(np.ones(7)), rng) == []
    assert estimate(durations(np.ones(20), np.arange(20) < 7), rng) == []


def test_drift_is_told_with_its_time(durations, rng):
    values = rng.gamma(9.0, 1.0, 100) * np.repeat([1.0, 2.0], [60, 40])
    sample = durations(values)
    (one,) = estimate(sample, rng)
    assert one.drift.is_flagged
    days = (one.drift_us - int(sample.began_us[0])) / 86_400e6
    assert days == pytest.approx(60, abs=5)


def test_two_humps_give_the_observed_law(durations, rng):
    humps = np.concatenate([rng.normal(10, 0.5, 60), rng.normal(50, 1.0, 60)])
    (one,) = estimate(durations(rng.permutation(humps)), rng)
    assert one.law == "observed"
    assert one.observed.weight.sum() == pytest.approx(1.0)
    assert one.value == pytest.approx(humps.mean())


def setup_sample(durations, rng, *, true_setup, stated):
    quantity = rng.integers(1, 15, 200).astype(float)
    whole = true_setup + quantity * rng.gamma(9.0, 1.0, 200)
    each = np.maximum(whole - stated, 0.0) / quantity
    return durations(each, table="routings", key=KEY, fixed_s=stated, quantity=quantity)


def test_setup_of_the_network_is_kept_where_nothing_speaks_against_it(durations, rng):
    sample = setup_sample(durations, rng, true_setup=30.0, stated=30.0)
    setup, each = estimate(sample, rng)
    assert (setup.column, setup.law, setup.value) == ("setup_s", "kept", 30.0)
    assert setup.interval.low < 30.0 < setup.interval.high
    assert each.value == pytest.approx(9.0, rel=0.1)


def test_wrong_setup_is_replaced_and_the_process_time_with_it(durations, rng):
    sample = setup_sample(durations, rng, true_setup=60.0, stated=5.0)
    setup, each = estimate(sample, rng)
    assert setup.law == "constant"
    assert setup.value == pytest.approx(60.0, rel=0.1)
    assert each.value == pytest.approx(9.0, rel=0.1)
    assert each.interval.low < 9.0 < each.interval.high


def test_equal_quantities_leave_the_setup_alone(durations, rng):
    sample = durations(
        rng.gamma(9.0, 1.0, 50), table="routings", key=KEY, fixed_s=30.0,
        quantity=np.full(50, 4.0),
    )  # fmt: skip
    assert [one.column for one in estimate(sample, rng)] == ["duration_s"]


def test_share_is_divided_by_what_others_have_in_it():
    began = np.arange(40, dtype=np.int64)
    good = np.full(40, 9.0)
    good[::2] = 7.0
    sample = Sample(
        "routings", KEY, "yield_rate", began, good=good, total=np.full(40, 10.0),
        scale=0.9,
    )  # fmt: skip
    (one,) = estimate(sample, None)
    assert (one.law, one.n) == ("share", 40)
    assert one.value == pytest.approx(0.8 / 0.9)
    assert one.interval.low < one.value < one.interval.high <= 1.0
    assert math.isnan(one.p_value)
