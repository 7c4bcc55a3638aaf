"""The cheapest repair."""

from optimizer.production.scheduling.check import check_schedule
from optimizer.production.scheduling.explain.conflicts import find_conflicts
from optimizer.production.scheduling.explain.mending import cheapest_repair
from optimizer.production.scheduling.explain.rules import Prices


def repair_of(ask, **prices):
    found = find_conflicts(ask.oracle, ask.kept)
    table = ask.book.prices(Prices(by_kind=prices))
    return cheapest_repair(ask.oracle, found.conflicts, table)


def told(repair):
    return {(one.rule, one.amount, one.amount_at_end) for one in repair.reliefs}


def test_the_cheapest_of_many_repairs_is_found_and_proven(tight, asked):
    repair = repair_of(asked(tight), pool=100)
    # Two ticks late, six of overtime, one operator: 20 + 30 + 100.
    assert (repair.price, repair.proven) == (150, True)
    assert told(repair) == {
        (("deadline", 3), 2, 0), (("closed", 0), 6, 0), (("pool", 0), 1, 0),
    }  # fmt: skip
    assert check_schedule(repair.problem, repair.schedule) == ()


def test_prices_decide_what_gives_way(tight, asked):
    repair = repair_of(asked(tight), pool=100, machine=3, deadline=50)
    # D starts sooner, and a second press costs less than overtime: 2 * 20 + 3 + 100.
    assert repair.price == 143
    assert (("machine", 0), 1, 0) in told(repair)
    assert (("release", 3), 2, 0) in told(repair)


def test_a_repair_that_brings_a_new_conflict_is_mended_too(problem_of, asked):
    """Letting one of three jobs be late makes it collide with the closed time."""
    jobs = [
        {"id": name, "deadline": 10, "weight": weight, "operations": [
            {"id": name.lower(), "modes": [{"machine": "m", "duration": 5}]}]}
        for name, weight in (("A", 9), ("B", 9), ("C", 1))
    ]  # fmt: skip
    machines = [{"id": "m", "closed": [[12, 20]]}]
    repair = repair_of(asked(problem_of({"machines": machines, "jobs": jobs})))
    # C ends at 15: five late ticks, three of overtime.
    assert (repair.price, repair.bound) == (65, 65)
    assert told(repair) == {(("deadline", 2), 5, 0), (("closed", 0), 3, 0)}
