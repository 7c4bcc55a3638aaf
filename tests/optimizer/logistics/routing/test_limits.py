import math

import pytest

from optimizer import SolveOptions
from optimizer.logistics.routing.limits import Allowance, Watch


@pytest.fixture
def clock():
    """Return a clock that stands still until it is set."""

    class Clock:
        now_s = 100.0

        def __call__(self):
            return self.now_s

    return Clock()


def test_a_watch_ends_late_or_when_cancelled_and_stays_so(clock):
    asked = []
    watch = Watch(clock, 101.0, cancelled=lambda: bool(asked))
    assert not watch()
    assert not watch.cut
    asked.append(1)
    assert watch()
    asked.clear()
    assert watch()
    late = Watch(clock, 100.0, cancelled=lambda: False)
    assert late()
    assert late.cut
    assert not Watch(clock, math.inf, cancelled=lambda: False)()


def test_parts_are_of_the_time_that_is_left(clock):
    whole = Allowance(SolveOptions(monotonic_s=clock, time_limit_s=8.0))
    watch = whole.watch(0.5, lambda: False)
    clock.now_s += 3.0
    assert not watch()
    clock.now_s += 1.0
    assert watch()
    assert whole.part(0.5).time_limit_s == 2.0
    clock.now_s += 1.0
    assert whole.part(1.0).time_limit_s == 3.0
    clock.now_s += 100.0
    assert 0.0 < whole.part(1.0).time_limit_s < 0.01


@pytest.mark.parametrize("work", [1, 2, 7, 400])
def test_parts_of_work_are_never_more_than_the_whole(clock, work):
    options = SolveOptions(monotonic_s=clock, time_limit_s=math.inf, work_limit=work)
    whole = Allowance(options)
    parts = [whole.part(share).work_limit for share in (0.5, 0.5, 0.5, 1.0)]
    # A solve without any work is none, so each of the four has some.
    assert sum(parts) == max(work, 4)
    assert min(parts) >= 1
    assert math.isinf(whole.part(1.0).time_limit_s)
