"""Named constraints and causes, against brute force, on a few cases."""

from dataclasses import replace

import pytest

from benchmarks.workloads.explaining.brute import served_without
from benchmarks.workloads.explaining.judging import (
    agrees,
    asking,
    differing,
    holds,
)
from twin.explain.causes import causes_of
from twin.explain.constraints import FLOW
from twin.explain.why import Tried, why_late


@pytest.mark.slow
def test_named_constraint_is_the_best_and_another_is_not():
    (one,) = asking(1)
    found = why_late(one.played, one.asked)
    assert found.binds is not None
    assert agrees(found, one)
    # The judge tells a wrong name: that of a constraint without which nothing changes.
    without = served_without(one.played, found.tree, one.asked)
    assert len(set(without.values())) > 1
    best = next(one.gain_us for one in found.tried if one.constraint == found.binds)
    worse = next(
        tried.constraint
        for tried in found.tried
        if tried.constraint.kind in FLOW and tried.gain_us < best
    )
    assert not agrees(replace(found, tried=(Tried(worse, None, best),)), one)


@pytest.mark.slow
def test_causes_hold_and_another_set_does_not():
    (one,) = differing(1)
    found = causes_of(one.pair, tries=1000)
    assert found.causes
    assert all(holds(one.pair, cause) for cause in found.causes[:3])
    empty = replace(found.causes[0], differences=(), is_whole=True)
    assert not holds(one.pair, empty)
