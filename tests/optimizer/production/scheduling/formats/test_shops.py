"""Job shops as text."""

import numpy as np
import pytest

from optimizer.errors import ProblemError
from optimizer.production.scheduling.formats.shops import (
    problem_of_routes,
    read_flexible_job_shop,
    read_job_shop,
)
from optimizer.production.scheduling.formats.text import Lines


def test_a_job_shop_has_a_machine_an_operation():
    problem = read_job_shop(Lines("2 2\n0 3 1 2\n1 4 -1 -1\n", "shop"))
    assert problem.operations.job.tolist() == [0, 0, 1]
    assert problem.modes.machine.tolist() == [0, 1, 1]
    assert problem.modes.duration.tolist() == [3, 2, 4]
    assert problem.arcs.before.tolist() == [0]


def test_a_flexible_one_has_machines_from_1():
    problem = read_flexible_job_shop(Lines("1 2 2\n2 2 1 3 2 4 1 2 5\n", "shop"))
    assert problem.modes.operation.tolist() == [0, 0, 1]
    assert problem.modes.machine.tolist() == [0, 1, 1]
    assert problem.modes.duration.tolist() == [3, 4, 5]


def test_setups_are_between_jobs():
    setup = np.array([[[0, 7], [8, 0]]])
    problem = problem_of_routes([[[(0, 1)]], [[(0, 2)]]], 1, setup=setup)
    assert problem.setups.time[0, 0, 1] == 7
    assert problem.operations.family.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("read", "text", "said"),
    [
        (read_job_shop, "2\n", "line 1: expected the numbers of jobs and machines"),
        (read_job_shop, "1 2\n0 3 1\n", "line 2: expected pairs of machine"),
        (read_job_shop, "1 2\n2 3\n", "line 2: there is no machine 2 of 2"),
        (read_job_shop, "1 2\n0 -3\n", "a duration must be >= 0, was -3"),
        (read_job_shop, "2 2\n0 3\n", "ends early, after 2 rows"),
        (read_job_shop, "1 2\n0 3\n\n1 4\n1 5\n", "line 4: rows of 1 jobs .* 2 more"),
        (read_flexible_job_shop, "1 2\n1 1 1 3\n1 1 1 4\n", "line 3: rows of 1 jobs"),
        (read_flexible_job_shop, "1 2\n1 2 1 3\n", "the row ends inside operation 1"),
        (read_flexible_job_shop, "1 2\n1 1 1 3 4\n", "1 numbers too many for 1 steps"),
    ],
)
def test_what_is_wrong_is_told_by_line(read, text, said):
    with pytest.raises(ProblemError, match=said):
        read(Lines(text, "shop"))
