from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.logistics.routing.check.timing import timetable
from optimizer.logistics.routing.problem import (
    Breaks,
    Clients,
    Depots,
    Route,
    RoutingProblem,
    Vehicles,
)

ALL = Route(vehicle=0, visits=(0, 1, 2))


def test_who_would_wait_leaves_later(line, changed):
    problem = changed(line, "clients", open=[50, 0, 0])
    times = timetable(problem, ALL)
    assert times.stops[0].start == 40
    assert [stop.start for stop in times.stops] == [40, 50, 61, 72, 103]
    assert times.duration == 63


def test_late_stops_say_how_late(line, changed):
    problem = changed(line, "clients", close=[1000, 15, 1000])
    assert [stop.late for stop in timetable(problem, ALL).stops] == [0, 0, 6, 0, 0]


def test_trip_waits_for_its_goods(line, changed):
    problem = changed(line, "clients", release=[0, 0, 70])
    problem = changed(problem, "vehicles", reload=[[True]])
    times = timetable(problem, Route(vehicle=0, visits=(0, 1, -1, 2)))
    starts = {stop.visit: stop.start for stop in times.stops}
    assert starts[2] == 70 + 30
    assert times.stops[3].start == 70


def test_break_on_the_road_delays_the_arrival(line):
    rest = Breaks(vehicle=[0], earliest=[5], latest=[8], duration=[20])
    times = timetable(replace(line, breaks=rest), ALL)
    assert times.breaks == ((0, 5),)
    assert (
        times.stops[1].start == times.stops[0].start + 30 or times.stops[0].start >= 25
    )


def test_break_without_room_is_missed(line, changed):
    problem = changed(line, "clients", service=[500, 1, 1])
    problem = changed(problem, "vehicles", close=[600])
    rest = Breaks(vehicle=[0], earliest=[100], latest=[110], duration=[60])
    assert timetable(replace(problem, breaks=rest), ALL).missed == (0,)


def tried(problem, route, begin, at):
    """Drive from `begin` with the break on the leg to stop `at`; None if it fails."""
    clients, rest = problem.clients, problem.breaks
    places = [0, *(v + 1 for v in route.visits), 0]
    clock, before = begin, places[0]
    earliest, latest = int(rest.earliest[0]), int(rest.latest[0])
    for number, place in enumerate(places[1:], start=1):
        travel = int(problem.duration[0, before, place])
        left = clock
        clock += travel
        if number == at:
            if max(left, earliest) > latest:
                return None
            clock = max(clock, earliest) + int(rest.duration[0])
        if place:
            clock = max(clock, int(clients.open[place - 1]))
            if clock > clients.close[place - 1]:
                return None
            clock += int(clients.service[place - 1])
        before = place
    return clock


@settings(max_examples=20, deadline=None)
@given(
    opens=st.lists(st.integers(0, 60), min_size=3, max_size=3),
    earliest=st.integers(0, 60),
    slack=st.integers(0, 20),
    length=st.integers(1, 25),
)
def test_timetable_ends_as_early_as_any_choice(opens, earliest, slack, length):
    roads = np.array([[[0, 9, 17, 12], [9, 0, 8, 20], [17, 8, 0, 11], [12, 20, 11, 0]]])
    problem = RoutingProblem(
        depots=Depots(location=np.array([0])),
        clients=Clients(
            location=np.array([1, 2, 3]),
            service=np.array([4, 6, 3]),
            open=np.array(opens),
            close=np.array(opens) + 45,
        ),
        vehicles=Vehicles(available=np.array([1]), capacity=np.zeros((1, 0), np.int64)),
        distance=roads,
        duration=roads,
        breaks=Breaks(
            vehicle=[0], earliest=[earliest], latest=[earliest + slack],
            duration=[length],
        ),
    )  # fmt: skip
    ends = []
    for begin in range(200):
        during = [tried(problem, ALL, begin, at) for at in range(1, 5)]
        outside = tried(problem, ALL, begin, 0)
        if begin >= earliest + length and outside is not None:
            during.append(outside)
        if outside is not None and outside <= earliest + slack:
            during.append(outside)
        ends += [(end, -begin) for end in during if end is not None]
    times = timetable(problem, ALL)
    if not ends:
        assert times.missed or any(stop.late for stop in times.stops)
        return
    assert not times.missed
    assert times.stops[-1].departure == min(ends)[0]


def test_duration_is_that_of_the_latest_start(line, changed):
    problem = changed(line, "clients", open=[0, 100, 0])
    assert timetable(problem, ALL).duration == pytest.approx(62 + 1)
