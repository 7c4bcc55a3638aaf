import numpy as np
import pytest
from scipy.stats import ttest_rel

from twin.simulate.replicate import mean_interval, quantile_interval, tables

NAN = float("nan")
VALUES = {
    "now": {
        "cost": np.array([10.0, 12.0, 11.0, 15.0]),
        "delay": np.array([1.0, NAN, 2.0, NAN]),
    },
    "new": {
        "cost": np.array([9.0, 11.5, 10.0, 13.0]),
        "delay": np.array([1.0, 4.0, NAN, NAN]),
        "wear": np.array([0.5, 0.5, 0.5, 0.5]),
    },
}


def row(frame, scenario, measure):
    [found] = frame.filter(scenario=scenario, measure=measure).to_dicts()
    return found


def test_means_count_what_is_missing():
    frame = tables.means(VALUES, 0.95, simultaneous=False)
    assert frame.columns == list(tables.MEANS)
    assert frame.height == 5
    delay = row(frame, "now", "delay")
    assert (delay["mean"], delay["min"], delay["max"]) == (1.5, 1.0, 2.0)
    assert (delay["n"], delay["n_missing"]) == (2, 2)


def test_measure_that_is_never_defined_is_null():
    never = {"now": {"delay": np.array([NAN, NAN])}}
    found = row(tables.means(never, 0.95, simultaneous=False), "now", "delay")
    assert {k for k, v in found.items() if v is None} == {
        "mean", "half_width", "std", "min", "max"
    }  # fmt: skip
    assert (found["n"], found["n_missing"]) == (0, 2)
    quantile = row(tables.quantiles(never, [0.5], 0.95), "now", "delay")
    assert quantile["quantile"] is None


def test_simultaneous_intervals_are_those_of_all_rows():
    frame = tables.means(VALUES, 0.9, simultaneous=True)
    expected = mean_interval(VALUES["now"]["cost"], confidence=0.9, n_statements=5)
    assert row(frame, "now", "cost")["half_width"] == expected.half_width


def test_differences_are_paired():
    frame = tables.differences(VALUES, "now", confidence=0.95, simultaneous=False)
    assert frame.columns == list(tables.DIFFERENCES)
    assert frame["measure"].to_list() == ["cost", "delay"]  # wear has no other
    found = row(frame, "new", "cost")
    now, new = VALUES["now"]["cost"], VALUES["new"]["cost"]
    interval = ttest_rel(new, now).confidence_interval(0.95)
    assert found["difference"] == -1.125
    assert found["half_width"] == pytest.approx((interval.high - interval.low) / 2)
    assert found["correlation"] == pytest.approx(np.corrcoef(now, new)[0, 1])
    independent = now.var(ddof=1) + new.var(ddof=1)
    assert found["variance_ratio"] == pytest.approx(
        independent / (new - now).var(ddof=1)
    )


def test_pair_with_a_missing_value_is_missing():
    frame = tables.differences(VALUES, "now", confidence=0.95, simultaneous=False)
    delay = row(frame, "new", "delay")
    assert (delay["difference"], delay["n"], delay["n_missing"]) == (0.0, 1, 3)
    assert delay["half_width"] is None
    assert delay["median"] == 0.0
    assert delay["median_low"] is None


def test_difference_that_never_varies_has_no_ratio():
    values = {"now": {"cost": np.arange(5.0)}, "new": {"cost": np.arange(5.0) + 1}}
    frame = tables.differences(values, "now", confidence=0.95, simultaneous=False)
    found = row(frame, "new", "cost")
    assert found["variance_ratio"] is None
    assert (found["half_width"], found["correlation"]) == (0.0, 1.0)


def test_independent_scenarios_have_ratio_one_and_common_noise_more():
    rng = np.random.default_rng(6)
    common, own = rng.normal(size=4000), 0.1 * rng.normal(size=4000)
    values = {
        "now": {"cost": common},
        "apart": {"cost": rng.normal(size=4000)},
        "paired": {"cost": common + own},
    }
    frame = tables.differences(values, "now", confidence=0.95, simultaneous=False)
    apart = row(frame, "apart", "cost")["variance_ratio"]
    assert apart == pytest.approx(1.0, abs=0.06)
    paired = row(frame, "paired", "cost")["variance_ratio"]
    assert paired == pytest.approx((1 + 1.01) / 0.01, rel=0.1)


def test_quantiles_have_a_row_for_each_probability():
    values = {"now": {"cost": np.random.default_rng(1).normal(size=100)}}
    frame = tables.quantiles(values, [0.5, 0.999], 0.95)
    assert frame.columns == list(tables.QUANTILES)
    expected = quantile_interval(values["now"]["cost"], 0.5)
    middle, far = frame.to_dicts()
    assert (middle["low"], middle["high"]) == (expected.low, expected.high)
    assert far["high"] is None  # 100 values say nothing of what lies above
    assert far["low"] is not None
