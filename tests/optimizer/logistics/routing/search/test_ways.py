from dataclasses import replace

import numpy as np
import pytest

from optimizer.logistics.routing.search.ways import (
    between,
    stops_of,
    ways_between,
    ways_of,
)


def far_third(line, **columns):
    """Return a problem whose road to the third client is longer than two detours."""
    roads = line.duration.copy()
    roads[0, 0, 3] = 500
    clients = replace(line.clients, **{k: np.array(v) for k, v in columns.items()})
    return replace(line, duration=roads, clients=clients)


def test_roads_are_the_ways_where_no_detour_is_shorter(line):
    ways = ways_of(line, 0)
    assert ways.arrival.tolist() == ways.out.tolist() == [10, 20, 30]
    assert ways.back.tolist() == [11, 21, 31]
    assert ways.far.tolist() == ways.near.tolist() == [10, 20, 30]


def test_a_detour_is_a_visit_with_its_service(line):
    assert ways_of(far_third(line), 0).arrival.tolist() == [10, 20, 31]
    free = far_third(line, service=[0, 0, 0])
    assert ways_of(free, 0).arrival.tolist() == [10, 20, 30]


def test_a_detour_keeps_windows_and_skills(line, changed):
    waits = far_third(line, open=[40, 0, 0], close=[99, 1, 99])
    assert ways_of(waits, 0).arrival.tolist() == [10, 20, 40 + 1 + 20]
    assert ways_of(waits, 0).out.tolist() == [10, 20, 31]
    closed = far_third(line, skills=[[True], [True], [False]])
    assert not stops_of(closed, 0).through[1:3].any()
    assert ways_of(closed, 0).arrival.tolist() == [10, 20, 500]
    heavy = changed(far_third(line), "vehicles", capacity=[[1]])
    assert ways_of(heavy, 0).arrival.tolist() == [10, 20, 500]


def test_a_release_waits_at_the_nearest_depot_of_a_trip(line, changed):
    late = changed(line, "clients", release=[0, 0, 50])
    assert ways_of(late, 0).arrival.tolist() == [10, 20, 80]
    near = replace(
        late,
        depots=replace(
            late.depots,
            location=np.array([0, 2]),
            open=np.array([0, 0]),
            close=np.array([999, 999]),
            service=np.array([0, 0]),
        ),
        vehicles=replace(late.vehicles, reload=np.array([[False, True]])),
    )
    # It loads again at 20, ten ticks from there.
    assert ways_of(near, 0).arrival.tolist() == [10, 20, 60]


def test_ways_between_clients(line):
    ticks, length = between(line, 0, 0)
    assert ticks.tolist()[1:] == [11, 21]
    assert length.tolist()[1:] == [10, 20]


def test_ways_between_clients_may_be_stopped(line):
    ticks, length = ways_between(line, 0, [2, 0])
    for row, client in enumerate([2, 0]):
        assert ticks[row].tolist() == between(line, 0, client)[0].tolist()
        assert length[row].tolist() == between(line, 0, client)[1].tolist()
    answers = iter([False, True])
    assert ways_between(line, 0, [0, 1, 2], stopped=lambda: next(answers)) is None


def test_lengths_of_direct_roads_are_quickly_told(line):
    far = replace(line, distance=far_third(line).duration)
    direct = ways_between(far, 0, [0], with_length=False)
    assert direct[1].tolist() == far.distance[0, 1, 1:][None].tolist()
    assert direct[0].tolist() == ways_between(far, 0, [0])[0].tolist()


@pytest.mark.parametrize("seed", range(5))
def test_all_ways_are_those_of_each_client(town, changed, seed):
    problem = town(12, seed=seed)
    rng = np.random.Generator(np.random.Philox(seed))
    roads = rng.integers(0, 90, problem.duration.shape)
    far = rng.integers(0, 90, problem.duration.shape)
    problem = replace(problem, duration=roads, distance=far)
    problem = changed(problem, "vehicles", capacity=[[4]], reload=[[seed % 2 == 0]])
    ticks, length = ways_between(problem, 0, range(12))
    for client in range(12):
        one = between(problem, 0, client)
        assert ticks[client].tolist() == one[0].tolist()
        assert length[client].tolist() == one[1].tolist()
