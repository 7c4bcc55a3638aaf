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


def test_an_hour_of_work_that_is_handed_over_saves_no_more_than_it_can(problem_of):
    problem = problem_of({
        "machines": [{"id": "A"}, {"id": "B"}],
        "jobs": [{"id": "J", "operations": [
            {"id": "a", "modes": [{"machine": "A", "duration": 10, "early": 8}]},
            {"id": "b", "modes": [{"machine": "B", "duration": 10}]}]}],
    })  # fmt: skip
    # Neither can end before the first has worked ten ticks, or the second.
    found = shadow_prices(problem, in_turn(problem, [0, 2], [10, 12]), ticks=10)
    assert [(one.machine, one.value) for one in found] == [(0, 2.0), (1, 2.0)]


def test_what_waits_for_cheap_hours_is_no_saving(problem_of):
    problem = problem_of({
        "machines": [{"id": "m", "closed": [[20, 30]], "power": {"busy": 9}}],
        "jobs": [{"id": "A", "due": 1, "operations": [
            {"id": "a", "modes": [{"machine": "m", "duration": 3}]}]}],
        "tariff": [[0, 9], [10, 1]],
        "objective": {"energy": 1, "tardiness": 1},
    })  # fmt: skip
    (hour,) = shadow_prices(problem, in_turn(problem, [10], [13]), ticks=5)
    assert hour.value == 0.0
