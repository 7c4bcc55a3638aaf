"""Generated problems, one rule at a time: what is planned, refused, and repeated."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.result import Result
from optimizer import SolveOptions
from optimizer.logistics.routing import (
    Breaks,
    Clients,
    Depots,
    Lock,
    RoutingProblem,
    Shipments,
    Vehicles,
    check_routes,
    plan_routes,
    repair_routes,
    routing_cost,
)
from optimizer.logistics.routing.search.necessary import conflicts_of

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["conflicts", "generated", "repeated", "rules"]

N_CLIENTS = 40


def generated(seed: int, *, n_clients: int = N_CLIENTS) -> RoutingProblem:
    """Return clients with windows in a square, and vans of one depot in its middle.

    Parameters
    ----------
    seed
        Seed, >= 0.
    n_clients
        Number of clients, >= 1.
    """
    rng = np.random.Generator(np.random.Philox(seed))
    place = np.vstack([[50.0, 50.0], rng.uniform(0.0, 100.0, (n_clients, 2))])
    delta = place[:, None, :] - place[None, :, :]
    roads = np.rint(np.hypot(delta[..., 0], delta[..., 1])).astype(np.int64)[None]
    opens = rng.integers(0, 300, n_clients)
    return RoutingProblem(
        depots=Depots(location=np.array([0]), close=np.array([1000])),
        clients=Clients(
            location=np.arange(1, n_clients + 1),
            delivery=rng.integers(1, 10, (n_clients, 1)),
            service=np.full(n_clients, 10),
            open=opens,
            close=opens + rng.integers(150, 400, n_clients),
        ),
        vehicles=Vehicles(
            available=np.array([n_clients]),
            capacity=np.array([[40]]),
            fixed_cost=np.array([100]),
        ),
        distance=roads,
        duration=roads,
        place=place,
    )


def _skills(problem: RoutingProblem) -> RoutingProblem:
    needs = np.zeros((problem.n_clients, 1), dtype=np.bool_)
    needs[::4] = True
    vehicles = replace(
        problem.vehicles,
        available=np.array([4, problem.n_clients]),
        capacity=np.array([[40], [40]]),
        **{
            name: np.repeat(getattr(problem.vehicles, name), 2)
            for name in (
                "start", "end", "fixed_cost", "distance_cost", "duration_cost", "open",
                "close", "max_duration", "max_distance", "max_reloads", "profile",
            )
        },
        reload=np.zeros((2, 1), dtype=np.bool_),
        skills=np.array([[True], [False]]),
    )  # fmt: skip
    clients = replace(problem.clients, skills=needs)
    return replace(problem, clients=clients, vehicles=vehicles)


def _breaks(problem: RoutingProblem) -> RoutingProblem:
    one = np.array([0])
    rest = Breaks(vehicle=one, earliest=one + 150, latest=one + 250, duration=one + 30)
    return replace(problem, breaks=rest)


def _locks(problem: RoutingProblem) -> RoutingProblem:
    early = np.argsort(problem.clients.open)[:2].tolist()
    return replace(
        problem, locks=tuple(Lock(vehicle=0, visits=(client,)) for client in early)
    )


def _shipments(problem: RoutingProblem) -> RoutingProblem:
    pairs = np.arange(0, problem.n_clients - 1, 4)
    delivery = problem.clients.delivery.copy()
    delivery[pairs] = delivery[pairs + 1] = 0
    opens, close = problem.clients.open.copy(), problem.clients.close.copy()
    opens[pairs], close[pairs + 1] = 0, 900
    clients = replace(problem.clients, delivery=delivery, open=opens, close=close)
    amount = np.full((pairs.size, 1), 5)
    goods = Shipments(pickup=pairs, delivery=pairs + 1, amount=amount)
    return replace(problem, clients=clients, shipments=goods)


def _reloads(problem: RoutingProblem) -> RoutingProblem:
    again = replace(
        problem.vehicles, available=np.array([8]), reload=np.array([[True]])
    )
    return replace(problem, vehicles=again)


def _backhaul(problem: RoutingProblem) -> RoutingProblem:
    delivery = problem.clients.delivery.copy()
    pickup = np.zeros_like(delivery)
    pickup[::3], delivery[::3] = delivery[::3], 0
    clients = replace(problem.clients, delivery=delivery, pickup=pickup)
    open_all = replace(clients, close=np.full(problem.n_clients, 900))
    return replace(problem, clients=open_all, linehaul_first=True)


def _optional(problem: RoutingProblem) -> RoutingProblem:
    required = np.arange(problem.n_clients) % 2 == 0
    prize = np.where(required, 0, 60)
    return replace(
        problem, clients=replace(problem.clients, required=required, prize=prize)
    )


RULES: dict[str, Callable[[RoutingProblem], RoutingProblem]] = {
    "backhaul": _backhaul,
    "breaks": _breaks,
    "locks": _locks,
    "optional": _optional,
    "reloads": _reloads,
    "shipments": _shipments,
    "skills": _skills,
}


def _options(seconds: float) -> SolveOptions:
    return SolveOptions(monotonic_s=time.perf_counter, time_limit_s=seconds)


def rules(*, quick: bool) -> list[Result]:
    """Take each rule in turn: how many of the generated problems get a plan."""
    seconds, seeds = (0.3, 1) if quick else (3.0, 5)
    planned, late = {}, 0.0
    for name, rule in RULES.items():
        good = 0
        for seed in range(seeds):
            problem = rule(generated(seed))
            begun_s = time.perf_counter()
            plan = plan_routes(problem, _options(seconds))
            late = max(late, time.perf_counter() - begun_s - seconds)
            if math.isfinite(plan.objective):
                assert not check_routes(problem, plan.routes)
                good += plan.objective == routing_cost(problem, plan.routes)
        planned[name] = good / seeds
    return [
        Result(
            name=f"{name}: planned", value=share, unit="1", goal=">= 1", checked=True
        )
        for name, share in planned.items()
    ] + [
        Result(
            name="rules: over the time limit, most",
            value=late,
            unit="s",
            goal="<= 0.2",
            checked=True,
        )
    ]


def _planted(seed: int) -> tuple[RoutingProblem, set[int]]:
    """Return a problem with five clients whom nobody can serve, each for a reason."""
    problem = _skills(generated(seed))
    rng = np.random.Generator(np.random.Philox(1000 + seed))
    chosen = rng.permutation(np.arange(1, problem.n_clients, 4))[:5].tolist()
    delivery = problem.clients.delivery.copy()
    close, opens = problem.clients.close.copy(), problem.clients.open.copy()
    service = problem.clients.service.copy()
    delivery[chosen[0]] = 41
    out = problem.duration[0, 0, problem.clients.location]
    opens[chosen[1]], close[chosen[1]] = 0, int(out[chosen[1]]) - 1
    opens[chosen[2]] = close[chosen[2]] = 999
    service[chosen[3]] = 1000
    skills = np.zeros((problem.n_clients, 2), dtype=np.bool_)
    skills[:, :1] = problem.clients.skills
    skills[chosen[4], 1] = True
    have = np.hstack([problem.vehicles.skills, np.zeros((2, 1), dtype=np.bool_)])
    clients = replace(
        problem.clients, delivery=delivery, close=close, open=opens, service=service,
        skills=skills,
    )  # fmt: skip
    vehicles = replace(problem.vehicles, skills=have)
    return replace(problem, clients=clients, vehicles=vehicles), set(chosen)


def conflicts(*, quick: bool) -> list[Result]:
    """Plant conflicts: how many are named, named wrongly, and repaired."""
    seeds = 1 if quick else 10
    found = wrong = repaired = 0
    took_s = 0.0
    for seed in range(seeds):
        problem, planted = _planted(seed)
        begun_s = time.perf_counter()
        named = {c for conflict in conflicts_of(problem) for c in conflict.clients}
        took_s = max(took_s, time.perf_counter() - begun_s)
        found += len(planted & named)
        wrong += len(named - planted)
        repair = repair_routes(problem, _options(0.5 if quick else 2.0))
        good = not check_routes(repair.problem, repair.plan.routes)
        repaired += good and math.isfinite(repair.plan.objective)
    return [
        Result(name="planted conflicts named", value=found / (5 * seeds), unit="1",
               goal=">= 1", checked=True),
        Result(name="conflicts named wrongly", value=wrong, unit="clients",
               goal="<= 0", checked=True),
        Result(name="repaired with a plan", value=repaired / seeds, unit="1",
               goal=">= 1", checked=True),
        Result(name="conflicts, slowest", value=took_s, unit="s", goal="<= 1",
               checked=True),
    ]  # fmt: skip


def repeated(*, quick: bool) -> list[Result]:
    """Do the same work twice: the share of plans that are the same."""
    work = 200 if quick else 4000
    same = 0
    for rule in RULES.values():
        problem = rule(generated(1))
        options = SolveOptions(
            monotonic_s=time.perf_counter, time_limit_s=math.inf, work_limit=work
        )
        small = replace(options, work_limit=20) if len(problem.breaks) else options
        one, two = (plan_routes(problem, small) for _ in range(2))
        same += one.routes == two.routes and math.isfinite(one.objective)
    return [
        Result(name="same work, same plan", value=same / len(RULES), unit="1",
               goal=">= 1", checked=True),
    ]  # fmt: skip
