"""Disruptions as data."""

import pytest

from optimizer.errors import ProblemError
from optimizer.production.scheduling.repair.disruptions import (
    Absence,
    Breakdown,
    LateMaterial,
    RushJob,
    RushMode,
    RushOperation,
)

ONE = RushOperation(modes=(RushMode(machine=0, duration=1),))


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: Breakdown(machine=0, start=5, end=5), "5..5"),
        (lambda: Absence(pool=0, start=-1, end=5), "-1..5"),
        (lambda: Absence(pool=0, start=1, end=5, amount=0), "amount.*was 0"),
        (lambda: LateMaterial(job=0, release=-3), "was -3"),
        (lambda: RushOperation(modes=(), name="cut"), "'cut'.*no mode"),
        (lambda: RushJob(operations=(), name="new"), "'new'.*no operation"),
    ],
)
def test_what_cannot_happen_is_refused(build, said):
    with pytest.raises(ProblemError, match=said):
        build()


def test_operations_follow_each_other_unless_they_say_after():
    assert RushJob(operations=(ONE, ONE, ONE)).arcs() == [(0, 1, 0), (1, 2, 0)]
    joint = RushOperation(modes=ONE.modes, after=((0, 4), (1, 0)))
    alone = RushOperation(modes=ONE.modes, after=())
    found = RushJob(operations=(alone, alone, joint)).arcs()
    assert found == [(0, 2, 4), (1, 2, 0)]


def test_an_operation_cannot_follow_one_that_is_not_there():
    wrong = RushOperation(modes=ONE.modes, after=((7, 0),))
    with pytest.raises(ProblemError, match="follows 7"):
        RushJob(operations=(wrong,), name="new").arcs()
