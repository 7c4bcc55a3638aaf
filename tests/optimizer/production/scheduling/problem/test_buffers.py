"""Buffers as a table, and the machines that empty into them."""

from dataclasses import replace

import pytest

from optimizer.errors import ProblemError
from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.problem import Buffers, Machines


def test_places_are_counted_from_none_on():
    assert len(Buffers()) == 0
    assert Buffers(capacity=[2, 0]).capacity.tolist() == [2, 0]
    with pytest.raises(ProblemError, match="capacity must be in 0"):
        Buffers(capacity=[-1])


def test_the_room_behind_a_machine_is_told_once():
    assert Machines(matrix=[-1] * 3, blocking=[1, 0, 0], buffer=[-1, 0, -1]).holding[
        :
    ].tolist() == [True, True, False]
    with pytest.raises(ProblemError, match="machine 1 must not have a buffer, it is b"):
        Machines(matrix=[-1, -1], blocking=[0, 1], buffer=[-1, 0])
    with pytest.raises(ProblemError, match="have a buffer, it works in batches"):
        Machines(matrix=[-1, -1], batch=[2, 0], buffer=[0, -1])


def test_a_buffer_must_be_there():
    shop = problem_of_routes([[[(0, 3)], [(1, 4)]]], 2)
    machines = Machines(matrix=[-1, -1], buffer=[1, -1])
    with pytest.raises(ProblemError, match="buffer of a machine must be below 1"):
        replace(shop, machines=machines, buffers=Buffers(capacity=[4]))


def test_work_is_not_handed_over_early_into_a_buffer():
    shop = problem_of_routes([[[(0, 3)], [(1, 4)]]], 2)
    machines = Machines(matrix=[-1, -1], buffer=[0, -1])
    with pytest.raises(ProblemError, match="are blocking or have a buffer"):
        replace(
            shop,
            machines=machines,
            buffers=Buffers(capacity=[4]),
            modes=replace(shop.modes, early=[1, 0]),
        )
