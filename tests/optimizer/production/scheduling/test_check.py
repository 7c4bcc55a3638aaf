"""The checker catches what breaks a rule, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from benchmarks.workloads.schedules.families import FAMILIES, generated
from optimizer import SolveOptions
from optimizer.production.scheduling.check import (
    check_schedule,
    find_faults,
    open_time,
    schedule_cost,
    setup_changes,
)
from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.problem import (
    Arcs,
    Baseline,
    Jobs,
    Locks,
    Machines,
    Modes,
    Objective,
    Operations,
    Pools,
    Schedule,
    SchedulingProblem,
    Setups,
    StartCosts,
    Tariff,
    Transport,
)
from optimizer.production.scheduling.solve import schedule_production
from optimizer.result import relative_gap


def table(values):
    return np.array(values, dtype=np.int64)


def schedule_of(problem, mode, start, end, **more):
    made = Schedule(
        status="feasible", objective=0.0, bound=0.0, gap=0.0,
        mode=table(mode), start=table(start), end=table(end),
    )  # fmt: skip
    given = {"objective": float(schedule_cost(problem, made))} | more
    gap = relative_gap(given["objective"], given.get("bound", 0.0))
    return replace(made, **({"gap": gap} | given))


@pytest.fixture
def shop():
    """Two jobs of two steps, machine 0 closed in 4..6, setups between families."""
    return SchedulingProblem(
        jobs=Jobs(release=table([0, 1]), due=table([5, -1]), deadline=table([-1, 20])),
        operations=Operations(
            job=table([0, 0, 1, 1]), family=table([0, 0, 1, 1]),
            resumable=table([0, 0, 1, 0]),
        ),
        modes=Modes(
            operation=table([0, 1, 2, 3]), machine=table([0, 1, 0, 1]),
            duration=table([3, 2, 4, 2]), use_mode=table([1, 3]),
            use_pool=table([0, 0]), use_amount=table([1, 1]),
        ),
        arcs=Arcs(before=table([0, 2]), after=table([1, 3]), lag=table([1, 0])),
        machines=Machines(
            matrix=table([0, -1]), closed_machine=table([0]), closed_start=table([4]),
            closed_end=table([6]),
        ),
        setups=Setups(time=table([[[0, 2], [1, 0]]]), cost=table([[[0, 7], [8, 0]]])),
        pools=Pools(
            capacity=table([1]), away_pool=table([0]), away_start=table([30]),
            away_end=table([31]), away_amount=table([1]),
        ),
        objective=Objective(makespan=1, tardiness=2, setup=3),
    )  # fmt: skip


GOOD = ([0, 1, 2, 3], [0, 4, 7, 11], [3, 6, 11, 13])


def test_a_good_schedule_has_no_fault(shop):
    assert check_schedule(shop, schedule_of(shop, *GOOD)) == ()


def test_fault_says_what_it_is_made_of(shop):
    bad = schedule_of(shop, GOOD[0], [0, 10, 7, 11], [3, 12, 11, 13])
    found = find_faults(shop, bad)
    assert tuple(one.text for one in found) == check_schedule(shop, bad)
    (busy,) = (one for one in found if one.kind == "machine_busy")
    assert busy.parts == {
        "operation": "operation 3", "job": "job 1", "machine": "machine 1",
        "start_at": 11, "before": "operation 1", "before_job": "job 0", "until_at": 12,
    }  # fmt: skip


def test_faults_of_one_rule_beyond_twenty_are_counted(shop):
    n = 30
    many = SchedulingProblem(
        jobs=Jobs(release=table([9] * n)),
        operations=Operations(job=table(range(n))),
        modes=Modes(
            operation=table(range(n)), machine=table(range(n)), duration=table([1] * n)
        ),
        machines=Machines(matrix=table([-1] * n)),
    )
    found = find_faults(many, schedule_of(many, range(n), [0] * n, [1] * n))
    assert [one.kind for one in found] == ["before_release"] * 20 + ["more"]
    assert found[-1].parts == {"count": n - 20}


def test_cost_is_counted_by_hand(shop):
    # Makespan 13, job 0 late by 1 of weight 1, one setup of cost 7.
    assert schedule_cost(shop, schedule_of(shop, *GOOD)) == 13 + 2 * 1 + 3 * 7


def test_changes_are_between_neighbours_on_a_machine(shop):
    good = schedule_of(shop, *GOOD)
    assert list(setup_changes(shop, good)) == [(0, 0, 1, 0, 2)]
    red = replace(shop, machines=replace(shop.machines, first_family=table([1, -1])))
    assert list(setup_changes(red, good)) == [(0, 1, 0, -1, 0), (0, 0, 1, 0, 2)]


def test_open_time_stands_still_in_closed_windows(shop):
    at = table([0, 3, 4, 5, 6, 9])
    assert open_time(shop, 0, at).tolist() == [0, 3, 4, 4, 4, 7]
    assert open_time(shop, 1, at).tolist() == at.tolist()


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (
            [0, 4, 7, 11],
            [2, 6, 11, 13],
            "takes 3 ticks of open time on machine 0, had 2",
        ),
        ([2, 8, 9, 13], [7, 10, 13, 15], "not resumable, but 2..7 spans closed time"),
        (
            [0, 3, 7, 11],
            [3, 5, 11, 13],
            "operation 1 starts at 3, but operation 0 holds",
        ),
        ([0, 4, 6, 10], [3, 6, 10, 12], "operation 2 needs a setup of 2 on machine 0"),
        (
            [0, 4, 2, 11],
            [3, 6, 8, 13],
            "starts at 2 on machine 0, busy with operation 0",
        ),
        ([0, 9, 7, 11], [3, 11, 11, 13], ""),
        ([0, 10, 7, 11], [3, 12, 11, 13], "busy with operation 1 until 12"),
        ([0, 4, 7, 29], [3, 6, 11, 31], "after the deadline of job 1 at 20"),
        ([0, 4, 7, 29], [3, 6, 11, 31], "pool 0 has 1, but 2 are used or away at 30"),
        ([-1, 4, 7, 11], [2, 6, 11, 13], "starts at -1, before its release at 0"),
        (
            [0, 4, 5, 11],
            [3, 6, 10, 13],
            "operation 2 starts or ends while machine 0 is",
        ),
    ],
)
def test_each_rule_is_judged(shop, start, end, said):
    faults = check_schedule(shop, schedule_of(shop, GOOD[0], start, end))
    assert any(said in fault for fault in faults) if said else faults == ()


def test_modes_must_be_ones_own_and_jobs_whole(shop):
    stolen = schedule_of(shop, [0, 3, 2, 3], *GOOD[1:])
    assert "operation 1 is done in mode 3" in check_schedule(shop, stolen)[0]
    part = schedule_of(shop, [0, -1, 2, 3], [0, -1, 7, 11], [3, -1, 11, 13])
    faults = check_schedule(shop, part)
    assert "operation 1 is skipped, but its job must be done" in faults
    assert "job 0 is skipped in part" in faults


def test_a_job_may_be_skipped_at_its_cost(shop):
    jobs = replace(shop.jobs, skip_cost=table([40, -1]))
    optional = replace(shop, jobs=jobs)
    skipped = schedule_of(optional, [-1, -1, 2, 3], [-1, -1, 1, 7], [-1, -1, 7, 9])
    assert check_schedule(optional, skipped) == ()
    assert schedule_cost(optional, skipped) == 40 + 9


def test_locks_and_figures_are_judged(shop):
    kept = replace(shop, locks=Locks(operation=[0], machine=[0], start=[1]))
    faults = check_schedule(kept, schedule_of(kept, *GOOD))
    assert faults == ("operation 0 is locked on machine 0 at 1, but is on 0 at 0",)
    lied = schedule_of(shop, *GOOD, objective=1.0)
    assert check_schedule(shop, lied) == (
        "the objective is said to be 1.0, but counts as 36",
    )
    proud = schedule_of(shop, *GOOD, status="optimal")
    assert "optimal is said of 36.0, with a bound of 0.0" in check_schedule(shop, proud)
    over = schedule_of(shop, *GOOD, bound=40.0)
    assert "the bound 40.0 is above the objective 36.0" in check_schedule(shop, over)


def test_bounds_and_gaps_are_judged(shop):
    wide = schedule_of(shop, *GOOD, gap=0.5)
    assert check_schedule(shop, wide) == ("the gap is said to be 0.5, but is 1.0",)
    lost = schedule_of(shop, *GOOD, bound=np.nan, gap=1.0)
    assert check_schedule(shop, lost) == ("the bound is not a number",)
    assert check_schedule(shop, schedule_of(shop, *GOOD, bound=-np.inf)) == ()


@pytest.mark.parametrize(
    ("status", "bound", "wrong"),
    [
        ("unknown", 3.0, 0), ("unknown", -np.inf, 0), ("unknown", np.inf, 1),
        ("unknown", np.nan, 1), ("infeasible", np.inf, 0), ("infeasible", np.nan, 1),
    ],
)  # fmt: skip
def test_bounds_without_a_schedule_are_judged(shop, status, bound, wrong):
    bare = Schedule(status=status, objective=np.inf, bound=bound, gap=np.inf)
    faults = check_schedule(shop, bare)
    assert faults == (f"the bound of what is {status} must not be {bound}",) * wrong


def test_batches_start_together_and_fit():
    problem = problem_of_routes([[[(0, 5)]], [[(0, 3)]], [[(0, 5)]]], 1)
    oven = replace(problem, machines=Machines(matrix=[-1], batch=[2]))
    together = schedule_of(oven, [0, 1, 2], [0, 0, 5], [5, 5, 10])
    assert check_schedule(oven, together) == ()
    three = schedule_of(oven, [0, 1, 2], [0, 0, 0], [5, 5, 5])
    assert "the batch of machine 0 at 0 has 3 of 2" in check_schedule(oven, three)
    short = schedule_of(oven, [0, 1, 2], [0, 0, 5], [5, 3, 10])
    assert "takes 5 ticks" in check_schedule(oven, short)[0]
    mixed = replace(oven, operations=replace(oven.operations, family=table([0, 1, 0])))
    assert "mixes families" in check_schedule(mixed, together)[0]


def test_faults_beyond_20_of_a_kind_are_counted():
    problem = problem_of_routes([[[(0, 1)]] for _ in range(30)], 1)
    late = replace(problem, jobs=replace(problem.jobs, release=np.full(30, 99)))
    faults = check_schedule(late, schedule_of(late, range(30), range(30), range(1, 31)))
    assert len(faults) == 21
    assert faults[-1] == "and 10 more of this kind"


@pytest.fixture(scope="module")
def solved():
    def solve(family):
        problem = generated(family, 3, n_jobs=5)
        options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=2_000)
        return problem, schedule_production(problem, options)

    return {family: solve(family) for family in FAMILIES}


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_mutated_schedule_is_caught(solved, data):
    """Whatever one number is changed to, the checker sees it, or the rules allow it."""
    problem, good = solved[data.draw(st.sampled_from(sorted(solved)))]
    assert check_schedule(problem, good) == ()
    row = data.draw(st.integers(0, problem.n_operations - 1))
    name = data.draw(st.sampled_from(["start", "end", "mode"]))
    column = getattr(good, name).copy()
    shift = data.draw(st.integers(-40, 40).filter(bool))
    column[row] += shift
    own = problem.mode_start[row] <= column[row] < problem.mode_start[row + 1]
    # Another mode of the same operation may be as good: that breaks no rule.
    assume(name != "mode" or not own)
    bad = replace(good, **{name: column})
    assert check_schedule(problem, bad)


def test_both_ends_moved_into_busy_time_are_caught(solved):
    problem, good = solved["tardiness"]
    machine = problem.modes.machine[good.mode]
    rows = np.flatnonzero(machine == np.bincount(machine).argmax())
    first, second = rows[np.argsort(good.start[rows])][:2]
    shift = good.start[first] - good.start[second]
    start, end = good.start.copy(), good.end.copy()
    start[second] += shift
    end[second] += shift
    faults = check_schedule(problem, replace(good, start=start, end=end))
    assert any("busy with" in fault for fault in faults)


@pytest.fixture
def line():
    """Two jobs through two machines, without room behind the first one."""
    problem = problem_of_routes([[[(0, 3)], [(1, 4)]], [[(0, 2)], [(1, 1)]]], 2)
    return replace(problem, machines=Machines(matrix=[-1, -1], blocking=[1, 0]))


def test_work_blocks_its_machine_until_the_next_machine_takes_it(line):
    good = schedule_of(line, [0, 1, 2, 3], [0, 3, 3, 7], [3, 7, 5, 8])
    assert check_schedule(line, good) == ()
    late = schedule_of(line, [0, 1, 2, 3], [0, 4, 3, 8], [3, 8, 5, 9])
    assert check_schedule(line, late) == (
        "operation 2 starts at 3 on machine 0, busy with operation 0 until 4",
    )
    free = replace(line, machines=Machines(matrix=[-1, -1]))
    assert check_schedule(free, late) == ()


def test_what_takes_no_time_may_stay_on_a_blocking_machine():
    """Both are on machine 0 at tick 5 for a moment, then the first to be told stays."""
    routes = [[[(1, 5)], [(0, 0)], [(2, 1)]], [[(3, 5)], [(0, 0)], [(4, 1)]]]
    problem = problem_of_routes(routes, 5)
    kept = replace(
        problem, machines=Machines(matrix=[-1] * 5, blocking=[1, 0, 0, 0, 0])
    )
    stays = schedule_of(kept, range(6), [0, 5, 9, 0, 5, 5], [5, 5, 10, 5, 5, 6])
    assert check_schedule(kept, stays) == ()
    both = schedule_of(kept, range(6), [0, 5, 9, 0, 5, 6], [5, 5, 10, 5, 5, 7])
    assert check_schedule(kept, both) == (
        "operation 1 starts at 5 on machine 0, busy with operation 4 until 6",
    )


def test_work_may_change_places_at_one_moment():
    problem = problem_of_routes([[[(0, 3)], [(1, 4)]], [[(1, 3)], [(0, 1)]]], 2)
    both = replace(problem, machines=Machines(matrix=[-1, -1], blocking=[1, 1]))
    swapped = schedule_of(both, [0, 1, 2, 3], [0, 3, 0, 3], [3, 7, 3, 4])
    assert check_schedule(both, swapped) == ()


def test_transport_lies_between_machines(line):
    hall = replace(line, transport=Transport(time=[[0, 2], [9, 0]]))
    near = schedule_of(hall, [0, 1, 2, 3], [0, 3, 3, 7], [3, 7, 5, 8])
    assert check_schedule(hall, near) == (
        "operation 1 starts at 3, but operation 0 holds it until 5",
    )
    far = schedule_of(hall, [0, 1, 2, 3], [0, 5, 5, 9], [3, 9, 7, 10])
    assert check_schedule(hall, far) == ()


def test_energy_deviation_and_start_costs_said_wrong_are_caught(line):
    priced = replace(
        line,
        machines=Machines(matrix=[-1, -1], busy_power=[1, 2]),
        tariff=Tariff(start=[0, 5], price=[1, 3]),
        baseline=Baseline(operation=[3], machine=[1], start=[6]),
        start_costs=StartCosts(operation=[1], time=[0], cost=[8]),
        objective=Objective(makespan=0, energy=1, stability=1),
    )
    good = schedule_of(priced, [0, 1, 2, 3], [0, 3, 3, 7], [3, 7, 5, 8])
    assert good.objective == (3 + 2) + 2 * (2 + 6 + 3) + 1 + 8
    lied = replace(good, objective=good.objective - 1)
    assert "is said to be" in check_schedule(priced, lied)[0]
