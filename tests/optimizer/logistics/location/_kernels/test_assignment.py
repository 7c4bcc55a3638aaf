import numpy as np
import pytest

from optimizer.logistics.location._kernels.assignment import (
    assigned_cost,
    evacuate,
    settle,
)


def test_added_costs_add_up(direct):
    problem = direct(0, n_depots=5, n_clients=20)
    tables = (
        problem.service_cost, problem.demand, problem.capacity, problem.fixed_cost,
    )  # fmt: skip
    owner = np.random.default_rng(0).integers(0, 5, 20)
    load, clients = np.zeros(5), np.zeros(5, dtype=np.int64)
    first = assigned_cost(*tables, owner, load, clients, 50.0)
    added = settle(*tables, owner, load, clients, 50.0, 1e-9, -1)
    second = assigned_cost(*tables, owner, load, clients, 50.0)
    assert second == pytest.approx(first + added)
    assert added < 0.0
    closed = int(owner[0])
    added = evacuate(*tables, owner, load, clients, 50.0, closed)
    assert closed not in owner
    third = assigned_cost(*tables, owner, load, clients, 50.0)
    assert third == pytest.approx(second + added)
    settle(*tables, owner, load, clients, 50.0, 1e-9, closed)
    assert closed not in owner
