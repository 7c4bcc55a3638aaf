"""Proofs without search: never wrong, and strong enough for what is common."""

import numpy as np
import pytest

from optimizer.production.scheduling.explain._kernels.plant import needed_operations
from optimizer.production.scheduling.explain._kernels.proof import refuted
from optimizer.production.scheduling.explain.feasibility import feasible_schedule


def shop(rng, n_jobs=5):
    jobs = [
        {"id": f"j{j}", "release": int(rng.integers(0, 9)),
         "deadline": int(rng.integers(14, 34)), "operations": [
            {"id": f"o{j}{s}", "family": str(rng.choice(["x", "y"])),
             "resumable": bool(rng.integers(0, 2)), "modes": [
                 {"machine": str(rng.choice(["m", "n"])),
                  "duration": int(rng.integers(1, 6))}]}
            for s in range(2)]}
        for j in range(n_jobs)
    ]  # fmt: skip
    return {
        "machines": [{"id": "m", "closed": [[6, 9]], "setups": "s"}, {"id": "n"}],
        "setups": [{"id": "s", "families": ["x", "y"], "times": [[0, 2], [2, 0]]}],
        "jobs": jobs,
    }


@pytest.mark.parametrize("seed", range(12))
def test_nothing_that_has_a_schedule_is_refuted(seed, problem_of, asked):
    problem = problem_of(shop(np.random.default_rng(seed)))
    ask = asked(problem)
    plant = ask.builder.plant(ask.kept)
    if feasible_schedule(problem, work=20_000) is not None:
        assert not refuted(plant, needed_operations(plant))


@pytest.mark.parametrize(
    "change",
    [
        {"deadline": 7},  # the route is longer
        {"deadline": 12, "release": 4},  # the closed window takes the time
    ],
)
def test_dates_that_no_route_fits_are_refuted(change, problem_of, asked):
    route = [
        {"id": name, "family": "x", "modes": [{"machine": "m", "duration": 4}]}
        for name in ("a", "b")
    ]
    text = shop(np.random.default_rng(0), n_jobs=0)
    text["jobs"] = [{"id": "j", "operations": route, **change}]
    ask = asked(problem_of(text))
    plant = ask.builder.plant(ask.kept)
    assert refuted(plant, needed_operations(plant))


def test_work_and_setups_beyond_the_time_are_refuted(problem_of, asked):
    text = shop(np.random.default_rng(0), n_jobs=0)
    text["jobs"] = [
        {"id": f"j{at}", "release": 10, "deadline": 23, "operations": [
            {"id": f"o{at}", "family": "xyx"[at],
             "modes": [{"machine": "m", "duration": 4}]}]}
        for at in range(3)
    ]  # fmt: skip
    ask = asked(problem_of(text))
    plant = ask.builder.plant(ask.kept)
    assert refuted(plant, needed_operations(plant))
