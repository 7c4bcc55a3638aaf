"""Projects as text."""

import pytest

from optimizer.errors import ProblemError
from optimizer.production.scheduling.formats.projects import (
    read_patterson,
    read_psplib,
)
from optimizer.production.scheduling.formats.text import Lines

PSPLIB = """\
***********
  - renewable                 :  1   R
  - nonrenewable              :  0   N
***********
PRECEDENCE RELATIONS:
jobnr.    #modes  #successors   successors
   1        1          2           2   3
   2        1          1           4
   3        2          1           4
   4        1          0
***********
REQUESTS/DURATIONS:
jobnr. mode duration  R 1
-----------------------
  1      1     0       0
  2      1     3       2
  3      1     4       1
         2     2       3
  4      1     0       0
***********
RESOURCEAVAILABILITIES:
  R 1
    3
***********
"""
PATTERSON = "4 1\n3\n0 0 2 2 3\n3 2 1\n4\n4 1 1 4\n0 0 0\n"


def test_activities_hold_units_of_pools():
    problem = read_psplib(PSPLIB, "p")
    assert problem.n_machines == 0
    assert problem.pools.capacity.tolist() == [3]
    assert problem.modes.duration.tolist() == [0, 3, 4, 2, 0]
    assert problem.modes.use_amount.tolist() == [2, 1, 3]
    assert problem.modes.use_mode.tolist() == [1, 2, 3]
    assert sorted(zip(problem.arcs.before, problem.arcs.after, strict=True)) == [
        (0, 1), (0, 2), (1, 3), (2, 3),
    ]  # fmt: skip


def test_both_forms_say_the_same():
    one = read_psplib(PSPLIB.replace("   3        2", "   3        1").replace(
        "         2     2       3\n", ""
    ), "p")  # fmt: skip
    other = read_patterson(Lines(PATTERSON, "p"))
    assert one.modes.duration.tolist() == other.modes.duration.tolist()
    assert one.arcs.after.tolist() == other.arcs.after.tolist()
    assert one.modes.use_amount.tolist() == other.modes.use_amount.tolist()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (":  0   N", ":  2   N", "used up are not supported"),
        ("    3\n****", f"{2**63}\n****", "section RESOURCEAVAILABILITIES: .* below"),
        ("RESOURCEAVAILABILITIES", "RESOURCES", "no section RESOURCEAVAILABILITIES"),
        ("2   3\n", "2\n", "expected activity, modes and successors"),
        ("  2      1     3       2", "2 1 3 2 2", "expected a duration and 1 requests"),
        ("   4        1          0\n", "", "requests and precedence of 4 and 3"),
        ("   2        1          1           4", "2 1 1 9", "no activity 9 of 4"),
    ],
)
def test_faults_of_psplib_are_named(old, new, said):
    with pytest.raises(ProblemError, match=said):
        read_psplib(PSPLIB.replace(old, new), "p")


def test_numbers_of_patterson_must_fit():
    with pytest.raises(ProblemError, match="the project ends early"):
        read_patterson(Lines(PATTERSON[:-4], "p"))
    with pytest.raises(ProblemError, match="1 numbers too many"):
        read_patterson(Lines(PATTERSON + "7\n", "p"))
