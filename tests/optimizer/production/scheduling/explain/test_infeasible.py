"""The explanation as a whole."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.production.scheduling.explain.infeasible import (
    explain_infeasible,
    warm_up,
)
from optimizer.production.scheduling.explain.rules import Prices


def test_conflicts_come_with_a_repair(tight, options):
    found = explain_infeasible(tight, options, prices=Prices(by_kind={"pool": 1}))
    assert (found.status, found.complete, len(found.conflicts)) == (
        "infeasible", True, 3,
    )  # fmt: skip
    assert (found.repair.price, found.repair.proven) == (51, True)


def test_where_all_can_be_kept_there_is_nothing_to_mend(late, options):
    found = explain_infeasible(late, options)
    assert (found.status, found.conflicts, found.repair) == ("feasible", (), None)


def test_a_tiny_conflict_is_enough_to_get_ready():
    warm_up()


@pytest.mark.parametrize(("deadline", "status"), [(12, "feasible"), (9, "infeasible")])
def test_what_may_start_before_an_end_is_no_conflict(
    deadline, status, problem_of, options
):
    operations = [
        {"id": "a", "modes": [{"machine": "m", "duration": 10}]},
        {"id": "b", "modes": [{"machine": "n", "duration": 5}]},
    ]
    problem = problem_of({
        "machines": [{"id": "m"}, {"id": "n"}],
        "jobs": [{"id": "j", "deadline": deadline, "operations": operations}],
    })  # fmt: skip
    modes = replace(problem.modes, early=np.array([8, 0]))
    found = explain_infeasible(replace(problem, modes=modes), options)
    assert found.status == status
    if found.repair is not None:
        assert found.repair.price == 10
