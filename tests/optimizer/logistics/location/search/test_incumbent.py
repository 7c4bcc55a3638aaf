import numpy as np

from optimizer.logistics.location.search.incumbent import Found, Incumbent


def found(cost):
    return Found(cost, np.zeros(1, dtype=np.int64))


def test_best_is_kept_and_told():
    told = []
    incumbent = Incumbent(lambda: 1.0, told.append)
    incumbent.offer(None)
    incumbent.offer(found(10.0))
    incumbent.offer(found(12.0))
    incumbent.raise_bound(4.0)
    incumbent.raise_bound(3.0)
    assert [(line.objective, line.bound) for line in told] == [(10.0, 0.0), (10.0, 4.0)]
    assert not incumbent.proven
    incumbent.raise_bound(10.0)
    assert incumbent.proven


def test_nothing_is_taken_once_closed():
    incumbent = Incumbent(lambda: 0.0)
    incumbent.offer(found(10.0))
    assert incumbent.close().cost == 10.0
    incumbent.offer(found(5.0))
    incumbent.raise_bound(9.0)
    assert (incumbent.cost, incumbent.bound) == (10.0, 0.0)
