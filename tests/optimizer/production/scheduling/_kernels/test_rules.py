"""The arrays of a problem with all its rules."""

from benchmarks.workloads.schedules.families import generated
from optimizer.production.scheduling.search.laying import rules_of


def test_offsets_cover_their_columns():
    rules = rules_of(generated("operators", 0, n_jobs=3))
    n = rules.release.size
    pairs = (
        (rules.before_start, rules.before),
        (rules.after_start, rules.after),
        (rules.mode_start, rules.mode_machine),
    )
    for start, column in pairs:
        assert (start.size, start[-1]) == (n + 1, column.size)
    assert rules.use_start[-1] == rules.use_pool.size == rules.use_amount.size
