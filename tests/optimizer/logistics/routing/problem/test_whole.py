from dataclasses import replace

import numpy as np
import pytest

from optimizer import ProblemError
from optimizer.logistics.routing.problem import Breaks, Lock, Names, Shipments


def test_skills_say_who_is_allowed(line, changed):
    problem = changed(line, "clients", skills=[[True], [False], [False]])
    problem = replace(problem, vehicles=replace(problem.vehicles, skills=[[False]]))
    assert problem.allowed().tolist() == [[False, True, True]]


@pytest.mark.parametrize(
    ("table", "columns", "said"),
    [
        ("clients", {"location": [1, 2, 9]}, r"clients.location\[2\] must be in 0..3"),
        ("vehicles", {"start": [1]}, r"vehicles.start\[0\]"),
        ("clients", {"delivery": [[1, 1]] * 3}, "clients.delivery must have 1 columns"),
        ("vehicles", {"reload": [[True, True]]}, "vehicles.reload must have 1"),
    ],
)
def test_references_are_judged(line, changed, *, table, columns, said):
    with pytest.raises(ProblemError, match=said):
        changed(line, table, **columns)


def test_locks_and_shipments_exclude_each_other(line, changed):
    free = changed(line, "clients", delivery=[[0], [0], [4]])
    pair = Shipments(pickup=[0], delivery=[1], amount=[[2]])
    assert len(replace(free, shipments=pair).shipments) == 1
    with pytest.raises(ProblemError, match="end of a shipment"):
        replace(line, shipments=pair)
    with pytest.raises(ProblemError, match="lock 0: visit 0"):
        replace(free, shipments=pair, locks=(Lock(vehicle=0, visits=(0,)),))
    with pytest.raises(ProblemError, match="3 locks, but only 2"):
        replace(line, locks=tuple(Lock(vehicle=0, visits=(c,)) for c in range(3)))


def test_matrices_scale_and_names_are_judged(line):
    with pytest.raises(ProblemError, match="distance of profile 0 from 0 to 1"):
        replace(line, distance=-line.distance)
    with pytest.raises(ProblemError, match="scale must be > 0"):
        replace(line, scale=0.0)
    with pytest.raises(ProblemError, match=r"names.clients must have 3"):
        replace(line, names=Names(clients=("a",)))
    with pytest.raises(ProblemError, match=r"vehicles\.available must be >= 1"):
        replace(line, vehicles=replace(line.vehicles, available=[0]))
    with pytest.raises(ProblemError, match="whole numbers of shape"):
        replace(line, distance=np.zeros((2, 2)))


def test_breaks_of_a_vehicle_follow_one_another(line):
    two = Breaks(vehicle=[0, 0], earliest=[10, 20], latest=[15, 40], duration=[10, 5])
    with pytest.raises(ProblemError, match="may begin at 20"):
        replace(line, breaks=two)
    with pytest.raises(ProblemError, match="earliest 5 must not be after latest 4"):
        replace(
            line, breaks=Breaks(vehicle=[0], earliest=[5], latest=[4], duration=[1])
        )
