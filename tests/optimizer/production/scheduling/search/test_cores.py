"""A search a core, of the kind that fits."""

import pytest

from benchmarks.workloads.schedules.families import generated, large_shop
from optimizer.production.scheduling.check import check_schedule
from optimizer.production.scheduling.problem import Schedule
from optimizer.production.scheduling.search.cores import is_job_shop, searches_of
from optimizer.production.scheduling.search.laying import rules_of, shop_of
from optimizer.result import relative_gap

PROBLEMS = {
    "job shop": lambda: large_shop(6, 4, 0),
    "flexible shop": lambda: generated("assembly", 0, n_jobs=5),
    "lists": lambda: generated("calendars", 0, n_jobs=5),
}


def searches(problem, bound=0):
    rules, shop = rules_of(problem), shop_of(problem)
    return searches_of(problem, rules, shop, seeds=(0, 1), bound=bound)


@pytest.mark.parametrize("kind", PROBLEMS)
def test_what_is_found_passes_the_checker(kind):
    problem = PROBLEMS[kind]()
    first, second = searches(problem)
    before = first.found().cost
    first.improve(30_000)
    best = first.found()
    assert best.cost <= before
    schedule = Schedule(
        status="feasible", objective=float(best.cost), bound=0.0,
        gap=relative_gap(float(best.cost), 0.0),
        start=best.start, end=best.end, mode=best.mode,
    )  # fmt: skip
    assert check_schedule(problem, schedule) == ()
    second.adopt(best)
    assert second.found().cost <= max(best.cost, before)


@pytest.mark.parametrize("kind", PROBLEMS)
def test_a_bound_that_is_reached_ends_the_search(kind):
    first, _ = searches(PROBLEMS[kind](), bound=10**6)
    assert first.done


def test_kinds_are_told_apart():
    assert is_job_shop(shop_of(PROBLEMS["job shop"]()))
    assert not is_job_shop(shop_of(PROBLEMS["flexible shop"]()))
