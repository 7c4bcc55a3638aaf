"""The best schedule is never lost."""

import math

import numpy as np

from optimizer.production.scheduling.search.incumbent import Found, Incumbent


def found(cost):
    none = np.zeros(0, dtype=np.int64)
    return Found(cost, none, none, none)


def test_only_better_schedules_are_taken_and_told():
    told = []
    incumbent = Incumbent(lambda: 2.0, bound=5, on_progress=told.append)
    assert incumbent.offer(found(9))
    assert not incumbent.offer(found(9))
    assert incumbent.offer(found(7))
    assert [(x.objective, x.bound, x.seconds) for x in told] == [(9, 5, 2), (7, 5, 2)]
    assert incumbent.history == told
    assert incumbent.best.cost == 7


def test_a_bound_above_a_schedule_proves_nothing():
    incumbent = Incumbent(lambda: 0.0, bound=1)
    incumbent.raise_bound(3)
    assert incumbent.bound == 3
    assert not incumbent.proven
    incumbent.offer(found(4))
    incumbent.raise_bound(2)
    assert incumbent.bound == 3
    incumbent.raise_bound(9)
    assert incumbent.bound == 3
    assert not incumbent.proven
    incumbent.raise_bound(4)
    assert incumbent.proven


def test_what_comes_after_the_end_is_not_taken():
    told = []
    incumbent = Incumbent(lambda: 0.0, bound=1, on_progress=told.append)
    incumbent.offer(found(4))
    assert incumbent.close().cost == 4
    assert not incumbent.offer(found(3))
    incumbent.raise_bound(2)
    assert (incumbent.best.cost, incumbent.bound, len(told)) == (4, 1, 1)


def test_it_tells_how_long_nothing_was_found():
    seconds = iter([1.0, 3.5])
    incumbent = Incumbent(lambda: next(seconds), bound=0)
    assert incumbent.idle_s == math.inf
    incumbent.offer(found(5))
    assert incumbent.idle_s == 2.5
