"""Intervals against numbers worked out by hand."""

from types import SimpleNamespace

import pytest

from twin.cli.intervals import MEASURES, interval, intervals


def run_of(**results):
    """Policies of one seed; each measure of a policy is the same number."""
    return SimpleNamespace(
        results=[
            SimpleNamespace(
                policy=policy,
                table=SimpleNamespace(
                    totals=lambda v=value: dict.fromkeys(MEASURES, v)
                ),
            )
            for policy, value in results.items()
        ]
    )


@pytest.mark.parametrize(
    ("values", "mean", "half_width"),
    [
        ([1.0, 3.0], 2.0, 12.706),  # deviation sqrt(2), over sqrt(2)
        ([2.0, 4.0, 6.0, 8.0], 5.0, 3.182 * (20 / 3) ** 0.5 / 2),
        ([5.0] * 8, 5.0, 0.0),
    ],
)
def test_interval_is_that_of_student(values, mean, half_width):
    assert interval(values) == pytest.approx((mean, half_width))


def test_interval_between_two_points_is_the_wider():
    # 13 values have 12 degrees of freedom, for which the point is 2.179.
    values = [0.0] * 6 + [1.0] * 7
    deviation = (6 * 7 / 13 / 12) ** 0.5
    assert interval(values)[1] == pytest.approx(2.262 * deviation / 13**0.5)


def test_differences_are_paired_by_seed():
    runs = [run_of(mpc=10.0, best=13.0), run_of(mpc=20.0, best=23.0)]
    rows = [row for row in intervals(runs) if row.measure == "profit"]
    assert [row.policy for row in rows] == ["mpc", "best"]
    assert (rows[0].difference, rows[0].difference_half_width) == (0.0, 0.0)
    assert (rows[1].mean, rows[1].difference) == (18.0, 3.0)
    # Seeds differ by 10, policies on one seed always by 3.
    assert rows[1].half_width == pytest.approx(12.706 * 5.0)
    assert rows[1].difference_half_width == 0.0


def test_every_measure_has_a_row_for_each_policy():
    rows = intervals([run_of(a=1.0, b=2.0), run_of(a=2.0, b=1.0)])
    assert [(r.measure, r.policy) for r in rows] == [
        (measure, policy) for measure in MEASURES for policy in ("a", "b")
    ]
