"""Work around closed windows, beside a machine played tick by tick."""

import pytest

from optimizer.production.scheduling.explain._kernels.calendars import (
    after,
    before,
    last_start,
    open_until,
    opening,
)

WINDOWS = [(4, 7), (9, 10), (15, 20)]


@pytest.fixture
def plant(problem_of, asked):
    problem = problem_of({
        "machines": [{"id": "m", "closed": WINDOWS}],
        "jobs": [{"id": "j", "operations": [
            {"id": "o", "modes": [{"machine": "m", "duration": 1}]}]}],
    })  # fmt: skip
    ask = asked(problem)
    return ask.builder.plant(ask.kept)


def is_open(tick):
    return not any(low <= tick < high for low, high in WINDOWS)


@pytest.mark.parametrize("duration", [1, 2, 3, 5])
def test_work_takes_open_ticks_only(plant, duration):
    for at in range(25):
        end = at
        done = 0
        while done < duration:
            done += is_open(end)
            end += 1
        assert after(plant, 0, at, duration) == end
        assert open_until(plant, 0, at) == sum(map(is_open, range(at)))
        begin = before(plant, 0, at + 30, duration)
        assert sum(map(is_open, range(begin, at + 30))) == duration
        whole = next(
            t for t in range(at, 60) if all(map(is_open, range(t, t + duration)))
        )
        assert opening(plant, 0, at, duration, 0) == whole
        fits = [
            t for t in range(-9, at - duration + 1)
            if all(map(is_open, range(t, t + duration)))
        ]  # fmt: skip
        if fits:
            assert last_start(plant, 0, at, duration, 0) == fits[-1]
