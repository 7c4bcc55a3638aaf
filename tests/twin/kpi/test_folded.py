"""The arithmetic that measures share."""

import numpy as np

from twin.kpi.folded import lateness, ratio, ratios, spread, sum_by


def test_nothing_divided_by_nothing_is_no_number():
    assert np.isnan(ratio(0.0, 0.0))
    assert ratio(1.0, 2.0) == 0.5
    assert np.isnan(ratios(np.array([1.0, 1.0]), np.array([0.0, 4.0]))).tolist() == [
        True, False,
    ]  # fmt: skip


def test_spread_of_no_durations_is_no_number():
    assert all(np.isnan(value) for value in spread("x", np.zeros(0, np.int64)).values())


def test_early_counts_as_in_time():
    late = lateness("t", np.array([-5, 0, 3]) * 1_000_000, count="n")
    assert late == {"t_mean_s": 1.0, "t_total_s": 3.0, "t_max_s": 3.0, "n": 1.0}
    assert lateness("t", np.zeros(0, np.int64), count="n")["n"] == 0.0


def test_sums_leave_group_minus_one_out():
    groups = np.array([0, -1, 0, 2], np.int32)
    assert sum_by(groups, np.array([1, 2, 3, 4]), 3).tolist() == [4, 0, 4]


def test_times_in_the_window_and_means_over_it(measure):
    folded = measure(window=(0, 12)).folded()
    start, end = folded.window
    assert folded.inside(np.array([start - 1, start, end - 1, end])).tolist() == [
        False, True, True, False,
    ]  # fmt: skip
    assert (folded.span_us, folded.days) == (12 * 3_600_000_000, 0.5)
    assert folded.mean_level(folded.tables.on_hand).sum() == 110
