import math

import numpy as np
import pytest

from twin.errors import OptionError
from twin.simulate.replicate import ReplicateOptions, Target, mean_interval
from twin.simulate.replicate.stopping import Stopping

NAN = float("nan")


def stopping(*targets, names=("now", "new"), **more):
    return Stopping(
        ReplicateOptions(**{"n_max": 1000, "targets": targets} | more), names
    )


def feed(stopping, **columns):
    """Add replications of measure "cost", one a position of the columns."""
    for row in zip(*columns.values(), strict=True):
        stopping.add({n: {"cost": v} for n, v in zip(columns, row, strict=True)})


def test_half_width_is_that_of_the_values_so_far():
    values = np.random.default_rng(3).gamma(2.0, size=40) + 1e6
    looked = stopping(Target(measure="cost", half_width=1.0), names=("now",))
    feed(looked, now=values)
    [statement] = looked.statements
    assert statement.mean == pytest.approx(values.mean())
    assert looked.half_width(statement) == pytest.approx(
        mean_interval(values).half_width
    )


def test_statements_share_the_risk():
    looked = stopping(
        Target(measure="cost", half_width=1.0),
        Target(measure="cost", half_width=1.0, baseline="now"),
    )
    feed(looked, now=[1.0, 2.0, 4.0], new=[1.0, 3.0, 6.0])
    kinds = [(s.scenario, s.target.baseline) for s in looked.statements]
    assert kinds == [("now", None), ("new", None), ("new", "now")]
    assert looked.half_width(looked.statements[0]) == pytest.approx(
        mean_interval([1.0, 2.0, 4.0], n_statements=3).half_width
    )
    assert looked.half_width(looked.statements[2]) == pytest.approx(
        mean_interval([0.0, 1.0, 2.0], n_statements=3).half_width
    )


def test_all_targets_must_be_met_at_once():
    looked = stopping(Target(measure="cost", half_width=0.1), n_min=2)
    feed(looked, now=[1.0, 1.0], new=[1.0, 9.0])
    assert [looked.holds(s) for s in looked.statements] == [True, False]
    assert not looked.is_met()


def test_targets_are_not_looked_at_before_n_min_values():
    looked = stopping(Target(measure="cost", half_width=1.0), names=("now",), n_min=5)
    feed(looked, now=[3.0] * 4 + [NAN])
    assert not looked.is_met()  # the fifth has no value
    assert looked.n_expected(5) == 5
    feed(looked, now=[3.0])
    assert looked.is_met()


def test_without_targets_nothing_is_met():
    looked = stopping()
    feed(looked, now=[1.0] * 20, new=[1.0] * 20)
    assert not looked.is_met()
    assert looked.n_expected(20) == 1000


def test_relative_target_of_mean_zero_needs_certainty():
    looked = stopping(Target(measure="cost", relative=0.1), names=("now",), n_min=2)
    feed(looked, now=[-1.0, 1.0])
    assert not looked.is_met()
    assert looked.n_expected(2) == 1000
    constant = stopping(Target(measure="cost", relative=0.1), names=("now",), n_min=2)
    feed(constant, now=[0.0, 0.0])
    assert constant.is_met()


def test_expected_number_grows_with_the_square_of_what_is_missing():
    looked = stopping(Target(measure="cost", half_width=0.1), names=("now",))
    feed(looked, now=np.tile([0.0, 2.0], 10))
    wide = looked.half_width(looked.statements[0])
    assert looked.n_expected(20) == math.ceil(20 * (wide / 0.1) ** 2)


def test_half_width_is_unknown_below_two_values():
    looked = stopping(Target(measure="cost", half_width=0.5), names=("now",))
    feed(looked, now=[1.0])
    assert looked.half_width(looked.statements[0]) == math.inf


def test_target_of_an_unknown_measure_is_refused():
    looked = stopping(Target(measure="profit", half_width=1.0))
    with pytest.raises(OptionError, match=r"'profit': scenario 'now' has no .*'co"):
        feed(looked, now=[1.0], new=[1.0])
