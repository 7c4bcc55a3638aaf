"""Whether rules can be kept together."""

from optimizer.production.scheduling.check import check_schedule
from optimizer.production.scheduling.explain.conflicts import with_rules
from optimizer.production.scheduling.explain.feasibility import feasible_schedule
from optimizer.production.scheduling.explain.rules import Rule


def numbers(ask, *rules):
    return [ask.book.number[Rule(*rule)] for rule in rules]


def test_propagation_and_lists_agree_on_a_conflict(tight, asked):
    ask = asked(tight)
    both = numbers(ask, ("deadline", 3), ("release", 3))
    assert ask.oracle.verdict(with_rules(ask.kept, both)) == "infeasible"
    answer = ask.oracle.answer(with_rules(ask.kept, both[:1]))
    assert answer.verdict == "feasible"
    assert answer.dates.start.tolist() == [-1, -1, -1, -1, -1, 0, -1]
    assert ask.oracle.verdict(with_rules(ask.kept, [])) == "feasible"


def test_cp_sat_proves_what_propagation_does_not(problem_of, asked):
    """Each pair of three tools fits into its time, all four jobs do not."""
    jobs = [
        {"id": f"j{at}", "deadline": 11, "operations": [
            {"id": f"o{at}", "modes": [{"duration": 5, "uses": {"crew": 2}}]}]}
        for at in range(3)
    ]  # fmt: skip
    problem = problem_of(
        {"machines": [], "pools": [{"id": "crew", "capacity": 3}], "jobs": jobs}
    )
    ask = asked(problem)
    assert not ask.oracle.refuted(ask.kept)
    assert ask.oracle.contradicts(ask.kept)
    assert ask.oracle.n_proofs == 1


def test_a_list_schedule_has_passed_the_checker(late):
    found = feasible_schedule(late, work=100)
    assert check_schedule(late, found) == ()
