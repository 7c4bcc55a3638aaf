"""Searches in threads and in step."""

from itertools import count

import pytest

from optimizer import SolveOptions
from optimizer.production.scheduling.repair.running import Run


class Falling:
    """Costs one less with each slice."""

    def __init__(self, cost, *, error=None):
        self.cost, self.error = cost, error
        self.feasible, self.done = True, False
        self.work = 0

    def improve(self, work):
        if self.error is not None:
            raise self.error
        self.work += work
        self.cost = max(self.cost - 1, 0)
        self.done = self.cost == 0
        return work

    def found(self):
        return self.cost

    def adopt(self, found):
        self.cost = min(self.cost, found)


@pytest.fixture
def run():
    def make(told=None, cancelled=lambda: False, **options):
        return Run(
            SolveOptions(**options), begun_s=0.0, bound=0,
            on_progress=None if told is None else told.append, cancelled=cancelled,
        )  # fmt: skip

    return make


def test_work_is_divided_into_rounds_that_exchange(run):
    told = []
    one = run(told, monotonic_s=lambda: 0.0, work_limit=200)
    searches = [Falling(50), Falling(90)]
    one.search(searches)
    assert one.work == 200
    assert [search.work for search in searches] == [200, 200]
    assert searches[0].cost == searches[1].cost == 30
    assert [line.objective for line in told] == sorted(
        (line.objective for line in told), reverse=True
    )


def test_a_share_of_the_work_is_left_for_others(run):
    one = run(monotonic_s=lambda: 0.0, work_limit=200)
    one.search([Falling(50)], share=0.5)
    assert one.work == 100


def test_time_ends_the_search(run):
    ticks = count()
    one = run(monotonic_s=lambda: next(ticks) * 0.01, time_limit_s=1.0)
    one.search([Falling(10**9)])
    assert one.over
    assert one.work > 0
    assert one.left_s <= 0.0


def test_what_one_thread_raises_comes_out(run):
    one = run(monotonic_s=lambda: 0.0, time_limit_s=9.0)
    with pytest.raises(ZeroDivisionError):
        one.search([Falling(10**9), Falling(3, error=ZeroDivisionError())])


def test_only_better_plans_are_told_and_the_first_is_kept(run):
    told = []
    one = run(told, monotonic_s=lambda: 2.0, time_limit_s=9.0)
    one.tell(5, 5, whole=False)
    one.tell(8, 7, whole=True)
    one.tell(9, 9, whole=True)
    one.tell(6, 6, whole=True)
    assert [line.objective for line in told] == [8.0, 6.0]
    assert (one.first_s, one.first_cost) == (2.0, 7.0)


def test_a_cancelled_search_ends(run):
    one = run(monotonic_s=lambda: 0.0, time_limit_s=9.0, cancelled=lambda: True)
    one.search([Falling(10**9)])
    assert one.work == 0
