"""Laying a schedule again."""

from dataclasses import replace

import numpy as np

from optimizer.production.scheduling.check import check_schedule
from optimizer.production.scheduling.explain.feasibility import feasible_schedule
from optimizer.production.scheduling.explain.laying import Layer, in_order, relaid
from optimizer.production.scheduling.problem import Schedule


def test_what_was_shifted_comes_back(late):
    given = feasible_schedule(late, work=1)
    later = replace(given, start=given.start + 100, end=given.end + 100)
    laid = relaid(late, later)
    assert check_schedule(late, laid) == ()
    assert (laid.start <= given.start).all()


def test_setups_ways_and_batches_are_kept(problem_of):
    steps = [
        {"id": f"{name}{at}", "family": family, "size": 2, "modes": [
            {"machine": machine, "duration": 5, "uses": {"crew": 1}}]}
        for name, family in (("x", "red"), ("y", "blue"))
        for at, machine in enumerate(("saw", "oven"))
    ]  # fmt: skip
    problem = problem_of({
        "machines": [{"id": "saw", "setups": "s", "closed": [[7, 9]]},
                     {"id": "oven", "batch": 4}],
        "pools": [{"id": "crew", "capacity": 1, "away": [{"start": 0, "end": 2}]}],
        "setups": [{"id": "s", "families": ["red", "blue"], "times": [[0, 3], [4, 0]]}],
        "jobs": [{"id": "x", "operations": steps[:2]},
                 {"id": "y", "operations": steps[2:]}],
    })  # fmt: skip
    given = feasible_schedule(problem, work=1)
    laid = relaid(problem, given)
    assert check_schedule(problem, laid) == ()
    assert sorted(i for members in in_order(problem, laid) for i in members) == [
        0, 1, 2, 3,
    ]  # fmt: skip
    layer = Layer(problem, laid.mode)
    assert layer.setup(0, 0, 2) == 3
    assert layer.after(0, 5, 4) == 11


def test_early_handovers_and_whole_setups_are_kept(problem_of):
    def shop(**machine):
        return problem_of({
            "machines": [
                {"id": "m", "setups": "s", "family": "x", "closed": [[8, 12]]},
                {"id": "n", "setups": "s", "family": "x", "closed": [[3, 9]],
                 **machine},
            ],
            "setups": [{"id": "s", "families": ["x", "y"], "times": [[0, 4], [4, 0]]}],
            "jobs": [{"id": "A", "operations": [
                {"id": "a", "family": "x", "resumable": True,
                 "modes": [{"machine": "m", "duration": 10, "early": 7}]},
                {"id": "b", "family": "y", "resumable": True,
                 "modes": [{"machine": "n", "duration": 4}]}]}],
        })  # fmt: skip

    whole = shop(whole_setups=True)
    for problem, start, end in (
        (shop(), [0, 10], [14, 14]),
        (whole, [0, 13], [14, 17]),
    ):
        given = Schedule(
            status="feasible", objective=0.0, bound=0.0, gap=1.0,
            mode=np.array([0, 1]), start=np.array([30, 50]), end=np.array([40, 54]),
        )  # fmt: skip
        laid = relaid(problem, given)
        assert check_schedule(problem, laid) == ()
        assert (laid.start.tolist(), laid.end.tolist()) == (start, end)
