"""Tables of a scheduling problem, one by one."""

import numpy as np
import pytest

from optimizer.errors import ProblemError
from optimizer.production.scheduling.problem import (
    Arcs,
    Jobs,
    Locks,
    Machines,
    Modes,
    Operations,
    Pools,
    Setups,
    Transport,
)


def test_columns_left_empty_take_their_defaults():
    jobs = Jobs(release=[0, 5])
    assert jobs.due.tolist() == jobs.deadline.tolist() == [-1, -1]
    assert jobs.weight.tolist() == [1, 1]
    operations = Operations(job=[0, 0, 1])
    assert operations.size.tolist() == [1, 1, 1]
    assert len(jobs), len(operations) == (2, 3)


def test_columns_are_copies_that_cannot_be_written():
    release = np.array([3, 4])
    jobs = Jobs(release=release)
    release[0] = 9
    assert jobs.release[0] == 3
    with pytest.raises(ValueError, match="read-only"):
        jobs.release[0] = 1


def test_closed_windows_are_ordered():
    machines = Machines(
        matrix=[-1, -1], closed_machine=[1, 0, 0], closed_start=[5, 9, 2],
        closed_end=[6, 11, 4],
    )  # fmt: skip
    assert machines.closed_machine.tolist() == [0, 0, 1]
    assert machines.closed_start.tolist() == [2, 9, 5]


def test_setups_without_costs_cost_nothing():
    setups = Setups(time=np.ones((1, 2, 2), dtype=int))
    assert setups.cost.shape == (1, 2, 2)
    assert setups.cost.max() == 0


def windows(*rows):
    machine, start, end = zip(*rows, strict=True)
    return Machines(
        matrix=[-1], closed_machine=machine, closed_start=start, closed_end=end
    )


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Jobs(release=[0, -1]), "release must be in 0.* entry 1 was -1"),
        (lambda: Jobs(release=[0.5]), "release must hold whole numbers"),
        (lambda: Jobs(release=[0], due=[1, 2]), r"due must have 1 entries.*\(2,\)"),
        (lambda: Operations(job=[0], size=[0]), "size must be in 1"),
        (lambda: Operations(job=[0], resumable=[2]), "resumable must be in 0..1"),
        (lambda: Modes(operation=[0], machine=[-2], duration=[1]), "machine must be"),
        (lambda: Arcs(before=[0], after=[1], lag=[-3]), "lag must be in 0"),
        (lambda: windows((0, 4, 4)), "must end after its start, was 4..4"),
        (lambda: windows((0, 1, 5), (0, 3, 9)), "must not overlap, were 1..5"),
        (lambda: Setups(time=np.ones((1, 2, 3), dtype=int)), "setup time must have"),
        (
            lambda: Setups(time=-np.ones((1, 1, 1), dtype=int)),
            "setup time must be >= 0",
        ),
        (lambda: Pools(capacity=[-1]), "capacity must be in 0"),
        (
            lambda: Pools(
                capacity=[1],
                away_pool=[0],
                away_start=[4],
                away_end=[4],
                away_amount=[1],
            ),
            "must end after its start, was 4..4 of pool 0",
        ),
        (lambda: Locks(operation=[0, 0], machine=[0, 0], start=[1, 2]), "locked twice"),
    ],
)
def test_wrong_entries_are_named(make, said):
    with pytest.raises(ProblemError, match=said):
        make()


def test_ways_are_square_and_lead_elsewhere():
    assert Transport().time.shape == (0, 0)
    with pytest.raises(ProblemError, match="machines by machines, was"):
        Transport(time=[[0, 1]])
    with pytest.raises(ProblemError, match="from machine 1 to itself must be 0"):
        Transport(time=[[0, 1], [1, 2]])
    with pytest.raises(ProblemError, match=r"must be >= 0, was -1\.\.0"):
        Transport(time=[[0, -1], [0, 0]])


def test_a_batching_machine_does_not_block():
    with pytest.raises(ProblemError, match="machine 1 must not be blocking"):
        Machines(matrix=[-1, -1], batch=[0, 2], blocking=[0, 1])
