"""Tests of `optimizer.production.lot_sizing.search.incumbent`."""

from optimizer.production.lot_sizing.search.incumbent import Found, Incumbent


def _found(cost):
    return Found(cost, None)


def test_incumbent_keeps_the_best_and_tells():
    told = []
    incumbent = Incumbent(lambda: 2.0, on_progress=told.append)
    assert incumbent.offer(_found(10.0))
    assert not incumbent.offer(_found(11.0))
    incumbent.raise_bound(9.0)
    incumbent.raise_bound(8.0)
    assert not incumbent.proven
    assert incumbent.offer(_found(9.0))
    assert incumbent.proven
    assert [(line.objective, line.bound) for line in told] == [(10, 0), (10, 9), (9, 9)]


def test_incumbent_takes_nothing_once_closed():
    incumbent = Incumbent(lambda: 0.0)
    incumbent.offer(_found(5.0))
    assert incumbent.close().cost == 5.0
    assert not incumbent.offer(_found(4.0))
    incumbent.raise_bound(5.0)
    assert incumbent.bound == 0.0
