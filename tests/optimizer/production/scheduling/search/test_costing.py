"""Prices and units in arrays."""

from dataclasses import replace

import numpy as np

from benchmarks.workloads.schedules.families import generated
from optimizer.production.scheduling.problem import Baseline, Machines, Objective
from optimizer.production.scheduling.search.costing import prices_of, units_of


def test_what_may_block_is_placed_with_what_waits_for_it():
    problem = generated("transport", 0, n_jobs=3)
    # One machine, on which some operations may be.
    blocking = replace(
        problem, machines=Machines(matrix=[-1] * 6, blocking=[1, 0, 0, 0, 0, 0])
    )
    units = units_of(blocking)
    stays = set(problem.modes.operation[problem.modes.machine == 0].tolist())
    for before, after in zip(
        problem.arcs.before.tolist(), problem.arcs.after.tolist(), strict=True
    ):
        joined = units["unit"][before] == units["unit"][after] != -1
        assert joined or before not in stays
    assert sorted(units["unit_member"]) == np.flatnonzero(units["unit"] >= 0).tolist()
    assert units_of(problem)["unit_member"].size == 0


def test_only_what_weighs_makes_starts_matter():
    problem = generated("tariff", 0, n_jobs=2)
    assert prices_of(problem)["timed"].tolist() == [True]
    free = replace(problem, objective=Objective())
    assert prices_of(free)["timed"].tolist() == [False]
    close = replace(
        free,
        baseline=Baseline(operation=[3], machine=[1], start=[40]),
        objective=Objective(stability=1),
    )
    prices = prices_of(close)
    assert prices["prices"].base[:5, 0].tolist() == [-1, -1, -1, 40, -1]
    assert prices["timed"].tolist() == [True]
