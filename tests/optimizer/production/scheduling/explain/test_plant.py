"""Arrays of a problem under a setting."""

import numpy as np

from optimizer.production.scheduling.explain.plant import shortest_setups
from optimizer.production.scheduling.explain.rules import Rule


def test_reliefs_move_dates_windows_and_capacity(tight, asked):
    ask = asked(tight)
    amount = ask.kept.amount
    for rule, side, ticks in (
        (Rule("closed", 0), 0, 6), (Rule("closed", 0), 1, 4),
        (Rule("deadline", 0), 0, 5), (Rule("release", 3), 0, 2),
        (Rule("pool", 0), 0, 1), (Rule("machine", 1), 0, 1),
    ):  # fmt: skip
        amount[ask.book.number[rule], side] = ticks
    plant = ask.builder.plant(ask.kept)
    assert (plant.window_from.tolist(), plant.window_to.tolist()) == ([16], [46])
    assert plant.latest.tolist() == [25, 25, 30, 30, 90, 100, -1]
    assert plant.release.tolist() == [0, 0, 0, 0, 0, 94, 0]
    assert plant.capacity.tolist() == [2]
    assert plant.units.tolist() == [1, 2]
    assert plant.mode_possible.all()


def test_what_is_lifted_is_gone(tight, asked):
    ask = asked(tight)
    ask.kept.active[:] = False
    plant = ask.builder.plant(ask.kept)
    assert np.all(plant.latest == -1)
    assert np.all(plant.units == 0)
    assert np.all(plant.window_from >= plant.window_to)
    assert plant.capacity.tolist() == [-1]


def test_setups_count_ways_round(problem_of, tight_text):
    tight_text["setups"] = [
        {"id": "s", "families": ["x", "y", "z"],
         "times": [[0, 9, 2], [1, 0, 1], [1, 3, 0]]}
    ]  # fmt: skip
    for job in tight_text["jobs"]:
        for operation in job["operations"]:
            operation["family"] = "x"
    found = shortest_setups(problem_of(tight_text))
    assert found.tolist() == [[[0, 5, 2], [1, 0, 1], [1, 3, 0]]]
