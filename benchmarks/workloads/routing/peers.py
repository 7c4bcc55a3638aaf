"""The same instances for PyVRP as it is, and for OR-Tools' routing library."""

import math
import multiprocessing
from pathlib import Path

from optimizer.logistics.routing import RoutingProblem, read_problem

__all__ = ["ortools", "pyvrp_single"]

PYVRP = "PyVRP 0.14.1, one run"
ORTOOLS = "OR-Tools 9.15, guided local search"


def pyvrp_single(problem: RoutingProblem, seconds: float, *, seed: int = 1) -> float:
    """Return the cost of PyVRP's own solve on one core; reading is not counted."""
    import pyvrp  # noqa: PLC0415  # a peer of the benchmarks alone
    from pyvrp.stop import MaxRuntime  # noqa: PLC0415

    # The same data of PyVRP, so that both are given the same numbers.
    from optimizer.logistics.routing.model.translation import (  # noqa: PLC0415
        Translation,
    )

    data = Translation(problem).data
    result = pyvrp.solve(
        data, MaxRuntime(seconds), seed=seed, collect_stats=False, display=False
    )
    if not result.is_feasible():
        return math.inf
    return float(result.cost()) / problem.scale


def ortools(path: Path, seconds: float) -> float:
    """Return the cost that OR-Tools finds, in a process of its own.

    Two routing models in one process are known to crash.
    """
    context = multiprocessing.get_context("spawn")
    with context.Pool(1, maxtasksperchild=1) as pool:
        return float(pool.apply(_guided, (path, seconds)))


def _guided(path: Path, seconds: float) -> float:
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2  # noqa: PLC0415

    problem = read_problem(path)
    clients, vehicles = problem.clients, problem.vehicles
    available, n = int(vehicles.available[0]), problem.n_clients + 1
    manager = pywrapcp.RoutingIndexManager(n, available, 0)
    model = pywrapcp.RoutingModel(manager)
    distance = problem.distance[0]
    cost = model.RegisterTransitMatrix(distance.tolist())
    model.SetArcCostEvaluatorOfAllVehicles(cost)
    service = [int(problem.depots.service[0]), *clients.service.tolist()]
    times = model.RegisterTransitMatrix(
        [[int(d) + s for d in row] for row, s in zip(distance, service, strict=True)]
    )
    horizon = int(problem.depots.close[0])
    model.AddDimension(times, horizon, horizon, False, "time")  # noqa: FBT003
    clock = model.GetDimensionOrDie("time")
    for at in range(1, n):
        window = int(clients.open[at - 1]), int(clients.close[at - 1])
        clock.CumulVar(manager.NodeToIndex(at)).SetRange(*window)
    loads = model.RegisterUnaryTransitVector([0, *clients.delivery[:, 0].tolist()])
    capacity = [int(vehicles.capacity[0, 0])] * available
    model.AddDimensionWithVehicleCapacity(loads, 0, capacity, True, "load")  # noqa: FBT003
    search = pywrapcp.DefaultRoutingSearchParameters()
    first = routing_enums_pb2.FirstSolutionStrategy
    search.first_solution_strategy = first.PARALLEL_CHEAPEST_INSERTION
    guided = routing_enums_pb2.LocalSearchMetaheuristic
    search.local_search_metaheuristic = guided.GUIDED_LOCAL_SEARCH
    search.time_limit.FromMilliseconds(int(1000 * seconds))
    found = model.SolveWithParameters(search)
    return math.inf if found is None else found.ObjectiveValue() / problem.scale
