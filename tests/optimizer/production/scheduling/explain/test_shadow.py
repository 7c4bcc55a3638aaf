"""What an hour more is worth."""

import numpy as np

from optimizer.production.scheduling.explain.shadow import shadow_prices
from optimizer.production.scheduling.problem import Schedule


def in_turn(problem, start, end):
    return Schedule(
        status="feasible", objective=0.0, bound=0.0, gap=1.0,
        mode=problem.mode_start[:-1], start=np.array(start), end=np.array(end),
    )  # fmt: skip


def test_an_hour_is_worth_what_the_schedule_saves(late):
    schedule = in_turn(late, [0, 8, 50, 58, 58, 96], [8, 13, 58, 63, 61, 102])
    press, oven = shadow_prices(late, schedule, ticks=10)
    # Ten ticks of overtime on the press: B is in time, not 33 ticks late.
    assert (press.machine, press.ticks, press.value) == (0, 10, 33.0)
    assert (press.window, press.at_end) == (0, False)
    # D, six ticks shorter: two ticks of lateness and six of the makespan.
    assert (oven.machine, oven.value, oven.operation) == (1, 8.0, 5)


def test_a_machine_that_binds_nothing_is_worth_nothing(problem_of):
    problem = problem_of({
        "machines": [{"id": "m"}, {"id": "n"}],
        "jobs": [
            {"id": "A", "operations": [
                {"id": "a", "modes": [{"machine": "m", "duration": 9}]}]},
            {"id": "B", "operations": [
                {"id": "b", "modes": [{"machine": "n", "duration": 3}]}]},
        ],
    })  # fmt: skip
    first, last = shadow_prices(problem, in_turn(problem, [0, 0], [9, 3]), ticks=4)
    assert (first.machine, first.value) == (0, 4.0)
    assert (last.machine, last.value, last.operation) == (1, 0.0, -1)
