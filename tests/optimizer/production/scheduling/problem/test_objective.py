"""Parts of the objective, their weights and their order."""

from itertools import product

import pytest

from optimizer.errors import ProblemError
from optimizer.production.scheduling.problem import PARTS, Objective

LEVELS = Objective(
    makespan=2, tardiness=3, setup=1, order=("tardiness", "makespan", "setup")
)
MOST = dict.fromkeys(PARTS, 0) | {
    "makespan": 2,
    "tardiness": 3,
    "setup": 2,
    "skipping": 4,
}


def test_levels_rank_as_tuples_do():
    plain = LEVELS.weighted(MOST)
    assert plain.order == ()
    seen = []
    ranges = [range(MOST[name] + 1) for name in ("tardiness", "makespan", "setup")]
    for late, long, changed in product(*ranges):
        cost = plain.tardiness * late + plain.makespan * long + plain.setup * changed
        seen.append(((late, long, changed), cost))
    assert [pair for pair, _ in sorted(seen)] == [
        pair for pair, _ in sorted(seen, key=lambda row: row[1])
    ]
    assert len({cost for _, cost in seen}) == len(seen)


def test_skipped_jobs_count_in_the_first_level_unless_named():
    assert LEVELS.weighted(MOST).skipping * 3 == LEVELS.weighted(MOST).tardiness
    last = Objective(order=("makespan", "skipping")).weighted(MOST)
    assert (last.skipping, last.makespan) == (1, 5)


def test_a_plain_sum_stays():
    assert Objective(setup=4).weighted(MOST) == Objective(setup=4)


@pytest.mark.parametrize(
    "order", [("tardiness",), ("makespan", "setup"), ("makespan", "makespan"), ("x",)]
)
def test_an_order_names_each_part_that_weighs(order):
    with pytest.raises(ProblemError, match="must name each part that weighs once"):
        Objective(makespan=1, order=order)


def test_only_the_makespan_weighs():
    assert Objective().only_makespan
    assert not Objective(stability=1).only_makespan
    assert not Objective(makespan=0).only_makespan
