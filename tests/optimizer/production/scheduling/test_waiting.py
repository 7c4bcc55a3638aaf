"""Jobs in buffers: when they come, when they go, and how many there may be."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.workloads.schedules.families import generated
from optimizer import SolveOptions
from optimizer.production.scheduling.check import check_schedule, schedule_cost
from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.model import SchedulingModel
from optimizer.production.scheduling.problem import (
    Buffers,
    Machines,
    Schedule,
    Setups,
)
from optimizer.production.scheduling.solve import schedule_production
from optimizer.production.scheduling.waiting import (
    crowded,
    earliest_stays,
    latest_stays,
)
from optimizer.result import relative_gap


def schedule_of(problem, start):
    start = np.array(start, dtype=np.int64)
    made = Schedule(
        status="feasible", objective=0.0, bound=0.0, gap=0.0,
        mode=np.arange(start.size), start=start, end=start + problem.modes.duration,
    )  # fmt: skip
    cost = float(schedule_cost(problem, made))
    return replace(made, objective=cost, gap=relative_gap(cost, 0.0))


@pytest.fixture
def line():
    """Three jobs of a tick on machine 0 wait for machine 1; the first takes ten."""

    def build(capacity, *, buffer=(0, -1), **more):
        routes = [[[(0, 1)], [(1, 10)]], [[(0, 1)], [(1, 1)]], [[(0, 1)], [(1, 1)]]]
        shop = problem_of_routes(routes, 2)
        machines = Machines(matrix=[-1, -1], buffer=list(buffer))
        given = {"machines": machines, "buffers": Buffers(capacity=[capacity])} | more
        return replace(shop, **given)

    return build


EARLY = [0, 1, 1, 11, 2, 12]


def test_as_many_jobs_wait_as_there_are_places(line):
    # The last job may stay on its machine: nobody needs that.
    assert check_schedule(line(1), schedule_of(line(1), EARLY)) == ()
    (fault,) = check_schedule(line(0), schedule_of(line(0), EARLY))
    assert fault == "buffer 0 has room for 0, but 1 are in it at 2"
    blocked = [0, 1, 1, 11, 11, 12]
    assert check_schedule(line(0), schedule_of(line(0), blocked)) == ()


def test_a_job_goes_in_as_late_or_as_early_as_it_can(line):
    schedule = schedule_of(line(1), EARLY)
    late, soon = (stays(line(1), schedule) for stays in (latest_stays, earliest_stays))
    assert late.goes[[0, 2, 4]].tolist() == [1, 11, 12]
    assert late.buffer[[0, 2, 4]].tolist() == [-1, 0, 0]
    assert late.leaves[[0, 2, 4]].tolist() == [1, 2, 12]
    # It waits for the place that is free at 11.
    assert soon.leaves[[0, 2, 4]].tolist() == [1, 2, 11]
    assert crowded(line(1), late) == crowded(line(1), soon) == []
    roomy = earliest_stays(line(2), schedule)
    assert roomy.leaves[[0, 2, 4]].tolist() == [1, 2, 3]


def test_a_place_is_kept_for_who_must_leave_a_machine(line):
    """Machine 2 needs the place from 4 to 6: the job of machine 0 stays till then."""
    routes = [[[(0, 1)], [(1, 1)]], [[(2, 3)], [(1, 1)]], [[(2, 5)]]]
    shop = replace(
        problem_of_routes(routes, 3),
        machines=Machines(matrix=[-1] * 3, buffer=[0, -1, 0]),
        buffers=Buffers(capacity=[1]),
    )
    schedule = schedule_of(shop, [0, 20, 1, 6, 4])
    assert check_schedule(shop, schedule) == ()
    assert earliest_stays(shop, schedule).leaves.tolist() == [6, 21, 4, 7, 9]


def test_a_machine_is_set_up_once_the_job_has_left(line):
    setups = Setups(time=[[[2]]])
    machines = Machines(
        matrix=[0, -1], buffer=[0, -1], closed_machine=[0], closed_start=[4],
        closed_end=[9],
    )  # fmt: skip
    shop = line(1, machines=machines, setups=setups)
    schedule = schedule_of(shop, [0, 1, 3, 11, 11, 12])
    # Open time before the last one's start at 11: from 9 on.
    assert latest_stays(shop, schedule).leaves[[0, 2, 4]].tolist() == [1, 9, 12]
    assert check_schedule(shop, schedule) == ()
    none = replace(shop, buffers=Buffers(capacity=[0]))
    assert check_schedule(none, schedule) == (
        "buffer 0 has room for 0, but 1 are in it at 9",
    )


def test_jobs_may_change_places_at_one_moment(line):
    shop = line(1)
    assert check_schedule(shop, schedule_of(shop, [0, 1, 1, 11, 11, 12])) == ()


def shortest(routes, buffer, capacity):
    """Makespan by trying all moves of all jobs, tick by tick; room of -1 is enough."""
    first = tuple((0, "out", 0) for _ in routes)
    level, now = {first}, 0
    while True:
        following = set()
        for state in level:
            options = [
                _moves(routes[job], buffer, place) for job, place in enumerate(state)
            ]
            for chosen in product(*options):
                if _fits(chosen, capacity):
                    following.add(chosen)
        if any(all(where == "gone" for _, where, _ in state) for state in following):
            return now
        level = {tuple(_worked(one) for one in state) for state in following}
        now += 1


def _moves(route, buffer, place):
    """Return where a job may be from a moment on: step, place and ticks left."""
    step, where, left = place
    if where == "gone" or left > 0:
        return [place]
    if where != "out" and step == len(route) - 1:
        return [(step, "gone", 0)]
    after = step if where == "out" else step + 1
    machine, duration = route[after]
    moves = [place, (after, f"on {machine}", duration)]
    if where.startswith("on "):
        behind = buffer[int(where[3:])]
        moves.append((step, "free" if behind < 0 else f"in {behind}", 0))
    return moves


def _fits(places, capacity):
    held = [where for _, where, _ in places]
    single = [where for where in held if where.startswith("on ")]
    rooms = [
        sum(where == f"in {row}" for where in held) for row in range(len(capacity))
    ]
    return len(set(single)) == len(single) and all(
        used <= room for used, room in zip(rooms, capacity, strict=True)
    )


def _worked(place):
    step, where, left = place
    return (step, where, max(left - 1, 0))


@pytest.mark.parametrize("seed", range(12))
def test_the_best_schedule_is_that_of_brute_force(seed):
    rng = np.random.default_rng(seed)
    routes = [
        [(int(m), int(rng.integers(1, 4))) for m in rng.permutation(3)[: 2 + seed % 2]]
        for _ in range(3)
    ]
    buffer = rng.permutation([0, seed % 2, -1]).tolist()
    capacity = rng.integers(0, 2, 2).tolist()
    shop = replace(
        problem_of_routes([[[step] for step in route] for route in routes], 3),
        machines=Machines(matrix=[-1] * 3, buffer=buffer),
        buffers=Buffers(capacity=capacity),
    )
    best = []
    status = SchedulingModel(shop, shop.horizon).solve(
        time_limit_s=20.0, n_workers=1, seed=0, on_bound=lambda _: None,
        on_schedule=lambda _, answer: best.append(answer),
    )  # fmt: skip
    asked = shortest(routes, buffer, capacity)
    assert (status, best[-1][1].max()) == ("optimal", asked)
    assert check_schedule(shop, schedule_of(shop, best[-1][0])) == ()
    options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=20_000)
    assert schedule_production(shop, options).objective == asked


@pytest.fixture(scope="module")
def solved():
    problem = generated("buffers", 3, n_jobs=6)
    options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=2_000)
    return problem, schedule_production(problem, options)


def most_inside(problem, schedule, buffer):
    """Count by the tick the jobs that are neither done nor on their machine."""
    machine = problem.modes.machine[schedule.mode]
    after = dict(zip(problem.arcs.before, problem.arcs.after, strict=True))
    most = 0
    for tick in range(int(schedule.end.max())):
        inside = 0
        for row, then in after.items():
            waits = schedule.end[row] <= tick < schedule.start[then]
            mine = (machine == machine[row]) & (schedule.start >= schedule.end[row])
            needed = bool(np.any(schedule.start[mine] <= tick))
            behind = problem.machines.buffer[machine[row]] == buffer
            inside += waits and needed and behind
        most = max(most, int(inside))
    return most


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_place_too_few_is_always_caught(solved, data):
    """Counted tick by tick, whatever is moved, and however few places are left."""
    problem, good = solved
    assert check_schedule(problem, good) == ()
    row = data.draw(st.integers(0, problem.n_operations - 1))
    shift = data.draw(st.integers(0, 60))
    start, end = good.start.copy(), good.end.copy()
    # All that comes later moves too: the order stays, and somebody waits longer.
    later = good.start >= good.start[row]
    start[later] += shift
    end[later] += shift
    fewer = data.draw(st.integers(0, 1))
    capacity = np.maximum(problem.buffers.capacity - fewer, 0)
    tight = replace(problem, buffers=Buffers(capacity=capacity))
    moved = replace(good, start=start, end=end)
    told = check_schedule(tight, moved)
    for buffer, places in enumerate(capacity.tolist()):
        over = most_inside(tight, moved, buffer) > places
        assert any(f"buffer {buffer} has" in fault for fault in told) == over
