"""Tests of `optimizer.production.lot_sizing.conflicts`."""

from dataclasses import replace
from itertools import count

import numpy as np

from optimizer import SolveOptions
from optimizer.production.lot_sizing import Resources, plan_lots
from optimizer.production.lot_sizing.conflicts import find_conflicts

OPTIONS = SolveOptions(monotonic_s=lambda: 0.0, work_limit=1)


def test_conflicts_are_disjoint_minimal_and_named(two_shops):
    conflicts = find_conflicts(two_shops, OPTIONS)
    assert [(c.items, c.until, c.resources) for c in conflicts] == [
        ((0, 1), 1, (0,)),
        ((3,), 2, (1,)),
    ]
    assert all(conflict.verified for conflict in conflicts)
    assert conflicts[0].sentence == (
        "demand of 18 of 'a', 9 of 'b' until period tue does not fit: "
        "'saw' has 20 by then"
    )


def test_what_is_left_without_a_conflict_has_a_plan(two_shops):
    conflicts = find_conflicts(two_shops, OPTIONS)
    demand = two_shops.demand.copy()
    for conflict in conflicts:
        demand[conflict.items[0]] = 0.0
    assert plan_lots(replace(two_shops, demand=demand), OPTIONS).status == "optimal"


def test_no_conflict_where_there_is_a_plan(two_shops):
    large = Resources(capacity=np.full((2, 3), 100.0))
    assert find_conflicts(replace(two_shops, resources=large), OPTIONS) == ()


def test_out_of_time_says_that_nothing_is_proven(two_shops):
    def found_within(limit_s):
        ticks = count()  # each look at the clock takes a second
        options = SolveOptions(
            monotonic_s=lambda: float(next(ticks)), time_limit_s=limit_s
        )
        return find_conflicts(two_shops, options)

    assert all(conflict.verified for conflict in found_within(10_000.0))
    # How often solvers look depends on the machine: one of these ends in between.
    cut = [one for limit in range(10, 80, 5) for one in found_within(float(limit))]
    assert not all(conflict.verified for conflict in cut)
