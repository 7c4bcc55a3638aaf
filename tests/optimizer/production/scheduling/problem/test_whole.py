"""A scheduling problem as a whole."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.errors import ProblemError
from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.problem import (
    Arcs,
    Jobs,
    Locks,
    Machines,
    Modes,
    Names,
    Objective,
    Pools,
    Setups,
    Tariff,
    Transport,
)

ROUTES = [[[(0, 3), (1, 4)], [(1, 2)]], [[(1, 5)]]]


@pytest.fixture
def problem():
    return problem_of_routes(ROUTES, 2)


def test_modes_of_an_operation_lie_together(problem):
    assert problem.mode_start.tolist() == [0, 2, 3, 4]
    assert problem.order.tolist() == [0, 2, 1]
    assert (problem.n_operations, problem.n_machines) == (3, 2)


def test_all_work_fits_before_the_horizon(problem):
    assert problem.horizon == 4 + 2 + 5
    late = replace(problem, jobs=replace(problem.jobs, release=np.array([0, 100])))
    assert late.horizon == 111


def test_rows_are_called_by_number_or_name(problem):
    assert problem.names.operation(1) == "operation 1"
    assert Names(jobs=("red", "blue")).job(1) == "blue"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"arcs": Arcs(before=[0, 1], after=[1, 0])}, "cycle, operation 0 is in it"),
        ({"arcs": Arcs(before=[0], after=[3])}, "after an arc must be below 3.* had 3"),
        ({"machines": Machines(matrix=[-1])}, "machine of a mode must be below 1"),
        ({"machines": Machines(matrix=[0, -1])}, "setup matrix of a machine"),
        (
            {"modes": Modes(operation=[0, 2], machine=[0, 0], duration=[1, 1])},
            "operation 1 has no mode",
        ),
        (
            {"modes": Modes(operation=[1, 0, 2], machine=[0] * 3, duration=[1] * 3)},
            "modes must be ordered by operation, row 1 was 0",
        ),
        (
            {"locks": Locks(operation=[2], machine=[0], start=[0])},
            "operation 2 is locked on machine 0, which none of its modes is on",
        ),
        ({"tick_us": 0}, "tick_us must be >= 1"),
        (
            {
                "machines": Machines(matrix=[-1, -1], batch=[0, 4]),
                "modes": Modes(
                    operation=[0, 1, 2], machine=[0, 1, 1], duration=[0, 0, 5]
                ),
            },
            "operation 1 takes no time on machine 1, which has setups or batches",
        ),
        (
            {
                "machines": Machines(matrix=[0, -1], first_family=[4, -1]),
                "setups": Setups(time=np.zeros((1, 2, 2), dtype=int)),
            },
            "first family of a machine must be below 2, was 4",
        ),
    ],
)
def test_contradictions_are_named(problem, change, said):
    with pytest.raises(ProblemError, match=said):
        replace(problem, **change)


def test_a_mode_names_a_pool_once(problem):
    modes = replace(
        problem.modes, use_mode=[1, 2, 1], use_pool=[0, 0, 0], use_amount=[1, 1, 2]
    )
    with pytest.raises(ProblemError, match="mode 1, of operation 0, names pool 0 twi"):
        replace(problem, pools=Pools(capacity=[9]), modes=modes)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"objective": Objective(makespan=2**49)}, f"makespan {11 * 2**49}$"),
        ({"objective": Objective(tardiness=2**48)}, f"tardiness {22 * 2**48}$"),
        (
            {
                "objective": Objective(setup=2**20),
                "setups": Setups(time=[[[0]]], cost=[[[2**31]]]),
            },
            f"makespan 11, setups {3 * 2**51}$",
        ),
        (
            {"jobs": Jobs(release=[0, 0], skip_cost=[-1, 2**52])},
            f"makespan 11, skipped jobs {2**52}$",
        ),
        (
            {"jobs": Jobs(release=[2**52, 0]), "objective": Objective(makespan=0)},
            f"take {2**52 + 11} ticks and cost: nothing",
        ),
    ],
)
def test_costs_that_might_overflow_are_refused(problem, change, said):
    with pytest.raises(ProblemError, match=said):
        replace(problem, **change)


def test_long_times_are_added_exactly():
    with pytest.raises(ProblemError, match=f"take {2048 * (2**53 - 1)} ticks"):
        problem_of_routes([[[(0, 2**53 - 1)]]] * 2048, 1)


def test_weights_below_zero_are_refused():
    with pytest.raises(ProblemError, match="weight of setup must be >= 0, was -1"):
        Objective(setup=-1)


def test_levels_that_do_not_fit_are_refused(problem):
    levels = Objective(makespan=2**26, tardiness=2**26, order=("tardiness", "makespan"))
    with pytest.raises(ProblemError, match="levels multiply: take fewer of them"):
        replace(problem, objective=levels)
    fitting = replace(levels, makespan=1, tardiness=1)
    assert replace(problem, objective=fitting).weights.tardiness == problem.horizon + 1


def test_transport_fits_the_machines_and_makes_the_horizon_longer(problem):
    with pytest.raises(ProblemError, match="transport must be 2 by 2"):
        replace(problem, transport=Transport(time=[[0]]))
    far = replace(problem, transport=Transport(time=[[0, 9], [0, 0]]))
    assert far.horizon == problem.horizon + 9 * len(problem.arcs)


def test_energy_that_might_overflow_is_refused_where_it_does_not_weigh(problem):
    hungry = Machines(matrix=[-1, -1], busy_power=[2**26, 0])
    with pytest.raises(ProblemError, match=r"must take and cost less than 2\^52"):
        replace(problem, machines=hungry, tariff=Tariff(start=[0], price=[2**25]))


def test_overlaps_and_whole_setups_are_refused_where_nothing_knows_them(problem):
    early = replace(problem.modes, early=np.ones(len(problem.modes)).astype(np.int64))
    overlapping = replace(problem, modes=early)
    assert overlapping.modes.early.sum() == len(problem.modes)
    machines = replace(problem.machines, batch=np.full(problem.n_machines, 2))
    with pytest.raises(ProblemError, match="handovers before the end"):
        replace(overlapping, machines=machines)
    with pytest.raises(ProblemError, match=r"early must be in 0\.\.duration"):
        replace(problem.modes, early=problem.modes.duration + 1)
