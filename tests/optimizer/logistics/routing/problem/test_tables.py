import numpy as np
import pytest

from optimizer import ProblemError
from optimizer.logistics.routing.problem.columns import LATEST
from optimizer.logistics.routing.problem.tables import (
    Breaks,
    Clients,
    Depots,
    Lock,
    Shipments,
    Vehicles,
)


def test_defaults_leave_everything_open():
    clients = Clients(location=np.array([1, 2]), delivery=np.array([[1], [2]]))
    assert clients.required.all()
    assert clients.close.tolist() == [LATEST, LATEST]
    assert clients.pickup.shape == (2, 1)
    vehicles = Vehicles(available=np.array([3]), capacity=np.array([[5]]))
    assert (vehicles.distance_cost[0], vehicles.duration_cost[0]) == (1, 0)
    assert (len(Depots(location=np.array([0]))), len(vehicles), len(clients)) == (
        1,
        1,
        2,
    )


def test_negative_entries_are_refused():
    with pytest.raises(ProblemError, match=r"clients.service\[1\] .* was -1"):
        Clients(location=np.array([1, 2]), service=np.array([0, -1]))
    one = np.array([0])
    with pytest.raises(ProblemError, match=r"breaks.duration\[0\]"):
        Breaks(vehicle=one, earliest=one, latest=one, duration=one)


def test_tables_may_be_empty():
    assert len(Shipments()) == len(Breaks()) == 0
    assert Lock(vehicle=0, visits=(1,)).visits == (1,)
