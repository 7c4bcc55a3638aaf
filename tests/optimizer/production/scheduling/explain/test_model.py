"""The cheapest relief, by CP-SAT."""

import numpy as np

from optimizer.production.scheduling.explain._kernels.plant import needed_operations
from optimizer.production.scheduling.explain.conflicts import with_rules
from optimizer.production.scheduling.explain.model import ReliefModel
from optimizer.production.scheduling.explain.rules import Prices, Rule


def solved(ask, rules, cuts=()):
    numbers = [ask.book.number[Rule(*rule)] for rule in rules]
    need = needed_operations(ask.builder.plant(with_rules(ask.kept, numbers)))
    prices = ask.book.prices(Prices())
    model = ReliefModel(ask.book, numbers, need, prices)
    return model.solve(cuts, seconds=10.0)


def test_only_the_rules_given_cost(tight, asked):
    ask = asked(tight)
    found = solved(ask, [("deadline", 3), ("release", 3)])
    assert (found.price, found.bound) == (20, 20)
    assert found.start.tolist() == [-1, -1, -1, -1, -1, 96, -1]
    assert found.mode[5] == 5
    assert solved(ask, [("deadline", 3)]).price == 0


def test_a_cut_asks_for_more(tight, asked):
    ask = asked(tight)
    late = ask.book.number[Rule("deadline", 3)]
    found = solved(ask, [("deadline", 3), ("release", 3)], [((late, 0, 9),)])
    assert found.price == 90
    assert found.amount[late].tolist() == [9, 0]


def test_a_job_may_be_left_out_once_its_lock_is_lifted(problem_of, asked):
    text = {
        "machines": [{"id": "m"}],
        "jobs": [{"id": "j", "skip_cost": 1, "deadline": 3, "operations": [
            {"id": "o", "modes": [{"machine": "m", "duration": 4}]}]}],
        "locks": [{"operation": "o", "machine": "m", "start": 900}],
    }  # fmt: skip
    found = solved(asked(problem_of(text)), [("deadline", 0), ("lock", 0)])
    assert found.price == 2_000
    assert np.all(found.mode == -1)
