"""Longest paths and bounds of one machine."""

from itertools import permutations

import numpy as np

from optimizer.production.scheduling._kernels.paths import (
    longest_paths,
    one_machine_bound,
)
from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.search.laying import rules_of


def test_heads_and_tails_follow_precedence():
    problem = problem_of_routes([[[(0, 3), (1, 2)], [(1, 4)], [(0, 1)]]], 2)
    heads, shortest, tails = longest_paths(rules_of(problem), problem.order)
    assert heads.tolist() == [0, 2, 6]
    assert shortest.tolist() == [2, 4, 1]
    assert tails.tolist() == [5, 1, 0]


def test_one_machine_takes_no_longer_than_any_order():
    rng = np.random.default_rng(1)
    for _ in range(50):
        heads, work, tails = rng.integers(0, 12, (3, 5))
        bound = one_machine_bound(heads, work, tails)
        best = 10**9
        for order in permutations(range(5)):
            now = span = 0
            for i in order:
                now = max(now, heads[i]) + work[i]
                span = max(span, now + tails[i])
            best = min(best, span)
        assert (
            max((heads + work + tails).max(), heads.min() + work.sum()) <= bound <= best
        )
