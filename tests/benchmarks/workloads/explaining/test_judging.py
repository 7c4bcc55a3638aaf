"""Named constraints and causes, against brute force, on a few cases."""

from dataclasses import replace
from itertools import count

import pytest

from benchmarks.workloads.explaining.brute import kept, removals, served_without
from benchmarks.workloads.explaining.judging import (
    agrees,
    asking,
    differing,
    holds,
)
from twin.explain.causes import causes_of
from twin.explain.constraints import FLOW, tree_of
from twin.explain.why import Tried, why_late
from twin.model.changes.apply import rebuilt
from twin.model.network import with_tables


@pytest.mark.slow
def test_named_constraint_is_the_best_and_another_is_not():
    one = next(found for seed in count() if (found := asking(seed)) is not None)
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
    one = next(found for seed in count() if (found := differing(seed)) is not None)
    found = causes_of(one.pair, tries=1000)
    assert found.causes
    assert all(holds(one.pair, cause) for cause in found.causes[:3])
    empty = replace(found.causes[0], differences=(), is_whole=True)
    assert not holds(one.pair, empty)


@pytest.mark.slow
def test_networks_without_a_constraint_are_what_a_check_would_build():
    one = next(found for seed in count(3) if (found := asking(seed)) is not None)
    tree = tree_of(one.played, one.asked)
    network = one.played.grounds.network
    cases = removals(one.played, tree, kept(one.played, tree))
    changed = [frames for frames, _ in cases.values() if frames]
    assert changed
    for frames in changed:
        fast, checked = with_tables(network, frames), rebuilt(network, frames)
        assert fast.hash == checked.hash != network.hash
        assert fast.lanes.lead_time_s.tolist() == checked.lanes.lead_time_s.tolist()
        assert fast.machines.speed.tolist() == checked.machines.speed.tolist()
