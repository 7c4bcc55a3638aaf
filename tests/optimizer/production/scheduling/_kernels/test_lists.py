"""Moves on lists, and populations of them."""

import numpy as np
import pytest

from benchmarks.workloads.schedules.families import generated
from optimizer.production.scheduling._kernels.dispatch import generator
from optimizer.production.scheduling._kernels.generation import (
    NEVER,
    Genes,
    empty_timeline,
    generate,
)
from optimizer.production.scheduling._kernels.lists import (
    BEST,
    N_COUNTERS,
    STEPS,
    Memory,
    improve_list,
    justify,
    keep,
    worth,
)
from optimizer.production.scheduling.search.laying import rules_of
from optimizer.production.scheduling.search.lists import mirrored


def genes_of(problem):
    n = problem.n_operations
    return Genes(
        order=problem.order.astype(np.int32),
        choice=np.full(n, -1, dtype=np.int32),
        join=np.zeros(n, dtype=np.uint8),
        skip=np.zeros(len(problem.jobs), dtype=np.uint8),
        wait=np.zeros(n, dtype=np.int64),
    )


@pytest.fixture
def memory():
    def make(problem, seed):
        counters = np.zeros(N_COUNTERS, dtype=np.int64)
        counters[:2] = NEVER
        return Memory(
            genes=genes_of(problem), best=genes_of(problem),
            recent=np.full(16, NEVER, dtype=np.int64),
            position=np.argsort(problem.order).astype(np.int32),
            counters=counters, state=generator(seed), batched=np.array([False]),
        )  # fmt: skip

    return make


def test_a_broken_rule_weighs_more_than_any_cost():
    rules = rules_of(generated("tardiness", 0, n_jobs=40))
    dearest = 10 * int(rules.mode_duration.sum()) * int(rules.weight.max())
    assert worth(rules, 5, 0) == 5
    assert worth(rules, 0, 1) > worth(rules, dearest, 0)
    assert worth(rules, 7, NEVER) > worth(rules, 0, 10**6)


def test_moves_keep_precedence_and_find_better_lists(memory):
    problem = generated("tardiness", 2, n_jobs=8)
    rules = rules_of(problem)
    line, state = empty_timeline(rules), memory(problem, 5)
    first = worth(rules, *generate(rules, line, state.genes))
    improve_list(rules, line, state, 2_000, 0)
    assert state.counters[STEPS] == 2_000
    assert state.counters[BEST] < first
    for genes in (state.genes, state.best):
        assert sorted(genes.order) == list(range(problem.n_operations))
        place = np.argsort(genes.order)
        assert np.all(place[problem.arcs.before] < place[problem.arcs.after])
    assert np.array_equal(np.argsort(state.genes.order), state.position)
    assert worth(rules, *generate(rules, line, state.best)) == state.counters[BEST]


def test_search_is_a_function_of_its_seed(memory):
    problem = generated("operators", 2, n_jobs=6)
    rules = rules_of(problem)
    ends = []
    for seed in (1, 1, 2):
        state = memory(problem, seed)
        improve_list(rules, empty_timeline(rules), state, 300, 0)
        ends.append(state.best.order.tobytes())
    assert ends[0] == ends[1] != ends[2]


def test_justified_schedules_are_not_longer():
    problem = generated("operators", 4, n_jobs=10)
    rules = rules_of(problem)
    mirror, line = mirrored(rules), empty_timeline(rules)
    rng = np.random.default_rng(0)
    genes = genes_of(problem)
    for _ in range(20):
        genes.choice[:] = rng.integers(problem.mode_start[:-1], problem.mode_start[1:])
        before, _ = generate(rules, line, genes)
        after, _ = justify(rules, mirror, line, genes)
        assert after <= before


def test_keep_copies():
    problem = generated("assembly", 0, n_jobs=2)
    source, target = genes_of(problem), genes_of(problem)
    source.order[:] = source.order[::-1].copy()
    keep(source, target)
    source.order[0] = 0
    assert target.order[0] == problem.order[-1]
